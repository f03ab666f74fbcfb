package nn

import (
	"fmt"

	"gradlab/internal/kernel"
)

// builder places one layer after the other.
type builder[T kernel.Float] struct {
	plan  *Plan[T]
	count map[string]int // layers of each kind so far
	shape Shape          // of what the newest layer gives
	image Shape          // its shape before Flatten, if it was an image
}

func (b *builder[T]) add(layers []Layer) error {
	for _, l := range layers {
		var err error
		switch l := l.(type) {
		case nil:
			err = fmt.Errorf("layer %d is nil", len(b.plan.layers)+1)
		case Residual:
			err = b.residual(l)
		default:
			_, err = b.place(l, l.kind(), len(b.plan.layers)-1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// place adds a layer of which kind is the name, and whose input is the output of layer from.
func (b *builder[T]) place(layer Layer, kind string, from int) (*placed[T], error) {
	index, name := len(b.plan.layers)+1, b.name(kind)
	made, err := build[T](layer, name, b.shape, b.image, b.plan.classes)
	if err != nil {
		return nil, fmt.Errorf("layer %d (%s): %w", index, name, err)
	}
	l := &placed[T]{
		Position: Position{Index: index, Name: name, Kind: kind, Shape: made.out},
		op:       made.op, params: made.params, buffers: made.buffers, from: from,
	}
	b.shape, b.image = made.out, made.image
	return l, b.append(l)
}

// name is that of the next layer of a kind.
func (b *builder[T]) name(kind string) string {
	b.count[kind]++
	return fmt.Sprintf("%s%d", kind, b.count[kind])
}

func (b *builder[T]) append(l *placed[T]) error {
	b.plan.layers = append(b.plan.layers, l)
	if b.plan.values() > maxValues {
		return fmt.Errorf("layer %d (%s): %w", l.Index, l.Name, errTooLarge)
	}
	return nil
}
