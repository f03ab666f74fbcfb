package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// golden is testdata/golden.json, which testdata/golden.py wrote with SciPy.
type golden struct {
	T        [][3]float64 // degrees of freedom, level, margin
	Critical [][3]float64 // degrees of freedom, alpha, t
	TP       [][3]float64 // t, degrees of freedom, p
	Samples  []struct {
		Name      string
		D         []float64
		Mean, SD  float64
		Intervals [][3]float64 // level, low, high
		T, DF, P  float64
		Flip      float64
		W, WP     float64
		WN        int
	}
	Flips []struct {
		D    []float64
		Flip float64
	}
	Welch []struct {
		A, B                []float64
		T, DF, P, Low, High float64
	}
	Holm []struct{ P, Adjusted []float64 }
	Line []struct {
		X, Y                    []float64
		Slope, SE, P, Low, High float64
		Intercept, InterceptSE  float64
	}
	Wilson     [][5]float64 // k, n, level, low, high
	Power      [][4]float64 // n, effect, alpha, power
	Detectable [][4]float64 // n, alpha, power, effect
	BCa        []struct {
		X            []float64
		Statistic    string
		Level        float64
		Distribution []float64
		Low, High    float64
	}
}

func readGolden(t *testing.T) golden {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// near fails unless got is want up to the relative error.
func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

func TestStudentAgainstSciPy(t *testing.T) {
	g := readGolden(t)
	for _, c := range g.T {
		near(t, fmt.Sprintf("margin of %g degrees of freedom, level %g", c[0], c[1]), tCritical(1-c[1], c[0]), c[2], 1e-9)
	}
	for _, c := range g.Critical {
		near(t, fmt.Sprintf("critical t of %g degrees of freedom, alpha %g", c[0], c[1]), tCritical(c[1], c[0]), c[2], 1e-9)
	}
	for _, c := range g.TP {
		near(t, fmt.Sprintf("p of t = %g, %g degrees of freedom", c[0], c[1]), tTwoSided(c[0], c[1]), c[2], 1e-8)
	}
}

func TestOneSampleAgainstSciPy(t *testing.T) {
	for _, c := range readGolden(t).Samples {
		t.Run(c.Name, func(t *testing.T) {
			test := PairedT(c.D)
			near(t, "t", test.T, c.T, 1e-12)
			near(t, "df", test.DF, c.DF, 0)
			near(t, "p", test.P, c.P, 1e-9)
			for _, interval := range c.Intervals {
				level, tolerance := interval[0], 1e-9*(math.Abs(c.Mean)+c.SD)
				e := Mean(c.D, level)
				near(t, "mean", e.Mean, c.Mean, 1e-15)
				near(t, "SD", e.SD, c.SD, 1e-12)
				near(t, "low − mean", e.Low-c.Mean, interval[1]-c.Mean, 1e-8)
				near(t, "high − mean", e.High-c.Mean, interval[2]-c.Mean, 1e-8)
				low, high := test.Interval(level)
				if math.Abs(low-e.Low) > tolerance || math.Abs(high-e.High) > tolerance || e.N != len(c.D) {
					t.Errorf("interval of the test %g … %g differs from that of the mean %+v", low, high, e)
				}
			}
			flip := SignFlip(c.D, 0, 0)
			near(t, "sign-flip p", flip.P, c.Flip, 1e-14)
			near(t, "sum", flip.Sum, c.Mean*float64(len(c.D)), 1e-14)
			if !flip.Exact {
				t.Error("the sign-flip test was not exact")
			}
			rank := Wilcoxon(c.D)
			near(t, "W", rank.W, c.W, 0)
			near(t, "Wilcoxon p", rank.P, c.WP, 1e-14)
			if rank.N != c.WN {
				t.Errorf("%d ranks, want %d", rank.N, c.WN)
			}
		})
	}
}

func TestSignFlipAgainstEnumeration(t *testing.T) {
	for _, c := range readGolden(t).Flips {
		near(t, fmt.Sprintf("p of %d pairs", len(c.D)), SignFlip(c.D, 0, 0).P, c.Flip, 0)
		const resamples = 20_000
		var sum float64
		for _, d := range c.D {
			sum += d
		}
		drawn := drawnSignFlip(c.D, math.Abs(sum), resamples, 1)
		if spread := math.Sqrt(c.Flip * (1 - c.Flip) / resamples); math.Abs(drawn-c.Flip) > 5*spread+1.0/resamples {
			t.Errorf("drawn p of %d pairs = %g, want about %g", len(c.D), drawn, c.Flip)
		}
	}
}

func TestWelchAgainstSciPy(t *testing.T) {
	for _, c := range readGolden(t).Welch {
		test := Welch(c.A, c.B)
		near(t, "t", test.T, c.T, 1e-12)
		near(t, "df", test.DF, c.DF, 1e-12)
		near(t, "p", test.P, c.P, 1e-9)
		low, high := test.Interval(0.95)
		near(t, "low", low, c.Low, 1e-9)
		near(t, "high", high, c.High, 1e-9)
	}
}

func TestHolmAgainstClosedTesting(t *testing.T) {
	for _, c := range readGolden(t).Holm {
		for i, got := range Holm(c.P) {
			near(t, fmt.Sprintf("adjusted %g of %v", c.P[i], c.P), got, c.Adjusted[i], 1e-15)
		}
	}
}

func TestFitLineAgainstSciPy(t *testing.T) {
	for _, c := range readGolden(t).Line {
		l, err := FitLine(c.X, c.Y, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "slope", l.Slope, c.Slope, 1e-12)
		near(t, "standard error", l.SE, c.SE, 1e-12)
		near(t, "intercept", l.Intercept, c.Intercept, 1e-12)
		near(t, "standard error of the intercept", l.InterceptSE, c.InterceptSE, 1e-12)
		near(t, "p", l.P, c.P, 1e-9)
		near(t, "low", l.Low, c.Low, 1e-9)
		near(t, "high", l.High, c.High, 1e-9)
		if l.N != len(c.X) {
			t.Errorf("N = %d, want %d", l.N, len(c.X))
		}
	}
}

func TestWilsonAgainstSciPy(t *testing.T) {
	for _, c := range readGolden(t).Wilson {
		low, high := Wilson(int(c[0]), int(c[1]), c[2])
		near(t, fmt.Sprintf("low of %v", c[:3]), low, c[3], 1e-12)
		near(t, fmt.Sprintf("high of %v", c[:3]), high, c[4], 1e-12)
	}
}

func TestPowerAgainstSciPy(t *testing.T) {
	g := readGolden(t)
	for _, c := range g.Power {
		near(t, fmt.Sprintf("power of n, effect, alpha = %v", c[:3]), PairedTPower(int(c[0]), c[1], c[2]), c[3], 1e-8)
	}
	for _, c := range g.Detectable {
		near(t, fmt.Sprintf("effect for n, alpha, power = %v", c[:3]), DetectableEffect(int(c[0]), c[1], c[2]), c[3], 1e-7)
	}
}

// SciPy's own bootstrap distribution must give SciPy's interval; where only its interval is kept,
// ours may differ from it by the noise of the resamples.
func TestBootstrapAgainstSciPy(t *testing.T) {
	mean := func(x []float64) float64 { return stat.Mean(x, nil) }
	statistics := map[string]func([]float64) float64{"mean": mean, "median": median}
	for _, c := range readGolden(t).BCa {
		statistic := statistics[c.Statistic]
		if len(c.Distribution) == 0 {
			low, high := Bootstrap(c.X, statistic, c.Level, 100_000, 1)
			tolerance := 0.02 * (c.High - c.Low)
			if math.Abs(low-c.Low) > tolerance || math.Abs(high-c.High) > tolerance {
				t.Errorf("%s: %g … %g, want about %g … %g", c.Statistic, low, high, c.Low, c.High)
			}
			continue
		}
		leftOut := make([]float64, len(c.X))
		for i := range c.X {
			leftOut[i] = statistic(slices.Delete(slices.Clone(c.X), i, i+1))
		}
		low, high := bca(c.Distribution, leftOut, statistic(c.X), c.Level)
		near(t, c.Statistic+" low", low, c.Low, 1e-9)
		near(t, c.Statistic+" high", high, c.High, 1e-9)
	}
}

// median sorts what it is given only in a copy.
func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
