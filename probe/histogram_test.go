package probe

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestHistogram against a sort: a bin's values are those between its edges, as far as rounding leaves them there.
func TestHistogram(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, scale := range []float64{1e-44, 1e-30, 1, 1e30} {
		y := make([]float32, 1000)
		for i := range y {
			y[i] = float32(scale * (5 + r.NormFloat64()))
		}
		h := histogramOf(y)
		slices.Sort(y)
		if h.Low != float64(y[0]) || h.High != float64(y[len(y)-1]) {
			t.Fatalf("scale %v: from %v to %v, want %v to %v", scale, h.Low, h.High, y[0], y[len(y)-1])
		}
		edge := func(i int) float64 { return h.Low + (h.High-h.Low)*float64(i)/Bins }
		slack := 1e-12 * (h.High - h.Low)
		at := 0
		for i, n := range h.Counts {
			for _, v := range y[at : at+n] {
				if float64(v) < edge(i)-slack || float64(v) > edge(i+1)+slack {
					t.Fatalf("scale %v: %v is in bin %d, from %v to %v", scale, v, i, edge(i), edge(i+1))
				}
			}
			at += n
		}
		if at != len(y) {
			t.Errorf("scale %v: %d of %d values are counted", scale, at, len(y))
		}
	}
}

func TestHistogramOfFewOrOddValues(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		y           []float32
		low, high   float64
		first, last int
	}{
		{[]float32{2, 2, 2}, 2, 2, 3, 0},
		{[]float32{-1, 1, 1}, -1, 1, 1, 2},
		{[]float32{-math.MaxFloat32, math.MaxFloat32}, -math.MaxFloat32, math.MaxFloat32, 1, 1},
		{[]float32{1, nan, 3}, math.NaN(), math.NaN(), 0, 0},
		{[]float32{nan, 1, 3}, math.NaN(), math.NaN(), 0, 0},
		{[]float32{1, 3, -inf}, math.NaN(), math.NaN(), 0, 0},
		{[]float32{inf, inf}, math.NaN(), math.NaN(), 0, 0},
		{nil, math.NaN(), math.NaN(), 0, 0},
	} {
		h := histogramOf(c.y)
		total := 0
		for _, n := range h.Counts {
			total += n
		}
		same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
		if !same(h.Low, c.low) || !same(h.High, c.high) || h.Counts[0] != c.first || h.Counts[Bins-1] != c.last || total != c.first+c.last {
			t.Errorf("%v: %+v", c.y, h)
		}
	}
}
