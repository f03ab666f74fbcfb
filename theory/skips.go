package theory

import (
	"math"

	"gradlab/nn"
)

// Skips is by how many times the gradient's root mean square grows back through a number of residual blocks
// x + W φ(BN x) or x + φ(BN(W x)), by the closed form in the package's comment. start is l₀: the variance
// over the batch with which the first block begins, over that which each block adds.
func Skips(a nn.Activation, start float64, blocks int) (float64, error) {
	chi, err := Normalised(a)
	if err != nil {
		return 0, err
	}
	gamma := func(x float64) float64 { l, _ := math.Lgamma(x); return l }
	l := float64(blocks)
	return math.Exp((gamma(l+start+chi) - gamma(l+start) + gamma(start) - gamma(start+chi)) / 2), nil
}

// Normalised is χ = E φ′²/Var φ of a standard Gaussian variable: the factor on the gradient's mean square,
// for each layer back, where batch normalisation comes before every activation.
func Normalised(a nn.Activation) (float64, error) {
	f, ok := newFunction(a)
	if !ok {
		return 0, &ErrNoTheory{"batch normalisation", "there is no theory of the activation " + a.Name}
	}
	z := normal{0, 1}
	mean := z.expect(f.f)
	variance := z.expect(func(u float64) float64 { y := f.f(u) - mean; return y * y })
	return z.expect(func(u float64) float64 { y := f.slope(u); return y * y }) / variance, nil
}
