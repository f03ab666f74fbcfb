package kernel

import "gradlab/internal/canon"

// SoftmaxCrossEntropy computes per row of logits [rows, cols] the loss −ln p[label] of
// p = softmax(row), and dlogits = scale·(p − onehot(label)), the loss's gradient with respect to
// the logits times scale. losses and labels have rows elements; labels lie in [0, cols).
// dlogits may be nil (no gradient wanted), and may be logits.
//
// In order: m = the row's maximum, where NaN wins; e[i] = exp(x[i]−m); s = the sum of e in sixteen
// lanes; loss = ln s − (x[label]−m); dlogits[i] = flush((e[i]/s − onehot)·scale).
func SoftmaxCrossEntropy[T Float](e *Engine, dlogits, logits []T, labels []int32, losses []T, rows, cols int, scale T) {
	SmoothedCrossEntropy(e, dlogits, logits, labels, losses, rows, cols, scale, 0)
}

// SmoothedCrossEntropy is SoftmaxCrossEntropy with smoothed labels, for a smoothing ε of 0 with its bits: the target
// of a class is u = ε/cols, and that of the label t = 1 − ε + u (Szegedy et al. 2016), as in PyTorch.
//
// In order, where ε is not 0: the loss is ln s − fma(1−ε, x[label]−m, u·d) with d the sum of x[i]−m in sixteen
// lanes; dlogits[i] = flush((e[i]/s − u)·scale), with t for u at the label.
func SmoothedCrossEntropy[T Float](e *Engine, dlogits, logits []T, labels []int32, losses []T, rows, cols int, scale, smoothing T) {
	if e.recorder != nil {
		recordSoftmax(e, dlogits, logits, labels, losses, rows, cols)
		return
	}
	if dlogits != nil {
		rest := smoothing / T(cols)
		target := 1 - smoothing + rest
		softmaxRows(e, dlogits[:rows*cols], logits, labels, losses[:rows], cols, smoothing)
		for r, label := range labels[:rows] {
			p := dlogits[r*cols:][:cols]
			sum := sum16(p)
			losses[r] = canon.Log(sum) - losses[r]
			own := p[label]
			for i, v := range p {
				p[i] = canon.Flush((v/sum - rest) * scale)
			}
			p[label] = canon.Flush((own/sum - target) * scale)
		}
		return
	}
	space := spaceOf[T](e)
	if cap(space.row) < cols {
		space.row = make([]T, cols)
	}
	p := space.row[:cols]
	for r := range rows {
		softmaxRows(e, p, logits[r*cols:], labels[r:], losses[r:][:1], cols, smoothing)
		losses[r] = canon.Log(sum16(p)) - losses[r]
	}
}

// softmaxRows writes exp(x − m) of the rows of logits to p, all at once, since rows are short; and x − m of
// the labels, smoothed, to distances, before p, which may be logits, is written.
func softmaxRows[T Float](e *Engine, p, logits []T, labels []int32, distances []T, cols int, smoothing T) {
	for r := range distances {
		x, y := logits[r*cols:][:cols], p[r*cols:][:cols]
		m := maximum(x)
		distances[r] = x[labels[r]] - m
		for i, v := range x {
			y[i] = v - m
		}
		if smoothing != 0 {
			distances[r] = canon.FMA(1-smoothing, distances[r], T(smoothing/T(cols))*sum16(y))
		}
	}
	Exp(e, p, p)
}

// sum16 adds up x in sumLanes lanes.
func sum16[T Float](x []T) T {
	var lanes [sumLanes]T
	for ; len(x) > sumLanes; x = x[sumLanes:] {
		for i, v := range x[:sumLanes] {
			lanes[i] += v
		}
	}
	for i, v := range x {
		lanes[i] += v
	}
	return fold(lanes[:])
}

// maximum is the largest element of x; NaN if one is.
func maximum[T Float](x []T) T {
	even, odd := x[0], x[0] // two chains, since each step waits for the one before
	for ; len(x) > 1; x = x[2:] {
		even, odd = max(even, x[0]), max(odd, x[1])
	}
	if len(x) > 0 {
		even = max(even, x[0])
	}
	return max(even, odd)
}
