package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// differences draws samples with ties, zeros and a wide range of sizes.
func differences(t *rapid.T, least, most int) []float64 {
	whole := rapid.Map(rapid.IntRange(-5, 5), func(i int) float64 { return float64(i) })
	return rapid.SliceOfN(rapid.OneOf(whole, rapid.Float64Range(-1e6, 1e6)), least, most).Draw(t, "differences")
}

func scaled(d []float64, factor float64) []float64 {
	s := slices.Clone(d)
	for i := range s {
		s[i] *= factor
	}
	return s
}

// Neither the unit, nor which arm is called B, nor the order of seeds decides a test.
func TestTestsIgnoreUnitSignAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := differences(t, 0, 12)
		unit := math.Ldexp(1, rapid.IntRange(-40, 40).Draw(t, "exponent"))
		for name, other := range map[string][]float64{
			"scaled": scaled(d, unit), "negated": scaled(d, -1), "permuted": rapid.Permutation(d).Draw(t, "permutation"),
		} {
			if p, q := SignFlip(d, 0, 0).P, SignFlip(other, 0, 0).P; p != q {
				t.Errorf("%s: sign-flip p %g became %g", name, p, q)
			}
			if p, q := PairedT(d).P, PairedT(other).P; !same(p, q) && !(math.Abs(p-q) <= 1e-7*p) {
				t.Errorf("%s: t test's p %g became %g", name, p, q)
			}
		}
	})
}

func TestSignFlipKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := differences(t, 0, 16)
		if p := SignFlip(d, 0, 0).P; !(p >= SmallestSignFlipP(len(d)) && p <= 1) {
			t.Errorf("p = %g of %d pairs", p, len(d))
		}
	})
}

// The sorted halves must count what going through every sign counts.
func TestSignFlipCountsEverySign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SliceOfN(rapid.IntRange(-20, 20), 1, 10).Draw(t, "differences")
		x := make([]float64, len(d))
		observed := 0
		for i, v := range d {
			x[i] = float64(v)
			observed += v
		}
		reached := 0
		for signs := range 1 << len(d) {
			sum := 0
			for i, v := range d {
				sum += v * (1 - 2*(signs>>i&1))
			}
			if max(sum, -sum) >= max(observed, -observed) {
				reached++
			}
		}
		if got, want := SignFlip(x, 0, 0).P, float64(reached)/float64(int(1)<<len(d)); got != want {
			t.Errorf("p = %g, want %g", got, want)
		}
	})
}

func TestHolmProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.OneOf(rapid.Float64Range(0, 1), rapid.Just(0.01), rapid.Just(0.02))).Draw(t, "p")
		adjusted := Holm(p)
		if len(adjusted) != len(p) {
			t.Fatalf("%d values became %d", len(p), len(adjusted))
		}
		for i := range p {
			if adjusted[i] < p[i] || adjusted[i] > math.Min(1, float64(len(p))*p[i]) {
				t.Errorf("%g became %g, outside of raw and Bonferroni", p[i], adjusted[i])
			}
			for j := range p {
				if p[i] <= p[j] && adjusted[i] > adjusted[j] {
					t.Errorf("%g, %g became %g, %g: the order is lost", p[i], p[j], adjusted[i], adjusted[j])
				}
			}
		}
	})
}

func TestIntervalsHoldTheirEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := differences(t, 2, 20)
		level := rapid.Float64Range(0.01, 0.999).Draw(t, "level")
		e, wider := Mean(d, level), Mean(d, level+0.0005)
		if !(e.Low <= e.Mean && e.Mean <= e.High && wider.Low <= e.Low && e.High <= wider.High) {
			t.Errorf("interval %+v, of a higher level %+v", e, wider)
		}
		// An interval excludes 0 just where the test at the same level rejects it.
		if test := PairedT(d); math.Abs(test.P-(1-level)) > 1e-6 && (test.P < 1-level) != (e.Low > 0 || e.High < 0) {
			t.Errorf("p = %g at level %g, but the interval is %+v", test.P, level, e)
		}
	})
}

// Points that are moved and stretched move and stretch the line with them.
func TestFitLineFollowsItsPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(-10, 10), 3, 12).Draw(t, "y")
		factor := rapid.Float64Range(0.1, 10).Draw(t, "factor")
		rise := rapid.Float64Range(-10, 10).Draw(t, "rise")
		x, moved := make([]float64, len(y)), make([]float64, len(y))
		for i := range y {
			x[i] = float64(i)
			moved[i] = factor*y[i] + rise*x[i] + 3
		}
		l, err := FitLine(x, y, 0.95)
		m, err2 := FitLine(x, moved, 0.95)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if math.Abs(m.Slope-(factor*l.Slope+rise)) > 1e-9 || math.Abs(m.SE-factor*l.SE) > 1e-9 {
			t.Errorf("line %+v became %+v", l, m)
		}
		if !(l.Low <= l.Slope && l.Slope <= l.High) {
			t.Errorf("the interval does not hold the slope: %+v", l)
		}
	})
}
