package study

import (
	"slices"
	"strings"

	"gradlab/remedy"
)

// remedies reads a name, names joined by +, {clip: {norm: 5}}, or a list of these, which are applied one after
// the other.
func remedies(to *remedy.Remedy) reader {
	return func(d *decoder, name string, n *node) {
		*to = nil
		items := []*node{n}
		if n.kind == list {
			items = nil
			for _, item := range n.items {
				items = append(items, d.resolve(item))
			}
		}
		before := len(d.list)
		for _, item := range items {
			d.remedy(name, item, to)
		}
		if len(d.list) > before {
			return
		}
		if err := to.Check(); err != nil {
			d.add(n.problem(hintOf(err), "%s: %v", name, err))
		}
	}
}

// remedy reads one name or composition, or one name with its options.
func (d *decoder) remedy(name string, n *node, to *remedy.Remedy) {
	switch {
	case n.kind == text:
		r, err := remedy.Parse(n.text())
		if err != nil {
			hint := hintOf(err)
			if near := nearestName(n.text(), remedy.Names()); near != "" {
				hint = "did you mean " + near + "? " + hint
			}
			d.add(n.problem(hint, "%s: %v", name, err))
			return
		}
		*to = append(*to, r...)
	case n.kind == mapping && len(n.pairs) == 1:
		var s remedy.Step
		options := d.resolve(n.pairs[0].value)
		d.fields(n, n, name,
			may("clip", "{norm: 5}", func(d *decoder, name string, _ *node) {
				s.Name = name
				clipping(&s.Clip)(d, name, options)
			}),
			may("leaky-relu", "{slope: 0.1}", func(d *decoder, name string, _ *node) {
				s.Name = name
				d.fields(n, options, name, must("slope", "0.1", number(&s.Slope, positive)))
			}))
		*to = append(*to, s)
	default:
		d.expectHint(name, "the name of a remedy, or a list of them", "for example "+name+": "+remedyExample, n)
	}
}

func hintOf(err error) string {
	if h, ok := err.(interface{ Hint() string }); ok {
		return h.Hint()
	}
	return ""
}

// treat applies the arm's remedy to the model and the training that were read.
func (a *Arm) treat(found *problems, root *node) {
	if len(a.Remedy) == 0 || len(found.list) > 0 {
		return
	}
	variants, err := a.Remedy.Variants(a.Model, a.Train)
	if err != nil {
		found.add(root.key("remedy").problem(hintOf(err), "remedy: %v", err))
		return
	}
	if a.Remedy.Drawn() {
		a.Drawn = variants
		return
	}
	a.Model, a.Train, a.Changes = variants[0].Model, variants[0].Train, variants[0].Changes
}

// references reads the names of the arms with which every other one is compared: one, or a list of them.
func references(to *[]string) reader {
	return func(d *decoder, name string, n *node) {
		items := []*node{n}
		if n.kind == list && len(n.items) > 0 {
			items = n.items
		}
		for _, item := range items {
			item = d.resolve(item)
			switch {
			case item.kind != text:
				d.expect(name, "the name of an arm, or a list of them", item)
			case slices.Contains(*to, item.text()):
				d.add(item.problem("", "%s: %s stands in the list already", name, item.describe()))
			default:
				*to = append(*to, item.text())
			}
		}
	}
}

// checkAgainst finds the arms that against names. Those that assignments have taken away are left out, here and
// in the study's source.
func (p *Part) checkAgainst(root *node, changed bool) error {
	var names, kept []string
	for _, a := range p.Arms {
		names = append(names, a.Name)
	}
	for _, name := range p.Against {
		if slices.Contains(names, name) {
			kept = append(kept, name)
			continue
		}
		if !changed {
			hint := "arms are " + strings.Join(names, ", ")
			if near := nearestName(name, names); near != "" {
				hint = "did you mean " + near + "? " + hint
			}
			return root.key("against").problem(hint, "against: there is no arm %q", shorten(name))
		}
	}
	if len(kept) < len(p.Against) {
		against := *root.get("against")
		against.kind, against.value, against.items = list, nil, nil
		for _, name := range kept {
			item := *root.get("against")
			item.kind, item.value, item.items = text, name, nil
			against.items = append(against.items, &item)
		}
		root.remove("against")
		if len(kept) > 0 {
			root.pairs = append(root.pairs, pair{root.key("study"), &against})
			root.pairs[len(root.pairs)-1].key = &node{kind: text, value: "against", src: against.src, line: against.line, column: against.column, width: 1}
		}
	}
	p.Against = kept
	return nil
}
