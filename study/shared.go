package study

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"gradlab/data"
)

// nameForm is what a study may be called: its name is part of file names.
var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

func studyName(to *string) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind != text || !nameForm.MatchString(n.text()) {
			d.expect(name, "a name of small letters, digits and dashes", n)
			return
		}
		*to = n.text()
	}
}

// sentence reads a text of one or several lines as one line.
func sentence(to *string) reader {
	return func(d *decoder, name string, n *node) {
		if *to = strings.Join(strings.Fields(n.text()), " "); *to == "" || n.kind != text {
			d.expect(name, "a sentence", n)
		}
	}
}

// dataSpec reads cifar10, shapes?train=4000, a path, {shapes: {train: 4000, test: 1000, seed: 1}}, or
// {folder: {path: photographs, size: 32}}.
func dataSpec(to *data.Spec) reader {
	return func(d *decoder, name string, n *node) {
		switch {
		case n.kind == text:
			spec, err := data.ParseSpec(n.text())
			if err != nil {
				hint := ""
				if h, ok := err.(interface{ Hint() string }); ok {
					hint = h.Hint()
				}
				d.add(n.problem(hint, "%s: %v", name, err))
			}
			*to = spec
		case n.kind == mapping && len(n.pairs) == 1 && n.pairs[0].key.text() != "":
			source, options := n.pairs[0].key, d.resolve(n.pairs[0].value)
			to.Source = source.text()
			var fields []field
			if to.Source == "folder" {
				to.Source = ""
				fields = append(fields, must("path", "photographs", dataPath(&to.Source)))
			} else if options.kind == null {
				return
			}
			for _, option := range data.SpecOptions(to.Source) {
				var read reader
				switch option {
				case "train":
					read = integer(&to.Train, 1, data.MaxImages)
				case "test":
					read = integer(&to.Test, 1, data.MaxImages)
				case "seed":
					read = integer(&to.Seed, 0, math.MaxInt64)
				default:
					read = dataOption(to, option)
				}
				fields = append(fields, may(option, optionExamples[option], read))
			}
			d.fields(source, options, source.text(), fields...)
		default:
			d.expect(name, "a name of data, a path, or {name: {train: 4000, test: 1000}}", n)
		}
	}
}

// optionExamples are values of the options of data.
var optionExamples = map[string]string{
	"train": "4000", "test": "1000", "seed": "1", "size": "32", "fit": "crop", "channels": "3", "holdout": "0.2", "list": "split.csv", "strict": "true",
}

// dataPath reads the path of a folder.
func dataPath(to *string) reader {
	return func(d *decoder, name string, n *node) {
		if *to = n.text(); *to == "" {
			d.expect(name, "the path of a directory, an archive or a list", n)
		}
	}
}

// dataOption reads one option as it would stand behind the data's name.
func dataOption(to *data.Spec, option string) reader {
	return func(d *decoder, name string, n *node) {
		switch n.kind {
		case text, whole, decimal, boolean:
			if err := to.Set(option, fmt.Sprint(n.value)); err != nil {
				d.add(n.problem("for example "+option+": "+optionExamples[option], "%v", err))
			}
		default:
			d.expect(name, "a text or a number", n)
		}
	}
}

// seeds reads a number of seeds, which are then 1, 2, 3 …, or a list of them.
func seeds(to *[]uint64) reader {
	return func(d *decoder, name string, n *node) {
		switch n.kind {
		case whole:
			var count int
			integer(&count, 1, maxSeeds)(d, name, n)
			for i := range count {
				*to = append(*to, uint64(i+1))
			}
		case list:
			if len(n.items) == 0 || len(n.items) > maxSeeds {
				d.expect(name, fmt.Sprintf("1 to %d seeds", maxSeeds), n)
				return
			}
			first := map[uint64]bool{}
			for _, item := range n.items {
				var seed uint64
				item = d.resolve(item)
				integer(&seed, 0, math.MaxInt64)(d, name, item)
				if first[seed] && item.kind == whole {
					d.add(item.problem("", "%s: %d stands in the list already", name, seed))
				}
				first[seed] = true
				*to = append(*to, seed)
			}
		default:
			d.expect(name, "a number of seeds or a list of them", n)
		}
	}
}

// defaults are the values of keys that a study leaves out. What decides the outcome has none: the data,
// the model, the epochs and the learning rate are said.
var defaults = map[string]string{
	"":      "{init: pytorch, seeds: 10}",
	"train": "{batch: 32, inputs: unit}",
}

// withDefaults is the mapping n, found under the key called name, with the keys that it leaves out.
func withDefaults(n *node, name string) *node {
	if n.kind != mapping {
		return n
	}
	full := *n
	missing, err := read("defaults", []byte(defaults[name]))
	if err != nil {
		panic(err) // a constant, read by every test
	}
	full.pairs = append([]pair{}, n.pairs...)
	for _, p := range missing.pairs {
		if n.get(p.key.text()) == nil {
			full.pairs = append(full.pairs, p)
		}
	}
	return &full
}

// filled is a study with every default written out.
func filled(root *node) *node {
	full := withDefaults(root, "")
	for i, p := range full.pairs {
		if p.key.value != "train" || p.value.kind != mapping {
			continue
		}
		full.pairs[i].value = withDefaults(p.value, "train")
	}
	return full
}
