package kernel

import (
	"flag"
	"math"
	"testing"
)

var exhaustive = flag.Bool("exhaustive", false, "run Exp, Tanh and Sigmoid over all 2³² float32 numbers (minutes)")

// TestAccuracy measures the errors of Exp, Tanh and Sigmoid in units of the last place against
// float64, over every 4999th float32, or over all of them with -exhaustive, and compares the bits of
// all instruction sets.
func TestAccuracy(t *testing.T) {
	cases := []struct {
		name      string
		kernel    func(*Engine, []float32, []float32)
		reference func(float64) float64
		flushes   bool
	}{
		{"exp", Exp[float32], math.Exp, false},
		{"tanh", Tanh[float32], math.Tanh, true},
		{"sigmoid", Sigmoid[float32], func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, true},
	}
	// perUnit[e] is one over the unit in the last place of a float32 with the exponent bits e of the
	// float64 of the same value.
	var perUnit [2048]float64
	for i := range perUnit {
		perUnit[i] = math.Ldexp(1, 23-max(i-1023, -126))
	}
	stride := uint64(4999)
	if *exhaustive {
		stride = 1
	}
	engines := machines(t)
	if len(engines) == 0 {
		engines = []*Engine{New(Portable, 1)}
	}
	x, y, other := make([]float32, 4096), make([]float32, 4096), make([]float32, 4096)
	for _, c := range cases {
		worst, at := 0.0, float32(0)
		for u := uint64(0); u < 1<<32; {
			for i := range x {
				x[i] = math.Float32frombits(uint32(u)) // beyond 2³² from the start again: harmless
				u += stride
			}
			c.kernel(engines[0], y, x)
			for _, e := range engines[1:] {
				c.kernel(e, other, x)
				for i, got := range other {
					if !equal(got, y[i]) {
						t.Fatalf("%v %s(%v) = %x, %v %x", e.ISA(), c.name, x[i], got, engines[0].ISA(), y[i])
					}
				}
			}
			for i, got := range y {
				want := c.reference(float64(x[i]))
				if want != want || math.Abs(want) >= 0x1.ffffffp127 { // NaN, or rounds to infinity
					if got == got == (want != want) || want == want && got != float32(want) {
						t.Errorf("%s(%v) = %v, want %v", c.name, x[i], got, want)
					}
					continue
				}
				if c.flushes && math.Abs(want) < 0x1p-126 {
					if got != 0 && math.Abs(float64(got)) != 0x1p-126 {
						t.Errorf("%s(%v) = %v, want 0: it flushes", c.name, x[i], got)
					}
					continue
				}
				miss := math.Abs(float64(got)-want) * perUnit[math.Float64bits(want)>>52&0x7ff]
				if !(miss <= worst) {
					worst, at = miss, x[i]
				}
			}
		}
		t.Logf("%s: at most %.4f ulp, at %v (%#08x)", c.name, worst, at, math.Float32bits(at))
		if !(worst <= 2) {
			t.Errorf("%s errs by %v ulp at %v", c.name, worst, at)
		}
	}
}
