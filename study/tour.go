package study

import (
	"slices"
	"strings"
)

// tour expands a study that consists of built-in studies:
//
//	study: tour
//	data: {shapes: {train: 4000, test: 1000}}    # of every part
//	seeds: 8                                     # of every part
//	check: 4
//	studies:
//	  - {study: activations, set: {train.epochs: 1}}
//	  - study: depth
//
// Later changes win: a built-in study, the tour's data and seeds, its set, and then Set.
func (s *Study) tour() ([]Part, error) {
	root := s.root.clone()
	var forParts []assignment
	for _, a := range s.overrides {
		switch a.path[0].value {
		case "study", "question", "studies", "check":
			if err := a.apply(root); err != nil {
				return nil, err
			}
		default:
			forParts = append(forParts, a)
		}
	}
	entries, common, err := readTour(root)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.name.text())
	}
	var parts []Part
	for _, e := range entries {
		part, err := e.expand(slices.Concat(common, e.set), scoped(forParts, e.name.text(), names))
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// A tourEntry is one part of a tour as it is written.
type tourEntry struct {
	name *node
	set  []assignment
}

// readTour reads the mapping of a tour: its parts, and what is set in all of them.
func readTour(root *node) (entries []tourEntry, common []assignment, err error) {
	d := &decoder{problems: &problems{}}
	var name, asked string
	// A value for all parts is read when the part is expanded.
	everywhere := func(_ *decoder, key string, n *node) {
		common = append(common, assignment{[]*node{root.key(key)}, n})
	}
	d.fields(root, root, "a tour",
		must("study", "depth", studyName(&name)),
		may("question", "Does depth matter?", sentence(&asked)),
		may("data", "shapes", everywhere),
		may("seeds", "10", everywhere),
		may("check", "4", integer(new(int), 0, maxCheck)),
		must("studies", "[{study: activations}, {study: depth}]", func(d *decoder, name string, n *node) {
			if n.kind != list || len(n.items) == 0 {
				d.expect(name, "a list of studies", n)
				return
			}
			for _, item := range n.items {
				entries = d.entry(item, entries)
			}
		}))
	return entries, common, d.err()
}

// entry reads {study: activations, set: {train.epochs: 1}}.
func (d *decoder) entry(n *node, entries []tourEntry) []tourEntry {
	var e tourEntry
	d.fields(n, n, "a part of a tour",
		must("study", "depth", func(d *decoder, name string, n *node) {
			var known []string
			for _, b := range Builtins() {
				if !b.Tour {
					known = append(known, b.Name)
				}
			}
			var chosen string
			choice(&chosen, "a built-in study", known)(d, name, n)
			if chosen == "" {
				return
			}
			if slices.ContainsFunc(entries, func(other tourEntry) bool { return other.name.value == chosen }) {
				d.add(n.problem("", "%s: %s is part of the tour already", name, chosen))
				return
			}
			e.name = n
		}),
		may("set", "{train.epochs: 1}", func(d *decoder, name string, n *node) {
			if n.kind != mapping {
				d.expect(name, "paths with values, as train.epochs: 1", n)
				return
			}
			d.keys(n, name)
			for _, p := range n.pairs {
				path, err := splitPath(p.key)
				if err != nil {
					d.add(err)
					continue
				}
				e.set = append(e.set, assignment{path, p.value})
			}
		}))
	if e.name == nil {
		return entries
	}
	return append(entries, e)
}

// expand is the part with the tour's assignments and then those of Set.
func (e tourEntry) expand(tours, sets []assignment) (Part, error) {
	b, _ := builtin(e.name.text())
	root, err := read("built-in study "+b.Name, []byte(b.Source))
	if err != nil {
		return Part{}, err
	}
	for _, assignments := range [][]assignment{tours, sets} {
		if err := override(root, assignments); err != nil {
			return Part{}, err
		}
	}
	return expand(root, true)
}

// scoped are the assignments that hold for the part called name: those that begin with its name,
// without it, and those that begin with no part's name.
func scoped(all []assignment, name string, parts []string) []assignment {
	var mine []assignment
	for _, a := range all {
		first := a.path[0].text()
		switch {
		case first == name && len(a.path) > 1:
			mine = append(mine, assignment{a.path[1:], a.value})
		case !slices.Contains(parts, first):
			mine = append(mine, a)
		}
	}
	return mine
}

// splitPath makes keys of the names in a path, which are joined by dots.
func splitPath(path *node) ([]*node, *Error) {
	var keys []*node
	column := path.column
	for _, name := range strings.Split(path.text(), ".") {
		key := &node{kind: text, value: name, src: path.src, line: path.line, column: column, width: max(1, len([]rune(name)))}
		if name == "" {
			return nil, key.problem("names in a path are joined by dots, as in train.epochs", "expected a name in the path")
		}
		column += key.width + 1
		keys = append(keys, key)
	}
	return keys, nil
}
