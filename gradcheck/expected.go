package gradcheck

import (
	"math"
	"slices"

	"gradlab/internal/rng"
	"gradlab/nn"
)

// What rounding does to a gradient follows from the lengths of the sums. A sum of k products, added one after the
// other, is off by about √k units in the last place of its size, where errors of single additions are independent
// (Higham and Mary 2019). So every output of every layer, and every gradient at a position, is given an error of that
// size, drawn at random, and the float64 network itself carries it on to the gradients: through saturated units,
// normalisations and logits it is as much enlarged or lost there as the real one. What that comes to is the expected
// error of each tensor; what is tolerated is a multiple of it.
//
// The size of a sum is that of its terms, which may cancel (sizes.go).
const (
	unit32    = 0x1p-24 // roundoff of float32
	unit64    = 0x1p-53 // and of float64
	draws     = 3       // of errors
	tolerated = 8       // times the expected error
)

// expected is the expected error of the gradient of each target, as a Euclidean norm, for arithmetic of a roundoff.
// The errors that are drawn are larger, so that float64 can show them, and the result is taken down again. Where they
// carry a value over a bend, only those on the way back are drawn.
func (r *rig) expected(seed uint64, unit float64) []float64 {
	out := make([]float64, len(r.targets))
	s := rng.New(seed, "gradcheck rounding", "", 0)
	drawn := max(unit, 0x1p-40)
	r.forward(nil, 0)
	r.net.BackwardRange(0, r.last, r.n)
	right := r.gradients()
	for range draws {
		if r.forward(&s, drawn); r.bends.crossed(0) {
			r.forward(nil, 0)
		}
		r.backward(&s, drawn)
		for k, g := range r.gradients() {
			for i, v := range g {
				d := (v - right[k][i]) / drawn * unit
				out[k] += d * d / draws
			}
		}
	}
	for k, t := range r.targets {
		out[k] = math.Sqrt(out[k]) + r.own(t, unit)
	}
	r.refresh()
	return out
}

// gradients are copies of those of the targets, as they stand.
func (r *rig) gradients() [][]float64 {
	var out [][]float64
	for _, t := range r.targets {
		g := r.net.Gradient(0, r.n)
		if t.param >= 0 {
			g = r.net.Params()[t.param].Grad
		}
		out = append(out, slices.Clone(g))
	}
	return out
}

// forward computes the loss with errors that s draws; without any for nil.
func (r *rig) forward(s *rng.Stream, unit float64) {
	r.net.Forward(r.x, r.n)
	if s != nil {
		positions := r.net.Positions()
		for i := range positions {
			size := 0.0
			if i > 0 {
				size = r.forwardSize(s, positions, i, unit)
				r.net.ForwardRange(i, i+1, r.n)
			}
			disturb(s, r.net.Activation(i, r.n), r.units(positions, i)*unit, size)
		}
	}
	r.net.Loss(r.labels, r.n)
}

// backward computes the gradients of the newest loss with errors that s draws.
func (r *rig) backward(s *rng.Stream, unit float64) {
	positions := r.net.Positions()
	top := r.net.Gradient(r.last-1, r.n)
	for j := range top { // p − t, where p is off by units of 1 and not of the difference
		top[j] += float64(2 * unit / float64(r.n) * s.Normal())
	}
	for i := r.last - 1; i >= 0; i-- {
		size := 0.0
		if i > 0 && r.units(positions, i) > 0 {
			size = r.backwardSize(s, i)
		}
		r.net.BackwardRange(i, i+1, r.n)
		if i > 0 {
			disturb(s, r.net.Gradient(i-1, r.n), r.units(positions, i)*unit, size)
		}
	}
}

// units is the error of an element at position i, in units in the last place.
func (r *rig) units(positions []nn.Position, i int) float64 {
	switch positions[i].Kind {
	case "relu", "maxpool", "flatten", "identity":
		return 0
	case "linear", "conv", "projection", "avgpool", "batchnorm", "layernorm":
		return math.Sqrt(float64(r.sumLength(i)))
	}
	return 2 // of functions
}

// own is the error that the sum over samples and pixels of a parameter's gradient makes itself.
func (r *rig) own(t target, unit float64) float64 {
	if t.param < 0 || t.position == 0 {
		return 0
	}
	dy, x := r.net.Gradient(t.position, r.n), r.net.Activation(t.position-1, r.n)
	terms, factor := float64(len(dy))/float64(len(t.grad)), 1.0
	if t.weight && len(t.shape) > 1 { // an output's gradient goes into all of its row
		terms = float64(len(dy)) / float64(t.shape[0])
		factor = rms(x)
	}
	return unit * terms * factor * rms(dy) * math.Sqrt(float64(len(t.grad)))
}
