package nn

import (
	"fmt"

	"gradlab/internal/kernel"
)

// maxPool keeps, for the backward pass, which element of its window each winner was.
type maxPool[T kernel.Float] struct {
	window kernel.Window
	from   []uint16
}

type avgPool[T kernel.Float] struct{ window kernel.Window }

func newWindow(in Shape, size, stride, padding Pair) (kernel.Window, Shape, error) {
	if err := needImage(in); err != nil {
		return kernel.Window{}, nil, err
	}
	stride = stride.or(size)
	out, err := slide(in, size, stride, padding)
	if err != nil {
		return kernel.Window{}, nil, err
	}
	if padding.H > size.H/2 || padding.W > size.W/2 {
		return kernel.Window{}, nil, fmt.Errorf("padding is %d×%d, but must be at most half the kernel %d×%d", padding.H, padding.W, size.H, size.W)
	}
	w := kernel.Window{
		H: in[0], W: in[1], C: in[2],
		KH: size.H, KW: size.W, SH: stride.H, SW: stride.W, PH: padding.H, PW: padding.W,
		OutH: out.H, OutW: out.W,
	}
	return w, Shape{out.H, out.W, in[2]}, nil
}

func newMaxPool[T kernel.Float](l MaxPool2d, in Shape) (built[T], error) {
	w, out, err := newWindow(in, l.Kernel, l.Stride, l.Padding)
	if err == nil && w.KH*w.KW > kernel.MaxTaps {
		err = fmt.Errorf("the kernel is %d×%d, but max pooling takes at most %d elements", w.KH, w.KW, kernel.MaxTaps)
	}
	return built[T]{op: &maxPool[T]{window: w}, out: out}, err
}

func newAvgPool[T kernel.Float](l AvgPool2d, in Shape) (built[T], error) {
	w, out, err := newWindow(in, l.Kernel, l.Stride, l.Padding)
	return built[T]{op: &avgPool[T]{window: w}, out: out}, err
}

// apart says whether no input lies in two windows, so that no two gradients are added.
func (f *maxPool[T]) apart() bool {
	return f.window.SH >= f.window.KH && f.window.SW >= f.window.KW
}

func (f *maxPool[T]) allocate(batch int) {
	f.from = make([]uint16, batch*f.window.OutH*f.window.OutW*f.window.C)
}

func (f *maxPool[T]) forward(e *kernel.Engine, y, x []T, at, n int) {
	kernel.MaxPool(e, &f.window, y, f.winners(at), x, n)
}

func (f *maxPool[T]) backward(e *kernel.Engine, dx, dy, _, _ []T, at, n int) {
	kernel.MaxPoolGrad(e, &f.window, dx, dy, f.winners(at), n)
}

// winners are those of the samples from at on.
func (f *maxPool[T]) winners(at int) []uint16 {
	return f.from[at*f.window.OutH*f.window.OutW*f.window.C:]
}

func (f *avgPool[T]) forward(e *kernel.Engine, y, x []T, _, n int) {
	kernel.AvgPool(e, &f.window, y, x, n)
}

func (f *avgPool[T]) backward(e *kernel.Engine, dx, dy, _, _ []T, _, n int) {
	kernel.AvgPoolGrad(e, &f.window, dx, dy, n)
}
