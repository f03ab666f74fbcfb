package theory

import (
	"cmp"
	"fmt"
	"math"
	"reflect"

	"gradlab/nn"
)

// TrainableDepths is how many correlation depth scales a network may be deep and still train: the line that
// Schoenholz et al. (1611.01232) draw at 6 ξ_c beside what they could train (fully-connected tanh networks
// with SGD). It is an observation and not derived.
const TrainableDepths = 6

// Scales say how a hidden layer that is repeated for ever treats signals and gradients (Poole et al. 2016,
// Schoenholz et al. 2017). A depth scale is the number of layers over which a deviation falls by a factor
// of e; +Inf means that it does not fall, at criticality or, for gradients, beyond.
type Scales struct {
	Block       string  `json:"block"`     // in words
	Layers      int     `json:"layers"`    // such layers in the model
	Gain        float64 `json:"sigma_w2"`  // σ_w² = fan_in · Var(w)
	Bias        float64 `json:"sigma_b2"`  // σ_b²
	Fixed       float64 `json:"q"`         // q* of the pre-activations' mean square; NaN where there is none but at infinity
	Correlation float64 `json:"c"`         // c*, to which two samples' correlation goes
	Chi         float64 `json:"chi1"`      // χ₁ = σ_w² E φ′², by which the gradient's mean square changes for each layer back
	ScaleQ      float64 `json:"xi_q"`      // of q
	ScaleC      float64 `json:"xi_c"`      // of c
	Scale1      float64 `json:"xi_1"`      // −1/ln χ₁, of the gradient's mean square; negative where it grows
	Trainable   float64 `json:"trainable"` // TrainableDepths · ξ_c layers
}

// NewScales finds those of a layer with the gain σ_w² and biases of variance σ_b², whose pre-activations
// start at the mean square q.
func NewScales(a nn.Activation, gain, bias, q float64) (Scales, error) {
	f, ok := newFunction(a)
	if !ok {
		return Scales{}, &ErrNoTheory{"depth scales", "there is no theory of the activation " + a.Name}
	}
	s := Scales{Gain: gain, Bias: bias}
	variance := func(q float64) float64 {
		return gain*normal{0, math.Sqrt(q)}.expect(func(u float64) float64 { y := f.f(u); return y * y }) + bias
	}
	s.Fixed = fixedPoint(variance, q, 1e-13*q)
	at := s.Fixed
	if math.IsNaN(at) {
		at = q // where nothing is fixed, what holds at the start
	}
	at = math.Max(at, 1e-12)
	d := normal{0, math.Sqrt(at)}
	s.Chi = gain * d.expect(func(u float64) float64 { y := f.slope(u); return y * y })
	// dq′/dq, which is χ₁ + σ_w² E φ″φ.
	h := 1e-4 * at
	s.ScaleQ = depthScale((variance(at+h) - variance(at-h)) / (2 * h))
	s.Scale1 = -1 / math.Log(s.Chi)
	correlation := func(c float64) float64 {
		return (gain*d.expectPair(f.f, c) + bias) / (gain*d.expectPair(f.f, 1) + bias)
	}
	s.Correlation, s.ScaleC = 1, depthScale(s.Chi)
	if s.Chi > 1+1e-6 { // c = 1 is not stable: samples part
		s.Correlation = fixedPoint(correlation, 0.5, 1e-7)
		s.ScaleC = depthScale(gain * d.expectPair(f.slope, s.Correlation))
	}
	s.Trainable = TrainableDepths * s.ScaleC
	return s, nil
}

// depthScale is −1/ln of the factor for one layer, +Inf where nothing falls.
func depthScale(factor float64) float64 {
	if !(factor < 1-1e-6) {
		return math.Inf(1)
	}
	return -1 / math.Log(math.Max(factor, 1e-300))
}

// fixedPoint follows x to where f leaves it but for a tolerance; NaN where that goes beyond all bounds. Near
// criticality the way is long, and each round takes Aitken's step.
func fixedPoint(f func(float64) float64, x, tolerance float64) float64 {
	for range 2000 {
		y := f(x)
		z := f(y)
		if math.IsNaN(z) || z > 1e8 {
			return math.NaN()
		}
		if math.Abs(z-x) <= tolerance || z < 1e-12 {
			return z
		}
		next := z
		if d := z - 2*y + x; d != 0 {
			if a := x - (y-x)*(y-x)/d; a > 0 && math.Abs(a-z) < math.Abs(z-x)*1e3 && math.Abs(f(a)-a) < math.Abs(z-y) {
				next = a
			}
		}
		x = next
	}
	return x
}

// DepthScales finds the hidden layer that the model has most of, a fully-connected or convolutional layer
// with an activation directly after it and no normalisation or skip, and its scales. The input's moments are
// x. An error says in words why there are none.
func DepthScales(m nn.Model, in nn.Shape, classes int, x Moments) (Scales, error) {
	layers, err := m.Expand()
	if err != nil {
		return Scales{}, fmt.Errorf("failed to find depth scales: %w", err)
	}
	positions, err := nn.Positions(m, in, classes)
	if err != nil {
		return Scales{}, err
	}
	f := &forward{model: m, shape: in, input: x, batch: 2, classes: classes, ahead: positions}
	if _, err := f.run(layers, -1); err != nil {
		return Scales{}, err
	}
	type block struct {
		kind       string
		activation nn.Activation
		gain, bias float64
	}
	counts := map[block]int{}
	firsts := map[block]*step{}
	var best block
	for i := range len(f.steps) - 1 {
		s := &f.steps[i]
		a, ok := f.steps[i+1].layer.(nn.Activation)
		switch s.layer.(type) {
		case nn.BatchNorm, nn.LayerNorm, nil:
			return Scales{}, &ErrNoTheory{"depth scales", "the model has " + s.Kind + " layers, for which a plain layer's depth scales do not hold"}
		case nn.Linear, nn.Conv2d:
		default:
			continue
		}
		if !ok || f.steps[i+1].from != i {
			continue
		}
		// Widths that differ a little give gains that do, as under Xavier: two digits tell them apart.
		b := block{s.Kind, a, round(s.weights.gain()), round(s.weights.bias)}
		if firsts[b] == nil {
			firsts[b] = s
		}
		counts[b]++
		if c, most := counts[b], counts[best]; c > most || c == most && b.kind == "linear" {
			best = b
		}
	}
	s := firsts[best]
	if s == nil || reflect.DeepEqual(best, block{}) {
		return Scales{}, &ErrNoTheory{"depth scales", "the model has no hidden layer with an activation after it"}
	}
	scales, err := NewScales(best.activation, s.weights.gain(), s.weights.bias, s.out.Second)
	scales.Block, scales.Layers = cmp.Or(best.kind, "layer")+" and "+best.activation.Name, counts[best]
	return scales, err
}

// round is x to two significant digits.
func round(x float64) float64 {
	if x == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-1)
	return math.Round(x/unit) * unit
}
