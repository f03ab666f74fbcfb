package web

import (
	"math"
	"strconv"
)

// finite is a pointer to f in six significant digits, which is more than a picture shows; nil where f is no number.
func finite(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	f = round(f)
	return &f
}

// round keeps six significant digits.
func round(f float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 6, 64), 64)
	if err != nil {
		return f
	}
	return r
}

// finites is finite of each.
func finites(list []float64) []*float64 {
	out := make([]*float64, len(list))
	for i, f := range list {
		out[i] = finite(f)
	}
	return out
}

// known is what a pointer points to, NaN for none.
func known(f *float64) float64 {
	if f == nil {
		return math.NaN()
	}
	return *f
}

// notNil makes a list that JSON writes as [].
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
