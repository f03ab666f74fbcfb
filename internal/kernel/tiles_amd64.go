package kernel

import "unsafe"

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

// tileAsm runs the tile t in assembly.
func tileAsm(set *tileSet, args *tileArgs, t *tile[float32]) {
	nv := (t.n + set.lanes - 1) / set.lanes
	masked := 0
	if t.n != nv*set.lanes {
		masked = 1
	}
	// Field by field: a composite literal would be built on the stack and copied with write barriers.
	args.k1, args.k2, args.k3 = t.k1, t.k2, t.k3
	args.a, args.ai, args.a1, args.a2, args.a3 = unsafe.SliceData(t.a), 4*t.ai, 4*t.a1, 4*t.a2, 4*t.a3
	args.b, args.b1, args.b2, args.b3 = unsafe.SliceData(t.b), 4*t.b1, 4*t.b2, 4*t.b3
	args.c, args.ci = unsafe.SliceData(t.c), 4*t.ci
	args.bias, args.rowBias = unsafe.SliceData(t.bias), unsafe.SliceData(t.rowBias)
	args.count, args.aNext, args.bNext, args.cNext = max(1, t.count), 4*t.aNext, 4*t.bNext, 4*t.cNext
	args.mask, args.vmask = 1<<t.n-1, &laneMasks[16-t.n&15]
	args.load, args.last, args.step, args.ahead, args.rate = t.load, t.last, t.step, t.ahead, t.rate
	args.sums, args.sumsI, args.scale = unsafe.SliceData(t.sums), 4*t.sumsI, t.scale
	set.tiles[masked][nv-1][t.m-1]((*byte)(unsafe.Pointer(args)))
}

// laneMasks, read from element 16−n on, has n lanes set.
var laneMasks = func() (m [48]int32) {
	for i := range 16 {
		m[i] = -1
	}
	return
}()
