package theory

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"gradlab/nn"
)

// reference is testdata/gaussian.json, which testdata/gaussian.py wrote with SciPy.
type reference struct {
	Moments []struct {
		Activation    string
		Mean, SD      float64
		F, F2, Slope2 float64
		Pairs         []struct{ C, F, Slope float64 }
	}
	Largest []struct {
		K              int
		Mean, Variance float64
	}
	Softmax []struct {
		Q             float64
		Classes       int
		Loss, Squares float64
		LossError     float64 `json:"loss_error"`
		SquaresError  float64 `json:"squares_error"`
	}
}

func readReference(t *testing.T) (r reference) {
	t.Helper()
	text, err := os.ReadFile("testdata/gaussian.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func approx(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g ± %.1g", what, got, want, tolerance)
	}
}

// TestGaussianMoments compares every integral over an activation with SciPy's, and sees that there is one
// of every activation.
func TestGaussianMoments(t *testing.T) {
	r := readReference(t)
	var seen []string
	for _, c := range r.Moments {
		seen = append(seen, c.Activation)
		f, ok := newFunction(nn.Activation{Name: c.Activation})
		if !ok {
			t.Errorf("%s is not known", c.Activation)
			continue
		}
		d := normal{c.Mean, c.SD}
		what := c.Activation
		approx(t, what+": E φ", d.expect(f.f), c.F, 1e-9*(1+math.Abs(c.F)))
		approx(t, what+": E φ²", d.expect(func(u float64) float64 { return f.f(u) * f.f(u) }), c.F2, 1e-9*(1+c.F2))
		approx(t, what+": E φ′²", d.expect(func(u float64) float64 { return f.slope(u) * f.slope(u) }), c.Slope2, 1e-9)
		for _, p := range c.Pairs {
			approx(t, what+": E φφ", d.expectPair(f.f, p.C), p.F, 1e-6*(1+c.F2))
			approx(t, what+": E φ′φ′", d.expectPair(f.slope, p.C), p.Slope, 1e-5)
		}
	}
	for _, name := range nn.Activations() {
		if !slices.Contains(seen, name) {
			t.Errorf("no case of %s", name)
		}
	}
}

// TestArcCosine compares ReLU's pair with the closed form (Cho and Saul 2009).
func TestArcCosine(t *testing.T) {
	f := functions["relu"]
	for _, c := range []float64{-1, -0.9, 0, 0.3, 0.9, 0.999, 1} {
		angle := math.Acos(c)
		approx(t, "E φφ", normal{0, 1}.expectPair(f.f, c), (math.Sin(angle)+(math.Pi-angle)*c)/(2*math.Pi), 1e-9)
		approx(t, "E φ′φ′", normal{0, 1}.expectPair(f.slope, c), (math.Pi-angle)/(2*math.Pi), 2e-6)
	}
}

func TestLargest(t *testing.T) {
	for _, c := range readReference(t).Largest {
		mean, variance := largest(c.K)
		approx(t, "mean", mean, c.Mean, 1e-9)
		approx(t, "variance", variance, c.Variance, 1e-9)
	}
}

func TestSoftmax(t *testing.T) {
	for _, c := range readReference(t).Softmax {
		loss, squares := softmax(c.Q, c.Classes)
		approx(t, "loss", loss, c.Loss, c.LossError)
		approx(t, "Σp²", squares, c.Squares, c.SquaresError)
	}
	n := 10.0 // small logits: the first terms of the series
	loss, squares := softmax(1e-4, 10)
	approx(t, "loss", loss, math.Log(n)+0.5e-4*(1-1/n), 1e-8)
	approx(t, "Σp²", squares, (1+1e-4*(1-1/n))/n, 1e-8)
	// Logits so large that the largest has all.
	loss, squares = softmax(1e6, 10)
	approx(t, "loss", loss, 1538.753, 1) // 1000 times the mean of the largest of ten
	approx(t, "Σp²", squares, 1, 0.01)
}

// TestSaturated compares fractions with the closed form of each bound.
func TestSaturated(t *testing.T) {
	d := normal{0, 2}
	for name, want := range map[string]float64{
		"tanh":           2 * d.below(-math.Atanh(0.97)),
		"scaled-sigmoid": 2 * d.below(-2*math.Atanh(0.97)),
		"sigmoid":        2 * d.below(math.Log(0.015/0.985)),
		"relu":           0.5,
	} {
		b, _ := nn.Saturation(name)
		f, _ := newFunction(nn.Activation{Name: name})
		approx(t, name, f.saturated(b, d), want, 1e-9)
	}
}
