package kernel

import "gradlab/internal/canon"

// SGDCoefficients are the numbers of one update by stochastic gradient descent.
type SGDCoefficients[T Float] struct {
	Rate        T // η, the learning rate
	Momentum    T // μ; 0 keeps no velocity
	WeightDecay T // λ of the L2 penalty ½λ|w|²; 0 leaves it out
	Nesterov    bool
}

// SGDUpdate moves the weights w against the gradient g, with the velocity v (nil without momentum),
// all of one length. Per element, as PyTorch's SGD:
//
//	d = g, or fma(λ, w, g)
//	v = flush(fma(μ, v, d)); d = v, or fma(μ, v, d) for Nesterov's
//	w = flush(fma(−η, d, w))
func SGDUpdate[T Float](e *Engine, w, g, v []T, c SGDCoefficients[T]) {
	g = g[:len(w)]
	rule, decay := 0, 0
	if c.Momentum != 0 {
		v = v[:len(w)]
		rule = 1
		if c.Nesterov {
			rule = 2
		}
	}
	if c.WeightDecay != 0 {
		decay = 1
	}
	if a := assembly[T](e); a != nil {
		a.sgd[rule][decay](first(w), first(g), first(v), len(w),
			float32(c.Rate), float32(c.Momentum), float32(c.WeightDecay))
		return
	}
	for i, d := range g {
		if decay != 0 {
			d = canon.FMA(c.WeightDecay, w[i], d)
		}
		if rule != 0 {
			v[i] = canon.Flush(canon.FMA(c.Momentum, v[i], d))
			if rule == 1 {
				d = v[i]
			} else {
				d = canon.FMA(c.Momentum, v[i], d)
			}
		}
		w[i] = canon.Flush(canon.FMA(-c.Rate, d, w[i]))
	}
}
