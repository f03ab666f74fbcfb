package kernel

import "unsafe"

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

// tileAsm runs the tile t in assembly.
func tileAsm(set *tileSet, args *tileArgs, t *tile[float32]) {
	nv := (t.n + set.lanes - 1) / set.lanes
	partial := 0
	if t.n != nv*set.lanes {
		partial = 1
	}
	// Field by field: a composite literal would be built on the stack and copied with write barriers.
	args.k1, args.k2, args.k3 = t.k1, t.k2, t.k3
	args.a, args.ai, args.a1, args.a2, args.a3 = unsafe.SliceData(t.a), 4*t.ai, 4*t.a1, 4*t.a2, 4*t.a3
	args.b, args.b1, args.b2, args.b3 = unsafe.SliceData(t.b), 4*t.b1, 4*t.b2, 4*t.b3
	args.c, args.ci = unsafe.SliceData(t.c), 4*t.ci
	args.bias, args.rowBias = unsafe.SliceData(t.bias), unsafe.SliceData(t.rowBias)
	args.count, args.aNext, args.bNext, args.cNext = max(1, t.count), 4*t.aNext, 4*t.bNext, 4*t.cNext
	args.load, args.last, args.step, args.rate = t.load, t.last, t.step, t.rate
	args.sums, args.sumsI, args.scale = unsafe.SliceData(t.sums), 4*t.sumsI, t.scale
	args.n = t.n
	set.tiles[partial][nv-1][t.m-1]((*byte)(unsafe.Pointer(args)))
}
