package bench

import (
	"fmt"
	"slices"
	"strings"

	"gradlab/internal/nearest"
)

// parts are the names that choose an entry: its section, and what stands between the slashes of its
// name, from its beginning on or alone: "step", "Conv", "Conv/3to6", "W1".
func (e entry) parts() []string {
	all := []string{e.section}
	words := strings.Split(e.name, "/")
	for i, word := range words {
		all = append(all, strings.Join(words[:i+1], "/"), word)
	}
	return all
}

func (e entry) is(name string) bool {
	return slices.ContainsFunc(e.parts(), func(part string) bool { return strings.EqualFold(part, name) })
}

// Names lists what Options.Names may hold: sections first, then names of rows and what is between their
// slashes. Capitals do not count.
func Names() []string {
	names := slices.Clone(sections)
	for _, e := range entries() {
		for _, part := range e.parts() {
			if !slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, part) }) {
				names = append(names, part)
			}
		}
	}
	return names
}

// choose gives the entries of the names, in the order of the table, and what they are held against.
func choose(names []string) ([]entry, error) {
	all := entries()
	for _, name := range names {
		if !slices.ContainsFunc(all, func(e entry) bool { return e.is(name) }) {
			return nil, unknown(name)
		}
	}
	if len(names) == 0 {
		return all, nil
	}
	chosen := func(e entry) bool { return slices.ContainsFunc(names, e.is) }
	flops := slices.ContainsFunc(all, func(e entry) bool { return e.unit == gigaFLOPs && chosen(e) })
	return slices.DeleteFunc(all, func(e entry) bool {
		return !chosen(e) && !(e.name == peakFMA && flops)
	}), nil
}

// unknown is the error of a name that chooses nothing.
type unknown string

func (name unknown) Error() string {
	return fmt.Sprintf("there is nothing to measure called %q", string(name))
}

// Hint gives the nearest name, or the sections.
func (name unknown) Hint() string {
	if near := nearest.To(string(name), Names()); near != "" {
		return "did you mean " + near + "?"
	}
	return "measured are " + strings.Join(sections, ", ") + "; a row's name, or a part of it, measures that alone"
}
