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

// Locate finds where a plan's numbers are not finite; false where all of them are. It is called between a
// Forward that kept every position, of n samples, and the update. What comes of an update is found in the
// parameters: a gradient that overflows spoils every layer that it reaches on its way to the input, so that
// it began at the last one in forward order. Otherwise an output did, the first one in forward order.
func Locate[T kernel.Float](plan *nn.Plan[T], n int) (layer, what string, found bool) {
	positions := plan.Positions()
	for i := len(positions) - 1; i >= 0; i-- {
		for _, q := range plan.PositionParams(i) {
			if !finite(q.Data) {
				return positions[i].Name, InGradient, true
			}
		}
	}
	for i, p := range positions {
		if n > 0 && !finite(plan.Activation(i, n)) {
			return p.Name, InActivation, true
		}
	}
	return "", "", false
}

func finite[T kernel.Float](x []T) bool {
	for _, v := range x {
		if d := float64(v); math.IsNaN(d) || math.IsInf(d, 0) {
			return false
		}
	}
	return true
}

// Finite says whether the newest probed step left every parameter finite, as far as the squares of its update
// tell. A loss may stay finite behind a ReLU that makes 0 of NaN.
func (p *Probe[T]) Finite() bool {
	for _, s := range p.positions {
		for _, m := range s.params {
			q := m.param.Squares
			if sum := q.Gradient + q.Update + q.Weights; math.IsNaN(sum) || math.IsInf(sum, 0) {
				return false
			}
		}
	}
	return true
}
