package gradcheck

import (
	"context"
	"math"
	"math/cmplx"
	"testing"
	"time"

	"gradlab/nn"
)

// TestComplexErfc compares with math.Erfc on the real axis, with its slope −2/√π·e^(−x²), and off it with a value of
// Abramowitz and Stegun, table 7.9: w(z) = e^(−z²)·erfc(−iz).
func TestComplexErfc(t *testing.T) {
	for x := -6.5; x <= 6.5; x += 0.0625 {
		y := erfc(complex(x, complexStep))
		if want := math.Erfc(x); math.Abs(real(y)-want) > 1e-13*want {
			t.Errorf("erfc(%v) = %v, want %v", x, real(y), want)
		}
		slope := -2 / math.SqrtPi * math.Exp(-x*x)
		if got := imag(y) / complexStep; math.Abs(got-slope) > 3e-12*math.Abs(slope) {
			t.Errorf("the slope of erfc at %v is %v, want %v", x, got, slope)
		}
	}
	w := complex(0.304744, 0.208219) // w(1 + i)
	z := complex(1, 1)
	if got := cmplx.Exp(-z*z) * erfc(-1i*z); cmplx.Abs(got-w) > 1e-6 {
		t.Errorf("w(1 + i) = %v, want %v", got, w)
	}
}

// TestComplexActivations compares values and slopes with the real functions written down once more.
func TestComplexActivations(t *testing.T) {
	logistic := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	density := func(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }
	normal := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	step := func(x, below float64) float64 {
		if x > 0 {
			return 1
		}
		return below
	}
	for name, f := range map[string]func(x float64) (y, slope float64){
		"identity":       func(x float64) (float64, float64) { return x, 1 },
		"sigmoid":        func(x float64) (float64, float64) { return logistic(x), logistic(x) * logistic(-x) },
		"tanh":           func(x float64) (float64, float64) { return math.Tanh(x), math.Pow(math.Cosh(x), -2) },
		"scaled-sigmoid": func(x float64) (float64, float64) { return math.Tanh(x / 2), math.Pow(math.Cosh(x/2), -2) / 2 },
		"relu":           func(x float64) (float64, float64) { return max(x, 0), step(x, 0) },
		"leaky-relu":     func(x float64) (float64, float64) { return x * step(x, 0.01), step(x, 0.01) },
		"gelu":           func(x float64) (float64, float64) { return x * normal(x), normal(x) + x*density(x) },
		"silu": func(x float64) (float64, float64) {
			return x * logistic(x), logistic(x) * (1 + x*logistic(-x))
		},
		"elu": func(x float64) (float64, float64) {
			return step(x, 0)*x + (1-step(x, 0))*math.Expm1(min(x, 0)), math.Exp(min(x, 0))
		},
	} {
		g := activation(nn.Activation{Name: name})
		for _, x := range []float64{-40, -25, -7, -1.5, -1e-3, 0, 1e-3, 0.7, 3, 15, 25, 40} {
			y, slope := f(x)
			got := g(complex(x, complexStep))
			if math.Abs(real(got)-y) > 1e-14*max(1, math.Abs(y)) {
				t.Errorf("%s(%v) = %v, want %v", name, x, real(got), y)
			}
			if d := imag(got) / complexStep; math.Abs(d-slope) > 1e-14*max(1, math.Abs(x)) {
				t.Errorf("%s'(%v) = %v, want %v", name, x, d, slope)
			}
		}
	}
	for _, name := range nn.Activations() {
		if activation(nn.Activation{Name: name}) == nil {
			t.Errorf("there is no complex %s", name)
		}
	}
}

// TestTogetherIsOneByOne compares the losses of many perturbations, computed as samples of one batch, with those of
// one at a time, to the bit.
func TestTogetherIsOneByOne(t *testing.T) {
	for _, activation := range []string{"tanh", "relu"} {
		s := smallSubject(activation)
		c, err := newChecker(&s, Options{Mode: Plain, Threads: 1, Samples: 3})
		if err != nil {
			t.Fatal(err)
		}
		r := c.rigs[0]
		r.look()
		for _, target := range r.targets {
			if target.param < 0 {
				continue
			}
			entries := c.options.draw(target, -1)
			plus, minus := r.together(target, entries, c.options)
			if plus == nil && len(entries) >= 4 {
				t.Errorf("%s of %s is not computed together", target.name, activation)
			}
			for k := range plus {
				one := r.both(target.entry(entries[k]), c.options.Step)
				if one.plus != plus[k] || one.minus != minus[k] {
					t.Fatalf("%s[%d]: %v and %v together, %v and %v by itself", target.name, entries[k], plus[k], minus[k], one.plus, one.minus)
				}
			}
			r.restore(target.position)
		}
	}
}

// TestTasksCoverEveryEntryOnce: whatever the order.
func TestTasksCoverEveryEntryOnce(t *testing.T) {
	s := smallSubject("relu")
	c, err := newChecker(&s, Options{Mode: Plain, Threads: 1, PerTensor: -1, Budget: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	r := c.rigs[0]
	r.look()
	seen := map[[2]int]bool{}
	for i, task := range r.tasks(c.options) {
		if i < len(r.targets) && task.target != i {
			t.Errorf("the first tasks leave out %s", r.targets[i].name)
		}
		for _, i := range task.entries {
			if seen[[2]int{task.target, i}] {
				t.Fatalf("entry %d of %s comes twice", i, r.targets[task.target].name)
			}
			seen[[2]int{task.target, i}] = true
		}
	}
	all := 0
	for _, target := range r.targets {
		all += len(target.data)
	}
	if len(seen) != all {
		t.Errorf("%d entries are checked, want %d", len(seen), all)
	}
}

// TestModelRefuses lists what makes no sense.
func TestModelRefuses(t *testing.T) {
	good := smallSubject("tanh")
	for name, change := range map[string]func(*Subject, *Options){
		"labels beyond the classes": func(s *Subject, _ *Options) { s.X, s.Labels = make([]float64, 128), []int32{9} },
		"too few labels":            func(s *Subject, _ *Options) { s.X, s.Labels = make([]float64, 256), []int32{0} },
		"no whole samples":          func(s *Subject, _ *Options) { s.X = make([]float64, 7) },
		"a model that does not fit": func(s *Subject, _ *Options) { s.Model.Layers = []nn.Layer{nn.Linear{Out: 3}} },
		"a smoothing":               func(s *Subject, _ *Options) { s.Smoothing = 2 },
		"a weight decay":            func(s *Subject, _ *Options) { s.Rule.WeightDecay = math.NaN() },
		"a mode":                    func(_ *Subject, o *Options) { o.Mode = "half" },
		"an instruction set":        func(_ *Subject, o *Options) { o.ISA = "sse" },
		"a tolerance":               func(_ *Subject, o *Options) { o.Tolerance = math.Inf(1) },
		"samples":                   func(_ *Subject, o *Options) { o.Samples = -1 },
	} {
		s, o := good, Options{}
		change(&s, &o)
		if _, err := Model(context.Background(), s, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Model(ctx, good, Options{}); err == nil {
		t.Error("a check that was interrupted gives no error")
	}
}

// BenchmarkPlainLeNet is the plain mode over all 62,006 parameters of the LeNet of the tutorials, and 256 of its input's numbers.
func BenchmarkPlainLeNet(b *testing.B) {
	a := nn.Activation{Name: "tanh"}
	s := Subject{In: nn.Shape{32, 32, 3}, Classes: 10, Model: nn.Model{Layers: []nn.Layer{
		nn.Conv2d{Filters: 6, Kernel: nn.Square(5)}, a, nn.MaxPool2d{Kernel: nn.Square(2)},
		nn.Conv2d{Filters: 16, Kernel: nn.Square(5)}, a, nn.MaxPool2d{Kernel: nn.Square(2)},
		nn.Flatten{}, nn.Linear{Out: 120}, a, nn.Linear{Out: 84}, a, nn.Linear{Out: nn.Classes},
	}}}
	for b.Loop() {
		r, err := Model(context.Background(), s, Options{Mode: Plain})
		if err != nil || r.Verdict != Pass {
			b.Fatal(r, err)
		}
	}
}
