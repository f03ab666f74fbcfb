package stats

import (
	"math"
	"slices"
	"strings"
	"testing"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

// same is equality under which NaN equals NaN.
func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestMeanOfFewOrEqualValues(t *testing.T) {
	for _, c := range []struct {
		name string
		x    []float64
		want Estimate
	}{
		{"none", nil, Estimate{nan, nan, nan, nan, 0}},
		{"one", []float64{0.53}, Estimate{0.53, nan, nan, nan, 1}},
		{"equal", []float64{0.1, 0.1, 0.1}, Estimate{0.1, 0.1, 0.1, 0, 3}},
		{"with NaN", []float64{0.1, nan}, Estimate{nan, nan, nan, nan, 2}},
		{"with infinity", []float64{0.1, inf}, Estimate{nan, nan, nan, nan, 2}},
	} {
		got := Mean(c.x, 0.95)
		if !same(got.Mean, c.want.Mean) || !same(got.Low, c.want.Low) || !same(got.High, c.want.High) ||
			!same(got.SD, c.want.SD) || got.N != c.want.N {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if got.HasInterval() != !math.IsNaN(c.want.Low) {
			t.Errorf("%s: HasInterval() = %v", c.name, got.HasInterval())
		}
	}
	for _, level := range []float64{0, 1, -1, nan} {
		if e := Mean([]float64{1, 2}, level); e.HasInterval() || e.Mean != 1.5 {
			t.Errorf("level %g: %+v, want a mean without interval", level, e)
		}
	}
}

func TestPairKeepsCommonSeedsInOrder(t *testing.T) {
	a := map[uint64]float64{7: 0.5, 1: 0.25, 3: 0.75, 1 << 63: 1}
	b := map[uint64]float64{3: 1, 7: 0.25, 2: 9, 1 << 63: 1.5}
	p := Pair(a, b)
	if !slices.Equal(p.Seeds, []uint64{3, 7, 1 << 63}) {
		t.Errorf("seeds %v", p.Seeds)
	}
	if !slices.Equal(p.Diffs(), []float64{0.25, -0.25, 0.5}) {
		t.Errorf("differences %v", p.Diffs())
	}
	if p := Pair(a, nil); len(p.Seeds)+len(p.Diffs()) != 0 {
		t.Errorf("pairs with nothing: %+v", p)
	}
}

// The tests where their formula has no value of its own.
func TestDegenerateDifferences(t *testing.T) {
	for _, c := range []struct {
		name       string
		d          []float64
		t, p, flip float64
	}{
		{"none", nil, nan, nan, 1},
		{"one", []float64{0.2}, nan, nan, 1},
		{"all zero", []float64{0, 0, 0}, 0, 1, 1},
		{"one zero", []float64{0}, nan, nan, 1},
		{"equal", []float64{0.3, 0.3, 0.3, 0.3}, inf, 0, 0.125},
		{"equal and negative", []float64{-2, -2}, -inf, 0, 0.5},
		{"with NaN", []float64{1, nan, 2}, nan, nan, nan},
		{"with infinity", []float64{1, inf, 2}, nan, nan, nan},
		{"sum too large", []float64{1e308, 1e308, 1e307}, nan, nan, nan},
	} {
		test := PairedT(c.d)
		if !same(test.T, c.t) || !same(test.P, c.p) {
			t.Errorf("%s: t = %g, p = %g, want %g, %g", c.name, test.T, test.P, c.t, c.p)
		}
		if flip := SignFlip(c.d, 0, 0); !same(flip.P, c.flip) {
			t.Errorf("%s: sign-flip p = %g, want %g", c.name, flip.P, c.flip)
		}
	}
}

// Accuracies are fractions, and their differences carry rounding errors: ties among them must be
// seen all the same, as among the counts they stand for.
func TestTiesSurviveRounding(t *testing.T) {
	a := []int{5310, 5290, 5402, 5377, 5201, 5333, 5350, 5281, 5264, 5419}
	b := []int{5323, 5303, 5389, 5390, 5220, 5346, 5369, 5268, 5277, 5419}
	var counts, fractions []float64
	for i := range a {
		counts = append(counts, float64(b[i]-a[i]))
		fractions = append(fractions, float64(b[i])/10000-float64(a[i])/10000)
	}
	if thirteens := []float64{fractions[0], fractions[1], fractions[3], fractions[5], fractions[8]}; constant(thirteens) {
		t.Fatal("the differences do not show any rounding: the case is no test")
	}
	if got, want := SignFlip(fractions, 0, 0).P, SignFlip(counts, 0, 0).P; got != want {
		t.Errorf("sign-flip p of fractions = %g, of counts %g", got, want)
	}
}

func TestSignFlipOfManyPairs(t *testing.T) {
	d := make([]float64, exactPairs+1)
	for i := range d {
		d[i] = 1 + float64(i%3)
	}
	if exact := SignFlip(d[1:], 0, 0); !exact.Exact || exact.P != SmallestSignFlipP(exactPairs) {
		t.Errorf("%d pairs of one sign: %+v, want the smallest p", exactPairs, exact)
	}
	// None of so few draws can reach the sum, so that p is the smallest the draws can show.
	if drawn := SignFlip(d, 999, 5); drawn.Exact || drawn.P != 0.001 {
		t.Errorf("drawn: %+v, want p = 1/1000", drawn)
	}
	for _, resamples := range []int{0, -3} {
		if p := SignFlip(d, resamples, 5).P; p != 1 {
			t.Errorf("p of %d draws = %g, want 1", resamples, p)
		}
	}

	for i := range d {
		d[i] -= 1.9
	}
	first, again, other := SignFlip(d, 2000, 5), SignFlip(d, 2000, 5), SignFlip(d, 2000, 6)
	if first != again {
		t.Errorf("the same seed gave %+v and %+v", first, again)
	}
	if first == other {
		t.Errorf("two seeds gave the same %+v", first)
	}
}

func TestHolmLeavesOutNaN(t *testing.T) {
	p := []float64{nan, 0.03, nan, 0.01}
	if got := Holm(p); !math.IsNaN(got[0]) || got[1] != 0.03 || !math.IsNaN(got[2]) || got[3] != 0.02 {
		t.Errorf("Holm = %v", got)
	}
	if p[3] != 0.01 {
		t.Errorf("the argument was changed to %v", p)
	}
	if got := Holm(nil); len(got) != 0 {
		t.Errorf("Holm of nothing = %v", got)
	}
}

func TestFitLineEdges(t *testing.T) {
	for _, c := range []struct {
		name string
		x, y []float64
		want string
	}{
		{"lengths", []float64{1, 2}, []float64{1}, "2 values of x and 1 of y"},
		{"none", nil, nil, "0 points"},
		{"one", []float64{1}, []float64{1}, "1 points"},
		{"one x", []float64{1, 1, 1}, []float64{1, 2, 3}, "two different x"},
		{"NaN", []float64{1, 2, 3}, []float64{1, nan, 3}, "not a finite number"},
	} {
		if _, err := FitLine(c.x, c.y, 0.95); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
	two, err := FitLine([]float64{1, 3}, []float64{5, 1}, 0.95)
	if err != nil || two.Slope != -2 || two.Intercept != 7 || !math.IsNaN(two.Low) || !math.IsNaN(two.P) {
		t.Errorf("two points: %+v, %v, want slope −2 without interval", two, err)
	}
	exact, err := FitLine([]float64{1, 2, 3}, []float64{2, 4, 6}, 0.95)
	if err != nil || exact.Slope != 2 || exact.Low != 2 || exact.High != 2 || exact.P != 0 {
		t.Errorf("points on a line: %+v, %v", exact, err)
	}
	flat, err := FitLine([]float64{1, 2, 3}, []float64{0.1, 0.1, 0.1}, 0.95)
	if err != nil || flat.Slope != 0 || flat.P != 1 || flat.Intercept != 0.1 {
		t.Errorf("flat line: %+v, %v", flat, err)
	}
}
