package stats

import (
	"cmp"
	"math"
	"slices"
)

// Holm adjusts the p values of a family of tests so that comparing each with α keeps the
// probability of any false positive at α or below, whatever the dependence between the tests (Holm
// 1979): the i-th smallest of m is multiplied by m−i+1, and none is less than one before it.
//
// The result has the order of p and is at most 1. A NaN stays NaN and is no member of the family,
// as in R's p.adjust: no test was made.
func Holm(p []float64) []float64 {
	adjusted := slices.Clone(p)
	var order []int // of the tests that were made, by ascending p
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	running := 0.0
	for k, i := range order {
		running = math.Max(running, math.Min(1, float64(len(order)-k)*p[i]))
		adjusted[i] = running
	}
	return adjusted
}
