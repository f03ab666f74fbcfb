package kernel

import (
	"math"

	"gradlab/internal/canon"
)

// ColMoments computes the mean [cols] and the biased variance [cols] (divided by rows) of every column of
// x [rows, cols]: first the mean, then the squared distances from it as it is stored, so that a variance
// that is small beside the mean keeps its digits.
func ColMoments[T Float](e *Engine, mean, variance, x []T, rows, cols int) {
	j := &spaceOf[T](e).columns
	mean, variance = mean[:cols], variance[:cols]
	j.begin(e, nil, nil, x, rows, cols)
	defer j.end()
	if e.recorder != nil {
		j.tell(e, columnSums, []operand{of(j.x)}, []operand{of(mean), of(variance)})
		return
	}
	j.run(e, columnSums)
	for c := range mean {
		mean[c] = canon.Flush(T(j.total(0, c) / float64(rows)))
	}
	copy(j.columns[0], mean)
	j.repeat(0)
	j.run(e, columnSquares)
	for c := range variance {
		variance[c] = canon.Flush(T(j.total(0, c) / float64(rows)))
	}
}

// InvStd computes inv = 1/√(variance+eps).
func InvStd[T Float](e *Engine, inv, variance []T, eps T) {
	inv = inv[:len(variance)]
	if e.recorder != nil {
		e.recorder.elements("InvStd", Portable, len(variance), of(inv), of(variance))
		return
	}
	for i, v := range variance {
		inv[i] = invStd(v + eps)
	}
}

// invStd is 1/√v, both rounded to T: of a float32, the root is that of float64 rounded again, which is the
// same (Figueroa, "When is double rounding innocuous?", 1995).
func invStd[T Float](v T) T { return 1 / T(math.Sqrt(float64(v))) }

// Normalize computes y = (x − mean)·inv·gamma + beta of x [rows, cols], whose other operands are numbers of
// the columns; gamma and beta may be nil for 1 and 0, and y may be x.
func Normalize[T Float](e *Engine, y, x, mean, inv, gamma, beta []T, rows, cols int) {
	j := &spaceOf[T](e).columns
	j.begin(e, y, nil, x, rows, cols)
	defer j.end()
	if e.recorder != nil {
		j.tell(e, columnNormalize, []operand{of(j.x), of(mean), of(inv), of(gamma), of(beta)}, []operand{of(j.dst)})
		return
	}
	middle, scale, shift := j.columns[0], j.columns[1], j.columns[2]
	for c := range cols {
		middle[c], scale[c], shift[c] = mean[c], inv[c], 0
		if gamma != nil {
			scale[c] *= gamma[c]
		}
		if beta != nil {
			shift[c] = beta[c]
		}
	}
	for i := range 3 {
		j.repeat(i)
	}
	j.run(e, columnNormalize)
}

// NormalizeGrad computes from dy [rows, cols], the gradient of Normalize's result, and from what that was
// given, where mean and inv are the moments of x itself: dgamma [cols] = Σdy·x̂ and dbeta [cols] = Σdy of
// every column, with x̂ = (x−mean)·inv, and
//
//	dx = gamma·inv·(dy − dbeta/rows − x̂·dgamma/rows)
//
// gamma may be nil for 1. dx may be dy, or nil where nobody wants it.
func NormalizeGrad[T Float](e *Engine, dx, dgamma, dbeta, dy, x, mean, inv, gamma []T, rows, cols int) {
	j := &spaceOf[T](e).columns
	dgamma, dbeta = dgamma[:cols], dbeta[:cols]
	j.begin(e, dx, dy, x, rows, cols)
	defer j.end()
	if e.recorder != nil {
		j.tell(e, columnNormalizeGrad, []operand{of(j.dy), of(j.x), of(mean), of(inv), of(gamma)},
			[]operand{of(j.dst), of(dgamma), of(dbeta)})
		return
	}
	copy(j.columns[0], mean[:cols])
	j.repeat(0)
	j.run(e, columnProducts)
	shift, slope, scale := j.columns[1], j.columns[2], j.columns[3]
	for c := range cols {
		sum, product := j.total(0, c), j.total(1, c)*float64(inv[c])
		dbeta[c], dgamma[c] = canon.Flush(T(sum)), canon.Flush(T(product))
		shift[c], slope[c], scale[c] = T(sum/float64(rows)), inv[c]*T(product/float64(rows)), inv[c]
		if gamma != nil {
			scale[c] *= gamma[c]
		}
	}
	if dx == nil {
		return
	}
	for i := 1; i < 4; i++ {
		j.repeat(i)
	}
	j.run(e, columnNormalizeGrad)
}
