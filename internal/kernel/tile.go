package kernel

import (
	"unsafe"

	"gradlab/internal/canon"
)

// tile is one block of a product: m rows and n columns of
//
//	C[i,j] = bias[j] + Σ A(i,k)·B(k,j)
//
// where k runs over k2 runs of k1 products each. A moves by a1 elements after each product and by
// a2 more after each run, B by b1 and b2; rows of A are ai apart, columns of B are neighbours. A
// convolution is such a product as well: its runs are the rows of the kernel.
//
// The sum of an element is one accumulator that starts at +0, or at C where load is set, and takes
// the products in that order by fused multiply-add. Where last is set the result is flushed.
type tile[T Float] struct {
	m, n       int
	k1, k2     int
	a          []T
	ai, a1, a2 int
	b          []T
	b1, b2     int
	c          []T
	ci         int
	bias       []T // nil for none; n values
	load, last bool
}

// tileArgs is a tile as the assembly reads it: strides in bytes, the fields at the offsets that
// assembly and its generator know.
type tileArgs struct {
	k1, k2     int
	a          *float32
	ai, a1, a2 int
	b          *float32
	b1, b2     int
	c          *float32
	ci         int
	bias       *float32
	mask       uint64 // a bit per column
	vmask      *int32 // a lane per column
	load       bool
	_          [7]byte
	last       bool
	_          [7]byte
	n          int // columns
}

// tileSet is the tiles of one instruction set: by whether the last columns are masked, by vectors
// per row less one, by rows less one.
type tileSet struct {
	rows, lanes int
	tiles       [2][2][]func(*byte)
}

// worker is what one thread needs to compute tiles.
type worker[T Float] struct {
	isa   ISA
	set   *tileSet // nil for portable code
	args  tileArgs
	packA []T
	packB []T
	image []T
}

// maxRows and maxColumns bound the tiles of w.
func (w *worker[T]) maxRows() int {
	if w.set == nil {
		return 8
	}
	return w.set.rows
}

func (w *worker[T]) maxColumns() int {
	if w.set == nil {
		return 16
	}
	return 2 * w.set.lanes
}

// run computes t. It is never inlined: a loop that only calls assembly could not be interrupted,
// and would hold up the garbage collector.
//
//go:noinline
func (w *worker[T]) run(t *tile[T]) {
	if w.set != nil {
		tileAsm(w.set, &w.args, (*tile[float32])(unsafe.Pointer(t)))
		return
	}
	for i := range t.m {
		j := 0
		for ; j+4 <= t.n; j += 4 {
			t.four(i, j)
		}
		for ; j < t.n; j++ {
			t.one(i, j)
		}
	}
}

func (t *tile[T]) one(i, j int) {
	var s T
	c := &t.c[i*t.ci+j]
	if t.load {
		s = *c
	}
	a, b := i*t.ai, j
	for range t.k2 {
		for range t.k1 {
			s = canon.FMA(t.a[a], t.b[b], s)
			a, b = a+t.a1, b+t.b1
		}
		a, b = a+t.a2, b+t.b2
	}
	*c = t.finish(s, j)
}

// four is one for four columns at once: independent sums keep the processor busy.
func (t *tile[T]) four(i, j int) {
	var s0, s1, s2, s3 T
	c := t.c[i*t.ci+j:][:4]
	if t.load {
		s0, s1, s2, s3 = c[0], c[1], c[2], c[3]
	}
	a, b := i*t.ai, j
	for range t.k2 {
		for range t.k1 {
			x, y := t.a[a], t.b[b:][:4]
			s0 = canon.FMA(x, y[0], s0)
			s1 = canon.FMA(x, y[1], s1)
			s2 = canon.FMA(x, y[2], s2)
			s3 = canon.FMA(x, y[3], s3)
			a, b = a+t.a1, b+t.b1
		}
		a, b = a+t.a2, b+t.b2
	}
	c[0], c[1], c[2], c[3] = t.finish(s0, j), t.finish(s1, j+1), t.finish(s2, j+2), t.finish(s3, j+3)
}

func (t *tile[T]) finish(s T, j int) T {
	if t.bias != nil {
		s += t.bias[j]
	}
	if t.last {
		return canon.Flush(s)
	}
	return s
}

// transpose writes dst[k·ldd+j] = src[j·lds+k] for k < cols and j < rows; dst reaches sixteen rows
// of ldd further than that.
func (w *worker[T]) transpose(dst []T, ldd int, src []T, lds, rows, cols int) {
	if w.set != nil {
		d, _ := as32(dst)
		s, _ := as32(src)
		transposeAsm(w.isa, d, ldd, s, lds, rows, cols)
		return
	}
	transposeGo(dst, ldd, src, lds, rows, cols)
}

func transposeGo[T Float](dst []T, ldd int, src []T, lds, rows, cols int) {
	for j := range rows {
		for k := range cols {
			dst[k*ldd+j] = src[j*lds+k]
		}
	}
}

// grow gives s a length of at least n, its contents undefined.
func grow[T any](s *[]T, n int) []T {
	if cap(*s) < n {
		*s = make([]T, n+n/4)
	}
	*s = (*s)[:cap(*s)]
	return *s
}

// balance is the number of rows per tile when m rows are split into equal tiles of at most limit.
func balance(m, limit int) int {
	tiles := (m + limit - 1) / limit
	return (m + tiles - 1) / tiles
}
