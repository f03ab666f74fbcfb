package kernel

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"
)

// guard gives copies of slices that end where memory ends: reading one element beyond kills the test.
type guard struct {
	t    *testing.T
	page int
}

func (f guard) put(x []float32) []float32 {
	f.t.Helper()
	size := (4*len(x)/f.page + 1) * f.page
	m, err := syscall.Mmap(-1, 0, size+f.page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = syscall.Munmap(m) })
	if err := syscall.Mprotect(m[size:], syscall.PROT_NONE); err != nil {
		f.t.Fatal(err)
	}
	all := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(m))), size/4)
	y := all[len(all)-len(x):]
	copy(y, x)
	return y
}

// TestNothingIsReadBeyond: kernels in assembly touch no memory behind their arguments.
func TestNothingIsReadBeyond(t *testing.T) {
	f := guard{t, syscall.Getpagesize()}
	r := rand.New(rand.NewPCG(29, 30))
	for _, e := range machines(t) {
		for _, n := range []int{1, 2, 3, 4, 5, 7, 15, 18, 31, 33} {
			var in [3][]float32
			for i := range in {
				in[i] = f.put(inputs(r, n, false))
			}
			out := [2][]float32{f.put(in[0]), f.put(in[0])}
			for _, k := range elementKernels[float32]() {
				k.run(e, out, in)
			}
			Moments(e, in[0])
			SumSquares(e, in[0])
			const rows = 3
			x, y := f.put(inputs(r, rows*n, false)), f.put(inputs(r, rows*n, false))
			ColSum(e, out[0], x, rows, n)
			ColMoments(e, out[0], out[1], x, rows, n)
			Normalize(e, y, x, in[0], in[1], in[2], in[2], rows, n)
			NormalizeGrad(e, y, out[0], out[1], y, x, in[0], in[1], in[2], rows, n)
			mean, inv := f.put(make([]float32, rows)), f.put(make([]float32, rows))
			LayerNorm(e, y, mean, inv, x, in[0], in[1], 1, rows, n)
			LayerNormGrad(e, y, y, x, mean, inv, in[0], rows, n)
			LayerNormParamGrad(e, out[0], out[1], y, x, mean, inv, rows, n)

			w := &e.f32.workers[0]
			tl := tile[float32]{m: min(n, w.maxRows()), n: min(n, w.maxColumns()), k1: 2, k2: 2, k3: 1, a1: 1, load: true, last: true}
			tl.ai, tl.b1, tl.ci = tl.k1*tl.k2, tl.n, tl.n
			tl.a, tl.b = f.put(inputs(r, tl.m*tl.ai, false)), f.put(inputs(r, tl.ai*tl.n, false))
			tl.c, tl.bias = f.put(inputs(r, tl.m*tl.n, false)), f.put(inputs(r, tl.n, false))
			w.run(&tl)
			w.transpose(make([]float32, (n+16)*n), n, f.put(inputs(r, n*n, false)), n, n, n)
		}
	}
}
