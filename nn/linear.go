package nn

import (
	"fmt"

	"gradlab/internal/kernel"
)

// linear is y = x·Wᵀ + b.
type linear[T kernel.Float] struct {
	in, out      int
	weight, bias *Param[T]
}

func newLinear[T kernel.Float](l Linear, name string, in, image Shape, classes int) (built[T], error) {
	if err := needVector(in); err != nil {
		return built[T]{}, err
	}
	out := l.Out
	if out == Classes {
		out = classes
	}
	if out < 1 || out > MaxDimension {
		return built[T]{}, fmt.Errorf("it has %d outputs, but must have between 1 and %d", out, MaxDimension)
	}
	f := &linear[T]{in: in[0], out: out}
	f.weight = &Param[T]{Name: name + ".weight", Shape: Shape{out, in[0]}, init: l.Init, fanIn: in[0], fanOut: out, torch: linearLayout(out, in[0], image)}
	params := []*Param[T]{f.weight}
	if !l.NoBias {
		f.bias = newBias(f.weight, name)
		params = append(params, f.bias)
	}
	return built[T]{op: f, out: Shape{out}, params: params}, nil
}

// newBias makes the bias beside a layer's weights.
func newBias[T kernel.Float](weight *Param[T], name string) *Param[T] {
	return &Param[T]{
		Name: name + ".bias", Shape: weight.Shape[:1], init: weight.init, fanIn: weight.fanIn, fanOut: weight.fanOut,
		bias: true, torch: layout{shape: weight.Shape[:1]},
	}
}

// data gives a parameter's values, nil for none.
func (q *Param[T]) data() []T {
	if q == nil {
		return nil
	}
	return q.Data
}

func (f *linear[T]) forward(e *kernel.Engine, y, x []T, _, n int) { f.forwardThen(e, y, x, n, nil) }

func (f *linear[T]) backward(e *kernel.Engine, dx, dy, _, _ []T, _, n int) {
	f.backwardThen(e, dx, dy, n, nil)
}

// forwardThen and backwardThen call after for what is finished, while it is in the cache.
func (f *linear[T]) forwardThen(e *kernel.Engine, y, x []T, n int, after kernel.After) {
	kernel.MatMulNT(e, y, x, f.weight.Data, f.bias.data(), n, f.out, f.in, after)
}

func (f *linear[T]) backwardThen(e *kernel.Engine, dx, dy []T, n int, after kernel.After) {
	kernel.MatMulNN(e, dx, dy, f.weight.Data, n, f.in, f.out, after)
}

// gradients stores them.
func (f *linear[T]) gradients(e *kernel.Engine, dy, x []T, n int) {
	kernel.MatMulTN(e, f.weight.grad(), dy, x, f.out, f.in, n)
	if f.bias != nil {
		kernel.ColSum(e, f.bias.grad(), dy, n, f.out)
	}
}

// descend moves the parameters; the gradient of the weights is not stored, unless a penalty is to be added to it.
func (f *linear[T]) descend(e *kernel.Engine, d *descent[T], dy, x []T, n int) {
	if d.absolute(f.weight) {
		grad := d.room(f.weight)
		kernel.MatMulTN(e, grad, dy, x, f.out, f.in, n)
		d.apply(e, f.weight, grad)
	} else {
		kernel.MatMulTNUpdate(e, d.of(e, f.weight), dy, x, f.out, f.in, n)
		d.done(e, f.weight, func(grad []T) { kernel.MatMulTN(e, grad, dy, x, f.out, f.in, n) })
	}
	if f.bias != nil {
		grad := d.room(f.bias)
		kernel.ColSum(e, grad, dy, n, f.out)
		d.apply(e, f.bias, grad)
	}
}
