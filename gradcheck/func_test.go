package gradcheck

import (
	"fmt"
	"math"
	"testing"
)

// ExampleFunc checks a gradient of one's own.
func ExampleFunc() {
	loss := func(x []float64) float64 { return math.Sin(x[0]) * math.Exp(x[1]) }
	gradient := func(x []float64) []float64 {
		return []float64{math.Cos(x[0]) * math.Exp(x[1]), math.Sin(x[0]) * math.Exp(x[1])}
	}
	found, err := Func(loss, gradient, []float64{0.5, -1}, Options{})
	fmt.Println(found.Verdict, err)
	// Output: pass <nil>
}

// TestFunc looks at right gradients, wrong ones, and bends.
func TestFunc(t *testing.T) {
	rosenbrock := func(x []float64) float64 {
		return (1-x[0])*(1-x[0]) + 100*(x[1]-x[0]*x[0])*(x[1]-x[0]*x[0])
	}
	abs := func(x []float64) float64 { return math.Abs(x[0]) }
	constant := func(g ...float64) func([]float64) []float64 {
		return func([]float64) []float64 { return g }
	}
	for _, c := range []struct {
		name     string
		loss     func([]float64) float64
		gradient func([]float64) []float64
		x        []float64
		mode     string
		want     Verdict
	}{
		{"right", rosenbrock, func(x []float64) []float64 {
			return []float64{-2*(1-x[0]) - 400*x[0]*(x[1]-x[0]*x[0]), 200 * (x[1] - x[0]*x[0])}
		}, []float64{-1.2, 1}, Full, Pass},
		{"right at the minimum", rosenbrock, constant(0, 0), []float64{1, 1}, Full, Pass},
		{"wrong sign", rosenbrock, func(x []float64) []float64 {
			return []float64{2*(1-x[0]) - 400*x[0]*(x[1]-x[0]*x[0]), 200 * (x[1] - x[0]*x[0])}
		}, []float64{-1.2, 1}, Full, Fail},
		{"off by 1e-5", func(x []float64) float64 { return x[0] * x[0] }, func(x []float64) []float64 { return []float64{2.00002 * x[0]} }, []float64{3}, Full, Fail},
		{"off by 1e-5, plainly", func(x []float64) float64 { return x[0] * x[0] }, func(x []float64) []float64 { return []float64{2.00002 * x[0]} }, []float64{3}, Plain, Pass},
		{"off by 1e-3, plainly", func(x []float64) float64 { return x[0] * x[0] }, func(x []float64) []float64 { return []float64{2.002 * x[0]} }, []float64{3}, Plain, Fail},
		{"a subgradient at a bend", abs, constant(0.3), []float64{0}, Full, Pass},
		{"none at a bend", abs, constant(1.3), []float64{0}, Full, Fail},
		{"near a bend", abs, constant(-1), []float64{-1e-4}, Full, Pass},
		{"of the other side of a bend", abs, constant(1), []float64{-1e-4}, Full, Fail},
		{"rough", func(x []float64) float64 { return math.Sin(50 * x[0]) }, func(x []float64) []float64 { return []float64{50 * math.Cos(50*x[0])} }, []float64{0.7}, Full, Pass},
		{"large", func(x []float64) float64 { return math.Exp(x[0]) }, func(x []float64) []float64 { return []float64{math.Exp(x[0])} }, []float64{20}, Full, Pass},
	} {
		found, err := Func(c.loss, c.gradient, c.x, Options{Mode: c.mode})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if found.Verdict != c.want {
			t.Errorf("%s: %s (%s), want %s; %+v", c.name, found.Verdict, found.Reason, c.want, found.Worst)
		}
	}
}

// TestFuncRefuses lists what makes no sense.
func TestFuncRefuses(t *testing.T) {
	square := func(x []float64) float64 { return x[0] * x[0] }
	for name, check := range map[string]func() (Tensor, error){
		"too few derivatives": func() (Tensor, error) {
			return Func(square, func([]float64) []float64 { return nil }, []float64{1}, Options{})
		},
		"no place": func() (Tensor, error) {
			return Func(square, func(x []float64) []float64 { return x }, nil, Options{})
		},
		"no number": func() (Tensor, error) {
			return Func(func([]float64) float64 { return math.NaN() }, func(x []float64) []float64 { return x }, []float64{1}, Options{})
		},
		"a mode": func() (Tensor, error) {
			return Func(square, func(x []float64) []float64 { return x }, []float64{1}, Options{Mode: "half"})
		},
		"a step": func() (Tensor, error) {
			return Func(square, func(x []float64) []float64 { return x }, []float64{1}, Options{Step: -1})
		},
	} {
		if _, err := check(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
