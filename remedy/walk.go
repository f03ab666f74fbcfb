package remedy

import (
	"fmt"

	"gradlab/nn"
)

// A walk goes through a model's layers in forward order, the layers of residual blocks at their place, and knows
// the name of each as nn gives it.
type walk struct {
	count   map[string]int
	outputs int // layers with weights from the model's last one on: none is hidden
	seen    int
}

// walked starts a walk through the model, whose last layer with weights gives its output.
func walked(layers []nn.Layer) *walk {
	return &walk{count: map[string]int{}, outputs: countWeighted(layers)}
}

func countWeighted(layers []nn.Layer) int {
	n := 0
	for _, l := range layers {
		if weighted(l) {
			n++
		} else if r, ok := l.(nn.Residual); ok {
			n += countWeighted(r.Layers)
		}
	}
	return n
}

// weighted says whether a layer is linear or a convolution.
func weighted(l nn.Layer) bool {
	switch l.(type) {
	case nn.Linear, nn.Conv2d:
		return true
	}
	return false
}

// next is the name of a layer with weights, and whether it is hidden: not the one that gives the output.
func (w *walk) next(l nn.Layer) (name string, hidden bool) {
	kind := "linear"
	if _, ok := l.(nn.Conv2d); ok {
		kind = "conv"
	}
	w.count[kind]++
	w.seen++
	return fmt.Sprintf("%s%d", kind, w.count[kind]), w.seen < w.outputs
}

// passed says whether the walk has met the layer that gives the output: what comes after it is no hidden layer's.
func (w *walk) passed() bool { return w.seen >= w.outputs }

// unit is the number of layers from layers[0], which has weights, to its activation: the activation may follow a
// normalisation, pooling or flatten. 0 is for none.
func unit(layers []nn.Layer) int {
	for i, l := range layers[1:] {
		switch l := l.(type) {
		case nn.Activation:
			if l.Name != "identity" {
				return i + 2
			}
		case nn.BatchNorm, nn.LayerNorm, nn.MaxPool2d, nn.AvgPool2d, nn.Flatten:
		default:
			return 0
		}
	}
	return 0
}

// normalised says whether a normalisation stands between a layer and its activation.
func normalised(unit []nn.Layer) bool {
	for _, l := range unit {
		switch l.(type) {
		case nn.BatchNorm, nn.LayerNorm:
			return true
		}
	}
	return false
}

// edit gives the layers that f makes of each, those of residual blocks likewise. The layers that it got stay as
// they are.
func edit(layers []nn.Layer, f func(l nn.Layer) nn.Layer) []nn.Layer {
	out := make([]nn.Layer, len(layers))
	for i, l := range layers {
		if r, ok := l.(nn.Residual); ok {
			r.Layers = edit(r.Layers, f)
			l = f(r)
		} else {
			l = f(l)
		}
		out[i] = l
	}
	return out
}
