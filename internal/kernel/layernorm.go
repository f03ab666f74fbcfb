package kernel

import "gradlab/internal/canon"

// LayerNorm computes per row of x [rows, cols] its mean and inv = 1/√(variance+eps), both [rows], with the
// biased variance, and
//
//	y = (x − mean)·inv·gamma + beta
//
// gamma and beta, [cols], may be nil for 1 and 0; y may be x.
func LayerNorm[T Float](e *Engine, y, mean, inv, x, gamma, beta []T, eps T, rows, cols int) {
	j := &spaceOf[T](e).layer
	*j = layerJob[T]{
		kind: layerForward, dst: y[:rows*cols], x: x[:rows*cols], mean: mean[:rows], inv: inv[:rows],
		gamma: gamma, beta: beta, eps: eps, rows: rows, cols: cols,
	}
	j.run(e)
}

// LayerNormGrad computes the gradient of LayerNorm's input from dy, that of its result, and from x, mean, inv and
// gamma as they were there. With x̂ = (x−mean)·inv and g = dy·gamma, per row:
//
//	dx = inv·(g − Σg/cols − x̂·Σ(g·x̂)/cols)
//
// dx may be dy.
func LayerNormGrad[T Float](e *Engine, dx, dy, x, mean, inv, gamma []T, rows, cols int) {
	j := &spaceOf[T](e).layer
	*j = layerJob[T]{
		kind: layerInputGrad, dst: dx[:rows*cols], dy: dy[:rows*cols], x: x[:rows*cols], mean: mean[:rows], inv: inv[:rows],
		gamma: gamma, rows: rows, cols: cols,
	}
	j.run(e)
}

// LayerNormParamGrad adds dy·x̂, with x̂ = (x−mean)·inv, to dgamma [cols] and dy to dbeta [cols], row by row. It
// flushes nothing, so that rows may come in blocks, in order.
func LayerNormParamGrad[T Float](e *Engine, dgamma, dbeta, dy, x, mean, inv []T, rows, cols int) {
	j := &spaceOf[T](e).layer
	*j = layerJob[T]{
		kind: layerParamGrad, dy: dy[:rows*cols], x: x[:rows*cols], mean: mean[:rows], inv: inv[:rows],
		gamma: dgamma[:cols], beta: dbeta[:cols], rows: rows, cols: cols,
	}
	j.run(e)
}

// layerJob is layer normalisation, divided over threads by rows, or its parameters' gradients, by columns.
type layerJob[T Float] struct {
	kind        int
	dst, x, dy  []T
	mean, inv   []T
	gamma, beta []T // or their gradients
	eps         T
	rows, cols  int
}

const (
	layerForward = iota
	layerInputGrad
	layerParamGrad
)

func (j *layerJob[T]) run(e *Engine) {
	divide(e, j, 4*j.rows*j.cols)
	*j = layerJob[T]{}
}

func (j *layerJob[T]) part(w *worker[T], part, parts int) {
	if j.kind == layerParamGrad {
		from, to := share(j.cols, columnsWide, part, parts)
		if from < to {
			w.layerParamGrad(j, from, to)
		}
		return
	}
	from, to := share(j.rows, 1, part, parts)
	for r := from; r < to; r++ {
		if j.kind == layerForward {
			j.forward(w, r)
		} else {
			j.inputGrad(w, r)
		}
	}
}

func (j *layerJob[T]) row(x []T, r int) []T { return x[r*j.cols:][:j.cols] }

func (j *layerJob[T]) forward(w *worker[T], r int) {
	x, n := j.row(j.x, r), float64(j.cols)
	sum, _ := w.moments(x, 0, nil)
	mean := canon.Flush(T(sum / n))
	_, squares := w.moments(x, mean, nil)
	inv := invStd(canon.Flush(T(squares/n)) + j.eps)
	j.mean[r], j.inv[r] = mean, inv
	w.standardize(j.row(j.dst, r), x, mean, inv, j.gamma, j.beta)
}

func (j *layerJob[T]) inputGrad(w *worker[T], r int) {
	dy, x, n := j.row(j.dy, r), j.row(j.x, r), float64(j.cols)
	sum, product := w.layerSums(dy, x, j.mean[r], j.inv[r], j.gamma)
	w.layerGrad(j.row(j.dst, r), dy, x, j.mean[r], j.inv[r], T(sum/n), T(product/n), j.gamma)
}
