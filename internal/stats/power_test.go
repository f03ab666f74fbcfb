package stats

import (
	"testing"
)

func TestSeedsForSignFlip(t *testing.T) {
	for _, c := range []struct {
		comparisons int
		alpha       float64
		want        int
	}{
		{1, 0.05, 6}, // 2⁻⁵ = 0.031; five seeds give 0.0625 at best
		{2, 0.05, 7},
		{4, 0.05, 8},
		{10, 0.05, 9},
		{1, 0.0625, 5}, // p may equal alpha
		{1, 0.5, 2},
		{45, 0.01, 14},
		{0, 0.05, 0},
		{1, 0, 0},
		{1, 1, 0},
		{1, nan, 0},
	} {
		if got := SeedsForSignFlip(c.comparisons, c.alpha); got != c.want {
			t.Errorf("%d comparisons at %g: %d seeds, want %d", c.comparisons, c.alpha, got, c.want)
		}
	}
}

// The promise behind SeedsForSignFlip: with that many seeds of one sign Holm's correction leaves
// every comparison at alpha, with one less it leaves none.
func TestSeedsForSignFlipIsTheBoundary(t *testing.T) {
	for comparisons := 1; comparisons <= 60; comparisons++ {
		n := SeedsForSignFlip(comparisons, 0.05)
		for _, seeds := range []int{n, n - 1} {
			d := make([]float64, seeds)
			for i := range d {
				d[i] = 1 / float64(i+1)
			}
			p := make([]float64, comparisons)
			for i := range p {
				p[i] = SignFlip(d, 0, 0).P
			}
			for _, adjusted := range Holm(p) {
				if (adjusted <= 0.05) != (seeds == n) {
					t.Fatalf("%d comparisons, %d seeds: adjusted p = %g", comparisons, seeds, adjusted)
				}
			}
		}
	}
}

func TestSmallestSignFlipP(t *testing.T) {
	for n, want := range []float64{1, 1, 0.5, 0.25, 0.125, 0.0625, 0.03125} {
		if got := SmallestSignFlipP(n); got != want {
			t.Errorf("smallest p of %d pairs = %g, want %g", n, got, want)
		}
	}
}
