package gradcheck

import (
	"math"
	"slices"

	"gradlab/internal/rng"
	"gradlab/nn"
)

// forwardSize is the size of the terms in the sums at position i. What goes into a normalisation is disturbed by the
// error that its mean makes.
func (r *rig) forwardSize(s *rng.Stream, positions []nn.Position, i int, unit float64) float64 {
	x := r.net.Activation(i-1, r.n)
	switch positions[i].Kind {
	case "batchnorm", "layernorm":
		disturb(s, x, r.units(positions, i)*unit, 0)
	case "linear", "conv":
		return r.withSigns(s, x, func() []float64 {
			r.net.ForwardRange(i, i+1, r.n)
			return r.net.Activation(i, r.n)
		})
	}
	return 0
}

// backwardSize is the size of the terms in the sums of the gradient before position i. Those of a normalisation
// cancel whatever their signs.
func (r *rig) backwardSize(s *rng.Stream, i int) float64 {
	if epsilon, ok := r.epsilons[i]; ok {
		return r.normalisedSize(i, epsilon)
	}
	return r.withSigns(s, r.net.Gradient(i, r.n), func() []float64 {
		r.net.BackwardRange(i, i+1, r.n)
		return r.net.Gradient(i-1, r.n)
	})
}

// normalisedSize is the size of γ·dy/√(σ² + ε) at a normalisation: the gradient of its input is what is left of that
// without the mean and without the part along the output.
func (r *rig) normalisedSize(i int, epsilon float64) float64 {
	x, terms := r.net.Activation(i-1, r.n), slices.Clone(r.net.Gradient(i, r.n))
	groups, at := r.n, func(g, j int) int { return g*(len(x)/r.n) + j }
	if p := r.net.Positions()[i]; p.Kind == "batchnorm" {
		groups = p.Shape[len(p.Shape)-1]
		at = func(g, j int) int { return j*groups + g }
	}
	size := len(x) / groups
	for g := range groups {
		mean, variance := 0.0, 0.0
		for j := range size {
			mean += x[at(g, j)] / float64(size)
		}
		for j := range size {
			variance += (x[at(g, j)] - mean) * (x[at(g, j)] - mean) / float64(size)
		}
		for j := range size {
			terms[at(g, j)] /= math.Sqrt(variance + epsilon)
		}
	}
	if params := r.net.PositionParams(i); len(params) > 0 {
		gamma := params[0].Data
		for j := range terms {
			terms[j] *= gamma[j%len(gamma)]
		}
	}
	return rms(terms)
}

// epsilonsOf lists what each normalisation adds to the variance, by its position behind the identity in front.
func epsilonsOf(m nn.Model, positions []nn.Position) map[int]float64 {
	layers, err := m.Expand()
	if err != nil { // it was compiled
		return nil
	}
	var all []float64
	var walk func([]nn.Layer)
	walk = func(layers []nn.Layer) {
		for _, l := range layers {
			switch l := l.(type) {
			case nn.BatchNorm:
				all = append(all, orDefault(l.Epsilon))
			case nn.LayerNorm:
				all = append(all, orDefault(l.Epsilon))
			case nn.Residual:
				walk(l.Layers)
			}
		}
	}
	walk(layers)
	out := map[int]float64{}
	for i, p := range positions {
		if p.Kind == "batchnorm" || p.Kind == "layernorm" {
			out[i] = all[len(out)]
		}
	}
	return out
}

// withSigns is the root mean square of what run gives while x has random signs.
func (r *rig) withSigns(s *rng.Stream, x []float64, run func() []float64) float64 {
	old := slices.Clone(x)
	for j := range x {
		if s.Uint32()&1 != 0 {
			x[j] = -x[j]
		}
	}
	size := rms(run())
	copy(x, old)
	return size
}

// disturb adds errors, relative to the size of the numbers or of the terms they are sums of.
func disturb(s *rng.Stream, x []float64, error, terms float64) {
	if error == 0 || len(x) == 0 {
		return
	}
	size := max(rms(x), terms)
	for i := range x {
		x[i] += error * size * s.Normal()
	}
}

// rms is the root mean square.
func rms(x []float64) float64 { return norm(x) / math.Sqrt(float64(len(x))) }
