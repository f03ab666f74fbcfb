package stats

import (
	"math"
	"math/rand/v2"
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

func TestPowerEdges(t *testing.T) {
	for _, c := range []struct {
		n            int
		alpha, power float64
		want         float64
	}{
		{1, 0.05, 0.8, nan},
		{10, 0, 0.8, nan},
		{10, 0.05, 1, nan},
		{10, nan, 0.8, nan},
		{10, 0.05, 0.03, 0},
	} {
		if got := DetectableEffect(c.n, c.alpha, c.power); !same(got, c.want) {
			t.Errorf("effect of %+v = %g", c, got)
		}
	}
	for _, c := range []struct {
		n             int
		effect, alpha float64
		want          float64
	}{
		{1, 1, 0.05, nan},
		{5, nan, 0.05, nan},
		{5, inf, 0.05, 1},
		{5, -inf, 0.05, 1},
		{5, 1e200, 0.05, 1},
	} {
		if got := PairedTPower(c.n, c.effect, c.alpha); !same(got, c.want) && !(math.Abs(got-c.want) < 1e-12) {
			t.Errorf("power of %+v = %g", c, got)
		}
	}
}

// The noncentral t distribution is one way to the power; drawing the differences is another.
func TestDetectableEffectIsFoundThatOften(t *testing.T) {
	const trials = 20_000
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		n            int
		alpha, power float64
	}{{3, 0.05, 0.5}, {6, 0.05, 0.8}, {10, 0.05 / 6, 0.8}, {20, 0.05, 0.95}} {
		effect := DetectableEffect(c.n, c.alpha, c.power)
		found := 0
		d := make([]float64, c.n)
		for range trials {
			for i := range d {
				d[i] = effect + random.NormFloat64()
			}
			if PairedT(d).P <= c.alpha {
				found++
			}
		}
		got := float64(found) / trials
		if spread := math.Sqrt(c.power * (1 - c.power) / trials); math.Abs(got-c.power) > 4*spread {
			t.Errorf("%+v: effect %g was found in %g of the trials", c, effect, got)
		}
	}
}
