package report

import (
	"fmt"
	"slices"
	"strings"

	"gradlab/lab"
)

// A link is one of a network's connections that goes past other layers, from a row of its picture to a later one. Row 0 is
// the input, and row i the layer at position i.
type link struct{ from, to int }

// wiring is how the layers of a network are connected: those that read the row above them, and the other connections.
// Links that would go backwards, in a file edited by hand, are left out.
func wiring(layers []lab.Layer) (above []bool, past []link) {
	above = make([]bool, len(layers)+1)
	for i, l := range layers {
		row := i + 1
		from := row - 1
		if l.From != nil {
			from = *l.From
		}
		switch {
		case l.From == nil:
			above[row] = true
			continue
		case l.Kind == "projection":
			above[row] = from == row-1
		case from == row-1: // the sum of a block's projection, just above, and of the block's last layer, above that
			above[row], from = true, row-2
		default:
			above[row] = true
		}
		if from >= 0 && from < row-1 {
			past = append(past, link{from, row})
		}
	}
	return above, past
}

// lanes puts links side by side so that none runs over another one, shorter ones further in. It returns the lane of
// each link, from 0, and how many there are.
func lanes(links []link) (at []int, n int) {
	order := make([]int, len(links))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return links[i].to - links[i].from - (links[j].to - links[j].from) })
	at = make([]int, len(links))
	var taken [][]link
	for _, i := range order {
		l := links[i]
		free := slices.IndexFunc(taken, func(others []link) bool {
			return !slices.ContainsFunc(others, func(o link) bool { return l.from < o.to && o.from < l.to })
		})
		if free < 0 {
			free, taken = len(taken), append(taken, nil)
		}
		at[i], taken[free] = free, append(taken[free], l)
	}
	return at, len(taken)
}

// sameNetwork says whether two networks differ in nothing that a picture shows.
func sameNetwork(a, b []lab.Layer) bool {
	return slices.EqualFunc(a, b, func(x, y lab.Layer) bool {
		return x.Name == y.Name && x.Kind == y.Kind && x.Parameters == y.Parameters && slices.Equal(x.Shape, y.Shape) &&
			(x.From == nil) == (y.From == nil) && (x.From == nil || *x.From == *y.From)
	})
}

// shapeText is a shape as people write it: "28×28×6".
func shapeText(shape []int) string {
	var sizes []string
	for _, n := range shape {
		sizes = append(sizes, fmt.Sprint(n))
	}
	return strings.Join(sizes, "×")
}
