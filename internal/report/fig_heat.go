package report

import (
	"math"

	"gradlab/lab"
)

// heatFigure draws the gradients' position × step as small multiples, one per arm, on one scale of colours.
func heatFigure(p *part) (figure, bool) {
	var tiles []tile
	scale := emptySpan()
	gradient := func(_ lab.Trial, w lab.Flow, i int) float64 {
		if i >= len(w.GradRMS) {
			return math.NaN()
		}
		return log10(w.GradRMS[i])
	}
	for i := range p.Arms {
		a := &p.Arms[i]
		var names []string
		if differ(a.Trials) { // seeds drew different networks
			names = common(a.Trials)
		}
		if t, ok := newTile(a, names, gradient); ok {
			tiles = append(tiles, t)
			for _, column := range t.cells {
				scale.add(column...)
			}
		}
	}
	if len(tiles) == 0 {
		return figure{}, false
	}
	if scale.high-scale.low < 0.1 {
		scale = scale.padded(0.5)
	}
	f := tilesFigure(tiles, scale, "log10 gradient")
	f.Name = "gradient-heat"
	f.Title = "Gradients over training: position × step"
	f.Caption = "Time runs to the right, the network from input (top) to output (bottom); bright cells have large gradients. " +
		"A network that is dark at the top from the first step was built so; one that darkens lost its gradients while training. " +
		"Grey: no figure, or a gradient of exactly zero."
	return f, true
}
