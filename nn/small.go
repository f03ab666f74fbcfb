package nn

import "math"

// Small counts the weights of a magnitude below limit, and all weights. Biases and the parameters of normalisations
// are not among them. NaN is not small.
func (p *Plan[T]) Small(limit float64) (small, all int) {
	for _, q := range p.Params() {
		if q.bias || q.normalises() {
			continue
		}
		all += len(q.Data)
		for _, w := range q.Data {
			if math.Abs(float64(w)) < limit {
				small++
			}
		}
	}
	return small, all
}
