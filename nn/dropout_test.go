package nn

import (
	"math"
	"slices"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// TestDropoutOverwrites: which layers have no buffers of their own, on steps that are not kept.
func TestDropoutOverwrites(t *testing.T) {
	conv, relu, tanh, drop := Conv2d{Filters: 2, Kernel: Square(1)}, Activation{Name: "relu"}, Activation{Name: "tanh"}, Dropout{Rate: 0.5}
	for _, c := range []struct {
		name   string
		layers []Layer
		want   []string
	}{
		{"after ReLU, whose gradient it leaves", []Layer{conv, relu, drop}, []string{"relu1", "dropout1"}},
		{"after tanh, whose gradient reads what it gave", []Layer{conv, tanh, drop}, []string{"tanh1"}},
		{"after a sum of products", []Layer{conv, drop, conv}, []string{"dropout1"}},
		{"before an activation", []Layer{conv, drop, tanh}, []string{"dropout1"}},
		{"between two activations", []Layer{conv, relu, drop, tanh}, []string{"relu1", "dropout1"}},
		{"after a pooling for which ReLU waits", []Layer{conv, relu, MaxPool2d{Kernel: Square(2)}, drop}, []string{"relu1", "dropout1"}},
		{"after the plan's input", []Layer{drop, conv}, nil},
		{"after what a block adds", []Layer{conv, Residual{Layers: []Layer{drop, conv}}}, nil},
	} {
		p := compiled[float32](t, Model{Layers: append(c.layers, Flatten{}, Linear{Out: Classes})}, Shape{4, 4, 3}, Options{Batch: 2})
		var got []string
		for i, l := range p.layers {
			if p.overwrites(i) {
				got = append(got, l.Name)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v overwrite, want %v", c.name, got, c.want)
		}
	}
}

// droppedModel is a network with every kind of dropout.
func droppedModel() Model {
	return Model{Layers: []Layer{
		Dropout{Rate: 0.1}, Conv2d{Filters: 4, Kernel: Square(3), Padding: Square(1)}, Activation{Name: "tanh"}, Dropout{Rate: 0.3, Spatial: true},
		Flatten{}, Linear{Out: 30}, Activation{Name: "sigmoid"}, Dropout{Rate: 0.5}, Linear{Out: Classes},
	}}
}

// TestDropoutGradientByDifferences: with its masks frozen, a network's gradient is that of its loss.
func TestDropoutGradientByDifferences(t *testing.T) {
	const n, h = 3, 1e-5
	p := compiled[float64](t, droppedModel(), Shape{4, 5, 2}, Options{Batch: n, Seed: 5})
	p.SetMasks(5, 77)
	x, labels := samples[float64](1, n, Shape{4, 5, 2})
	loss := func() float64 {
		p.Forward(x, n)
		return p.Loss(labels, n)
	}
	loss()
	p.Backward(n)
	for _, q := range p.Params() {
		for i := 0; i < len(q.Data); i += 1 + len(q.Data)/20 {
			w := q.Data[i]
			q.Data[i] = w + h
			up := loss()
			q.Data[i] = w - h
			down := loss()
			q.Data[i] = w
			if want := (up - down) / (2 * h); math.Abs(q.Grad[i]-want) > 1e-8 {
				t.Errorf("gradient of %s [%d] = %v, by differences %v", q.Name, i, q.Grad[i], want)
			}
		}
	}
}

// TestDropoutEvaluates: evaluation is the network without it, and takes expectations exactly.
func TestDropoutEvaluates(t *testing.T) {
	in := Shape{4, 5, 2}
	p := compiled[float32](t, droppedModel(), in, Options{Batch: 4, Seed: 5})
	without := droppedModel()
	without.Layers = slices.DeleteFunc(without.Layers, func(l Layer) bool { _, drops := l.(Dropout); return drops })
	q := compiled[float32](t, without, in, Options{Batch: 4, Seed: 5})
	x, _ := samples[float32](1, 4, in)
	for _, keep := range []bool{true, false} {
		p.Keep(keep)
		p.SetTraining(false)
		if got, want := p.Forward(x, 4), q.Forward(x, 4); !slices.Equal(got, want) {
			t.Errorf("keep %v: logits %v, without dropout %v", keep, got, want)
		}
		p.SetTraining(true)
		if got, want := p.Forward(x, 4), q.Forward(x, 4); slices.Equal(got, want) {
			t.Errorf("keep %v: training drops nothing", keep)
		}
	}
}

// TestMasksOfSteps: each step has a mask of its own, and so have layer and seed; a mask is the same for however
// many samples a plan takes at a time.
func TestMasksOfSteps(t *testing.T) {
	m := Model{Layers: []Layer{Dropout{Rate: 0.5}, Dropout{Rate: 0.5}, Linear{Out: Classes}}}
	p := compiled[float32](t, m, Shape{100}, Options{Batch: 4, Seed: 5})
	x := slices.Repeat([]float32{1}, 400)
	first := func() []bool { return kept(p, 0, x) }
	start := first()
	if !slices.Equal(first(), start) {
		t.Error("a mask changes by itself")
	}
	p.SetMasks(5, 0)
	if !slices.Equal(first(), start) {
		t.Error("Compile's masks are not those of its seed and step 0")
	}
	p.SetMasks(5, 1)
	if slices.Equal(first(), start) {
		t.Error("two steps have one mask")
	}
	p.SetMasks(6, 0)
	if slices.Equal(first(), start) {
		t.Error("two seeds have one mask")
	}
	p.SetMasks(5, 0)
	p.Forward(x, 4)
	both := 0
	for i, v := range p.Activation(1, 4) {
		if v > 0 && !start[i] {
			t.Fatal("the second layer brings back what the first one dropped")
		}
		if v > 0 {
			both++
		}
	}
	if both < 60 || both > 140 { // of 400, 100 ± 8.7
		t.Errorf("two layers keep %d of 400: their masks are not independent", both)
	}
	larger, err := p.WithBatch(7)
	if err != nil {
		t.Fatal(err)
	}
	if got := kept(larger, 0, x); !slices.Equal(got, start) {
		t.Error("a plan of another size has other masks")
	}
	if n := testing.AllocsPerRun(10, func() { p.SetMasks(9, 9) }); n > 0 {
		t.Errorf("SetMasks allocates %v times", n)
	}
}

func kept(p *Plan[float32], layer int, x []float32) []bool {
	p.Forward(x, 4)
	var out []bool
	for _, v := range p.Activation(layer, 4) {
		out = append(out, v > 0)
	}
	return out
}

// TestDivergedDropoutSameBits: what is dropped has no gradient, also where the gradient is no number, so that a
// network which diverges does so alike however its steps are run.
func TestDivergedDropoutSameBits(t *testing.T) {
	m := Model{Layers: []Layer{Linear{Out: 20}, Activation{Name: "relu"}, Dropout{Rate: 0.5}, Linear{Out: Classes}}}
	x, labels := samples[float32](1, 2, Shape{6})
	want := ""
	for _, isa := range kernel.Available() {
		for _, keep := range []bool{true, false} {
			p := compiled[float32](t, m, Shape{6}, Options{Batch: 2, Seed: 1, Engine: kernel.New(isa, 1)})
			p.Params()[2].Data[0] = float32(math.Inf(1))
			p.Keep(keep)
			p.Forward(x, 2)
			p.Loss(labels, 2)
			p.BackwardUpdate(2, optim.SGD{Rate: 0.1}, false)
			if want == "" {
				want = p.Digest()
			}
			if got := p.Digest(); got != want {
				t.Errorf("%v, keep %v: %s, want %s", isa, keep, got, want)
			}
		}
	}
}

func TestDropoutErrors(t *testing.T) {
	for _, l := range []Dropout{{Rate: -0.1}, {Rate: 1}, {Rate: math.NaN()}, {Rate: 1e-9}, {Rate: 0.9999999}, {Rate: 0.5, Spatial: true}} {
		_, err := Compile[float32](Model{Layers: []Layer{Linear{Out: 3}, l, Linear{Out: Classes}}}, Shape{2}, 3, Options{Batch: 1})
		if err == nil {
			t.Errorf("%+v is no error", l)
		}
	}
	p := compiled[float32](t, Model{Layers: []Layer{Dropout{}, Linear{Out: Classes}}}, Shape{2}, Options{Batch: 1})
	if !p.layers[0].aliases() {
		t.Error("dropout of rate 0 runs something")
	}
}
