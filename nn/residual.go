package nn

import (
	"fmt"
	"slices"

	"gradlab/internal/kernel"
)

// residual is y = x + skip, where x is the output of a block's last layer and skip the block's input, or
// the projection of that. The gradient of both is its own: the last layer has it in the same memory, and
// the input, from which more than one layer reads, adds it to what the block's first layer gives (see
// placed.joins).
type residual[T kernel.Float] struct {
	skip  func(from, to int) []T // of these samples
	layer int                    // of which it is the output; -1 is the plan's input
}

func (f *residual[T]) forward(e *kernel.Engine, y, x []T, at, n int) {
	kernel.Add(e, y, x, f.skip(at, at+n))
}

func (f *residual[T]) backward(*kernel.Engine, []T, []T, []T, []T, int, int) {}

// residual places the layers of a block, the projection where one is needed, and the sum.
func (b *builder[T]) residual(r Residual) error {
	p := b.plan
	source, in, image := len(p.layers)-1, b.shape, b.image
	if err := b.add(r.Layers); err != nil {
		return err
	}
	name := b.name(r.kind())
	last, out, outImage := len(p.layers)-1, b.shape, b.image
	if p.owner(last) <= p.owner(source) {
		return &hintError{name + ": its layers compute nothing", "give it a layer that does, as linear or conv"}
	}
	skip, sum := source, len(p.layers)
	reader := sum // of the block's input, beside the block's first layer
	if !slices.Equal(in, out) {
		projection, err := project(in, out, r.Init)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b.shape, b.image = in, image
		l, err := b.place(projection, "projection", source)
		if err != nil {
			return err
		}
		if !slices.Equal(l.Shape, out) {
			return &hintError{fmt.Sprintf("%s: no stride brings its input %v to %v, which its layers give", name, in, out), residualHint}
		}
		skip, reader, sum = sum, sum, sum+1
		p.layers[skip].shares = sum
	}
	if source = p.owner(source); source >= 0 {
		p.layers[source].joins = append(p.layers[source].joins, reader)
	}
	p.layers[p.owner(last)].shares = sum
	b.shape, b.image = out, outImage
	return b.append(&placed[T]{
		Position: Position{Index: sum + 1, Name: name, Kind: r.kind(), Shape: out},
		op:       &residual[T]{func(from, to int) []T { return p.outputOf(skip, from, to) }, skip},
		from:     last,
	})
}

const residualHint = "use layers that keep the size of an image, or divide it by a stride, with padding"

// project describes the layer that brings the input of a block to the shape of its output.
func project(in, out Shape, init Init) (Layer, error) {
	switch {
	case len(in) != len(out):
		return nil, &hintError{fmt.Sprintf("its input is %v, but its layers give %v", in, out), "put flatten before the block"}
	case !in.isImage():
		return Linear{Out: out[0], NoBias: true, Init: init}, nil
	}
	stride := Pair{(in[0] + out[0] - 1) / out[0], (in[1] + out[1] - 1) / out[1]}
	return Conv2d{Filters: out[2], Kernel: Square(1), Stride: stride, NoBias: true, Init: init}, nil
}
