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

// Check says which number of the rule makes no sense.
func (r SGD) Check() error {
	return notNegative([]quantity{{"rate", r.Rate}, {"momentum", r.Momentum}, {"weight decay", r.WeightDecay}})
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
