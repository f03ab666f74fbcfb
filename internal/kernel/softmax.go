package kernel

import "gradlab/internal/canon"

// SoftmaxCrossEntropy computes per row of logits [rows, cols] the loss −ln p[label] of
// p = softmax(row), and dlogits = scale·(p − onehot(label)), the loss's gradient with respect to
// the logits times scale. losses and labels have rows elements; labels lie in [0, cols).
// dlogits may be nil (no gradient wanted), and may be logits.
//
// In order: m = the row's maximum, where NaN wins; e[i] = exp(x[i]−m); s = the sum of e in the shape
// of Sum, but in T; loss = ln s − (x[label]−m); dlogits[i] = flush((e[i]/s − onehot)·scale).
func SoftmaxCrossEntropy[T Float](e *Engine, dlogits, logits []T, labels []int32, losses []T, rows, cols int, scale T) {
	if e.recorder != nil {
		recordSoftmax(e, dlogits, logits, labels, losses, rows, cols)
		return
	}
	space := spaceOf[T](e)
	for r := range rows {
		x := logits[r*cols:][:cols]
		var p []T
		if dlogits != nil {
			p = dlogits[r*cols:][:cols]
		} else {
			if cap(space.row) < cols {
				space.row = make([]T, cols)
			}
			p = space.row[:cols]
		}
		label := int(labels[r])
		m := maximum(x)
		distance := x[label] - m // before p, which may be x, is written
		for i, v := range x {
			p[i] = v - m
		}
		Exp(e, p, p)
		var lanes [sumLanes]T
		for i, v := range p {
			lanes[i%sumLanes] += v
		}
		sum := fold(lanes[:])
		losses[r] = canon.Log(sum) - distance
		if dlogits == nil {
			continue
		}
		for i, v := range p {
			q := v / sum
			if i == label {
				q -= 1
			}
			p[i] = canon.Flush(q * scale)
		}
	}
}

// maximum is the largest element of x; NaN if one is.
func maximum[T Float](x []T) T {
	m := x[0]
	for _, v := range x[1:] {
		if v > m || v != v {
			m = v
		}
		if m != m {
			break
		}
	}
	return m
}
