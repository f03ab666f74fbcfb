package train

import (
	"math"

	"gradlab/nn"
)

// Clipping is what clipping the gradients came to over the steps of a trial. Norms are Euclidean, over all
// parameters. Those of steps whose gradient held a NaN or an infinity are left out of means and maxima.
type Clipping struct {
	Steps     int   // in all
	Cut       int   // steps in which something was above the limit
	NotFinite int   // steps whose gradient had no finite norm
	Before    Norms // of the gradient
	After     Norms // of what was left of it
}

// Norms are those of the gradients of many steps.
type Norms struct {
	Mean, Max float64 // 0 without a step
	sum       float64
	n         int
}

func (c *Clipping) add(step nn.Clipped) {
	c.Steps++
	if step.Cut {
		c.Cut++
	}
	if math.IsNaN(step.Before) || math.IsInf(step.Before, 0) {
		c.NotFinite++
		return
	}
	c.Before.add(step.Before)
	c.After.add(step.After)
}

func (s *Norms) add(norm float64) {
	s.n++
	s.sum += norm
	s.Mean, s.Max = s.sum/float64(s.n), math.Max(s.Max, norm)
}
