package theory

import (
	"fmt"
	"math"

	"gradlab/nn"
	"gradlab/optim"
)

// Prediction is what can be said of a network before it trains.
type Prediction struct {
	Positions []Position `json:"positions"` // in forward order, as those of a plan
	Loss      float64    `json:"loss"`      // of the first step
	// GradientNorm is the square root of the sum of squares of all parameters' gradients in the first step.
	GradientNorm float64 `json:"gradient_norm"`
}

// Position is the prediction for the output of one layer.
type Position struct {
	nn.Position
	Activation Moments `json:"activation"`
	Gradient   float64 `json:"gradient"`  // root mean square of dL/d(activation) per element
	Factor     float64 `json:"factor"`    // Gradient over that at the next position; NaN of the last
	Saturated  float64 `json:"saturated"` // fraction of elements; NaN where the layer cannot saturate
	Rough      bool    `json:"rough"`     // an approximation even for a wide network (max pooling, values that are not Gaussian)

	Weights        int     `json:"weights"`         // number of the layer's weights; 0 for none
	Weight         float64 `json:"weight"`          // their root mean square
	WeightGradient float64 `json:"weight_gradient"` // that of dL/dw
}

// Predict follows the moments of the input x forward through the model, and the gradient back, for a first
// step on a batch of the given size. An *ErrNoTheory says in words what has no prediction.
func Predict(m nn.Model, in nn.Shape, classes, batch int, x Moments) (*Prediction, error) {
	positions, err := nn.Positions(m, in, classes)
	if err != nil {
		return nil, err
	}
	layers, err := m.Expand()
	if err != nil {
		return nil, fmt.Errorf("failed to predict: %w", err)
	}
	f := &forward{model: m, shape: in, input: x, batch: batch, classes: classes, ahead: positions}
	if _, err := f.run(layers, -1); err != nil {
		return nil, fmt.Errorf("failed to predict: %w", err)
	}
	p := &Prediction{}
	var last gradient
	p.Loss, last = logits(f.steps[len(f.steps)-1].out, classes, batch)
	squares := 0.0
	at := backward(f.steps, last)
	for i := range f.steps {
		q, sum := f.position(i, at[i], batch)
		if q.Factor = math.NaN(); i+1 < len(at) {
			q.Factor = math.Sqrt(at[i].square / at[i+1].square)
		}
		squares += sum
		p.Positions = append(p.Positions, q)
	}
	p.GradientNorm = math.Sqrt(squares)
	return p, nil
}

// position is the prediction for step i, and the sum of squares of its parameters' gradients.
func (f *forward) position(i int, g gradient, batch int) (q Position, squares float64) {
	s := &f.steps[i]
	q = Position{Position: s.Position, Activation: s.out, Gradient: math.Sqrt(g.square), Saturated: math.NaN(), Rough: s.rough}
	if a, ok := s.layer.(nn.Activation); ok {
		if b, ok := nn.Saturation(a.Name); ok {
			h, _ := newFunction(a)
			q.Saturated = h.saturated(b, s.in.gaussian())
		}
	}
	// A gradient of a parameter is a sum over samples and places, of which two samples share something.
	n, places := float64(batch), float64(images(s.Shape))
	over := func(x Moments) float64 {
		return places * n * (g.square*x.Second + (n-1)*g.product*x.Product)
	}
	one := Moments{Second: 1, Product: 1}
	switch l := s.layer.(type) {
	case nn.Linear, nn.Conv2d:
		w := s.weights
		seen := s.in
		seen.Second, seen.Product = seen.Second*w.inside, seen.Product*w.inside
		q.Weights, q.Weight = w.number(), math.Sqrt(w.variance)
		q.WeightGradient = math.Sqrt(max(0, over(seen)))
		squares = float64(w.number())*q.WeightGradient*q.WeightGradient + float64(w.biases)*max(0, over(one))
	case nn.BatchNorm:
		squares = f.scale(&q, s, over, l.NoAffine, s.Shape[len(s.Shape)-1])
	case nn.LayerNorm:
		places = 1
		squares = f.scale(&q, s, over, l.NoAffine, s.Shape.Size())
	}
	return q, squares
}

// scale fills in the weights of a normalisation, n ones, and gives the sum of squares of its gradients.
func (f *forward) scale(q *Position, s *step, over func(Moments) float64, without bool, n int) float64 {
	if without {
		return 0
	}
	q.Weights, q.Weight = n, 1
	q.WeightGradient = math.Sqrt(max(0, over(s.out)))
	return float64(n) * (q.WeightGradient*q.WeightGradient + max(0, over(Moments{Second: 1, Product: 1})))
}

// Deviation is the standard deviation of the activation, over elements and samples.
func (p Position) Deviation() float64 { return math.Sqrt(p.Activation.Variance()) }

// UpdateRatio is how far the weights of a position move in the first step, as a fraction of their size:
// root mean square of the update over that of the weights. NaN without weights.
func (p Position) UpdateRatio(rule optim.SGD) float64 {
	if p.Weights == 0 {
		return math.NaN()
	}
	d := math.Hypot(p.WeightGradient, rule.WeightDecay*p.Weight)
	if rule.Nesterov {
		d *= 1 + rule.Momentum
	}
	return rule.Rate * d / p.Weight
}
