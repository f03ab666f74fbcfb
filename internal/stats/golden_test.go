package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
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
	}
	Flips []struct {
		D    []float64
		Flip float64
	}
	Holm []struct{ P, Adjusted []float64 }
	Line []struct {
		X, Y                    []float64
		Slope, SE, P, Low, High float64
		Intercept, InterceptSE  float64
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
