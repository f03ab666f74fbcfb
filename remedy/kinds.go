package remedy

import (
	"fmt"
	"slices"
	"strings"

	"gradlab/nn"
	"gradlab/optim"
)

// initialise gives all layers with weights, and the projections of residual blocks, one initialisation.
func initialise(name string) func(*Subject, Step) ([]string, error) {
	return func(s *Subject, _ Step) ([]string, error) {
		said, err := setInit(&s.Model, nn.Init{Name: name})
		if err != nil {
			return nil, err
		}
		return []string{said}, nil
	}
}

func setInit(m *nn.Model, init nn.Init) (string, error) {
	was := func(i nn.Init) nn.Init {
		if i == (nn.Init{}) {
			i = m.Init
		}
		if i.Name == "" {
			i.Name = "pytorch"
		}
		return i
	}
	var names []string
	w := walked(m.Layers)
	layers := edit(m.Layers, func(l nn.Layer) nn.Layer {
		switch t := l.(type) {
		case nn.Linear:
			if name, _ := w.next(t); was(t.Init) != init {
				names = append(names, name)
			}
			t.Init = nn.Init{}
			return t
		case nn.Conv2d:
			if name, _ := w.next(t); was(t.Init) != init {
				names = append(names, name)
			}
			t.Init = nn.Init{}
			return t
		case nn.Residual:
			t.Init = nn.Init{}
			return t
		}
		return l
	})
	if len(names) == 0 {
		return "", &problem{fmt.Sprintf("every layer has the initialisation %s already", init.Name), "take another remedy, or another initialisation under init"}
	}
	m.Layers, m.Init = layers, init
	weights := init.Name + " weights"
	if init.Name == "lsuv" {
		weights = "orthogonal weights scaled to outputs of unit variance"
	}
	return fmt.Sprintf("%s and biases of zero in %s", weights, listed(names)), nil
}

// normalise puts a normalisation between each hidden layer with weights and its activation. The bias of a layer
// before batch normalisation would be taken off again with the mean, so it is dropped, as usual; layer
// normalisation takes off the mean over the units only, and biases stay.
func normalise(norm nn.Layer) func(*Subject, Step) ([]string, error) {
	return func(s *Subject, _ Step) ([]string, error) {
		n := normaliser{norm: norm, walk: walked(s.Model.Layers)}
		layers := n.layers(s.Model.Layers)
		if len(n.names) == 0 {
			return nil, &problem{"no hidden layer with an activation after it is without normalisation", "it belongs between a linear layer or a convolution and its activation"}
		}
		s.Model.Layers = layers
		said := "layer norm after " + listed(n.names)
		if n.batch() {
			said = "batch norm after " + listed(n.names)
			if n.biases > 0 {
				said += "; the biases before it are dropped, as it would take them off again"
			}
		}
		return append([]string{said}, n.left()...), nil
	}
}

type normaliser struct {
	norm   nn.Layer
	walk   *walk
	names  []string
	bare   []string // hidden layers without an activation
	biases int      // dropped
}

func (n *normaliser) batch() bool { _, ok := n.norm.(nn.BatchNorm); return ok }

func (n *normaliser) layers(layers []nn.Layer) []nn.Layer {
	var out []nn.Layer
	for i, l := range layers {
		if r, ok := l.(nn.Residual); ok {
			r.Layers = n.layers(r.Layers)
			out = append(out, r)
			continue
		}
		if !weighted(l) {
			out = append(out, l)
			continue
		}
		name, hidden := n.walk.next(l)
		length := unit(layers[i:])
		switch {
		case !hidden || length > 0 && normalised(layers[i:i+length]):
			out = append(out, l)
		case length == 0:
			n.bare = append(n.bare, name)
			out = append(out, l)
		default:
			n.names = append(n.names, name)
			out = append(out, n.before(l), n.norm)
		}
	}
	return out
}

// before is the layer before the normalisation.
func (n *normaliser) before(l nn.Layer) nn.Layer {
	if !n.batch() {
		return l
	}
	switch l := l.(type) {
	case nn.Linear:
		if !l.NoBias {
			n.biases++
		}
		l.NoBias = true
		return l
	case nn.Conv2d:
		if !l.NoBias {
			n.biases++
		}
		l.NoBias = true
		return l
	}
	return l
}

func (n *normaliser) left() []string {
	if len(n.bare) == 0 {
		return nil
	}
	return []string{"left alone, for no activation follows: " + runs(n.bare)}
}

// activate makes every hidden activation the one called name.
func activate(name string) func(*Subject, Step) ([]string, error) {
	return func(s *Subject, step Step) ([]string, error) {
		w := walked(s.Model.Layers)
		want := nn.Activation{Name: name, Slope: step.Slope}
		replaced := map[string]int{}
		outputs := 0
		layers := edit(s.Model.Layers, func(l nn.Layer) nn.Layer {
			if weighted(l) {
				w.next(l)
			}
			a, ok := l.(nn.Activation)
			switch {
			case !ok || a.Name == "identity" || a == want:
				return l
			case w.passed():
				outputs++
				return l
			}
			replaced[a.Name]++
			return want
		})
		if len(replaced) == 0 {
			e := &problem{fmt.Sprintf("no hidden layer has an activation other than %s", name), "take another remedy, or another activation in the model"}
			if outputs > 0 {
				e.text = "the only activation stands after the layer that gives the output, which needs none"
				e.hint = "activations belong between layers"
			}
			return nil, e
		}
		s.Model.Layers = layers
		var from []string
		for old, n := range replaced {
			if n == 1 {
				from = append(from, "1 "+old)
			} else {
				from = append(from, fmt.Sprintf("%d × %s", n, old))
			}
		}
		slices.Sort(from)
		said := fmt.Sprintf("%s in place of %s", name, strings.Join(from, ", "))
		if name == "leaky-relu" {
			slope := step.Slope
			if slope == 0 {
				slope = 0.01
			}
			said += fmt.Sprintf(" (slope %g below zero)", slope)
		}
		return []string{said}, nil
	}
}

// selu is the activation that normalises by itself, if weights are drawn as it needs.
func selu(s *Subject, step Step) ([]string, error) {
	changes, err := activate("selu")(s, step)
	if err != nil {
		return nil, err
	}
	if said, err := setInit(&s.Model, nn.Init{Name: "lecun-normal"}); err == nil {
		changes = append(changes, said)
	}
	return changes, nil
}

// clip bounds the gradients.
func clip(s *Subject, step Step) ([]string, error) {
	c := step.Clip
	if c.IsZero() {
		c = optim.Clip{By: optim.ClipNorm, Limit: 1}
	}
	if s.Train.Clip == c {
		return nil, &problem{fmt.Sprintf("gradients are clipped (%v) already", c), "take another limit: {clip: {norm: 0.5}}"}
	}
	s.Train.Clip = c
	what := map[string]string{
		optim.ClipValue: "every element of a gradient", optim.ClipNorm: "the norm of all gradients together",
		optim.ClipLayerNorm: "the norm of each layer's gradient",
	}[c.By]
	return []string{fmt.Sprintf("%s clipped at %g", what, c.Limit)}, nil
}
