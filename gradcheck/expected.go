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
	unit32    = 0x1p-24  // roundoff of float32
	unit64    = 0x1p-53  // and of float64
	least32   = 0x1p-126 // the smallest number of float32 that is not flushed
	draws     = 8        // of errors, of which the largest counts: one may be small by chance
	tolerated = 8        // times the expected error
)

// expected is the expected error of the gradient of each target, as a Euclidean norm, and of the loss, for arithmetic
// of a roundoff. The errors that are drawn are larger, so that float64 can show them, and the result is taken down
// again. None carries a value over a bend.
func (r *rig) expected(seed uint64, unit float64) (gradients []float64, loss float64) {
	gradients = make([]float64, len(r.targets))
	s := rng.New(seed, "gradcheck rounding", "", 0)
	drawn := max(unit, 0x1p-40)
	exact := r.forward(nil, 0)
	r.net.BackwardRange(0, r.last, r.n)
	right := r.gradients()
	for range draws {
		l := r.forward(&s, drawn)
		loss = max(loss, math.Abs(l-exact)/drawn*unit)
		r.backward(&s, drawn)
		for k, g := range r.gradients() {
			for i := range g {
				g[i] -= right[k][i]
			}
			gradients[k] = max(gradients[k], norm(g)/drawn*unit)
		}
	}
	for k, t := range r.targets {
		gradients[k] += r.own(t, unit)
	}
	r.refresh()
	return gradients, loss
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
func (r *rig) forward(s *rng.Stream, unit float64) float64 {
	r.net.Forward(r.x, r.n)
	if s == nil {
		return r.net.Loss(r.labels, r.n)
	}
	positions := r.net.Positions()
	for i := 1; i < r.last; i++ { // the input is exact
		taken := r.bends.keep(i)
		size := r.forwardSize(s, positions, i)
		r.net.ForwardRange(i, i+1, r.n)
		if y := r.net.Activation(i, r.n); taken > 0 { // the pooling hands it on
			for j := range y {
				y[j] += taken * s.Normal()
			}
		}
		if _, ok := r.epsilons[i]; ok {
			r.shift(s, i, r.units(positions, i)*unit)
		}
		r.disturb(s, positions, i, r.net.Activation(i, r.n), size, unit)
	}
	return r.net.Loss(r.labels, r.n)
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
		if i == 0 {
			continue
		}
		if _, ok := r.epsilons[i]; ok {
			r.shiftBack(s, i, r.units(positions, i)*unit)
		}
		r.disturb(s, positions, i, r.net.Gradient(i-1, r.n), size, unit)
	}
}

// disturb adds the errors that the layer at position i makes to what it has computed: to sums relative to the size
// of their terms, to functions of one number relative to what they give. float32 flushes the smallest numbers, too.
func (r *rig) disturb(s *rng.Stream, positions []nn.Position, i int, x []float64, terms, unit float64) {
	units, flushed := r.units(positions, i)*unit, 0.0
	if unit == unit32 {
		flushed = least32
	}
	switch {
	case units == 0:
	case r.sums(positions[i]):
		size := max(rms(x), terms)
		for j := range x {
			x[j] += (units*size + flushed) * s.Normal()
		}
	default:
		for j := range x {
			x[j] += (units*x[j] + flushed) * s.Normal()
		}
	}
}

// sums says whether a layer adds up.
func (r *rig) sums(p nn.Position) bool {
	switch p.Kind {
	case "linear", "conv", "projection", "avgpool", "batchnorm", "layernorm", "residual":
		return true
	}
	return false
}

// units is the error of an element at position i, in units in the last place.
func (r *rig) units(positions []nn.Position, i int) float64 {
	switch p := positions[i]; {
	case p.Kind == "residual":
		return 2
	case r.sums(p):
		return math.Sqrt(float64(r.sumLength(i)))
	case p.Kind == "relu" || p.Kind == "maxpool" || p.Kind == "flatten" || p.Kind == "identity":
		return 0
	}
	return 2 // of functions
}

// own is the error that the sum over samples and pixels of a parameter's gradient makes itself.
func (r *rig) own(t target, unit float64) float64 {
	if t.param < 0 || t.position == 0 {
		return 0
	}
	dy, x := r.net.Gradient(t.position, r.n), r.inputOf(t.position)
	terms, factor := float64(len(dy))/float64(len(t.grad)), 1.0
	if t.weight && len(t.shape) > 1 { // an output's gradient goes into all of its row
		terms = float64(len(dy)) / float64(t.shape[0])
		factor = rms(x)
	}
	if _, ok := r.epsilons[t.position]; ok { // what was normalised is off by the error of its mean
		gamma := r.net.PositionParams(t.position)[0].Data
		r.normalised(t.position, func(group []int, size float64, scale func(j int) float64) {
			if g := gamma[group[0]%len(gamma)]; g != 0 {
				factor = max(factor, 1+size*math.Abs(scale(group[0])/g))
			}
		})
	}
	return unit * terms * factor * rms(dy) * math.Sqrt(float64(len(t.grad)))
}
