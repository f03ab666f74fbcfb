package nn

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gradlab/internal/kernel"
)

// activation is what an engine needs of a function applied to every element: how to run it, and
// what its backward pass reads.
type activation[T kernel.Float] struct {
	forward  func(e *kernel.Engine, y, x []T, slope T)
	backward func(e *kernel.Engine, dx, dy, x, y []T, slope T)
	byOutput bool // backward reads y and not x
	masks    bool // it and max pooling may change places: of the larger input it makes no smaller output, and
	// of a gradient +0 or nothing
}

// activations is the table of them; the identity is not in it, because it runs nothing.
func activations[T kernel.Float]() map[string]activation[T] {
	return map[string]activation[T]{
		"sigmoid": {
			func(e *kernel.Engine, y, x []T, _ T) { kernel.Sigmoid(e, y, x) },
			func(e *kernel.Engine, dx, dy, _, y []T, _ T) { kernel.SigmoidGrad(e, dx, dy, y) },
			true, false,
		},
		"tanh": {
			func(e *kernel.Engine, y, x []T, _ T) { kernel.Tanh(e, y, x) },
			func(e *kernel.Engine, dx, dy, _, y []T, _ T) { kernel.TanhGrad(e, dx, dy, y) },
			true, false,
		},
		"scaled-sigmoid": {
			func(e *kernel.Engine, y, x []T, _ T) { kernel.ScaledSigmoid(e, y, x) },
			func(e *kernel.Engine, dx, dy, _, y []T, _ T) { kernel.ScaledSigmoidGrad(e, dx, dy, y) },
			true, false,
		},
		"relu": {
			func(e *kernel.Engine, y, x []T, _ T) { kernel.ReLU(e, y, x) },
			func(e *kernel.Engine, dx, dy, _, y []T, _ T) { kernel.ReLUGrad(e, dx, dy, y) },
			true, true,
		},
		"leaky-relu": {
			func(e *kernel.Engine, y, x []T, slope T) { kernel.LeakyReLU(e, y, x, slope) },
			func(e *kernel.Engine, dx, dy, x, _ []T, slope T) { kernel.LeakyReLUGrad(e, dx, dy, x, slope) },
			false, false,
		},
		"gelu": {
			func(e *kernel.Engine, y, x []T, _ T) { kernel.GELU(e, y, x) },
			func(e *kernel.Engine, dx, dy, x, _ []T, _ T) { kernel.GELUGrad(e, dx, dy, x) },
			false, false,
		},
		"silu": {
			func(e *kernel.Engine, y, x []T, _ T) { kernel.SiLU(e, y, x) },
			func(e *kernel.Engine, dx, dy, x, _ []T, _ T) { kernel.SiLUGrad(e, dx, dy, x) },
			false, false,
		},
		"elu":  elu[T](1, 1),
		"selu": elu[T](seluAlpha, seluScale),
	}
}

// SELU's constants: of a unit with mean 0 and variance 1 they keep both (Klambauer et al.,
// "Self-normalizing neural networks", 2017).
const (
	seluAlpha = 1.6732632423543772848170429916717
	seluScale = 1.0507009873554804934193349852946
)

// elu is scale·x above zero and scale·alpha·(eˣ−1) below.
func elu[T kernel.Float](alpha, scale T) activation[T] {
	return activation[T]{
		func(e *kernel.Engine, y, x []T, _ T) { kernel.ELU(e, y, x, alpha, scale) },
		func(e *kernel.Engine, dx, dy, _, y []T, _ T) { kernel.ELUGrad(e, dx, dy, y, alpha, scale) },
		true, false,
	}
}

// Activations lists the names that Activation takes.
func Activations() []string {
	return append([]string{"identity"}, slices.Sorted(maps.Keys(activations[float32]()))...)
}

// saturations says per activation where an element is saturated: its input no longer moves its
// output. Bounded functions are so within 1.5 % of their range from a bound (for tanh |y| > 0.97,
// where the slope is below 6 % of the largest), ReLU where it is off. The slope of the others is
// small somewhere too, but their output does not tell where.
var saturations = map[string]Bounds{
	"tanh":           {-0.97, 0.97},
	"scaled-sigmoid": {-0.97, 0.97},
	"sigmoid":        {0.015, 0.985},
	"relu":           {math.SmallestNonzeroFloat64, math.Inf(1)},
}

// Bounds are the smallest and the largest output of an activation that is not saturated.
type Bounds struct{ Low, High float64 }

// Saturation gives the bounds outside which an activation's output is saturated; ok is false where
// it does not saturate, or name is none.
func Saturation(name string) (b Bounds, ok bool) {
	b, ok = saturations[name]
	return b, ok
}

// element is an activation in its place.
type element[T kernel.Float] struct {
	activation[T]
	slope T
}

func newElement[T kernel.Float](a Activation) (op[T], error) {
	if a.Name == "identity" {
		return alias[T]{}, nil
	}
	f, ok := activations[T]()[a.Name]
	if !ok {
		return nil, fmt.Errorf("there is no activation %q", a.Name)
	}
	slope := a.Slope
	if slope == 0 {
		slope = 0.01
	}
	if a.Slope != 0 && a.Name != "leaky-relu" {
		return nil, fmt.Errorf("%s has no slope", a.Name)
	}
	return &element[T]{f, T(slope)}, nil
}

func (a *element[T]) forward(e *kernel.Engine, y, x []T, _, _ int) {
	a.activation.forward(e, y, x, a.slope)
}

func (a *element[T]) backward(e *kernel.Engine, dx, dy, x, y []T, _, _ int) {
	a.activation.backward(e, dx, dy, x, y, a.slope)
}

// alias is a layer whose output is its input: it runs nothing and shares its buffers.
type alias[T kernel.Float] struct{}

func (alias[T]) forward(*kernel.Engine, []T, []T, int, int)            {}
func (alias[T]) backward(*kernel.Engine, []T, []T, []T, []T, int, int) {}
