package theory

import "math"

// softmax is what a softmax of c independent Gaussian logits comes to, of variance q and mean zero:
//
//	loss    = E ln Σ exp(z)           the cross-entropy of a label that does not depend on the logits
//	squares = E Σ p²,   p = exp(z) / Σ exp(z)
//
// With L(t) = E exp(−t·exp(z)), both are single integrals: ln S = ∫ (e^−t − e^−tS) dt/t and
// 1/S² = ∫ t·e^−tS dt, of which the expectations are products of c functions of one logit. For small q they
// are ln c + q/2·(1 − 1/c) and (1 + q(1 − 1/c))/c.
func softmax(q float64, c int) (loss, squares float64) {
	n, sd := float64(c), math.Sqrt(q)
	if c < 2 || math.IsNaN(q) || math.IsInf(q, 0) {
		return math.Log(n), 1 / n
	}
	if sd > 40 { // the largest logit takes all but the whole
		mean, _ := largest(c)
		return sd * mean, 1
	}
	d := normal{0, sd}
	nodes := d.nodes()
	const h = 0.2 // for the trapezoidal rule, whose error is e^(−π²/h) for functions that are analytic as far as π/2
	low, high := -tails*sd-math.Log(n)-40, tails*sd+8
	exps := make([]float64, len(nodes))
	for i, node := range nodes {
		exps[i] = math.Exp(node.u)
	}
	for tau := low; tau < high; tau += h {
		t := math.Exp(tau)
		var l, second float64 // E exp(−te^z), and t²·E exp(2z − te^z)
		for i, node := range nodes {
			a := t * exps[i]
			e := node.weight * math.Exp(-a)
			l += e
			second += e * a * a
		}
		rest := math.Pow(l, n-1)
		loss += h * (math.Exp(-t) - rest*l)
		squares += h * n * second * rest
	}
	return loss, squares
}

// logits gives the expected loss of the first step, and the mean square of its gradient with respect to the
// logits, of a mean cross-entropy over a batch whose labels are as good as random: (p − y)/n, of whose
// squares Σp² and Σy² are the larger part.
func logits(m Moments, classes, batch int) (loss float64, g gradient) {
	c, n := float64(classes), float64(batch)
	loss, squares := softmax(m.Variance(), classes)
	g.square = (squares - 2/c + 1) / (c * n * n)
	if v := m.Variance(); v > 0 {
		g.product = (squares - 1/c) * m.Correlation() / (c * n * n)
	}
	return loss, g
}
