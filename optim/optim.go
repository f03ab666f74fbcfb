// Package optim is update rules as element-wise rules, and schedules of the learning rate. They are
// data: package nn applies them to a plan's parameters.
package optim

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// SGD is stochastic gradient descent as PyTorch's: with gradient g, parameter w, velocity v and
// learning rate η,
//
//	d = g + Penalty.L1·sign(w) + (WeightDecay + 2·Penalty.L2)·w
//	v = Momentum·v + d
//	w = w − η·v            (Nesterov: w − η·(d + Momentum·v))
//
// where a weight that is not penalised has no part in the Penalty. With Decoupled, weights decay apart from the
// gradient: w is multiplied by 1 − η·WeightDecay before, and d is without it (SGDW, Loshchilov and Hutter 2019, with
// the order of PyTorch's AdamW). Then rows of weights whose Euclidean norm is above MaxNorm are brought down to it:
// those of a unit, or of a filter (Srivastava et al. 2014).
//
// Clipping comes before all of this: it bounds the gradient of the data's loss.
type SGD struct {
	Rate        float64 // the base learning rate; a Schedule multiplies it
	Momentum    float64
	Nesterov    bool
	WeightDecay float64
	Decoupled   bool // the weight decay does not go through the gradient
	Penalty     Penalty
	MaxNorm     float64 // of the weights of a unit; 0 is no limit
}

// Schedule gives the factor on the learning rate at a step.
type Schedule struct {
	Name   string  // "constant" (and ""), "step" or "cosine"
	Warmup int     // steps over which the factor rises linearly from 1/Warmup to 1
	Every  int     // "step": epochs between two multiplications
	Factor float64 // "step": the multiplier; 0 is 0.1
	Floor  float64 // "cosine": the factor at the end
}

// Check says which number of the rule makes no sense.
func (r SGD) Check() error {
	if r.Decoupled && r.WeightDecay != 0 && r.Penalty.L2 != 0 {
		return fmt.Errorf("there are a decoupled weight decay and an L2 penalty, which do the same by different ways: take one of the two")
	}
	return notNegative([]quantity{
		{"rate", r.Rate}, {"momentum", r.Momentum}, {"weight decay", r.WeightDecay},
		{"L1 penalty", r.Penalty.L1}, {"L2 penalty", r.Penalty.L2}, {"largest norm", r.MaxNorm},
	})
}

// Check says what of the schedule makes no sense.
func (s Schedule) Check() error {
	if s.Name != "" && !slices.Contains(Schedules(), s.Name) {
		return fmt.Errorf("unknown schedule %q: expected %s", s.Name, strings.Join(Schedules(), ", "))
	}
	return notNegative([]quantity{
		{"schedule's warm-up", float64(s.Warmup)}, {"schedule's interval", float64(s.Every)},
		{"schedule's factor", s.Factor}, {"schedule's floor", s.Floor},
	})
}

type quantity struct {
	name  string
	value float64
}

func notNegative(list []quantity) error {
	for _, q := range list {
		if math.IsNaN(q.value) || math.IsInf(q.value, 0) || q.value < 0 {
			return fmt.Errorf("the %s is %v, but must be a number from 0 on", q.name, q.value)
		}
	}
	return nil
}
