//go:build amd64 || arm64

package kernel

import "unsafe"

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
	args.n, args.mask, args.vmask = t.n, 1<<t.n-1, &laneMasks[16-t.n&15]
	args.load, args.last, args.step, args.ahead, args.rate = t.load, t.last, t.step, t.ahead, t.rate
	args.sums, args.sumsI, args.scale = unsafe.SliceData(t.sums), 4*t.sumsI, t.scale
	set.tiles[partial][nv-1][t.m-1]((*byte)(unsafe.Pointer(args)))
}

// laneMasks, read from element 16−n on, has n lanes set.
var laneMasks = func() (m [48]int32) {
	for i := range 16 {
		m[i] = -1
	}
	return
}()
