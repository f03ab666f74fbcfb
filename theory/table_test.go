package theory

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gradlab/nn"
)

func act(name string) nn.Layer { return nn.Activation{Name: name} }

// measured is what first steps came to, over seeds and elements, by position.
type measured struct{ mean, second, gradient, saturated []float64 }

// measure runs the first step of a batch of Gaussian input and random labels, for a number of seeds.
func measure(t *testing.T, m nn.Model, in nn.Shape, batch, seeds int, mean float64) (out measured) {
	t.Helper()
	for seed := range seeds {
		p, err := nn.Compile[float32](m, in, 10, nn.Options{Batch: batch, Seed: uint64(seed + 1)})
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		x, labels := make([]float32, batch*in.Size()), make([]int32, batch)
		for i := range x {
			x[i] = float32(mean + r.NormFloat64())
		}
		for i := range labels {
			labels[i] = r.Int32N(10)
		}
		p.Forward(x, batch)
		p.Loss(labels, batch)
		p.Backward(batch)
		n := len(p.Positions())
		if out.mean == nil {
			out = measured{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
		}
		for i, position := range p.Positions() {
			y, dy := p.Activation(i, batch), p.Gradient(i, batch)
			b, bounded := nn.Saturation(position.Kind)
			share := 1 / float64(len(y)*seeds)
			for k, v := range y {
				f := float64(v)
				out.mean[i] += f * share
				out.second[i] += f * f * share
				out.gradient[i] += float64(dy[k]) * float64(dy[k]) * share
				if bounded && (f < b.Low || f > b.High) {
					out.saturated[i] += share
				}
			}
		}
	}
	return out
}

const (
	width, depth, batch = 512, 20, 256
	seeds               = 2
)

// tableRow is a network of depth equal blocks.
type tableRow struct {
	name      string
	init      nn.Init
	block     []nn.Layer
	theory    float64 // factor on the gradient for each block back, as others have computed it; 0 where it has no single value
	tolerance float64 // of theory
	within    float64 // of what is measured
}

var linear = nn.Linear{Out: width}

// plainRows are layers without normalisation and skips. The factors are √χ₁ at the fixed point, computed
// apart from this package; that of tanh under Xavier's initialisation depends on depth.
var plainRows = []tableRow{
	{"sigmoid, Xavier", nn.Init{Name: "xavier"}, []nn.Layer{linear, act("sigmoid")}, 0.236, 0.001, 0.02},
	{"sigmoid, gain 4", nn.Init{Name: "xavier", Gain: 4}, []nn.Layer{linear, act("sigmoid")}, 0.632, 0.001, 0.02},
	{"sigmoid, PyTorch's default", nn.Init{}, []nn.Layer{linear, act("sigmoid")}, 0.141, 0.001, 0.02},
	{"tanh, Xavier", nn.Init{Name: "xavier"}, []nn.Layer{linear, act("tanh")}, 0.945, 0.005, 0.02},
	{"tanh, gain 5/3", nn.Init{Name: "xavier", Gain: 5. / 3}, []nn.Layer{linear, act("tanh")}, 1.100, 0.001, 0.02},
	{"tanh, PyTorch's default", nn.Init{}, []nn.Layer{linear, act("tanh")}, 0.577, 0.001, 0.02},
	{"ReLU, He", nn.Init{Name: "he-uniform"}, []nn.Layer{linear, act("relu")}, 1, 1e-9, 0.02},
	{"ReLU, Xavier", nn.Init{Name: "xavier"}, []nn.Layer{linear, act("relu")}, math.Sqrt(1. / 2), 1e-9, 0.02},
	{"ReLU, PyTorch's default", nn.Init{}, []nn.Layer{linear, act("relu")}, math.Sqrt(1. / 6), 1e-9, 0.02},
}

// normalisedRows have batch normalisation before every activation: √(E φ′²/Var φ), whatever the weights.
var normalisedRows = []tableRow{
	{"ReLU, batch norm", nn.Init{Name: "he-uniform"}, []nn.Layer{linear, nn.BatchNorm{}, act("relu")}, math.Sqrt(math.Pi / (math.Pi - 1)), 0.006, 0.03},
	{"tanh, batch norm", nn.Init{Name: "xavier"}, []nn.Layer{linear, nn.BatchNorm{}, act("tanh")}, 1.085, 0.006, 0.03},
	{"sigmoid, batch norm", nn.Init{}, []nn.Layer{linear, nn.BatchNorm{}, act("sigmoid")}, 1.017, 0.006, 0.03},
	{"linear, batch norm", nn.Init{Name: "xavier"}, []nn.Layer{linear, nn.BatchNorm{}}, 1, 0.006, 0.03},
}

// skipRows have skip connections, or layer normalisation. Where there is no number, the factor changes from
// block to block; TestSkips has the closed form of those with batch normalisation.
var skipRows = []tableRow{
	{"ReLU, He, skip", nn.Init{Name: "he-uniform"}, []nn.Layer{nn.Residual{Layers: []nn.Layer{act("relu"), linear}}}, math.Sqrt2, 1e-9, 0.02},
	{"tanh, Xavier, skip, activation first", nn.Init{Name: "xavier"}, []nn.Layer{nn.Residual{Layers: []nn.Layer{act("tanh"), linear}}}, 1.10, 0.005, 0.02},
	{"sigmoid, Xavier, skip, activation first", nn.Init{Name: "xavier"}, []nn.Layer{nn.Residual{Layers: []nn.Layer{act("sigmoid"), linear}}}, 1.015, 0.005, 0.02},
	{"tanh, Xavier, skip", nn.Init{Name: "xavier"}, []nn.Layer{nn.Residual{Layers: []nn.Layer{linear, act("tanh")}}}, 1.10, 0.02, 0.02},
	{"sigmoid, Xavier, skip", nn.Init{Name: "xavier"}, []nn.Layer{nn.Residual{Layers: []nn.Layer{linear, act("sigmoid")}}}, 0, 0, 0.02},
	{"ReLU, skip, batch norm first", nn.Init{Name: "he-uniform"}, []nn.Layer{nn.Residual{Layers: []nn.Layer{nn.BatchNorm{}, act("relu"), linear}}}, 0, 0, 0.03},
	{"ReLU, skip, batch norm within", nn.Init{Name: "he-uniform"}, []nn.Layer{nn.Residual{Layers: []nn.Layer{linear, nn.BatchNorm{}, act("relu")}}}, 0, 0, 0.03},
	{"ReLU, skip, batch norm last", nn.Init{Name: "he-uniform"}, []nn.Layer{nn.Residual{Layers: []nn.Layer{act("relu"), linear, nn.BatchNorm{}}}}, 0, 0, 0.03},
	{"tanh, layer norm", nn.Init{Name: "xavier"}, []nn.Layer{linear, nn.LayerNorm{}, act("tanh")}, 0, 0, 0.03},
}

// TestTable compares, in the middle of each network, the recursion's factor for each block with the
// engine's, and with the theory of others.
func TestTable(t *testing.T) {
	for _, row := range slices.Concat(plainRows, normalisedRows, skipRows) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.check(t)
		})
	}
}

func (row tableRow) model() nn.Model {
	return nn.Model{Init: row.init, Layers: []nn.Layer{nn.Repeat{Times: depth, Layers: row.block}, nn.Linear{Out: nn.Classes}}}
}

// check compares over the ten blocks in the middle.
func (row tableRow) check(t *testing.T) {
	in := nn.Shape{width}
	p, err := Predict(row.model(), in, 10, batch, Moments{Second: 1})
	if err != nil {
		t.Fatal(err)
	}
	networks := seeds
	if row.theory == 0 {
		networks = 1 // nobody else has a number
	}
	got := measure(t, row.model(), in, batch, networks, 0)
	positions := (len(p.Positions) - 1) / depth // of a block
	first, last := 5*positions-1, 15*positions-1
	recursion := math.Pow(p.Positions[first].Gradient/p.Positions[last].Gradient, 1./10)
	factor := math.Pow(got.gradient[first]/got.gradient[last], 1./20)
	t.Logf("recursion %.4f, measured %.4f, theory %.4f", recursion, factor, row.theory)
	approx(t, "measured factor", factor, recursion, row.within*recursion)
	if row.theory != 0 {
		approx(t, "factor", recursion, row.theory, row.tolerance)
	}
}

// TestSmallBatches: batch normalisation of eight values divides by variances that chance makes small.
func TestSmallBatches(t *testing.T) {
	t.Parallel()
	const batch, networks = 8, 40
	in := nn.Shape{256}
	m := nn.Model{Init: nn.Init{Name: "xavier"}, Layers: []nn.Layer{
		nn.Repeat{Times: 4, Layers: []nn.Layer{nn.Linear{Out: 256}, nn.BatchNorm{}, act("tanh")}}, nn.Linear{Out: nn.Classes}}}
	p, err := Predict(m, in, 10, batch, Moments{Second: 1})
	if err != nil {
		t.Fatal(err)
	}
	got := measure(t, m, in, batch, networks, 0)
	recursion := p.Positions[2].Gradient / p.Positions[11].Gradient // over three blocks
	factor := math.Sqrt(got.gradient[2] / got.gradient[11])
	t.Logf("recursion %.3f, measured %.3f", recursion, factor)
	approx(t, "measured", factor, recursion, 0.08*recursion)
}

// TestSkips compares the closed form of residual blocks that begin with batch normalisation with the
// recursion and with the engine, over all blocks but the last.
func TestSkips(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row   tableRow
		start float64 // the input's variance over what a block adds
	}{
		// σ_w² Var φ = 2·(1/2 − 1/2π), and Var φ.
		{skipRows[5], 1 / (1 - 1/math.Pi)},
		{skipRows[6], 1 / (0.5 - 0.5/math.Pi)},
	} {
		in := nn.Shape{width}
		// Small logits: else samples share much of their gradient, which batch normalisation takes away.
		m := nn.Model{Init: c.row.init, Layers: []nn.Layer{nn.Repeat{Times: depth, Layers: c.row.block}, nn.Linear{Out: nn.Classes, Init: nn.Init{Name: "normal", Std: 1e-4}}}}
		p, err := Predict(m, in, 10, batch, Moments{Second: 1})
		if err != nil {
			t.Fatal(err)
		}
		got := measure(t, m, in, batch, 1, 0)
		positions := (len(p.Positions) - 1) / depth
		first, last := positions-1, (depth-1)*positions-1 // the outputs of the first block and of the last but one
		want, err := Skips(nn.Activation{Name: "relu"}, c.start+1, depth-2)
		if err != nil {
			t.Fatal(err)
		}
		recursion := p.Positions[first].Gradient / p.Positions[last].Gradient
		factor := math.Sqrt(got.gradient[first] / got.gradient[last])
		t.Logf("%s: closed form %.3f, recursion %.3f, measured %.3f", c.row.name, want, recursion, factor)
		approx(t, c.row.name+": recursion", recursion, want, 0.05*want)
		approx(t, c.row.name+": measured", factor, want, 0.05*want)
	}
	// Block by block: the product of √(1 + χ/(l + l₀)).
	product := 1.0
	for l := range 20 {
		product *= math.Sqrt(1 + math.Pi/(math.Pi-1)/(float64(l)+1.5))
	}
	all, err := Skips(nn.Activation{Name: "relu"}, 1.5, 20)
	if err != nil {
		t.Fatal(err)
	}
	approx(t, "closed form", all, product, 1e-9*product)
}

// TestNormalised compares χ of batch-normalised layers with the closed forms that there are.
func TestNormalised(t *testing.T) {
	for name, want := range map[string]float64{"relu": math.Pi / (math.Pi - 1), "identity": 1} {
		got, err := Normalised(nn.Activation{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		approx(t, name, got, want, 1e-9)
	}
}

// TestPositions compares every figure with the engine's, at every position of small networks of wide layers.
func TestPositions(t *testing.T) {
	image := nn.Shape{6, 6, 24}
	conv := nn.Conv2d{Filters: 256, Kernel: nn.Square(3), Padding: nn.Square(1)}
	valid := nn.Conv2d{Filters: 256, Kernel: nn.Square(3)}
	for _, c := range []struct {
		name string
		in   nn.Shape
		mean float64 // of the input
		nn.Model
	}{
		{"tanh, biases", nn.Shape{300}, 0.5, nn.Model{Layers: []nn.Layer{nn.Linear{Out: 400}, act("tanh"), nn.Linear{Out: 500}, act("tanh"), nn.Linear{Out: nn.Classes}}}},
		{"widths, Xavier", nn.Shape{300}, 1, nn.Model{Init: nn.Init{Name: "xavier", Gain: 2}, Layers: []nn.Layer{nn.Linear{Out: 600}, act("sigmoid"), nn.Linear{Out: 1000}, act("scaled-sigmoid"), nn.Linear{Out: nn.Classes}}}},
		{"orthogonal, tall and wide", nn.Shape{300}, 0, nn.Model{Init: nn.Init{Name: "orthogonal", Gain: 1.5}, Layers: []nn.Layer{nn.Linear{Out: 600}, act("gelu"), nn.Linear{Out: 300}, act("silu"), nn.Linear{Out: nn.Classes}}}},
		{"normal, leaky", nn.Shape{300}, 0, nn.Model{Init: nn.Init{Name: "normal", Std: 0.06}, Layers: []nn.Layer{nn.Linear{Out: 400}, nn.Activation{Name: "leaky-relu", Slope: 0.2}, nn.Linear{Out: 400}, act("relu"), nn.Linear{Out: nn.Classes}}}},
		{"convolutions", image, 0.3, nn.Model{Init: nn.Init{Name: "he"}, Layers: []nn.Layer{conv, act("relu"), conv, act("relu"), nn.Flatten{}, nn.Linear{Out: nn.Classes}}}},
		{"strides", image, 0, nn.Model{Init: nn.Init{Name: "lecun"}, Layers: []nn.Layer{nn.Conv2d{Filters: 256, Kernel: nn.Square(4), Stride: nn.Square(2)}, act("tanh"), nn.Flatten{}, nn.Linear{Out: 300}, act("tanh"), nn.Linear{Out: nn.Classes}}}},
		{"average pooling", image, 0.3, nn.Model{Init: nn.Init{Name: "lecun"}, Layers: []nn.Layer{conv, act("tanh"), nn.AvgPool2d{Kernel: nn.Square(2)}, conv, act("tanh"), nn.Flatten{}, nn.Linear{Out: nn.Classes}}}},
		{"batch norm", image, 0.3, nn.Model{Init: nn.Init{Name: "he"}, Layers: []nn.Layer{valid, nn.BatchNorm{}, act("relu"), valid, nn.BatchNorm{}, act("tanh"), nn.Flatten{}, nn.Linear{Out: nn.Classes}}}},
		{"layer norm", image, 0.3, nn.Model{Init: nn.Init{Name: "he"}, Layers: []nn.Layer{conv, nn.LayerNorm{}, act("relu"), nn.Flatten{}, nn.Linear{Out: 300}, nn.LayerNorm{}, act("tanh"), nn.Linear{Out: nn.Classes}}}},
		{"projections", image, 0, nn.Model{Init: nn.Init{Name: "lecun"}, Layers: []nn.Layer{
			nn.Residual{Layers: []nn.Layer{nn.Conv2d{Filters: 256, Kernel: nn.Square(2), Stride: nn.Square(2)}, act("tanh")}}, nn.Flatten{},
			nn.Residual{Layers: []nn.Layer{nn.Linear{Out: 300}, nn.BatchNorm{}, act("relu")}}, nn.Linear{Out: nn.Classes},
		}}},
		{"max pooling", image, 0, nn.Model{Init: nn.Init{Name: "lecun"}, Layers: []nn.Layer{nn.Conv2d{Filters: 256, Kernel: nn.Square(1)}, act("tanh"), nn.MaxPool2d{Kernel: nn.Square(2)}, conv, act("tanh"), nn.Flatten{}, nn.Linear{Out: nn.Classes}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const n, seeds = 32, 4
			x := Moments{Mean: c.mean, Second: 1 + c.mean*c.mean, Product: c.mean * c.mean}
			if len(c.in) == 3 {
				square := x.Product
				x.Near = &[len(lags)]float64{square, square, square, square, square}
			}
			p, err := Predict(c.Model, c.in, 10, n, x)
			if err != nil {
				t.Fatal(err)
			}
			got := measure(t, c.Model, c.in, n, seeds, c.mean)
			for i, q := range p.Positions {
				// The mean square of a unit's weighted sum is that of one Gaussian variable, if all samples share it.
				units := q.Shape[len(q.Shape)-1]
				if q.Kind == "flatten" {
					continue // the position before it
				}
				room := 3.5 * math.Sqrt(2/float64(units*seeds))
				approx(t, q.Name+": mean square", got.second[i], q.Activation.Second, room*q.Activation.Second)
				approx(t, q.Name+": mean", got.mean[i], q.Activation.Mean, room*math.Sqrt(q.Activation.Second))
				approx(t, q.Name+": gradient", math.Sqrt(got.gradient[i]), q.Gradient, 0.08*q.Gradient)
				if !math.IsNaN(q.Saturated) {
					approx(t, q.Name+": saturated", got.saturated[i], q.Saturated, 0.03)
				}
			}
		})
	}
}
