package probe

import (
	"math"

	"gradlab/internal/kernel"
	"gradlab/nn"
)

// Where a number first was not finite, as Place says it.
const (
	InActivation = "activation" // the layer's output, from finite inputs and parameters
	InGradient   = "gradient"   // a gradient or an update that has reached the layer's parameters
	InLoss       = "loss"       // the loss alone: every logit was finite
)

// Place is where a network first held NaN or an infinity.
type Place struct {
	Step  int    // from 1
	Epoch int    // from 1
	Layer string // the position; "" of the loss
	What  string // InActivation, InGradient or InLoss
}

// SpoiltParameter names the layer whose parameters are not finite, the last one in forward order: a gradient that
// overflows spoils every layer that it reaches on its way to the input, so that it began there.
func SpoiltParameter[T kernel.Float](plan *nn.Plan[T]) (layer string, found bool) {
	positions := plan.Positions()
	for i := len(positions) - 1; i >= 0; i-- {
		for _, q := range plan.PositionParams(i) {
			if !finite(q.Data) {
				return positions[i].Name, true
			}
		}
	}
	return "", false
}

// SpoiltActivation names the first layer in forward order whose output is not finite, of a Forward of n samples that
// kept every position.
func SpoiltActivation[T kernel.Float](plan *nn.Plan[T], n int) (layer string, found bool) {
	for i, p := range plan.Positions() {
		if !finite(plan.Activation(i, n)) {
			return p.Name, true
		}
	}
	return "", false
}

func finite[T kernel.Float](x []T) bool {
	for _, v := range x {
		if d := float64(v); math.IsNaN(d) || math.IsInf(d, 0) {
			return false
		}
	}
	return true
}

// Finite says whether the newest probed step had finite outputs and gradients and left every parameter finite, as
// far as their sums tell. A loss may stay finite behind an activation that makes a finite number of an infinity.
func (p *Probe[T]) Finite() bool { return p.finite }

// sound says whether sums are finite.
func sound(sums ...float64) bool {
	for _, s := range sums {
		if math.IsNaN(s) || math.IsInf(s, 0) {
			return false
		}
	}
	return true
}
