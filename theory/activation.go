package theory

import (
	"math"

	"gradlab/nn"
)

// function is an activation with its derivative, which at a kink is that from the left, as the engine's.
type function struct {
	f, slope func(float64) float64
	rises    bool // it never falls, so that the largest of several outputs is that of the largest input
}

func logistic(u float64) float64 { return 1 / (1 + math.Exp(-u)) }

// density is that of a standard Gaussian variable.
func density(u float64) float64 { return math.Exp(-u*u/2) / math.Sqrt(2*math.Pi) }

// SELU's constants (Klambauer et al. 2017).
const (
	seluScale = 1.0507009873554804934193349852946
	seluAlpha = 1.6732632423543772848170429916717
)

// elu is u above zero and alpha·(eᵘ − 1) below, times scale (Clevert et al. 2016).
func elu(scale, alpha float64) function {
	return function{
		func(u float64) float64 {
			if u > 0 {
				return scale * u
			}
			return scale * alpha * math.Expm1(u)
		},
		func(u float64) float64 {
			if u > 0 {
				return scale
			}
			return scale * alpha * math.Exp(u)
		}, true,
	}
}

// leaky is u above zero and slope·u below.
func leaky(slope float64) function {
	return function{
		func(u float64) float64 {
			if u > 0 {
				return u
			}
			return slope * u
		},
		func(u float64) float64 {
			if u > 0 {
				return 1
			}
			return slope
		}, slope >= 0,
	}
}

// functions are nn's activations. Those with a parameter are made by newFunction.
var functions = map[string]function{
	"identity": {func(u float64) float64 { return u }, func(float64) float64 { return 1 }, true},
	"relu":     leaky(0),
	"elu":      elu(1, 1),
	"selu":     elu(seluScale, seluAlpha),
	"tanh":     {math.Tanh, func(u float64) float64 { y := math.Tanh(u); return 1 - y*y }, true},
	"sigmoid":  {logistic, func(u float64) float64 { return logistic(u) * logistic(-u) }, true},
	"scaled-sigmoid": { // 2σ(u) − 1
		func(u float64) float64 { return math.Tanh(u / 2) },
		func(u float64) float64 { y := math.Tanh(u / 2); return (1 - y*y) / 2 }, true,
	},
	"gelu": { // u·Φ(u)
		func(u float64) float64 { return u * math.Erfc(-u/math.Sqrt2) / 2 },
		func(u float64) float64 { return math.Erfc(-u/math.Sqrt2)/2 + u*density(u) }, false,
	},
	"silu": { // u·σ(u)
		func(u float64) float64 { return u * logistic(u) },
		func(u float64) float64 { s := logistic(u); return s + u*s*(1-s) }, false,
	},
}

// newFunction finds the function of a layer; ok is false for one that is not known here.
func newFunction(a nn.Activation) (f function, ok bool) {
	if a.Name == "leaky-relu" {
		if a.Slope == 0 {
			a.Slope = 0.01
		}
		return leaky(a.Slope), true
	}
	f, ok = functions[a.Name]
	return f, ok
}

// saturated is the probability that the output lies outside b, for an input of the distribution d. The
// bounds of the input are found by halving, since f never falls.
func (f function) saturated(b nn.Bounds, d normal) float64 {
	bound := func(beyond func(float64) bool) float64 { // the input from which on beyond holds
		low, high := d.mean-40*d.sd-1, d.mean+40*d.sd+1
		for range 200 {
			if middle := (low + high) / 2; beyond(middle) {
				high = middle
			} else {
				low = middle
			}
		}
		return high
	}
	low := bound(func(u float64) bool { return f.f(u) >= b.Low })
	high := bound(func(u float64) bool { return f.f(u) > b.High })
	return d.below(low) + 1 - d.below(high)
}
