package kernel

import (
	"unsafe"

	"gradlab/internal/canon"
)

// tile is one block of a product: m rows and n columns of
//
//	C[i,j] = Σ A(i,k)·B(k,j) + (bias[j] or rowBias[i])
//
// where k runs over k3 times k2 runs of k1 products each. A moves by a1 elements after each product,
// by a2 more after each run and by a3 more after k2 of them, B by b1, b2 and b3; rows of A are ai
// apart, columns of B are neighbours. A convolution is such a product as well: its runs are the rows
// of the kernel, or its channels.
//
// The sum of an element is one accumulator that starts at +0, or at C where load is set, and takes
// the products in that order by fused multiply-add. Where last is set the result is flushed. Where step
// is set it is a gradient, and the weights at C are moved against it by plain gradient descent:
// C = flush(fma(−rate, result, C)). The squares of the gradient times scale, and those of the weights after
// that, are added to sums, one for each column, those of the weights sumsI further.
//
// There are count such tiles: from one to the next A, B and C move by aNext, bNext and cNext elements.
type tile[T Float] struct {
	m, n           int
	k1, k2, k3     int
	a              []T
	ai, a1, a2, a3 int
	b              []T
	b1, b2, b3     int
	c              []T
	ci             int
	bias, rowBias  []T // nil for none; n values, m values
	load, last     bool
	step           bool
	rate, scale    T
	sums           []T // nil for none
	sumsI          int
	ahead          bool // C will be wanted, and has no pattern that the hardware fetches ahead

	count               int
	aNext, bNext, cNext int
}

// tileArgs is a tile as the assembly reads it: strides in bytes, the fields at the offsets that
// assembly and its generator know.
type tileArgs struct {
	k1, k2, k3, left    int
	a                   *float32
	ai, a1, a2, a3      int
	b                   *float32
	b1, b2, b3          int
	c                   *float32
	ci                  int
	bias, rowBias       *float32
	count               int // used up
	aNext, bNext, cNext int
	mask                uint64 // AVX-512: a bit per column
	vmask               *int32 // AVX2: a lane per column
	load                bool
	_                   [7]byte
	last                bool
	_                   [7]byte
	step                bool
	_                   [7]byte
	ahead               bool
	_                   [7]byte
	aAt, bAt, cAt       uintptr // where the next tile is: no pointers, since they end beyond the slices
	rate, scale         float32
	sums                *float32
	sumsI               int
	sumsAt              uintptr
	n                   int // NEON: columns
}

// tileSet is what products run in the assembly of one instruction set. All but tiles may be nil, and are left
// to portable code then.
type tileSet struct {
	rows, lanes int                 // of the largest tile, and of a vector
	tiles       [2][2][]func(*byte) // by whether the last vector is partly used, by vectors per row less one, by rows less one
	planes      *planeSet
	copyRows    func(dst *float32, ldd int, src *float32, lds, rows, n int)
	updates     *[3][2][2]func(*byte) // by rule (plain, momentum, Nesterov), weight decay, sums of squares
}

// worker is what one thread needs to compute tiles.
type worker[T Float] struct {
	isa   ISA
	set   *tileSet // nil for portable code
	args  tileArgs
	packA []T
	packB []T
	image []T

	updateArgs updateArgs
	gradient   []T // a tile of one that is not stored
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

// run computes the tiles of t, and moves it along. It is never inlined: a loop that only calls assembly
// could not be interrupted, and would hold up the garbage collector.
//
//go:noinline
func (w *worker[T]) run(t *tile[T]) {
	if w.set != nil {
		tileAsm(w.set, &w.args, (*tile[float32])(unsafe.Pointer(t)))
		return
	}
	for n := t.count; ; n-- {
		t.portable()
		if n <= 1 {
			return
		}
		t.a, t.b, t.c = t.a[t.aNext:], t.b[t.bNext:], t.c[t.cNext:]
	}
}

func (t *tile[T]) portable() {
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
	for range t.k3 {
		for range t.k2 {
			for range t.k1 {
				s = canon.FMA(t.a[a], t.b[b], s)
				a, b = a+t.a1, b+t.b1
			}
			a, b = a+t.a2, b+t.b2
		}
		a, b = a+t.a3, b+t.b3
	}
	*c = t.finish(s, *c, i, j)
}

// four is one for four columns at once: independent sums keep the processor busy.
func (t *tile[T]) four(i, j int) {
	var s0, s1, s2, s3 T
	c := t.c[i*t.ci+j:][:4]
	if t.load {
		s0, s1, s2, s3 = c[0], c[1], c[2], c[3]
	}
	a, b := i*t.ai, j
	for range t.k3 {
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
		a, b = a+t.a3, b+t.b3
	}
	c[0], c[1], c[2], c[3] = t.finish(s0, c[0], i, j), t.finish(s1, c[1], i, j+1), t.finish(s2, c[2], i, j+2), t.finish(s3, c[3], i, j+3)
}

func (t *tile[T]) finish(s, c T, i, j int) T {
	if t.rowBias != nil {
		s += t.rowBias[i]
	}
	if t.bias != nil {
		s += t.bias[j]
	}
	if t.last {
		s = canon.Flush(s)
	}
	if t.step {
		if t.sums != nil {
			q := s * t.scale
			t.sums[j] = canon.FMA(q, q, t.sums[j])
		}
		s = canon.Flush(canon.FMA(-t.rate, s, c))
		if t.sums != nil {
			w := &t.sums[t.sumsI+j]
			*w = canon.FMA(s, s, *w)
		}
	}
	return s
}

// copyRows copies n columns of rows rows of src; a row of dst may be written up to two vectors from its
// beginning, so that rows must follow one another and dst have room.
func (w *worker[T]) copyRows(dst []T, ldd int, src []T, lds, rows, n int) {
	if w.set != nil && w.set.copyRows != nil {
		w.set.copyRows(first(dst), 4*ldd, first(src), 4*lds, rows, n)
		return
	}
	for i := range rows {
		copy(dst[i*ldd:][:n], src[i*lds:])
	}
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
