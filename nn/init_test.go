package nn

import (
	"math"
	"slices"
	"testing"

	"gradlab/internal/canon"
)

// initCase is an initialisation with what its weights must be, for a tensor whose units have fans in
// inputs and out outputs.
type initCase struct {
	init  Init
	bound func(in, out float64) float64 // of a uniform distribution
	std   func(in, out float64) float64 // of a normal one
}

var initCases = []initCase{
	{init: Init{}, bound: func(in, _ float64) float64 { return 1 / math.Sqrt(in) }},
	{init: Init{Name: "pytorch"}, bound: func(in, _ float64) float64 { return 1 / math.Sqrt(in) }},
	{init: Init{Name: "pytorch", Gain: 3}, bound: func(in, _ float64) float64 { return 3 / math.Sqrt(in) }},
	{init: Init{Name: "xavier"}, bound: func(in, out float64) float64 { return math.Sqrt(6 / (in + out)) }},
	{init: Init{Name: "glorot"}, bound: func(in, out float64) float64 { return math.Sqrt(6 / (in + out)) }},
	{init: Init{Name: "glorot-uniform"}, bound: func(in, out float64) float64 { return math.Sqrt(6 / (in + out)) }},
	{init: Init{Name: "xavier-uniform", Gain: 5. / 3}, bound: func(in, out float64) float64 { return 5. / 3 * math.Sqrt(6/(in+out)) }},
	{init: Init{Name: "xavier-normal"}, std: func(in, out float64) float64 { return math.Sqrt(2 / (in + out)) }},
	{init: Init{Name: "glorot-normal", Gain: 2}, std: func(in, out float64) float64 { return 2 * math.Sqrt(2/(in+out)) }},
	{init: Init{Name: "he"}, std: func(in, _ float64) float64 { return math.Sqrt(2 / in) }},
	{init: Init{Name: "kaiming"}, std: func(in, _ float64) float64 { return math.Sqrt(2 / in) }},
	{init: Init{Name: "he-normal", Gain: 1}, std: func(in, _ float64) float64 { return 1 / math.Sqrt(in) }},
	{init: Init{Name: "kaiming-normal"}, std: func(in, _ float64) float64 { return math.Sqrt(2 / in) }},
	{init: Init{Name: "he-uniform"}, bound: func(in, _ float64) float64 { return math.Sqrt(6 / in) }},
	{init: Init{Name: "kaiming-uniform"}, bound: func(in, _ float64) float64 { return math.Sqrt(6 / in) }},
	{init: Init{Name: "lecun"}, std: func(in, _ float64) float64 { return 1 / math.Sqrt(in) }},
	{init: Init{Name: "lecun-normal"}, std: func(in, _ float64) float64 { return 1 / math.Sqrt(in) }},
	{init: Init{Name: "lecun-uniform"}, bound: func(in, _ float64) float64 { return math.Sqrt(3 / in) }},
	{init: Init{Name: "normal"}, std: func(_, _ float64) float64 { return 0.01 }},
	{init: Init{Name: "normal", Std: 0.3}, std: func(_, _ float64) float64 { return 0.3 }},
	{init: Init{Name: "constant", Value: 0.25}},
	{init: Init{Name: "zeros"}},
	{init: Init{Name: "orthogonal"}}, // TestOrthogonal
	{init: Init{Name: "lsuv"}},       // TestLSUV
}

// initModel has a convolution and a linear layer, large enough for moments.
func initModel(i Init) Model {
	return Model{Init: i, Layers: []Layer{
		Conv2d{Filters: 40, Kernel: Pair{3, 5}}, Flatten{}, Linear{Out: 150}, Linear{Out: Classes},
	}}
}

var initInput = Shape{5, 9, 20} // the convolution leaves 3×5×40, so that linear1 has 600 inputs

// TestInitialisations compares moments and bounds with the closed forms.
func TestInitialisations(t *testing.T) {
	var seen []string
	for _, c := range initCases {
		seen = append(seen, c.init.Name)
		p, err := Compile[float64](initModel(c.init), initInput, 10, Options{Batch: 1, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []struct {
			weight, bias *Param[float64]
			in, out      float64
		}{
			// PyTorch's fans of a convolution: channels or filters times the kernel's area.
			{p.Params()[0], p.Params()[1], 20 * 15, 40 * 15},
			{p.Params()[2], p.Params()[3], 600, 150},
		} {
			what := c.init.Name + " " + l.weight.Name
			switch {
			case c.bound != nil:
				bound := c.bound(l.in, l.out)
				uniformIn(t, what, l.weight.Data, bound)
			case c.std != nil:
				normalOf(t, what, l.weight.Data, c.std(l.in, l.out))
			case c.init.Name != "orthogonal" && c.init.Name != "lsuv":
				constant(t, what, l.weight.Data, c.init.Value)
			}
			if name := c.init.Name; name == "" || name == "pytorch" {
				bound := c.bound(l.in, l.out)
				low, high := slices.Min(l.bias.Data), slices.Max(l.bias.Data)
				if low < -bound || high > bound || high-low < bound {
					t.Errorf("%s lies in [%g, %g], want ±%g", l.bias.Name, low, high, bound)
				}
			} else {
				constant(t, what+"'s bias", l.bias.Data, 0)
			}
		}
	}
	for _, name := range Inits() {
		if !slices.Contains(seen, name) {
			t.Errorf("no case of %s", name)
		}
	}
}

// TestLayerWithoutInitName: a layer that names no initialisation has the model's, with the numbers that it
// does set.
func TestLayerWithoutInitName(t *testing.T) {
	for _, c := range []struct{ layer, model, want Init }{
		{Init{}, Init{Name: "he", Gain: 3}, Init{Name: "he", Gain: 3}},
		{Init{Gain: 2}, Init{Name: "he"}, Init{Name: "he", Gain: 2}},
		{Init{Gain: 2}, Init{Name: "xavier", Gain: 5}, Init{Name: "xavier", Gain: 2}},
		{Init{Gain: 2}, Init{}, Init{Name: "pytorch", Gain: 2}},
		{Init{Std: 0.5}, Init{Name: "normal"}, Init{Name: "normal", Std: 0.5}},
		{Init{Value: 0.5}, Init{Name: "constant", Value: 3}, Init{Name: "constant", Value: 0.5}},
		{Init{Name: "he"}, Init{Name: "lecun", Gain: 4}, Init{Name: "he"}},
		{Init{Name: "pytorch"}, Init{Name: "he"}, Init{}},
	} {
		weights := func(layer, model Init) []float64 {
			p, err := Compile[float64](Model{Layers: []Layer{Linear{Out: Classes, Init: layer}}, Init: model}, Shape{5}, 3, Options{Batch: 1, Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			return append(slices.Clone(p.Params()[0].Data), p.Params()[1].Data...)
		}
		if got, want := weights(c.layer, c.model), weights(c.want, Init{}); !slices.Equal(got, want) {
			t.Errorf("%+v in a model with %+v starts at %v, want %v", c.layer, c.model, got, want)
		}
	}
}

// moments gives the mean of x and its variance about zero.
func moments(x []float64) (mean, variance float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
		variance += v * v / n
	}
	return mean, variance
}

// within fails unless got lies within five standard errors of want. With some hundred comparisons
// of fixed seeds that is no matter of luck.
func within(t *testing.T, what string, got, want, standardError float64) {
	t.Helper()
	if math.Abs(got-want) > 5*standardError {
		t.Errorf("%s is %g, want %g ± %g", what, got, want, standardError)
	}
}

func uniformIn(t *testing.T, what string, x []float64, bound float64) {
	t.Helper()
	n, variance := float64(len(x)), bound*bound/3
	mean, v := moments(x)
	within(t, what+": mean", mean, 0, math.Sqrt(variance/n))
	within(t, what+": variance", v, variance, variance*math.Sqrt(0.8/n)) // E x⁴ = b⁴/5
	if low, high := slices.Min(x), slices.Max(x); low < -bound || high > bound || low > -0.999*bound || high < 0.999*bound {
		t.Errorf("%s lies in [%g, %g], want ±%g", what, low, high, bound)
	}
}

func normalOf(t *testing.T, what string, x []float64, std float64) {
	t.Helper()
	n, variance := float64(len(x)), std*std
	mean, v := moments(x)
	within(t, what+": mean", mean, 0, std/math.Sqrt(n))
	within(t, what+": variance", v, variance, variance*math.Sqrt(2/n)) // E x⁴ = 3σ⁴
	beyond := 0.0
	for _, v := range x {
		if math.Abs(v) > 2*std {
			beyond++
		}
	}
	const tails = 0.0455003 // of a normal distribution, beyond two deviations
	within(t, what+": fraction beyond 2σ", beyond/n, tails, math.Sqrt(tails*(1-tails)/n))
}

func constant(t *testing.T, what string, x []float64, want float64) {
	t.Helper()
	for i, v := range x {
		if v != want {
			t.Fatalf("%s: [%d] = %g, want %g", what, i, v, want)
		}
	}
}

func TestOrthogonal(t *testing.T) {
	for _, c := range []struct {
		name          string
		model         Model
		rows, columns int
		gain          float64
	}{
		{"wide", Model{Layers: []Layer{Flatten{}, Linear{Out: 7, Init: Init{Name: "orthogonal"}}, Linear{Out: 2}}}, 7, 24, 1},
		{"tall", Model{Layers: []Layer{Flatten{}, Linear{Out: 31, Init: Init{Name: "orthogonal", Gain: 2}}, Linear{Out: 2}}}, 31, 24, 2},
		{"square", Model{Layers: []Layer{Flatten{}, Linear{Out: 24, Init: Init{Name: "orthogonal"}}, Linear{Out: 2}}}, 24, 24, 1},
		{"convolution", Model{Layers: []Layer{Conv2d{Filters: 5, Kernel: Square(2), Init: Init{Name: "orthogonal", Gain: math.Sqrt2}}, Flatten{}, Linear{Out: 2}}}, 5, 8, math.Sqrt2},
	} {
		p, err := Compile[float64](c.model, Shape{3, 4, 2}, 2, Options{Batch: 1, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		w := p.Params()[0].Data
		// The rows are orthogonal, or the columns where they are fewer.
		n, size, step, next := c.rows, c.columns, c.columns, 1
		if c.rows > c.columns {
			n, size, step, next = c.columns, c.rows, 1, c.columns
		}
		for i := range n {
			for j := range n {
				dot, want := 0.0, 0.0
				for k := range size {
					dot += w[i*step+k*next] * w[j*step+k*next]
				}
				if i == j {
					want = c.gain * c.gain
				}
				if math.Abs(dot-want) > 1e-13 {
					t.Fatalf("%s: vectors %d and %d: product %g, want %g", c.name, i, j, dot, want)
				}
			}
		}
		// A rotation drawn evenly has no preferred direction: the entries' mean square is 1/size.
		if mean, v := moments(w); math.Abs(mean) > 5/math.Sqrt(float64(len(w)*size)) || math.Abs(v-c.gain*c.gain/float64(size)) > 1e-12 {
			t.Errorf("%s: entries have mean %g and mean square %g", c.name, mean, v)
		}
	}
}

// TestInitialValuesDoNotDependOnPrecision: float32 networks start from float64's values, rounded.
func TestInitialValuesDoNotDependOnPrecision(t *testing.T) {
	layers := []Layer{Conv2d{Filters: 4, Kernel: Square(2)}, Flatten{}, Linear{Out: 20}, Linear{Out: Classes}}
	for _, c := range initCases {
		m := Model{Init: c.init, Layers: layers}
		p32, err := Compile[float32](m, Shape{3, 4, 5}, 10, Options{Batch: 1, Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		p64, err := Compile[float64](m, Shape{3, 4, 5}, 10, Options{Batch: 1, Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range p64.Params() {
			for j, v := range q.Data {
				if got := p32.Params()[i].Data[j]; got != canon.Flush(float32(v)) {
					t.Fatalf("%s %s: [%d] is %v in float32, %v in float64", c.init.Name, q.Name, j, got, v)
				}
			}
		}
	}
}

// TestSharedParametersStartAlike compiles the networks of the depth study: a parameter that two of
// them share by name and shape starts from the same values in both. Other seeds start from others.
func TestSharedParametersStartAlike(t *testing.T) {
	lenet := func(extra int) Model {
		act := Activation{Name: "tanh"}
		return Model{Layers: []Layer{
			Conv2d{Filters: 6, Kernel: Square(5)}, act, MaxPool2d{Kernel: Square(2)},
			Conv2d{Filters: 16, Kernel: Square(5)}, act, MaxPool2d{Kernel: Square(2)},
			Flatten{}, Linear{Out: 120}, act,
			Repeat{Times: extra, Layers: []Layer{Linear{Out: 84}, act}}, Linear{Out: Classes},
		}}
	}
	start := func(m Model, seed uint64) map[string]*Param[float32] {
		p, err := Compile[float32](m, Shape{32, 32, 3}, 10, Options{Batch: 1, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]*Param[float32]{}
		for _, q := range p.Params() {
			all[q.Name] = q
		}
		return all
	}
	three := start(lenet(1), 1)
	for _, extra := range []int{2, 3, 4, 6} {
		shared := 0
		for name, q := range start(lenet(extra), 1) {
			if other := three[name]; other != nil && slices.Equal(q.Shape, other.Shape) {
				shared++
				if !slices.Equal(q.Data, other.Data) {
					t.Errorf("%s starts differently in networks of 3 and %d linear layers", name, extra+2)
				}
			}
		}
		if shared != 8 {
			t.Errorf("%d parameters are shared, want the weights and biases of conv1, conv2, linear1 and linear2", shared)
		}
	}
	for name, q := range start(lenet(1), 2) {
		if slices.Equal(q.Data, three[name].Data) {
			t.Errorf("%s starts alike for two seeds", name)
		}
	}
	tensors := start(lenet(3), 1)
	if slices.Equal(tensors["linear3.weight"].Data, tensors["linear4.weight"].Data) {
		t.Error("two layers of one shape start alike")
	}
}
