package remedy

import (
	"gradlab/nn"
)

// skip puts a residual block around each hidden layer with weights and its activation, with the normalisation
// between them if there is one. A convolution must keep the size of its image or halve it, by padding: around any
// other, the input has no place that belongs to a pixel of the output. Layers in a block already stay.
func skip(s *Subject, _ Step) ([]string, error) {
	k := skipper{walk: walked(s.Model.Layers)}
	layers := k.layers(s.Model.Layers)
	if len(k.names) == 0 {
		return nil, &problem{"no hidden layer can have a skip connection around it", "it belongs around a linear layer, or a convolution that keeps its image's size by padding, together with the activation right after it"}
	}
	s.Model.Layers = layers
	changes := []string{"a skip connection around " + listed(k.names) + ", each with its activation, projected where the shape changes"}
	if len(k.odd) > 0 {
		changes = append(changes, "left alone, for they change the size of the image: "+runs(k.odd))
	}
	if len(k.bare) > 0 {
		changes = append(changes, "left alone, for no activation follows right after: "+runs(k.bare))
	}
	return changes, nil
}

type skipper struct {
	walk             *walk
	names, odd, bare []string
}

func (k *skipper) layers(layers []nn.Layer) []nn.Layer {
	var out []nn.Layer
	for i := 0; i < len(layers); i++ {
		l := layers[i]
		if r, ok := l.(nn.Residual); ok {
			edit(r.Layers, func(l nn.Layer) nn.Layer { // for the names
				if weighted(l) {
					k.walk.next(l)
				}
				return l
			})
		}
		if !weighted(l) {
			out = append(out, l)
			continue
		}
		name, hidden := k.walk.next(l)
		length := unit(layers[i:])
		switch {
		case !hidden:
		case length == 0 || !together(layers[i:i+length]):
			k.bare = append(k.bare, name)
		case !fits(l):
			k.odd = append(k.odd, name)
		default:
			k.names = append(k.names, name)
			out = append(out, nn.Residual{Layers: layers[i : i+length : i+length], Init: initOf(l)})
			i += length - 1
			continue
		}
		out = append(out, l)
	}
	return out
}

// together says whether nothing but normalisation stands between a layer and its activation.
func together(unit []nn.Layer) bool {
	for _, l := range unit[1 : len(unit)-1] {
		switch l.(type) {
		case nn.BatchNorm, nn.LayerNorm:
		default:
			return false
		}
	}
	return true
}

// fits says whether a layer's output lies over its input: it is linear, or a convolution that is padded by half
// its kernel and takes every pixel or every second one.
func fits(l nn.Layer) bool {
	c, ok := l.(nn.Conv2d)
	if !ok {
		return true
	}
	side := func(kernel, stride, padding int) bool { return 2*padding == kernel-1 && stride <= 2 }
	return side(c.Kernel.H, c.Stride.H, c.Padding.H) && side(c.Kernel.W, c.Stride.W, c.Padding.W)
}

func initOf(l nn.Layer) nn.Init {
	switch l := l.(type) {
	case nn.Linear:
		return l.Init
	case nn.Conv2d:
		return l.Init
	}
	return nn.Init{}
}

func skipBatchNorm(s *Subject, step Step) ([]string, error) {
	changes, err := skip(s, step)
	if err != nil {
		return nil, err
	}
	more, err := normalise(nn.BatchNorm{})(s, step)
	return append(changes, more...), err
}
