package kernel

import (
	"fmt"

	"gradlab/internal/canon"
)

// sumLanes is the number of partial sums of every reduction of a vector, whatever the width of the
// machine's vectors: element i is added to lane i mod 16, in ascending i, from +0.
const sumLanes = 16

// fold adds the lanes up: i and i+8, then i+4, i+2, i+1.
func fold[T Float](lanes *[sumLanes]T) T {
	for half := sumLanes / 2; half > 0; half /= 2 {
		for i := range half {
			lanes[i] += lanes[i+half]
		}
	}
	return lanes[0]
}

// Sum adds up x in float64.
func Sum[T Float](e *Engine, x []T) float64 {
	var lanes [sumLanes]float64
	if a := assembly[T](e); a != nil && a.sum != nil {
		sums := &e.sums
		a.sum(sums, first(x), len(x))
		return fold(sums)
	}
	for i, v := range x {
		lanes[i%sumLanes] += float64(v)
	}
	return fold(&lanes)
}

// SumSquares adds up the squares of x in float64, by fused multiply-add.
func SumSquares[T Float](e *Engine, x []T) float64 {
	var lanes [sumLanes]float64
	if a := assembly[T](e); a != nil && a.sumSquares != nil {
		sums := &e.sums
		a.sumSquares(sums, first(x), len(x))
		return fold(sums)
	}
	for i, v := range x {
		lanes[i%sumLanes] = canon.FMA(float64(v), float64(v), lanes[i%sumLanes])
	}
	return fold(&lanes)
}

// ColSum computes dst [cols], the sums of the columns of src [rows, cols]: each down its column from
// +0, and flushed once at the end.
func ColSum[T Float](e *Engine, dst, src []T, rows, cols int) {
	w := &spaceOf[T](e).workers[0]
	if e.recorder != nil {
		a := w.elementwise()
		e.recorder.add(Call{
			Kernel: "ColSum", Count: 1, Shape: fmt.Sprintf("%d×%d", rows, cols), ISA: w.runs(a != nil && a.colSum != nil), Threads: 1,
		}, []operand{of(src[:rows*cols])}, []operand{of(dst[:cols])}, nil)
		return
	}
	w.colSum(dst, src, rows, cols)
}

func (w *worker[T]) colSum(dst, src []T, rows, cols int) {
	dst, src = dst[:cols], src[:rows*cols]
	if a := w.elementwise(); a != nil && a.colSum != nil {
		a.colSum(first(dst), first(src), rows, cols)
		return
	}
	clear(dst)
	for r := range rows {
		for c, x := range src[r*cols:][:cols] {
			dst[c] += x
		}
	}
	flushAll(dst)
}
