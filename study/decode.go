package study

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A decoder reads nodes into Go values for one arm: it puts values in the place of $variables and
// gathers every mistake it meets.
type decoder struct {
	*problems
	env    map[string]*node // the variables' values in this arm
	varied map[string]bool  // variables that may not stand here, because they differ between arms
	used   map[string]bool  // variables that were met
}

// A field is one key of a mapping and what reads its value; a nil reader leaves it for later.
type field struct {
	name     string
	example  string // of a value, for the hint
	required bool
	read     reader
}

// A reader reads the value of the field called name into the place that it was made for.
type reader func(d *decoder, name string, n *node)

func must(name, example string, read reader) field { return field{name, example, true, read} }
func may(name, example string, read reader) field  { return field{name, example, false, read} }

// hint shows how the field is written.
func (f field) hint() string {
	if f.example == "" {
		return ""
	}
	return "for example " + f.name + ": " + f.example
}

// readField reads the field's value n. When the value itself is of the wrong kind, the field's hint says
// what is right.
func (d *decoder) readField(f field, n *node) {
	before := len(d.list)
	f.read(d, f.name, n)
	own := append([]*node{n}, n.items...)
	for _, e := range d.list[before:] {
		if e.hint == "" && strings.Contains(e.Message, ": expected ") && slices.ContainsFunc(own, func(n *node) bool { return e.Pos == n.pos() }) {
			e.hint = f.hint()
		}
	}
}

// fields reads the mapping n by its fields. Errors call it what; a missing field is reported at the
// node at. It tells whether n is a mapping.
func (d *decoder) fields(at, n *node, what string, fields ...field) bool {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	if n.kind == reported {
		return false
	}
	if n.kind != mapping {
		d.add(n.problem("its keys are "+strings.Join(names, ", "), "%s: expected a mapping, found %s", what, n.describe()))
		return false
	}
	first := d.keys(n, what)
	meant := map[string]bool{} // by unknown keys, and so not missing
	for _, p := range n.pairs {
		if d.full() {
			return true
		}
		known := false
		for _, f := range fields {
			if f.name == p.key.value && first[f.name] == p.key && f.read != nil {
				d.readField(f, d.resolve(p.value))
			}
			known = known || f.name == p.key.value
		}
		if !known {
			d.add(p.key.problem(didYouMean(p.key.text(), names), "unknown key %q in %s", shorten(p.key.text()), what))
			meant[nearestName(p.key.text(), names)] = true
		}
	}
	for _, f := range fields {
		if f.required && first[f.name] == nil && !meant[f.name] {
			d.add(at.problem(f.hint(), "%s: %s is missing", what, f.name))
		}
	}
	return true
}

// keys is the mapping's keys by name; one that stands twice is a mistake.
func (d *decoder) keys(n *node, what string) map[string]*node {
	first := map[string]*node{}
	for _, p := range n.pairs {
		if before := first[p.key.text()]; before != nil {
			d.add(p.key.problem(fmt.Sprintf("it stands in line %d already", before.line),
				"duplicate key %q in %s", shorten(p.key.text()), what))
			continue
		}
		first[p.key.text()] = p.key
	}
	return first
}

// expression is $name, $name + number or $name - number.
var expression = regexp.MustCompile(`^\$([A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z][A-Za-z0-9_]*)*)(?:\s*([+-])\s*([0-9]{1,9}))?$`)

// variableName is what a variable may be called.
var variableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(-[A-Za-z][A-Za-z0-9_]*)*$`)

// resolve is n, or the value of the variable that n names.
func (d *decoder) resolve(n *node) *node {
	if !n.isVariable() {
		return n
	}
	part := expression.FindStringSubmatch(n.text())
	if part == nil {
		d.add(n.problem("put a text that begins with $ in quotes",
			"expected $name, $name + number or $name - number, found %s", n.describe()))
		return n.broken()
	}
	name := part[1]
	if d.varied[name] {
		d.add(n.problem("a value under let may stand here", "$%s differs between arms, and all arms share this value", name))
		d.used[name] = true
		return n.broken()
	}
	value, found := d.env[name]
	if !found {
		var known []string
		for k := range d.env {
			known = append(known, k)
		}
		slices.Sort(known)
		d.add(n.problem(didYouMean(name, known), "undefined variable $%s", name))
		return n.broken()
	}
	d.used[name] = true
	result := *value
	result.via = n
	if part[2] == "" || value.kind == reported {
		return &result
	}
	base, isWhole := value.value.(int64)
	if !isWhole {
		d.add(n.problem("", "%s: expected $%s to be a whole number, found %s", n.text(), name, value.describe()))
		return n.broken()
	}
	offset, _ := strconv.ParseInt(part[2]+part[3], 10, 64) // nine digits at most
	if sum := base + offset; (sum > base) == (offset > 0) {
		result.value = sum
	} else {
		result.kind, result.value = decimal, float64(base)+float64(offset)
	}
	return &result
}

// isVariable tells whether n names a variable.
func (n *node) isVariable() bool {
	return n.kind == text && !n.quoted && strings.HasPrefix(n.text(), "$")
}

// broken marks a value whose mistake has been reported: readers pass over it.
func (n *node) broken() *node {
	c := *n
	c.kind = reported
	return &c
}

// expect reports that the value of name is not what was expected.
func (d *decoder) expect(name, want string, n *node) { d.expectHint(name, want, "", n) }

// expectHint is expect with a hint.
func (d *decoder) expectHint(name, want, hint string, n *node) {
	if n.kind != reported {
		d.add(n.problem(hint, "%s: expected %s, found %s", name, want, n.describe()))
	}
}

// integer reads a whole number from lo to hi.
func integer[T int | int64 | uint64](to *T, lo, hi int64) reader {
	want := fmt.Sprintf("a whole number from %d to %d", lo, hi)
	if hi == math.MaxInt64 {
		want = fmt.Sprintf("a whole number of at least %d", lo)
	}
	return func(d *decoder, name string, n *node) {
		v, ok := n.value.(int64)
		if !ok || n.kind != whole || v < lo || v > hi {
			d.expect(name, want, n)
			return
		}
		*to = T(v)
	}
}

// A span is the numbers that a field may take.
type span struct {
	want string
	ok   func(float64) bool
}

var (
	positive    = span{"a number above 0", func(v float64) bool { return v > 0 }}
	notNegative = span{"a number of at least 0", func(v float64) bool { return v >= 0 }}
	belowOne    = span{"a number of at least 0 and below 1", func(v float64) bool { return v >= 0 && v < 1 }}
	fraction    = span{"a number from 0 to 1", func(v float64) bool { return v >= 0 && v <= 1 }}
	share       = span{"a number above 0, 1 at most", func(v float64) bool { return v > 0 && v <= 1 }}
	anyNumber   = span{"a number", func(v float64) bool { return true }}
)

// number reads a finite number within the span. It must also be one in float32, in which training
// runs.
func number(to *float64, s span) reader {
	return func(d *decoder, name string, n *node) {
		v, ok := n.number()
		if !ok || !s.ok(v) || !(math.Abs(v) <= math.MaxFloat32) {
			d.expect(name, s.want, n)
			return
		}
		*to = v
	}
}

// number is the value of a whole or decimal number.
func (n *node) number() (float64, bool) {
	switch v := n.value.(type) {
	case int64:
		return float64(v), n.kind == whole
	case float64:
		return v, n.kind == decimal
	}
	return 0, false
}

// toggle reads true or false; on is what true sets.
func toggle(to *bool, on bool) reader {
	return func(d *decoder, name string, n *node) {
		v, ok := n.value.(bool)
		if !ok || n.kind != boolean {
			d.expect(name, "true or false", n)
			return
		}
		*to = v == on
	}
}

// choice reads one of the known names; what says of what.
func choice(to *string, what string, known []string) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind == text && slices.Contains(known, n.text()) {
			*to = n.text()
			return
		}
		if n.kind != reported {
			d.add(n.problem(didYouMean(n.text(), known), "%s: expected %s, found %s", name, what, n.describe()))
		}
	}
}
