package study

import (
	"fmt"
	"slices"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/train"
	"gradlab/transform"
)

// maxTransforms bounds a list of transforms.
const maxTransforms = 100

// A transformKind is one transform as study files name it. Its reader gives the transform; at is its name, n what
// is written after it.
type transformKind struct {
	name string
	read func(d *decoder, at, n *node) transform.Transform
}

var transformKinds = []transformKind{
	{"random-crop", readRandomCrop},
	{"random-resized-crop", readRandomResizedCrop},
	{"centre-crop", readCentreCrop},
	{"resize", readResize},
	{"flip", readFlip},
	{"vertical-flip", readVerticalFlip},
	{"rotation", readRotation},
	{"translation", readTranslation},
	{"jitter", readJitter},
	{"cutout", readCutout},
}

// transforms reads a list of transforms. A variable among them may hold one or a list of them.
func transforms(to *transform.List) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind != list {
			d.expect(name, "a list of transforms", n)
			return
		}
		for _, item := range n.items {
			if item = d.resolve(item); item.kind == list && item.via != nil {
				for _, inner := range item.items {
					d.transform(d.resolve(inner), to)
				}
				continue
			}
			d.transform(item, to)
		}
		if len(*to) > maxTransforms {
			d.add(n.problem("", "%s: %d transforms, expected %d at most", name, len(*to), maxTransforms))
		}
	}
}

// transform reads one transform: a name, or a mapping of a name to its options.
func (d *decoder) transform(n *node, to *transform.List) {
	if d.full() {
		return
	}
	at, options, ok := d.named(n, "transform", "a transform is a name, as flip, or a name with options, as rotation: 10")
	if !ok {
		return
	}
	var known []string
	for _, k := range transformKinds {
		if k.name == at.value {
			before := len(d.list)
			if t := k.read(d, at, options); len(d.list) == before {
				*to = append(*to, t)
			}
			return
		}
		known = append(known, k.name)
	}
	hint := didYouMean(at.text(), known)
	if slices.Contains([]string{"normalise", "normalize"}, at.text()) {
		hint = "inputs beside transforms says it: inputs: standard, inputs: cifar10, or inputs: {mean: 0.5, deviation: 0.25}"
	}
	d.add(at.problem(hint, "unknown transform %s", at.describe()))
}

// sizeOr reads a size alone, or a mapping of fields.
func (d *decoder) sizeOr(at, n *node, to *nn.Pair, fields ...field) {
	if n.kind == whole || n.kind == list {
		d.readField(may(at.text(), "28", size(to, 1)), n)
		return
	}
	d.fields(at, n, at.text(), fields...)
}

func readRandomCrop(d *decoder, at, n *node) transform.Transform {
	var p nn.Pair
	var t transform.RandomCrop
	d.sizeOr(at, n, &p, may("size", "28", size(&p, 1)), may("padding", "4", integer(&t.Padding, 0, maxKernel)))
	if n.kind == mapping && n.get("size") == nil && n.get("padding") == nil {
		d.add(at.problem("for example random-crop: {padding: 4}", "random-crop: expected a padding or a size, found neither"))
	}
	t.Height, t.Width = p.H, p.W
	return t
}

func readRandomResizedCrop(d *decoder, at, n *node) transform.Transform {
	var p nn.Pair
	var t transform.RandomResizedCrop
	if n.kind != null {
		d.sizeOr(at, n, &p, may("size", "28", size(&p, 1)),
			may("scale", "[0.5, 1]", between(&t.Scale, share)), may("ratio", "[0.75, 1.33]", between(&t.Ratio, positive)))
	}
	t.Height, t.Width = p.H, p.W
	return t
}

func readCentreCrop(d *decoder, at, n *node) transform.Transform {
	var p nn.Pair
	d.readField(may(at.text(), "28", size(&p, 1)), n)
	return transform.CentreCrop{Height: p.H, Width: p.W}
}

func readResize(d *decoder, at, n *node) transform.Transform {
	var p nn.Pair
	d.readField(may(at.text(), "32", size(&p, 1)), n)
	return transform.Resize{Height: p.H, Width: p.W}
}

func readFlip(d *decoder, at, n *node) transform.Transform {
	return transform.Flip{P: d.probability(at, n)}
}

func readVerticalFlip(d *decoder, at, n *node) transform.Transform {
	return transform.VerticalFlip{P: d.probability(at, n)}
}

// probability is what stands after a transform that happens or not; zero is nothing, which is ½.
func (d *decoder) probability(at, n *node) (p float64) {
	if n.kind != null {
		d.readField(may(at.text(), "0.5", number(&p, share)), n)
	}
	if p == 0.5 { // the default, to no hash anything else
		p = 0
	}
	return p
}

func readRotation(d *decoder, at, n *node) transform.Transform {
	var t transform.Rotation
	d.readField(may(at.text(), "10", number(&t.Degrees, span{"degrees above 0, 180 at most", func(v float64) bool { return v > 0 && v <= 180 }})), n)
	return t
}

// readTranslation reads a share for both directions, or {x: …, y: …}.
func readTranslation(d *decoder, at, n *node) transform.Transform {
	var t transform.Translation
	if n.kind == mapping {
		d.fields(at, n, at.text(), may("x", "0.1", number(&t.X, fraction)), may("y", "0.1", number(&t.Y, fraction)))
		if t == (transform.Translation{}) {
			d.add(at.problem("for example translation: 0.1", "translation: expected x or y above 0"))
		}
		return t
	}
	d.readField(may(at.text(), "0.1", number(&t.X, share)), n)
	t.Y = t.X
	return t
}

func readJitter(d *decoder, at, n *node) transform.Transform {
	var t transform.ColourJitter
	before := len(d.list)
	change := span{"a number from 0 to 100", func(v float64) bool { return v >= 0 && v <= 100 }}
	d.fields(at, n, at.text(),
		may("brightness", "0.2", number(&t.Brightness, change)),
		may("contrast", "0.2", number(&t.Contrast, change)),
		may("saturation", "0.2", number(&t.Saturation, change)),
		may("hue", "0.05", number(&t.Hue, span{"a number from 0 to 0.5", func(v float64) bool { return v >= 0 && v <= 0.5 }})))
	if n.kind == mapping && len(d.list) == before && t == (transform.ColourJitter{}) {
		d.add(at.problem("for example jitter: {brightness: 0.2, contrast: 0.2}", "jitter: expected brightness, contrast, saturation or hue above 0"))
	}
	return t
}

func readCutout(d *decoder, at, n *node) transform.Transform {
	var t transform.Cutout
	d.readField(may(at.text(), "8", integer(&t.Size, 1, maxKernel)), n)
	return t
}

// between reads [lowest, highest].
func between(to *[2]float64, s span) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind != list || len(n.items) != 2 {
			d.expect(name, "[lowest, highest]", n)
			return
		}
		for i, item := range n.items {
			number(&to[i], s)(d, name, d.resolve(item))
		}
		if to[0] > to[1] {
			d.add(n.problem("write the smaller one first", "%s: %v is above %v", name, to[0], to[1]))
		}
	}
}

// inputs reads the name of a scaling, or {mean: 0.5, deviation: 0.25}, each one number or one per channel.
func inputs(to *train.Config) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind != mapping {
			choice(&to.Inputs, "a scaling of the inputs", data.Scalings)(d, name, n)
			return
		}
		to.Inputs = "given"
		d.fields(n, n, name,
			must("mean", "[0.5, 0.5, 0.5]", channels(&to.Mean, anyNumber)),
			must("deviation", "[0.25, 0.25, 0.25]", channels(&to.Deviation, positive)))
		if mean, deviation := n.get("mean"), n.get("deviation"); mean != nil && deviation != nil {
			if m, v := d.resolve(mean), d.resolve(deviation); m.kind == list != (v.kind == list) {
				d.add(n.problem("", "%s: expected a number each for mean and deviation, or a list each", name))
			}
		}
	}
}

// channels reads a number for all channels, or a list of three.
func channels(to *[3]float64, s span) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind == whole || n.kind == decimal {
			number(&to[0], s)(d, name, n)
			return
		}
		if n.kind != list || len(n.items) != len(to) {
			d.expect(name, fmt.Sprintf("a number, or a list of %d for red, green and blue", len(to)), n)
			return
		}
		for i, item := range n.items {
			number(&to[i], s)(d, name, d.resolve(item))
		}
	}
}

// ParseTransforms reads a list of transforms as it stands in a study file: [flip, {rotation: 10}]. The filename is
// for errors, which are those of Parse.
func ParseTransforms(filename, text string) (transform.List, error) {
	root, err := read(filename, []byte("transforms: "+text))
	if err != nil {
		return nil, err
	}
	var found problems
	var l transform.List
	d := &decoder{problems: &found, used: map[string]bool{}}
	d.fields(root, root, filename, must("transforms", "[flip]", transforms(&l)))
	return l, found.err()
}
