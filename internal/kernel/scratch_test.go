package kernel

import (
	"fmt"
	"testing"
)

// held is the scratch memory that e has come to hold, in bytes.
func held[T Float](e *Engine) int64 {
	var elements, totals int
	for _, e := range append(e.lanes, e) {
		s := spaceOf[T](e)
		elements += cap(s.turned) + cap(s.columns.numbers) + cap(s.columns.sums)
		totals += cap(s.columns.totals)
		for i := range s.workers {
			w := &s.workers[i]
			elements += cap(w.packA) + cap(w.packB) + cap(w.image) + cap(w.gradient)
		}
	}
	return int64(of(make([]T, elements)).bytes + of(make([]float64, totals)).bytes)
}

// TestScratchIsBounded runs layers and compares what their kernels came to hold with what was stated.
func TestScratchIsBounded(t *testing.T) {
	t.Run("float32", testScratch[float32])
	t.Run("float64", testScratch[float64])
}

func testScratch[T Float](t *testing.T) {
	for _, isa := range Available() {
		for _, threads := range []int{1, 3} {
			check := func(what string, e *Engine, s Scratch) {
				t.Helper()
				held, stated := held[T](e), ScratchBytes[T](e, s)
				if held > stated {
					t.Errorf("%v, %d threads, %s: %d bytes are held, %d stated", isa, threads, what, held, stated)
				}
				if threads == 1 && 4*held < stated-(64<<10) {
					t.Errorf("%v, %s: %d bytes are stated, only %d held", isa, what, stated, held)
				}
			}
			for _, l := range []struct{ n, in, out int }{{4, 400, 120}, {64, 1024, 70}, {33, 100, 530}, {1, 1, 1}, {300, 40, 60}} {
				e := New(isa, threads)
				x, w, y := make([]T, l.n*l.in), make([]T, l.in*l.out), make([]T, l.n*l.out)
				MatMulNT(e, y, x, w, nil, l.n, l.out, l.in, nil)
				MatMulNN(e, x, y, w, l.n, l.in, l.out, nil)
				MatMulTN(e, w, y, x, l.out, l.in, l.n)
				for _, c := range []SGDCoefficients[T]{{Rate: 1}, {Rate: 1, WeightDecay: 1}} {
					MatMulTNUpdate(e, &Update[T]{W: w, SGDCoefficients: c}, y, x, l.out, l.in, l.n)
				}
				check(fmt.Sprintf("linear %+v", l), e, LinearScratch[T](e, l.n, l.in, l.out))
			}
			for _, cols := range []int{1, 16, 63, 64, 1000} {
				e, rows := New(isa, threads), 40
				x, c := make([]T, rows*cols), make([]T, cols)
				ColMoments(e, c, c, x, rows, cols)
				e.Samples(0, rows, 8, worthDividing, func(lane *Engine, from, to int) {
					Normalize(lane, x[from*cols:], x[from*cols:], c, c, nil, nil, to-from, cols)
				})
				check(fmt.Sprintf("%d columns", cols), e, NormScratch(cols))
			}
			for _, g := range []Conv{
				{H: 32, W: 32, C: 3, F: 6, KH: 5, KW: 5, SH: 1, SW: 1, OutH: 28, OutW: 28},
				{H: 14, W: 14, C: 6, F: 16, KH: 5, KW: 5, SH: 1, SW: 1, OutH: 10, OutW: 10},
				{H: 6, W: 6, C: 32, F: 64, KH: 3, KW: 3, SH: 1, SW: 1, PH: 1, PW: 1, OutH: 6, OutW: 6},
				{H: 9, W: 8, C: 3, F: 5, KH: 3, KW: 3, SH: 1, SW: 1, PH: 1, PW: 1, OutH: 9, OutW: 8},
				{H: 9, W: 9, C: 40, F: 33, KH: 3, KW: 3, SH: 2, SW: 2, PH: 1, PW: 1, OutH: 5, OutW: 5},
			} {
				e, n := New(isa, threads), 3
				x, w, y := make([]T, n*g.H*g.W*g.C), make([]T, g.F*g.taps()), make([]T, n*g.OutH*g.OutW*g.F)
				ConvForward(e, &g, y, x, w, nil, n)
				ConvInputGrad(e, &g, x, y, w, n)
				ConvWeightGrad(e, &g, w, make([]T, g.F), x, y, n)
				e.Samples(0, n, 2, worthDividing, func(lane *Engine, from, to int) {
					ConvForward(lane, &g, y[from*g.OutH*g.OutW*g.F:], x[from*g.H*g.W*g.C:], w, nil, to-from)
				})
				check(fmt.Sprintf("conv %+v", g), e, ConvScratch[T](e, &g))
			}
		}
	}
}
