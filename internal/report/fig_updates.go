package report

import (
	"math"
	"slices"
	"strings"

	"gradlab/lab"
)

// customary is the update-to-weight ratio that is a rule of thumb for training that goes well.
const customary = 1e-3

// updatesFigure draws log10 of the update-to-weight ratio of every layer with weights, a line per arm with a band over
// seeds.
func updatesFigure(p *part) (figure, bool) {
	names, at := p.Common, p.where
	if names == nil {
		trained := p.trained()
		for _, i := range trained {
			names = append(names, p.Ticks[i])
		}
		at = func(lab.Trial) []int { return trained }
	}
	rows := func(a *arm) [][]float64 {
		var all [][]float64
		for _, t := range a.Trials {
			var row []float64
			for _, i := range at(t) {
				ratio := math.NaN()
				if i >= 0 && i < len(t.Positions) {
					ratio = log10(updateRatio(t.Positions[i]))
				}
				row = append(row, ratio)
			}
			all = append(all, row)
		}
		return all
	}
	f, ok := profileFigure(p, names, "log10 of update / weight (root mean squares)", rows, guide{math.Log10(customary), "a thousandth"})
	f.Name = "update-ratios"
	f.Title = "Updates against weights: log₁₀ of their ratio at every layer with weights"
	f.Caption = "By what share of its size one step moves a layer’s weights, over the probed steps of training. About a thousandth is " +
		"customary. At −5 a layer would need a hundred thousand steps to become another one: it hardly learns; above −2 it has no time " +
		"to settle. A line that falls to the left says that the layers near the input learn last, if at all. Shaded: the 95 % interval over seeds."
	if p.Common != nil {
		f.Caption += commonNote
	}
	return f, ok
}

// trained are the positions, from 0, that have weights and so an update-to-weight ratio in any arm.
func (p *part) trained() []int {
	var all []int
	for _, a := range p.Arms {
		for _, t := range a.Trials {
			for i, q := range t.Positions {
				if finite(log10(updateRatio(q))) && i < len(p.Ticks) && !slices.Contains(all, i) {
					all = append(all, i)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// updateRatio is that of a position's weights over the steps seen; nil where it has none.
func updateRatio(q lab.Position) *float64 {
	for _, w := range q.Parameters {
		if strings.HasSuffix(w.Name, ".weight") {
			return w.UpdateRatio
		}
	}
	return nil
}
