package nn

import (
	"fmt"
)

// layout says how PyTorch lays out a parameter: its shape there, and where each of its values stands
// here (nil for the same order).
type layout struct {
	shape Shape
	at    func(i int) int
}

// convLayout is [filters, channels, height, width] for weights [filters, height, width, channels].
func convLayout(s Shape) layout {
	f, h, w, c := s[0], s[1], s[2], s[3]
	return layout{Shape{f, c, h, w}, func(i int) int {
		x := i % w
		y := i / w % h
		channel := i / (w * h) % c
		return ((i/(w*h*c)*h+y)*w+x)*c + channel
	}}
}

// linearLayout is [out, in]. Behind a flattened image the inputs stand in another order, since
// PyTorch flattens [channels, height, width].
func linearLayout(out, in int, image Shape) layout {
	if image == nil {
		return layout{shape: Shape{out, in}}
	}
	columns := convLayout(Shape{1, image[0], image[1], image[2]})
	return layout{Shape{out, in}, func(i int) int { return i/in*in + columns.at(i%in) }}
}

// featureLayout is that of one value for each of n features. Behind a flattened image, of this shape, they
// stand in another order.
func featureLayout(n int, image Shape) layout {
	l := linearLayout(1, n, image)
	l.shape = Shape{n}
	return l
}

// torchIndex is the place in Data of value i of PyTorch's layout.
func (q *Param[T]) torchIndex(i int) int {
	if q.torch.at == nil {
		return i
	}
	return q.torch.at(i)
}

// Export gives q's values in PyTorch's layout, with their shape there.
func (q *Param[T]) Export() ([]T, Shape) {
	t := q.exported(q.Data)
	return t.Values, t.Shape
}

// Import sets q from values in PyTorch's layout.
func (q *Param[T]) Import(values []T) error {
	if len(values) != len(q.Data) {
		return fmt.Errorf("failed to import %s: %d values for the shape %v", q.Name, len(values), q.torch.shape)
	}
	for i, v := range values {
		q.Data[q.torchIndex(i)] = v
	}
	return nil
}
