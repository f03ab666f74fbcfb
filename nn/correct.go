package nn

// Correct counts the samples of the newest Forward whose largest logit, the first one of equal ones, is that of
// their label.
func (p *Plan[T]) Correct(labels []int32, n int) int {
	last := p.layers[len(p.layers)-1]
	correct := 0
	for i, label := range labels[:n] {
		logits := last.y[i*p.classes:][:p.classes]
		best := 0
		for c, v := range logits {
			if v > logits[best] {
				best = c
			}
		}
		if best == int(label) {
			correct++
		}
	}
	return correct
}
