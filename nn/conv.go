package nn

import (
	"fmt"

	"gradlab/internal/kernel"
)

// conv is a two-dimensional cross-correlation.
type conv[T kernel.Float] struct {
	geometry     kernel.Conv
	weight, bias *Param[T]
}

func newConv[T kernel.Float](l Conv2d, name string, in Shape) (built[T], error) {
	if err := needImage(in); err != nil {
		return built[T]{}, err
	}
	if l.Filters < 1 || l.Filters > MaxDimension {
		return built[T]{}, fmt.Errorf("it has %d filters, but must have between 1 and %d", l.Filters, MaxDimension)
	}
	stride := l.Stride.or(Square(1))
	out, err := slide(in, l.Kernel, stride, l.Padding)
	if err != nil {
		return built[T]{}, err
	}
	f := &conv[T]{geometry: kernel.Conv{
		H: in[0], W: in[1], C: in[2], F: l.Filters,
		KH: l.Kernel.H, KW: l.Kernel.W, SH: stride.H, SW: stride.W, PH: l.Padding.H, PW: l.Padding.W,
		OutH: out.H, OutW: out.W,
	}}
	area := l.Kernel.H * l.Kernel.W
	shape := Shape{l.Filters, l.Kernel.H, l.Kernel.W, in[2]}
	f.weight = &Param[T]{Name: name + ".weight", Shape: shape, init: l.Init, fanIn: area * in[2], fanOut: area * l.Filters, torch: convLayout(shape)}
	params := []*Param[T]{f.weight}
	if !l.NoBias {
		f.bias = newBias(f.weight, name)
		params = append(params, f.bias)
	}
	return built[T]{op: f, out: Shape{out.H, out.W, l.Filters}, params: params}, nil
}

func (f *conv[T]) forward(e *kernel.Engine, y, x []T, _, n int) {
	kernel.ConvForward(e, &f.geometry, y, x, f.weight.Data, f.bias.data(), n)
}

func (f *conv[T]) backward(e *kernel.Engine, dx, dy, _, _ []T, _, n int) {
	kernel.ConvInputGrad(e, &f.geometry, dx, dy, f.weight.Data, n)
}

// sum adds the gradients of n samples, the first of which is number at of a batch of total, to dw and db.
func (f *conv[T]) sum(e *kernel.Engine, dw, db, dy, x []T, at, n, total int) {
	kernel.ConvWeightGradPart(e, &f.geometry, dw, db, x, dy, at, n, total)
}

func (f *conv[T]) trains() (weight, bias *Param[T]) { return f.weight, f.bias }
