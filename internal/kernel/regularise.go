package kernel

import (
	"fmt"
	"math"

	"gradlab/internal/canon"
)

// AddSign computes dst = flush(g + lambda·sign(w)), the sign of zeros and of NaN being 0: the gradient g with that
// of the penalty lambda·Σ|w|. dst may be g.
func AddSign[T Float](e *Engine, dst, g, w []T, lambda T) {
	dst, w = dst[:len(g)], w[:len(g)]
	set := assembly[T](e)
	present := set != nil && set.addSign != nil
	if e.recorder != nil {
		e.recorder.elements("AddSign", e.runs(present), len(g), of(dst), of(g), of(w))
		return
	}
	if present {
		set.addSign(first(dst), first(g), first(w), len(g), float32(lambda))
		return
	}
	for i, x := range g {
		sign := T(0)
		switch {
		case w[i] > 0:
			sign = lambda
		case w[i] < 0:
			sign = -lambda
		}
		dst[i] = canon.Flush(x + sign)
	}
}

// renormEpsilon keeps a row that is brought down to a norm just below it, as in PyTorch's renorm.
const renormEpsilon = 1e-7

// LimitRows multiplies the rows of w [rows, cols] whose Euclidean norm is above limit by limit/(norm + 1e-7), as
// PyTorch's renorm, and says whether there were any. Norms are those of SumSquares. A row with a NaN is left alone.
func LimitRows[T Float](e *Engine, w []T, rows, cols int, limit float64) bool {
	w = w[:rows*cols]
	if e.recorder != nil {
		set := assembly[T](e)
		e.recorder.add(Call{
			Kernel: "LimitRows", Count: 1, Shape: fmt.Sprintf("%d×%d", rows, cols), ISA: e.runs(set != nil && set.sumSquares != nil), Threads: 1, Updates: true,
		}, []operand{of(w)}, []operand{of(w)}, nil)
		return false
	}
	any := false
	for i := range rows {
		row := w[i*cols:][:cols]
		if norm := math.Sqrt(SumSquares(e, row)); norm > limit {
			Scale(e, row, T(limit/(norm+renormEpsilon)))
			any = true
		}
	}
	return any
}
