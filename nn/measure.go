package nn

import (
	"fmt"
	"unsafe"

	"gradlab/internal/kernel"
)

// Size is how large a model is for a given input and batch.
type Size struct {
	Layers     []string // as Plan.Describe lists them
	Parameters int      // number of trained values
	Weights    int64    // bytes of the trained values once; a plan holds them, with momentum their velocities, and after Backward their gradients
	Buffers    int64    // bytes of the activations of one batch and their gradients
	Draw       int64    // bytes that initialising the largest tensor takes for a while
}

// Measure gives the size of a model without allocating it. It fails for what Compile fails for, with
// the same words.
func Measure[T kernel.Float](m Model, in Shape, classes, batch int) (Size, error) {
	p, err := place[T](m, in, classes, Options{Batch: batch})
	if err != nil {
		return Size{}, fmt.Errorf("failed to compile the model: %w", err)
	}
	var zero T
	element := int64(unsafe.Sizeof(zero))
	s := Size{Layers: p.Describe(), Parameters: p.Parameters()}
	s.Weights = element * int64(s.Parameters)
	for _, l := range p.layers {
		if !l.aliases() {
			s.Buffers += 2 * element * int64(batch) * int64(l.Shape.Size())
		}
		if _, ok := l.op.(*maxPool[T]); ok { // which element each winner was
			s.Buffers += 2 * int64(batch) * int64(l.Shape.Size())
		}
		for _, q := range l.params {
			i, err := q.initialisation(m.Init)
			if err != nil {
				return Size{}, fmt.Errorf("failed to initialise %s: %w", q.Name, err)
			}
			draw := 8 * int64(q.Shape.Size()) // values are drawn in float64
			if i.Name == "orthogonal" {
				draw *= 2
			}
			s.Draw = max(s.Draw, draw)
		}
	}
	return s, nil
}
