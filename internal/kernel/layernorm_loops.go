package kernel

import (
	"slices"

	"gradlab/internal/canon"
)

// What layerJob does to a row. gamma and beta may be nil for 1 and 0.

func (w *worker[T]) standardize(y, x []T, mean, inv T, gamma, beta []T) {
	if a := w.norm(); a != nil && (gamma == nil) == (beta == nil) {
		a.standardize[with(gamma)](first(y), first(x), first(gamma), first(beta), len(x), float32(mean), float32(inv))
		return
	}
	for i, v := range x {
		n, scale, shift := (v-mean)*inv, T(1), T(0)
		if gamma != nil {
			scale = gamma[i]
		}
		if beta != nil {
			shift = beta[i]
		}
		y[i] = canon.Flush(canon.FMA(n, scale, shift))
	}
}

// layerSums adds up g = dy·gamma and g·x̂, as Moments adds.
func (w *worker[T]) layerSums(dy, x []T, mean, inv T, gamma []T) (sum, product float64) {
	for chunk := range slices.Chunk(dy, chunkSize) {
		s, p := w.layerChunk(chunk, x[:len(chunk)], mean, inv, gamma)
		sum, product = sum+float64(s), product+float64(p)
		x = x[len(chunk):]
		if gamma != nil {
			gamma = gamma[len(chunk):]
		}
	}
	return sum, product
}

func (w *worker[T]) layerChunk(dy, x []T, mean, inv T, gamma []T) (sum, product T) {
	if a := w.norm(); a != nil {
		s, p := a.layerChunk[with(gamma)](first(dy), first(x), first(gamma), len(dy), float32(mean), float32(inv))
		return T(s), T(p)
	}
	var sums, products [chunkLanes]T
	for i, g := range dy {
		if gamma != nil {
			g = T(g * gamma[i])
		}
		n := (x[i] - mean) * inv
		sums[i%chunkLanes] += g
		products[i%chunkLanes] = canon.FMA(g, n, products[i%chunkLanes])
	}
	return fold(sums[:]), fold(products[:])
}

// layerGrad is dx = inv·fma(−x̂, product, g − sum).
func (w *worker[T]) layerGrad(dx, dy, x []T, mean, inv, sum, product T, gamma []T) {
	if a := w.norm(); a != nil {
		a.layerGrad[with(gamma)](first(dx), first(dy), first(x), first(gamma), len(dy), float32(mean), float32(inv), float32(sum), float32(product))
		return
	}
	for i, g := range dy {
		if gamma != nil {
			g = T(g * gamma[i])
		}
		n := (mean - x[i]) * inv
		dx[i] = canon.Flush(inv * canon.FMA(n, product, g-sum))
	}
}

// with is which kernel to take: 1 with γ, 0 without.
func with[T Float](gamma []T) int {
	if gamma == nil {
		return 0
	}
	return 1
}

// layerParamGrad goes down the columns from ≤ c < to.
func (w *worker[T]) layerParamGrad(j *layerJob[T], from, to int) {
	dgamma, dbeta := j.gamma[from:to], j.beta[from:to]
	if a := w.norm(); a != nil && j.rows > 0 {
		a.layerParams(first(dgamma), first(dbeta), first(j.dy[from:]), first(j.x[from:]), first(j.mean), first(j.inv), j.rows, to-from, 4*j.cols)
		return
	}
	for r := range j.rows {
		x, mean, inv := j.row(j.x, r)[from:to], j.mean[r], j.inv[r]
		for i, d := range j.row(j.dy, r)[from:to] {
			dgamma[i] = canon.FMA(d, (x[i]-mean)*inv, dgamma[i])
			dbeta[i] += d
		}
	}
}
