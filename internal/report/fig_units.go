package report

import (
	"fmt"
	"math"
	"slices"

	"gradlab/lab"
)

// few is the share of saturated or dead units in any window below which there is no picture of them.
const few = 0.05

// unitsFigure draws how many of the units behind an activation take no part in learning, position × step: saturated ones
// where the function is flat at both ends, and dead ones. It is none where there are few everywhere.
func unitsFigure(p *part) (figure, bool) {
	var tiles []tile
	top, fine := 0.0, 0
	for i := range p.Arms {
		a := &p.Arms[i]
		names := judged(a)
		if len(names) == 0 {
			continue
		}
		t, ok := newTile(a, names, idle)
		if most := t.most(); most >= 100*few {
			tiles, top = append(tiles, t), max(top, most)
		} else if ok {
			fine++
		}
	}
	if len(tiles) == 0 {
		return figure{}, false
	}
	f := tilesFigure(tiles, span{0, top}, "percent of units")
	f.Name = "idle-units"
	f.Title = "Saturated and dead units over training: position × step"
	f.Caption = "Time runs to the right, activations from the network’s input (top) to its output (bottom); bright cells have many units through which almost no " +
		"gradient passes: saturated ones where the function is flat at both ends, as tanh and sigmoid are, and elsewhere dead ones. " +
		"Bright from the first step: so built or initialised; brightening: driven there by training. Means over seeds. Grey: not known."
	if fine > 0 {
		f.Caption += fmt.Sprintf(" Not drawn: %s in which it is never %g %% in any layer.", plural(fine, "arm"), 100*few)
	}
	return f, true
}

// most is the largest value of the tile; 0 where there is none above.
func (t tile) most() float64 {
	most := 0.0
	for _, column := range t.cells {
		for _, x := range column {
			if finite(x) {
				most = max(most, x)
			}
		}
	}
	return most
}

// judged are the names of an arm's positions of which it is known how many units are saturated or dead.
func judged(a *arm) []string {
	var names []string
	for _, t := range a.Trials {
		for _, q := range t.Positions {
			if (q.Dead != nil || q.Saturated != nil && bounded(q.Kind)) && !slices.Contains(names, q.Name) {
				names = append(names, q.Name)
			}
		}
	}
	return names
}

// idle is the percentage of a position's units in a window that are saturated, where that is bad, or dead; NaN where
// neither is known.
func idle(t lab.Trial, w lab.Flow, i int) float64 {
	worse := math.NaN()
	see := func(shares []*float64) {
		if i >= len(shares) || shares[i] == nil {
			return
		}
		if x := 100 * *shares[i]; finite(x) && !(x <= worse) {
			worse = x
		}
	}
	see(w.Dead)
	if bounded(t.Positions[i].Kind) {
		see(w.Saturated)
	}
	return worse
}
