package report

import (
	"fmt"
	"math"
	"slices"

	"gradlab/lab"
)

// Pictures that show several networks side by side go by position. Where the networks differ in more than their
// activations and their depth, as with normalisation or residual blocks in some of them, the same index is another
// layer in each: then only the layers with weights are shown, which have one name in all of them, and activations
// by their number.

// differ says whether the networks of some trials have layers of different kinds at the same index, activations
// aside.
func differ(trials []lab.Trial) bool {
	var kinds []string
	for _, t := range trials {
		for i, p := range t.Positions {
			kind := p.Kind
			if active(p) {
				kind = "activation"
			}
			if i == len(kinds) {
				kinds = append(kinds, kind)
			} else if kinds[i] != kind {
				return true
			}
		}
	}
	return false
}

// weighted says whether a position is the output of a layer that every network has.
func weighted(p lab.Position) bool { return p.Kind == "conv" || p.Kind == "linear" }

// active says whether a position is the output of an activation.
func active(p lab.Position) bool {
	switch p.Kind {
	case "conv", "linear", "maxpool", "avgpool", "flatten", "batchnorm", "layernorm", "projection", "residual":
		return false
	}
	return true
}

// common are the names of the layers with weights, over all trials, in forward order.
func common(trials []lab.Trial) []string {
	var names []string
	for _, t := range trials {
		at := 0 // where the next name belongs that is new
		for _, p := range t.Positions {
			if !weighted(p) {
				continue
			}
			if i := slices.Index(names, p.Name); i >= 0 {
				at = i + 1
			} else {
				names = slices.Insert(names, at, p.Name)
				at++
			}
		}
	}
	return names
}

// indexes are where in a trial the named positions stand, −1 for one that it has not; every position without names.
func indexes(t lab.Trial, names []string) []int {
	var all []int
	if names == nil {
		for i := range t.Positions {
			all = append(all, i)
		}
		return all
	}
	for _, name := range names {
		all = append(all, slices.IndexFunc(t.Positions, func(p lab.Position) bool { return p.Name == name }))
	}
	return all
}

// where is where in a trial the positions stand that the part's pictures show; nil is every one.
func (p *part) where(t lab.Trial) []int {
	if p.Common == nil {
		return nil
	}
	return indexes(t, p.Common)
}

// place is what such a position is called.
func (p *part) place() string {
	if p.Common == nil {
		return "position"
	}
	return "layer with weights"
}

// logs are the log10 of gradients, all of them or those at the given places.
func logs(gradients []*float64, at []int) []float64 {
	var row []float64
	if at == nil {
		for _, g := range gradients {
			row = append(row, log10(g))
		}
		return row
	}
	for _, i := range at {
		if i < 0 || i >= len(gradients) {
			row = append(row, math.NaN())
		} else {
			row = append(row, log10(gradients[i]))
		}
	}
	return row
}

// activations are the positions of a trial's activations under the names act1, act2 …
func activations(t lab.Trial) map[string]lab.Position {
	all := map[string]lab.Position{}
	for _, p := range t.Positions {
		if active(p) {
			all[fmt.Sprintf("act%d", len(all)+1)] = p
		}
	}
	return all
}

// activityNames are the rows of the table of saturated and dead units, and what finds a row's position in a trial.
func activityNames(p *part) (names []string, at func(row int, t lab.Trial) (lab.Position, bool)) {
	if p.Common == nil {
		return p.Ticks, func(row int, t lab.Trial) (lab.Position, bool) {
			if row >= len(t.Positions) {
				return lab.Position{}, false
			}
			return t.Positions[row], true
		}
	}
	for _, a := range p.Arms {
		for _, t := range a.Trials {
			for len(names) < len(activations(t)) {
				names = append(names, fmt.Sprintf("act%d", len(names)+1))
			}
		}
	}
	return names, func(row int, t lab.Trial) (lab.Position, bool) {
		q, ok := activations(t)[names[row]]
		return q, ok
	}
}

const commonNote = " The networks differ in their layers: shown are those with weights, by their names."
