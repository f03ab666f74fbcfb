package gradcheck

import (
	"math"
	"slices"

	"gradlab/internal/rng"
	"gradlab/nn"
)

// forwardSize is the size of the terms in the sums at position i.
func (r *rig) forwardSize(s *rng.Stream, positions []nn.Position, i int) float64 {
	if kind := positions[i].Kind; kind != "linear" && kind != "conv" && kind != "projection" {
		return 0
	}
	return r.withSigns(s, r.inputOf(i), func() []float64 {
		r.net.ForwardRange(i, i+1, r.n)
		return r.net.Activation(i, r.n)
	})
}

// inputOf is what goes into position i: the output of the one before, but of a projection that of the block's input.
func (r *rig) inputOf(i int) []float64 {
	if r.analytic != nil && i > 0 {
		return r.net.Activation(r.analytic.layers[i-1].from+1, r.n)
	}
	return r.net.Activation(i-1, r.n)
}

// backwardSize is the size of the terms in the sums of the gradient before position i. Those of a normalisation
// cancel whatever their signs: they are γ·dy/√(σ² + ε), from which their mean and their part along the output are taken.
func (r *rig) backwardSize(s *rng.Stream, i int) float64 {
	if _, ok := r.epsilons[i]; ok {
		terms := slices.Clone(r.net.Gradient(i, r.n))
		r.normalised(i, func(group []int, _ float64, scale func(j int) float64) {
			for _, j := range group {
				terms[j] *= scale(j)
			}
		})
		return rms(terms)
	}
	return r.withSigns(s, r.net.Gradient(i, r.n), func() []float64 {
		r.net.BackwardRange(i, i+1, r.n)
		return r.net.Gradient(i-1, r.n)
	})
}

// shift adds to what a normalisation gives the error of each group's mean, which all of the group share.
func (r *rig) shift(s *rng.Stream, i int, error float64) {
	y := r.net.Activation(i, r.n)
	r.normalised(i, func(group []int, size float64, scale func(j int) float64) {
		off := error * size * s.Normal()
		for _, j := range group {
			y[j] += off * scale(j)
		}
	})
}

// shiftBack adds to the gradient before a normalisation what the same error, in the normalised input that the way back
// takes the gradient's part along, makes of it.
func (r *rig) shiftBack(s *rng.Stream, i int, error float64) {
	dx, dy := r.net.Gradient(i-1, r.n), slices.Clone(r.net.Gradient(i, r.n))
	r.normalised(i, func(group []int, size float64, scale func(j int) float64) {
		part := 0.0
		for _, j := range group {
			part += (scale(j) * dy[j]) * (scale(j) * dy[j]) / float64(len(group))
		}
		off := error * size * s.Normal() * math.Sqrt(part)
		for _, j := range group {
			dx[j] += off * scale(j)
		}
	})
}

// normalised calls f for all that the normalisation at position i normalises together: with their places, the root mean
// square of what goes in, and what the distance from the mean is multiplied by.
func (r *rig) normalised(i int, f func(group []int, size float64, scale func(j int) float64)) {
	x := r.net.Activation(i-1, r.n)
	groups, at := r.n, func(g, j int) int { return g*(len(x)/r.n) + j }
	if p := r.net.Positions()[i]; p.Kind == "batchnorm" {
		groups = p.Shape[len(p.Shape)-1]
		at = func(g, j int) int { return j*groups + g }
	}
	gamma := []float64{1}
	if params := r.net.PositionParams(i); len(params) > 0 {
		gamma = params[0].Data
	}
	for g := range groups {
		group := make([]int, len(x)/groups)
		of := make([]float64, len(group))
		mean, variance := 0.0, 0.0
		for j := range group {
			group[j] = at(g, j)
			of[j] = x[group[j]]
			mean += of[j] / float64(len(of))
		}
		for _, v := range of {
			variance += (v - mean) * (v - mean) / float64(len(of))
		}
		inv := 1 / math.Sqrt(variance+r.epsilons[i])
		f(group, rms(of), func(j int) float64 { return inv * gamma[j%len(gamma)] })
	}
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

// rms is the root mean square.
func rms(x []float64) float64 { return norm(x) / math.Sqrt(float64(len(x))) }
