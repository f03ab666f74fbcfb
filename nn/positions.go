package nn

import "fmt"

// Positions lists the positions that a plan of m has, without allocating one. It fails for a model that
// does not fit samples of the shape in and the number of classes.
func Positions(m Model, in Shape, classes int) ([]Position, error) {
	p, err := place[float32](m, in, classes, Options{Batch: 1})
	if err != nil {
		return nil, fmt.Errorf("failed to read the model: %w", err)
	}
	return p.Positions(), nil
}

// In is what a layer's own initialisation comes to in a model whose initialisation is m: the numbers that
// the layer sets, and the name under which the table of initialisations has it ("he" is "he-normal").
func (i Init) In(m Init) Init {
	i = i.or(m)
	if name, ok := initNames[i.Name]; ok {
		i.Name = name
	}
	return i
}
