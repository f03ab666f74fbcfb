package kernel

// tileSets are the tiles in assembly, by instruction set.
var tileSets = map[ISA]*tileSet{NEON: &tiles128}

var tiles128 = tileSet{rows: 12, lanes: 4, updates: &updates128, tiles: [2][2][]func(*byte){
	{ // whole vectors
		{tile128_1x4, tile128_2x4, tile128_3x4, tile128_4x4, tile128_5x4, tile128_6x4, tile128_7x4, tile128_8x4, tile128_9x4, tile128_10x4, tile128_11x4, tile128_12x4},
		{tile128_1x8, tile128_2x8, tile128_3x8, tile128_4x8, tile128_5x8, tile128_6x8, tile128_7x8, tile128_8x8, tile128_9x8, tile128_10x8, tile128_11x8, tile128_12x8},
	},
	{ // the last vector is not full
		{tile128_1x3, tile128_2x3, tile128_3x3, tile128_4x3, tile128_5x3, tile128_6x3, tile128_7x3, tile128_8x3, tile128_9x3, tile128_10x3, tile128_11x3, tile128_12x3},
		{tile128_1x8, tile128_2x8, tile128_3x8, tile128_4x8, tile128_5x8, tile128_6x8, tile128_7x8, tile128_8x8, tile128_9x8, tile128_10x8, tile128_11x8, tile128_12x8},
	},
}}

// transpose128 writes dst[k·ldd+j] = src[j·lds+k] for j < 4 and k < 4·blocks.
//
//go:noescape
func transpose128(dst *float32, ldd int, src *float32, lds int, blocks int)

// transposeAsm writes dst[k·ldd+j] = src[j·lds+k] for k < cols and j < rows.
func transposeAsm(_ ISA, dst []float32, ldd int, src []float32, lds, rows, cols int) {
	wholeRows, wholeCols := rows&^3, cols&^3
	for j := 0; j < wholeRows && wholeCols > 0; j += 4 {
		transpose128(&dst[j], ldd, &src[j*lds], lds, wholeCols/4)
	}
	if wholeRows < rows {
		transposeGo(dst[wholeRows:], ldd, src[wholeRows*lds:], lds, rows-wholeRows, cols)
	}
	if wholeCols < cols {
		transposeGo(dst[wholeCols*ldd:], ldd, src[wholeCols:], lds, wholeRows, cols-wholeCols)
	}
}
