package study

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An assignment puts a value at a path of a study.
type assignment struct {
	path  []*node // keys, and indexes of lists
	value *node
}

// Set changes one value of the study, as --set path=value does. The path's names are joined by
// dots: train.epochs, let.depth, seeds, model.0.conv.filters (lists count from 0). The value is
// YAML: 3, tanh, [1, 2], {shapes: {train: 100}}; nothing at all removes what is at the path.
// Setting let.x fixes a variable that varied, setting vary.x varies one that was fixed.
//
// A variable under let that a change leaves without use needs no further change, nor do arms under
// also that are then like another arm: both are dropped.
//
// In a tour a path is for every part; activations.train.epochs is for the part activations only.
//
// An error is about the path's form or the value's YAML; what the changed study makes of them shows
// when Parts expands it, with the place in path=value.
func (s *Study) Set(path, value string) error {
	if err := checkText("--set", []byte(path+"="+value)); err != nil {
		return err
	}
	src := &source{name: "--set", lines: strings.Split(path+"="+value, "\n")}
	n := &node{kind: null, src: src, line: 1, column: 1, width: utf8.RuneCountInString(path)}
	if strings.TrimSpace(value) != "" {
		var err error
		if n, err = read("--set", []byte(value)); err != nil {
			return moved(err, src, path)
		}
		n.move(src, utf8.RuneCountInString(path)+1)
	}
	return s.assign(path, src, n)
}

// SetText is Set with a value that is taken as it is, not read as YAML: a path of data, for example.
func (s *Study) SetText(path, value string) error {
	if err := checkText("--set", []byte(path+"="+value)); err != nil {
		return err
	}
	src := &source{name: "--set", lines: strings.Split(path+"="+value, "\n")}
	n := &node{kind: text, value: value, quoted: true, src: src, line: 1,
		column: utf8.RuneCountInString(path) + 2, width: utf8.RuneCountInString(value)}
	return s.assign(path, src, n)
}

func (s *Study) assign(path string, src *source, value *node) error {
	keys, err := splitPath(&node{kind: text, value: path, src: src, line: 1, column: 1})
	if err != nil {
		return err
	}
	s.overrides = append(s.overrides, assignment{keys, value})
	return nil
}

// move puts the places of a value that was read alone to where it stands after path=.
func (n *node) move(src *source, columns int) {
	n.src = src
	if n.line == 1 {
		n.column += columns
	}
	for _, item := range n.items {
		item.move(src, columns)
	}
	for _, p := range n.pairs {
		p.key.move(src, columns)
		p.value.move(src, columns)
	}
}

// moved does the same to an error.
func moved(err error, src *source, path string) error {
	e, ok := err.(*Error)
	if !ok {
		return fmt.Errorf("failed to set %s: %w", path, err)
	}
	if e.Pos.Line == 1 {
		e.Pos.Column += utf8.RuneCountInString(path) + 1
	}
	if e.Pos.Line > 0 {
		e.line = src.lines[min(e.Pos.Line, len(src.lines))-1]
	}
	return e
}

// apply puts the value into the study. A name alone stands for a mapping of it: below data: shapes,
// data.shapes.train makes data: {shapes: {train: …}}.
func (a assignment) apply(root *node) error {
	n, last := root, a.path[len(a.path)-1]
	for _, key := range a.path[:len(a.path)-1] {
		next, err := n.child(key)
		if err != nil {
			return err
		}
		n = next
	}
	if err := n.put(last, a.value.clone()); err != nil {
		return err
	}
	if len(a.path) != 2 {
		return nil
	}
	switch under := a.path[0].text(); {
	case under != "let" && under != "vary":
	case a.value.kind == null: // no empty mapping is left
		root.removeIn(under, last.text())
	case under == "let": // a variable is either fixed or varied
		root.removeIn("vary", last.text())
	default:
		root.removeIn("let", last.text())
	}
	return nil
}

// child is what stands at the key or index; a mapping gets it, when it is not there.
func (n *node) child(key *node) (*node, error) {
	n.becomeMapping(key)
	switch n.kind {
	case list:
		i, err := n.index(key)
		if err != nil {
			return nil, err
		}
		return n.items[i], nil
	case mapping:
		if n.get(key.text()) == nil {
			n.pairs = append(n.pairs, pair{key, key.empty()})
		}
		return n.get(key.text()), nil
	}
	return nil, key.problem("", "there is no %q in %s", shorten(key.text()), n.describe())
}

// put sets what stands at the key or index; nothing as value removes it.
func (n *node) put(key, value *node) error {
	n.becomeMapping(key)
	switch n.kind {
	case list:
		i, err := n.index(key)
		if err != nil {
			return err
		}
		if value.kind == null {
			n.items = slices.Delete(n.items, i, i+1)
			return nil
		}
		n.items[i] = value
		return nil
	case mapping:
		i := slices.IndexFunc(n.pairs, func(p pair) bool { return p.key.value == key.value })
		switch {
		case i < 0 && value.kind == null:
			return key.problem("", "there is no %q to remove", shorten(key.text()))
		case i < 0:
			n.pairs = append(n.pairs, pair{key, value})
		case value.kind == null:
			n.pairs = slices.Delete(n.pairs, i, i+1)
		default:
			n.pairs[i] = pair{key, value}
		}
		return nil
	}
	return key.problem("", "there is no %q in %s", shorten(key.text()), n.describe())
}

// becomeMapping makes {} of nothing, and {key: } of the text key.
func (n *node) becomeMapping(key *node) {
	named := n.kind == text && n.value == key.value
	if !named && n.kind != null {
		return
	}
	*n = *key.empty()
	n.kind = mapping
	if named {
		n.pairs = []pair{{key, key.empty()}}
	}
}

// empty is nothing at the place of n.
func (n *node) empty() *node {
	return &node{kind: null, src: n.src, line: n.line, column: n.column, width: n.width}
}

// index reads the key as an index of the list n.
func (n *node) index(key *node) (int, error) {
	i, err := strconv.Atoi(key.text())
	if err != nil || i < 0 || i >= len(n.items) {
		return 0, key.problem("", "expected an index below %d, found %q", len(n.items), shorten(key.text()))
	}
	return i, nil
}

// removeIn removes a key of the mapping under name, and the mapping when nothing is left of it.
func (n *node) removeIn(name, key string) {
	m := n.get(name)
	if m == nil || m.kind != mapping {
		return
	}
	m.pairs = slices.DeleteFunc(m.pairs, func(p pair) bool { return p.key.value == key })
	if len(m.pairs) == 0 {
		n.remove(name)
	}
}
