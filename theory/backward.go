package theory

import (
	"math"

	"gradlab/nn"
)

// gradient is the mean square of dL/d(activation) per element, and its mean product in two different
// samples of the batch.
type gradient struct{ square, product float64 }

func (g gradient) plus(o gradient) gradient {
	return gradient{g.square + o.square, g.product + o.product}
}

func (g gradient) times(f float64) gradient { return gradient{g.square * f, g.product * f} }

// backward gives the gradients at the outputs of the steps, of which last is that of the last one.
func backward(steps []step, last gradient) []gradient {
	at := make([]gradient, len(steps))
	at[len(at)-1] = last
	for i := len(steps) - 1; i >= 0; i-- {
		s := &steps[i]
		if s.from >= 0 {
			at[s.from] = at[s.from].plus(s.back(at[i]))
		}
		if s.layer == nil && s.skip >= 0 {
			at[s.skip] = at[s.skip].plus(at[i])
		}
	}
	return at
}

// back is what a step makes of the gradient at its output, at its input. Squares add, since the terms of a
// sum have independent random weights before them.
func (s *step) back(g gradient) gradient {
	perInput := float64(s.Shape.Size()) / float64(s.inputs) // outputs for each input
	switch l := s.layer.(type) {
	case nn.Linear, nn.Conv2d:
		// Each output hands its gradient to σ_w²/Var(w) inputs, times a weight.
		return g.times(perInput * s.weights.gain())
	case nn.Activation:
		f, _ := newFunction(l)
		return s.slope(g, f)
	case nn.MaxPool2d:
		return g.times(perInput) // one element of a window gets all
	case nn.AvgPool2d:
		return g.times(perInput / float64(l.Kernel.H*l.Kernel.W))
	case nn.BatchNorm:
		return s.batchBack(g)
	case nn.LayerNorm:
		n := float64(s.inputs)
		return g.times(math.Max(0, 1-2/n) / s.spread)
	}
	return g
}

// slope multiplies by E φ′², and the product of two samples by E φ′(u₁)φ′(u₂). Before max pooling the
// inputs that count are those that win.
func (s *step) slope(g gradient, f function) gradient {
	d := s.in.gaussian()
	if s.winners != nil {
		d = *s.winners
	}
	square := d.expect(func(u float64) float64 { y := f.slope(u); return y * y })
	out := gradient{square: g.square * square}
	if g.product != 0 {
		out.product = g.product * d.expectPair(f.slope, s.in.Correlation())
	}
	return out
}

// batchBack is the backward pass of batch normalisation: what the gradients of the batch have in common is
// taken from them, and what lies along the normalised values; the rest is divided by their deviation
// (Ioffe and Szegedy 2015). The variance of n Gaussian values is a χ² of n − 1 degrees of freedom, whose
// inverse has a mean (n − 1)/(n − 3) times that of the mean: twice as much gradient for batches of four, and no
// bound for fewer.
func (s *step) batchBack(g gradient) gradient {
	n := float64(s.count)
	left := (g.square - g.product) * (n - 2) / n / s.spread
	if n > 3 {
		left *= (n - 1) / (n - 3)
	}
	return gradient{left, -left / (n - 1)}
}
