package nn

import (
	"fmt"
	"math"

	"gradlab/internal/kernel"
	"gradlab/internal/rng"
)

// dropout multiplies what its mask keeps by 1/(1 − rate) and the rest by 0, so that expectations stay as they
// are (inverted dropout), and passes everything on where it evaluates. Its mask takes no memory, since it is counted: the
// backward pass computes it once more.
type dropout[T kernel.Float] struct {
	name             string // of the layer: every layer has masks of its own
	spatial          bool
	pixels, channels int
	size             int // of a sample
	mask             kernel.Mask
	evaluates        bool
}

// dropoutSteps are the parts into which rates are divided: what is kept is told by sixteen random bits.
const dropoutSteps = 1 << 16

func newDropout[T kernel.Float](l Dropout, name string, in, image Shape) (built[T], error) {
	if !(l.Rate >= 0 && l.Rate < 1) {
		return built[T]{}, &hintError{fmt.Sprintf("its rate is %v, but must lie between 0 and 1", l.Rate), "the rate is the share that is dropped: dropout: 0.5"}
	}
	if l.Spatial {
		if err := needImage(in); err != nil {
			return built[T]{}, err
		}
	}
	if l.Rate == 0 {
		return built[T]{op: alias[T]{}, out: in, image: image}, nil
	}
	threshold := math.RoundToEven(l.Rate * dropoutSteps)
	if threshold == 0 || threshold == dropoutSteps {
		return built[T]{}, &hintError{fmt.Sprintf("its rate is %v, but rates are multiples of 1/%d", l.Rate, dropoutSteps), "take a rate from 0.0001 to 0.9999, or 0"}
	}
	f := &dropout[T]{name: name, spatial: l.Spatial, size: in.Size(), mask: kernel.Mask{Threshold: uint32(threshold)}}
	if in.isImage() {
		f.pixels, f.channels = in[0]*in[1], in[2]
	}
	return built[T]{op: f, out: in, image: image}, nil
}

func (f *dropout[T]) forward(e *kernel.Engine, y, x []T, at, n int) { f.apply(e, y, x, at, n) }

func (f *dropout[T]) backward(e *kernel.Engine, dx, dy, _, _ []T, at, n int) {
	f.apply(e, dx, dy, at, n)
}

// apply is the layer, and its gradient.
func (f *dropout[T]) apply(e *kernel.Engine, dst, src []T, at, n int) {
	switch {
	case f.evaluates:
		copy(dst, src) // nothing, where they are one
	case f.spatial:
		kernel.DropoutChannels(e, dst, src, &f.mask, at, n, f.pixels, f.channels)
	default:
		kernel.Dropout(e, dst, src, &f.mask, at*f.size)
	}
}

func (f *dropout[T]) scratch(*kernel.Engine, int) kernel.Scratch {
	if !f.spatial {
		return kernel.Scratch{}
	}
	return kernel.DropoutScratch(f.pixels, f.channels)
}

// SetMasks says which masks dropout has in the next steps: those of a seed and the number of a step, as the
// layer's name tells them apart. Until the next call they stay as they are, also those of Compile (Options.Seed
// and step 0), so that a step can be run once more, or its gradient be checked by differences.
func (p *Plan[T]) SetMasks(seed, step uint64) {
	for _, l := range p.layers {
		f, ok := l.op.(*dropout[T])
		if !ok {
			continue
		}
		s := rng.New(seed, "dropout", f.name, step)
		f.mask.Key, f.mask.Step = s.Key(), step
	}
}
