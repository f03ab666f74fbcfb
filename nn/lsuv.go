package nn

import (
	"math"

	"gradlab/internal/kernel"
)

// lsuv is the initialisation that needs data.
const lsuv = "lsuv"

// LSUV's tolerance of the variance, and the number of its corrections, as in the authors' own code.
const (
	lsuvTolerance = 0.1
	lsuvRounds    = 10
)

// Unit is what LSUV came to at a layer.
type Unit struct {
	Layer    string
	Rounds   int     // corrections of the weights
	Variance float64 // of the layer's output in the end
}

// NeedsLSUV says whether a layer has the initialisation "lsuv", of which LSUV is the second half.
func (p *Plan[T]) NeedsLSUV() bool {
	for i := range p.layers {
		if p.lsuvWeight(i) != nil {
			return true
		}
	}
	return false
}

// LSUV is layer-sequential unit-variance initialisation (Mishkin and Matas 2016) of the layers whose
// initialisation is "lsuv" and whose weights are therefore orthogonal. In forward order, each one's weights are
// divided by the standard deviation of its output over the n samples x, n at most the plan's batch, until the
// variance lies within 0.1 of 1, ten times at most. Batch normalisation passes what it gets, as an untrained one
// does in evaluation. A layer whose output does not vary, or is no number, is left alone.
func (p *Plan[T]) LSUV(x []T, n int) []Unit {
	p.Keep(true)
	p.SetTraining(false)
	defer p.SetTraining(true)
	p.Forward(x, n)
	var units []Unit
	for _, s := range p.stages {
		p.runForward(s, n) // from what the stages before it give now
		for i := s.first; i <= s.last; i++ {
			w := p.lsuvWeight(i)
			if w == nil {
				continue
			}
			u := Unit{Layer: p.layers[i].Name, Variance: p.outputVariance(i, n)}
			for math.Abs(u.Variance-1) >= lsuvTolerance && u.Rounds < lsuvRounds {
				factor := T(1 / math.Sqrt(u.Variance))
				if !(factor > 0) || math.IsInf(float64(factor), 0) {
					break
				}
				kernel.Scale(p.engine, w.Data, factor)
				p.runForward(s, n)
				u.Rounds++
				u.Variance = p.outputVariance(i, n)
			}
			units = append(units, u)
		}
	}
	return units
}

// lsuvWeight is the weight of layer i, nil of a layer without one or with another initialisation.
func (p *Plan[T]) lsuvWeight(i int) *Param[T] {
	for _, q := range p.layers[i].params {
		if len(q.Shape) < 2 {
			continue
		}
		if init, err := q.initialisation(p.model.Init); err == nil && init.Name == lsuv {
			return q
		}
	}
	return nil
}

// outputVariance is that of all values at position i, over n samples.
func (p *Plan[T]) outputVariance(i, n int) float64 {
	y := p.Activation(i, n)
	_, squares := kernel.Moments(p.engine, y)
	return squares / float64(len(y))
}
