package preflight

import (
	"math"

	"gradlab/internal/stats"
	"gradlab/theory"
)

// Fall is what becomes of the gradient on its way back through the layers that have weights: of the norm, over
// a sample's elements, of dL/d(output). Norms have neither the layers' widths in them nor how pooling thins
// gradients out: each layer multiplies them by √χ₁.
type Fall struct {
	Positions []string `json:"positions"` // in forward order
	Factor    Pair     `json:"factor"`    // for each layer back: ten to the minus slope of log₁₀ norm, fitted per seed
	Total     Pair     `json:"total"`     // from the last of these layers to the first, along the fitted line
}

// weighted are the indexes of the positions at convolutions and fully-connected layers: their outputs are
// pre-activations, which can be compared.
func weighted(kinds []string) []int {
	var out []int
	for i, kind := range kinds {
		if kind == "conv" || kind == "linear" {
			out = append(out, i)
		}
	}
	return out
}

// newFall fits a line to each seed's gradients; nil with fewer than two layers.
func newFall(all *seen, p *theory.Prediction) *Fall {
	var kinds []string
	for _, q := range all.list {
		kinds = append(kinds, q.Kind)
	}
	at := weighted(kinds)
	if len(at) < 2 {
		return nil
	}
	f := &Fall{}
	for _, i := range at {
		f.Positions = append(f.Positions, all.list[i].Name)
	}
	slope := func(square func(i int) float64) float64 {
		var x, y []float64
		for k, i := range at {
			x = append(x, float64(k))
			y = append(y, math.Log10(square(i)*float64(all.list[i].Shape.Size()))/2)
		}
		line, err := stats.FitLine(x, y, 0.95)
		if err != nil {
			return math.NaN()
		}
		return -line.Slope
	}
	steps := float64(len(at) - 1)
	measured := func(g figures) float64 { return slope(func(i int) float64 { return g.gradient[i] }) }
	f.Factor, f.Total = all.pair(measured), all.pair(func(g figures) float64 { return steps * measured(g) })
	f.Factor.Measured, f.Total.Measured = f.Factor.Measured.power(), f.Total.Measured.power()
	if p != nil {
		s := slope(func(i int) float64 { return p.Positions[i].Gradient * p.Positions[i].Gradient })
		f.Factor.Predicted, f.Total.Predicted = Number(math.Pow(10, s)), Number(math.Pow(10, steps*s))
	}
	return f
}

// predictedFall is the total of a prediction alone; NaN with fewer than two layers.
func predictedFall(p *theory.Prediction) float64 {
	all := &seen{}
	for _, q := range p.Positions {
		all.list = append(all.list, q.Position)
	}
	if f := newFall(all, p); f != nil {
		return float64(f.Total.Predicted)
	}
	return math.NaN()
}
