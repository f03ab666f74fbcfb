package gradcheck

import (
	"fmt"
	"slices"

	"gradlab/nn"
)

// complexStep is the size of a complex step: nothing is subtracted, so that it cannot be too small. Its square moves
// real parts, and where these are exactly 0 nothing but that tells one side of a bend from the other: what lies below
// sideless counts as 0.
const (
	complexStep = 1e-100
	sideless    = 1e-150
)

// analytic is a model as a function of complex numbers, written as plainly as it can be: sample by sample, number
// by number. It shares nothing with package nn but the model: it infers shapes and names for itself. Where a
// function bends (ReLU, max pooling) the real part chooses the side, so that the imaginary part carries the
// derivative on that side, with the conventions of the layers: ReLU's is 0 at 0, and the first of equal values wins.
//
// It keeps the output of every layer for the parameters as they are, and computes only what follows from a change.
type analytic struct {
	n         int
	labels    []int32
	smoothing float64
	params    map[string][]complex128
	masks     map[string][]float64 // of dropout, by layer: the factor of every element
	layers    []layer
	outputs   [][]complex128 // by layer
	input     []complex128

	in      nn.Shape // while it is built: the shape of a sample on its way
	classes int
	count   map[string]int
}

// layer is one position, in the order of nn.Positions.
type layer struct {
	name string
	from int // the layer whose output goes in; -1 is the input
	skip int // of the sum of a residual block: the layer that is added
	sum  bool
	run  func(x []complex128) []complex128
}

// newAnalytic builds the function. What it cannot build is an error of its own: no layer of nn is left out.
func newAnalytic(s *Subject) (*analytic, error) {
	a := &analytic{
		n: len(s.Labels), labels: s.Labels, smoothing: s.Smoothing, in: slices.Clone(s.In), classes: s.Classes,
		params: map[string][]complex128{}, masks: map[string][]float64{}, count: map[string]int{},
	}
	layers, err := s.Model.Expand()
	if err != nil {
		return nil, err
	}
	if err := a.add(layers); err != nil {
		return nil, err
	}
	a.outputs = make([][]complex128, len(a.layers))
	return a, nil
}

// add builds layers, each on what the one before gives.
func (a *analytic) add(layers []nn.Layer) error {
	for _, l := range layers {
		if r, ok := l.(nn.Residual); ok {
			if err := a.residual(r); err != nil {
				return err
			}
			continue
		}
		if err := a.place(l, "", len(a.layers)-1); err != nil {
			return err
		}
	}
	return nil
}

// place builds one layer whose input is the output of layer from. kind is "" for the layer's own.
func (a *analytic) place(l nn.Layer, kind string, from int) error {
	natural, build := a.build(l)
	if build == nil {
		return fmt.Errorf("there is no complex step of a layer %T", l)
	}
	if kind == "" {
		kind = natural
	}
	name := a.name(kind)
	a.layers = append(a.layers, layer{name: name, from: from, run: build(name)})
	return nil
}

// residual builds the layers of a block, the projection where shapes differ, and the sum.
func (a *analytic) residual(r nn.Residual) error {
	source, in := len(a.layers)-1, slices.Clone(a.in)
	if err := a.add(r.Layers); err != nil {
		return err
	}
	last, out, skip := len(a.layers)-1, slices.Clone(a.in), source
	name := a.name("residual")
	if !slices.Equal(in, out) {
		a.in = in
		var projection nn.Layer = nn.Linear{Out: out[0], NoBias: true}
		if len(in) == 3 {
			stride := nn.Pair{H: (in[0] + out[0] - 1) / out[0], W: (in[1] + out[1] - 1) / out[1]}
			projection = nn.Conv2d{Filters: out[2], Kernel: nn.Square(1), Stride: stride, NoBias: true}
		}
		if err := a.place(projection, "projection", source); err != nil {
			return err
		}
		skip = len(a.layers) - 1
	}
	a.in = out
	a.layers = append(a.layers, layer{name: name, from: last, skip: skip, sum: true})
	return nil
}

// name is that of the next layer of a kind.
func (a *analytic) name(kind string) string {
	a.count[kind]++
	return fmt.Sprint(kind, a.count[kind])
}

// set takes over the parameters, the masks of dropout and the input of a network, and computes every output.
func (a *analytic) set(net network[float64], x []float64, masks map[string][]float64) float64 {
	for _, q := range net.Params() {
		a.params[q.Name] = lift(a.params[q.Name], q.Data)
	}
	a.masks = masks
	a.input = lift(a.input, x)
	return real(a.from(0, true))
}

// lift gives x as complex numbers, in the memory of z.
func lift(z []complex128, x []float64) []complex128 {
	if len(z) != len(x) {
		z = make([]complex128, len(x))
	}
	for i, v := range x {
		z[i] = complex(v, 0)
	}
	return z
}

// from computes the loss with the layers from one on, and those before it as they are; keep keeps the outputs.
func (a *analytic) from(first int, keep bool) complex128 {
	outputs := slices.Clone(a.outputs)
	at := func(i int) []complex128 {
		if i < 0 {
			return a.input
		}
		return outputs[i]
	}
	for i := first; i < len(a.layers); i++ {
		l := a.layers[i]
		if !l.sum {
			outputs[i] = l.run(at(l.from))
			continue
		}
		y := slices.Clone(at(l.from))
		for j, v := range at(l.skip) {
			y[j] += v
		}
		outputs[i] = y
	}
	if keep {
		a.outputs = outputs
	}
	return a.loss(outputs[len(outputs)-1])
}

// tensor is the values of a target, and the layer from which they count.
func (a *analytic) tensor(t target) (values []complex128, first int) {
	first = max(0, t.position-1) // positions of the plan are one behind: it begins with the identity
	switch {
	case t.param == input || t.param == between && t.position == 1:
		return a.input, 0
	case t.param == between:
		return a.outputs[first-1], first
	}
	return a.params[t.name], first
}

// derivative is that of the loss as the entries of a target move along u, of which u(i) is the part of entry i.
func (a *analytic) derivative(t target, entries []int, u func(i int) float64) float64 {
	values, first := a.tensor(t)
	for _, i := range entries {
		values[i] += complex(0, u(i)*complexStep)
	}
	d := imag(a.from(first, false)) / complexStep
	for _, i := range entries {
		values[i] = complex(real(values[i]), 0)
	}
	return d
}
