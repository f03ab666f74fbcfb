package study

import (
	"fmt"
	"slices"
	"strings"

	"gradlab/nn"
)

// maxKernel bounds the sides of windows. Other bounds are nn's, and whether a model fits into memory is for
// nn.Compile to say.
const maxKernel = 1 << 10

// A layerKind is one layer as study files name it. Its reader appends the layer; at is the layer's
// name, n what is written after it.
type layerKind struct {
	name string
	read func(d *decoder, at, n *node, to *[]nn.Layer)
}

// layerKinds are all layers but the activations, which nn.Activations names. A function, because
// readRepeat needs it again.
func layerKinds() []layerKind {
	return []layerKind{
		{"conv", readConv},
		{"linear", readLinear},
		{"maxpool", readMaxPool},
		{"avgpool", readAvgPool},
		{"flatten", readFlatten},
		{"batchnorm", readBatchNorm},
		{"layernorm", readLayerNorm},
		{"dropout", readDropout},
		{"residual", readResidual},
		{"repeat", readRepeat},
	}
}

func readConv(d *decoder, at, n *node, to *[]nn.Layer) {
	var l nn.Conv2d
	d.fields(at, n, "conv",
		must("filters", "6", integer(&l.Filters, 1, nn.MaxDimension)),
		must("kernel", "5", size(&l.Kernel, 1)),
		may("stride", "1", size(&l.Stride, 1)),
		may("padding", "2", size(&l.Padding, 0)),
		may("bias", "false", toggle(&l.NoBias, false)),
		may("init", "he-normal", initialisation(&l.Init)))
	*to = append(*to, l)
}

func readLinear(d *decoder, at, n *node, to *[]nn.Layer) {
	var l nn.Linear
	if n.kind == mapping {
		d.fields(at, n, "linear",
			must("out", "84", outputs(&l.Out)),
			may("bias", "false", toggle(&l.NoBias, false)),
			may("init", "he-normal", initialisation(&l.Init)))
	} else {
		d.readField(may("linear", "84", outputs(&l.Out)), n)
	}
	*to = append(*to, l)
}

func readMaxPool(d *decoder, at, n *node, to *[]nn.Layer) {
	var l nn.MaxPool2d
	d.pool(at, n, "maxpool", &l.Kernel, &l.Stride, &l.Padding)
	*to = append(*to, l)
}

func readAvgPool(d *decoder, at, n *node, to *[]nn.Layer) {
	var l nn.AvgPool2d
	d.pool(at, n, "avgpool", &l.Kernel, &l.Stride, &l.Padding)
	*to = append(*to, l)
}

func (d *decoder) pool(at, n *node, name string, kernel, stride, padding *nn.Pair) {
	if n.kind != mapping {
		d.readField(may(name, "2", size(kernel, 1)), n)
		return
	}
	d.fields(at, n, name,
		must("kernel", "5", size(kernel, 1)),
		may("stride", "1", size(stride, 1)),
		may("padding", "2", size(padding, 0)))
}

func readFlatten(d *decoder, at, n *node, to *[]nn.Layer) {
	d.noOptions("flatten", n)
	*to = append(*to, nn.Flatten{})
}

func readBatchNorm(d *decoder, at, n *node, to *[]nn.Layer) {
	var l nn.BatchNorm
	if n.kind != null {
		d.fields(at, n, "batchnorm",
			may("momentum", "0.1", number(&l.Momentum, share)),
			may("epsilon", "1e-5", number(&l.Epsilon, share)),
			may("affine", "false", toggle(&l.NoAffine, false)))
	}
	*to = append(*to, l)
}

func readLayerNorm(d *decoder, at, n *node, to *[]nn.Layer) {
	var l nn.LayerNorm
	if n.kind != null {
		d.fields(at, n, "layernorm",
			may("epsilon", "1e-5", number(&l.Epsilon, share)),
			may("affine", "false", toggle(&l.NoAffine, false)))
	}
	*to = append(*to, l)
}

// readDropout reads a rate, or {rate: …, spatial: true}.
func readDropout(d *decoder, at, n *node, to *[]nn.Layer) {
	var l nn.Dropout
	if n.kind != mapping {
		d.readField(may("dropout", "0.5", number(&l.Rate, belowOne)), n)
	} else {
		d.fields(at, n, "dropout",
			must("rate", "0.5", number(&l.Rate, belowOne)),
			may("spatial", "true", toggle(&l.Spatial, true)))
	}
	*to = append(*to, l)
}

// readResidual reads a list of layers, or {layers: …, init: …}: the initialisation is the projection's.
func readResidual(d *decoder, at, n *node, to *[]nn.Layer) {
	var l nn.Residual
	if n.kind != mapping {
		d.readField(may("residual", "[linear: 84, tanh]", layers(&l.Layers)), n)
	} else {
		d.fields(at, n, "residual",
			must("layers", "[linear: 84, tanh]", layers(&l.Layers)),
			may("init", "he-normal", initialisation(&l.Init)))
	}
	*to = append(*to, l)
}

func readRepeat(d *decoder, at, n *node, to *[]nn.Layer) {
	var l nn.Repeat
	d.fields(at, n, "repeat",
		must("times", "3", integer(&l.Times, 0, nn.MaxLayers)),
		must("layers", "[linear: 84, tanh]", layers(&l.Layers)))
	*to = append(*to, l)
}

// noOptions reports what stands after a name that takes nothing.
func (d *decoder) noOptions(name string, n *node) {
	if n.kind != null && (n.kind != mapping || len(n.pairs) > 0) {
		d.expectHint(name, "nothing after it", "write "+name+" alone", n)
	}
}

// activation reads what stands after an activation's name.
func (d *decoder) activation(at, n *node) nn.Layer {
	l := nn.Activation{Name: at.text()}
	if l.Name == "leaky-relu" && n.kind != null {
		// A slope of 0 is relu, which has a name of its own.
		d.fields(at, n, l.Name, may("slope", "0.1", number(&l.Slope, positive)))
	} else {
		d.noOptions(l.Name, n)
	}
	return l
}

// layers reads a list of layers. A variable among them may hold one layer or a list of them.
func layers(to *[]nn.Layer) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind != list {
			d.expect(name, "a list of layers", n)
			return
		}
		if len(n.items) == 0 && n.via == nil {
			d.expect(name, "at least one layer", n)
		}
		for _, item := range n.items {
			if d.full() {
				return
			}
			if item = d.resolve(item); item.kind == list && item.via != nil {
				for _, inner := range item.items {
					d.layer(d.resolve(inner), to)
				}
				continue
			}
			d.layer(item, to)
		}
	}
}

// named reads a name, or a mapping of a name to its options, of one of what: a layer or a transform. Of a name alone
// the options are null.
func (d *decoder) named(n *node, what, hint string) (at, options *node, ok bool) {
	switch {
	case n.kind == reported:
		return nil, nil, false
	case n.kind == text:
		nothing := *n
		nothing.kind, nothing.value = null, nil
		return n, &nothing, true
	case n.kind == mapping && len(n.pairs) == 1:
		return n.pairs[0].key, d.resolve(n.pairs[0].value), true
	case n.kind == mapping && len(n.pairs) > 1:
		d.add(n.pairs[1].key.problem("begin each "+what+" with a dash, and put its options in braces",
			"expected one %s, found a second key %q", what, shorten(n.pairs[1].key.text())))
	default:
		d.add(n.problem(hint, "expected a %s, found %s", what, n.describe()))
	}
	return nil, nil, false
}

// layer reads one layer: a name, or a mapping of a name to its options.
func (d *decoder) layer(n *node, to *[]nn.Layer) {
	at, options, ok := d.named(n, "layer", "a layer is a name, as flatten, or a name with options, as linear: 120")
	if !ok {
		return
	}
	var known []string
	for _, k := range layerKinds() {
		if k.name == at.value {
			k.read(d, at, options, to)
			return
		}
		known = append(known, k.name)
	}
	if slices.Contains(nn.Activations(), at.text()) {
		*to = append(*to, d.activation(at, options))
		return
	}
	d.add(at.problem(didYouMean(at.text(), append(known, nn.Activations()...)), "unknown layer %s", at.describe()))
}

// countLayers is the number of layers with every repeat written out, nn.MaxLayers+1 when it is more.
func countLayers(layers []nn.Layer) int {
	count := 0
	for _, l := range layers {
		switch l := l.(type) {
		case nn.Repeat:
			count += min(l.Times*countLayers(l.Layers), nn.MaxLayers+1)
		case nn.Residual:
			count += countLayers(l.Layers) + 2 // with the projection and the sum
		default:
			count++
		}
	}
	return min(count, nn.MaxLayers+1)
}

// outputs reads a number of outputs, or the word classes.
func outputs(to *int) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind == text && n.text() == "classes" {
			*to = nn.Classes
			return
		}
		if n.kind != whole {
			hint := fmt.Sprintf("for example %[1]s: 84, %[1]s: $width or %[1]s: classes", name)
			if strings.Contains(n.text(), "classes") {
				hint = "classes stands alone, without arithmetic; write a number otherwise"
			}
			d.expectHint(name, "a number of outputs, or classes", hint, n)
			return
		}
		integer(to, 1, nn.MaxDimension)(d, name, n)
	}
}

// size reads a height and width: one number for both, or [height, width].
func size(to *nn.Pair, lo int64) reader {
	return func(d *decoder, name string, n *node) {
		switch {
		case n.kind == whole:
			integer(&to.H, lo, maxKernel)(d, name, n)
			to.W = to.H
		case n.kind == list && len(n.items) == 2:
			integer(&to.H, lo, maxKernel)(d, name, d.resolve(n.items[0]))
			integer(&to.W, lo, maxKernel)(d, name, d.resolve(n.items[1]))
		default:
			d.expect(name, "a whole number or [height, width]", n)
		}
	}
}

// initOptions are the options of initialisations; those not named here take a gain.
var initOptions = map[string]string{"pytorch": "", "zeros": "", "lsuv": "", "constant": "value", "normal": "std"}

// initialisation reads a name, or {name: …} with the options of that name.
func initialisation(to *nn.Init) reader {
	return func(d *decoder, field string, n *node) {
		if n.kind != mapping {
			choice(&to.Name, "an initialisation", nn.Inits())(d, field, n)
			if to.Name == "constant" {
				d.add(n.problem("write {name: constant, value: 0.1}", "%s: constant needs a value", field))
			}
			return
		}
		before := len(d.list)
		d.fields(n, n, field,
			must("name", "he-normal", choice(&to.Name, "an initialisation", nn.Inits())),
			may("gain", "1", number(&to.Gain, positive)),
			may("std", "0.1", number(&to.Std, positive)),
			may("value", "0.1", number(&to.Value, anyNumber)))
		if len(d.list) > before || to.Name == "" {
			return
		}
		option, named := initOptions[to.Name]
		if !named {
			option = "gain"
		}
		for _, p := range n.pairs {
			if name := p.key.text(); name != "name" && name != option {
				d.add(p.key.problem("remove it", "%s: %s has no %s", field, to.Name, name))
			}
		}
		if option == "value" && n.get("value") == nil {
			d.add(n.problem("for example {name: constant, value: 0.1}", "%s: value is missing", field))
		}
	}
}
