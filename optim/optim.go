// Package optim is update rules as element-wise rules, and schedules of the learning rate. They are
// data: package nn applies them to a plan's parameters.
package optim

// SGD is stochastic gradient descent as PyTorch's: with gradient g, parameter w, velocity v and
// learning rate η,
//
//	d = g + WeightDecay·w
//	v = Momentum·v + d
//	w = w − η·v            (Nesterov: w − η·(d + Momentum·v))
type SGD struct {
	Rate        float64 // the base learning rate; a Schedule multiplies it
	Momentum    float64
	Nesterov    bool
	WeightDecay float64
}

// Schedule gives the factor on the learning rate at a step.
type Schedule struct {
	Name   string  // "constant" (and ""), "step" or "cosine"
	Warmup int     // steps over which the factor rises linearly from 1/Warmup to 1
	Every  int     // "step": epochs between two multiplications
	Factor float64 // "step": the multiplier; 0 is 0.1
	Floor  float64 // "cosine": the factor at the end
}
