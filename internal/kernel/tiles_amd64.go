package kernel

// tileSets are the tiles in assembly, by instruction set.
var tileSets = map[ISA]*tileSet{AVX2: &tiles256, AVX512: &tiles512}

var tiles256 = tileSet{rows: 6, lanes: 8, planes: planes256, copyRows: copyRows256, updates: &updates256, tiles: [2][2][]func(*byte){
	{ // whole vectors
		{tile256_1x8, tile256_2x8, tile256_3x8, tile256_4x8, tile256_5x8, tile256_6x8},
		{tile256_1x16, tile256_2x16, tile256_3x16, tile256_4x16, tile256_5x16, tile256_6x16},
	},
	{ // the last columns masked
		{tile256_1x8m, tile256_2x8m, tile256_3x8m, tile256_4x8m, tile256_5x8m, tile256_6x8m},
		{tile256_1x16m, tile256_2x16m, tile256_3x16m, tile256_4x16m, tile256_5x16m, tile256_6x16m},
	},
}}

var tiles512 = tileSet{rows: 14, lanes: 16, planes: planes512, copyRows: copyRows512, updates: &updates512, tiles: [2][2][]func(*byte){
	{ // whole vectors
		{tile512_1x16, tile512_2x16, tile512_3x16, tile512_4x16, tile512_5x16, tile512_6x16, tile512_7x16, tile512_8x16, tile512_9x16, tile512_10x16, tile512_11x16, tile512_12x16, tile512_13x16, tile512_14x16},
		{tile512_1x32, tile512_2x32, tile512_3x32, tile512_4x32, tile512_5x32, tile512_6x32, tile512_7x32, tile512_8x32, tile512_9x32, tile512_10x32, tile512_11x32, tile512_12x32, tile512_13x32, tile512_14x32},
	},
	{ // the last columns masked
		{tile512_1x16m, tile512_2x16m, tile512_3x16m, tile512_4x16m, tile512_5x16m, tile512_6x16m, tile512_7x16m, tile512_8x16m, tile512_9x16m, tile512_10x16m, tile512_11x16m, tile512_12x16m, tile512_13x16m, tile512_14x16m},
		{tile512_1x32m, tile512_2x32m, tile512_3x32m, tile512_4x32m, tile512_5x32m, tile512_6x32m, tile512_7x32m, tile512_8x32m, tile512_9x32m, tile512_10x32m, tile512_11x32m, tile512_12x32m, tile512_13x32m, tile512_14x32m},
	},
}}

var updates256 = [3][2][2]func(*byte){
	{{update256, updateSums256}, {updateDecay256, updateDecaySums256}},
	{{updateMomentum256, updateMomentumSums256}, {updateMomentumDecay256, updateMomentumDecaySums256}},
	{{updateNesterov256, updateNesterovSums256}, {updateNesterovDecay256, updateNesterovDecaySums256}},
}

var updates512 = [3][2][2]func(*byte){
	{{update512, updateSums512}, {updateDecay512, updateDecaySums512}},
	{{updateMomentum512, updateMomentumSums512}, {updateMomentumDecay512, updateMomentumDecaySums512}},
	{{updateNesterov512, updateNesterovSums512}, {updateNesterovDecay512, updateNesterovDecaySums512}},
}

// transposeAsm writes dst[k·ldd+j] = src[j·lds+k] for k < cols and j < rows. It may also write up to
// fifteen further rows of dst, so that dst must reach that far.
func transposeAsm(isa ISA, dst []float32, ldd int, src []float32, lds, rows, cols int) {
	if isa == AVX512 {
		for j := 0; j < rows; j += 16 {
			n := min(16, rows-j)
			if whole := cols / 16; whole > 0 {
				transpose512(&dst[j], ldd, &src[j*lds], lds, n, whole, 0xffff)
			}
			switch rest := cols % 16; {
			case rest == 0:
			case cols > 16: // the last sixteen, some of them once more
				transpose512(&dst[(cols-16)*ldd+j], ldd, &src[j*lds+cols-16], lds, n, 1, 0xffff)
			default:
				transpose512(&dst[j], ldd, &src[j*lds], lds, n, 1, 1<<rest-1)
			}
		}
		return
	}
	wholeRows, wholeCols := rows&^7, cols&^7
	for j := 0; j < wholeRows && wholeCols > 0; j += 8 {
		transpose256(&dst[j], ldd, &src[j*lds], lds, wholeCols/8)
	}
	if wholeRows < rows {
		transposeGo(dst[wholeRows:], ldd, src[wholeRows*lds:], lds, rows-wholeRows, cols)
	}
	if wholeCols < cols {
		transposeGo(dst[wholeCols*ldd:], ldd, src[wholeCols:], lds, wholeRows, cols-wholeCols)
	}
}
