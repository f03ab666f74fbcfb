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

func (f *conv[T]) gradients(e *kernel.Engine, dy, x []T, n int) {
	g := &f.geometry
	kernel.ConvWeightGrad(e, g, f.weight.grad(), x, dy, n)
	if f.bias != nil {
		kernel.ColSum(e, f.bias.grad(), dy, n*g.OutH*g.OutW, g.F)
	}
}

// descend sums the gradient up in the descent's room, which stays in the cache: filters are small.
func (f *conv[T]) descend(e *kernel.Engine, d *descent[T], dy, x []T, n int) {
	g := &f.geometry
	grad := d.room(len(f.weight.Data))
	kernel.ConvWeightGrad(e, g, grad, x, dy, n)
	d.apply(e, f.weight, grad)
	if f.bias != nil {
		grad := d.room(g.F)
		kernel.ColSum(e, grad, dy, n*g.OutH*g.OutW, g.F)
		d.apply(e, f.bias, grad)
	}
}
