package nn

import (
	"math"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// Clipped is what clipping found in one step, and left of it.
type Clipped struct {
	Before float64 // Euclidean norm of the gradient over all parameters
	After  float64 // the same after clipping; Before where nothing was above the limit
	Cut    bool    // whether anything was
}

// Clip bounds the gradients that the newest Backward stored, by c, for the Update after it; the loss's gradients
// at the positions stay. Norms are added up in float64, parameter by parameter in forward order: they and what
// follows from them have the same bits everywhere.
//
// Gradients without a norm to go by are treated as PyTorch treats them: a NaN among them makes NaN of all that
// is clipped together, an infinity makes zeros of the finite ones and NaN of itself.
func (p *Plan[T]) Clip(c optim.Clip) Clipped {
	before := math.Sqrt(p.gradSquares(p.layers...))
	out := Clipped{Before: before, After: before}
	switch c.By {
	case optim.ClipValue:
		for _, l := range p.layers {
			out.Cut = p.clamp(l, T(c.Limit)) || out.Cut
		}
	case optim.ClipNorm:
		out.Cut = p.scaleDown(c.Factor(before), p.layers...)
	case optim.ClipLayerNorm:
		for i := range p.layers {
			l := p.layers[i : i+1]
			out.Cut = p.scaleDown(c.Factor(math.Sqrt(p.gradSquares(l...))), l...) || out.Cut
		}
	}
	if out.Cut {
		out.After = math.Sqrt(p.gradSquares(p.layers...))
	}
	return out
}

// gradSquares adds up the squares of the gradients of the layers' parameters.
func (p *Plan[T]) gradSquares(layers ...*placed[T]) float64 {
	squares := 0.0
	for _, l := range layers {
		for _, q := range l.params {
			squares += kernel.SumSquares(p.engine, q.grad())
		}
	}
	return squares
}

// scaleDown multiplies the gradients of the layers' parameters, and says whether that changes them.
func (p *Plan[T]) scaleDown(factor float64, layers ...*placed[T]) bool {
	if factor == 1 {
		return false
	}
	for _, l := range layers {
		for _, q := range l.params {
			kernel.Scale(p.engine, q.grad(), T(factor))
		}
	}
	return true
}

// clamp brings the gradients of a layer's parameters to within ±limit, and says whether any lay outside.
func (p *Plan[T]) clamp(l *placed[T], limit T) bool {
	cut := false
	for _, q := range l.params {
		g := q.grad()
		for i := 0; i < len(g) && !cut; i++ {
			cut = g[i] > limit || g[i] < -limit
		}
		kernel.Clamp(p.engine, g, limit)
	}
	return cut
}
