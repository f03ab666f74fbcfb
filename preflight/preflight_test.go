package preflight

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/theory"
	"gradlab/train"
)

func act(name string) nn.Layer { return nn.Activation{Name: name} }

// lenet is the network of the built-in studies.
func lenet(activation string) nn.Model {
	a, pool := act(activation), nn.MaxPool2d{Kernel: nn.Square(2)}
	return nn.Model{Layers: []nn.Layer{
		nn.Conv2d{Filters: 6, Kernel: nn.Square(5)}, a, pool, nn.Conv2d{Filters: 16, Kernel: nn.Square(5)}, a, pool,
		nn.Flatten{}, nn.Linear{Out: 120}, a, nn.Linear{Out: 84}, a, nn.Linear{Out: nn.Classes},
	}}
}

// mlp has depth hidden layers of 48.
func mlp(depth int, activation string, init nn.Init, more ...nn.Layer) nn.Model {
	block := append([]nn.Layer{nn.Linear{Out: 48}}, append(more, act(activation))...)
	return nn.Model{Init: init, Layers: []nn.Layer{nn.Flatten{}, nn.Repeat{Times: depth, Layers: block}, nn.Linear{Out: nn.Classes}}}
}

func shapes(t *testing.T) *data.Dataset {
	t.Helper()
	set, err := data.Shapes(context.Background(), 600, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// dark is the set with all pixels divided by forty.
func dark(set *data.Dataset) *data.Dataset {
	train, out := *set.Train, *set
	train.Pixels = slices.Clone(train.Pixels)
	for i := range train.Pixels {
		train.Pixels[i] /= 40
	}
	out.Train = &train
	return &out
}

func config(rate float64, batch int) train.Config {
	return train.Config{Epochs: 20, Batch: batch, Rule: optim.SGD{Rate: rate}}
}

func look(t *testing.T, m nn.Model, c train.Config, set *data.Dataset) *Report {
	t.Helper()
	r, err := Look(context.Background(), Subject{Model: m, Train: c, Data: set}, []uint64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestVerdicts plants one trouble after the other in networks that are healthy without.
//
// What is found in each may be more: a saturated network has large logits as well.
func TestVerdicts(t *testing.T) {
	set := shapes(t)
	xavier := nn.Init{Name: "xavier"}
	for _, c := range []struct {
		name           string
		model          nn.Model
		train          train.Config
		set            *data.Dataset
		trouble, cause string // "" for a healthy network
	}{
		{"tanh LeNet", lenet("tanh"), config(0.01, 4), set, "", ""},
		{"sigmoid LeNet", lenet("sigmoid"), config(0.01, 4), set, Vanishing, Activation},
		{"deep tanh, Xavier", mlp(12, "tanh", xavier), config(0.02, 8), set, "", ""},
		{"deep tanh, PyTorch's default", mlp(12, "tanh", nn.Init{}), config(0.02, 8), set, Vanishing, Initialisation},
		{"deep sigmoid", mlp(30, "sigmoid", nn.Init{}), config(0.02, 8), set, Vanishing, TooDeep},
		{"ReLU, gain 3", mlp(10, "relu", nn.Init{Name: "he", Gain: 3}), config(0.001, 8), set, Exploding, Initialisation},
		{"ReLU, He", mlp(4, "relu", nn.Init{Name: "he"}), config(0.02, 8), set, "", ""},
		{"saturated", mlp(3, "tanh", nn.Init{Name: "xavier", Gain: 12}), config(0.001, 8), set, "saturation", Initialisation},
		{"large logits", nn.Model{Init: xavier, Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: 48}, act("tanh"), nn.Linear{Out: nn.Classes, Init: nn.Init{Name: "normal", Std: 2}}}}, config(0.001, 8), set, "large logits", Initialisation},
		{"rate too high", mlp(3, "relu", nn.Init{Name: "he"}), config(5, 8), set, "steps too large", LearningRate},
		{"rate too low", mlp(3, "relu", nn.Init{Name: "he"}), config(1e-6, 8), set, "steps too small", LearningRate},
		{"constant", mlp(3, "tanh", nn.Init{Name: "constant", Value: 0.1}), config(0.02, 8), set, "symmetric units", Initialisation},
		{"batch norm of four", mlp(3, "relu", nn.Init{Name: "he"}, nn.BatchNorm{}), config(0.02, 4), set, "batch norm of few values", Normalisation},
		{"batch norm", mlp(3, "relu", nn.Init{Name: "he"}, nn.BatchNorm{}), config(0.02, 32), set, "", ""},
		{"dark images", mlp(3, "tanh", xavier), config(0.02, 8), dark(set), "input scale", InputScale},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := look(t, c.model, c.train, c.set)
			found := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Trouble == c.trouble && f.Cause == c.cause })
			if c.trouble == "" && !r.Healthy() || c.trouble != "" && !found {
				t.Errorf("findings %+v, want %q of %q; overfit %+v", r.Findings, c.trouble, c.cause, r.Overfit)
			}
			for _, f := range r.Findings {
				if f.Text == "" || len(f.Try) == 0 {
					t.Errorf("%s says %q and advises %q", f.Trouble, f.Text, f.Try)
				}
			}
			if _, err := json.Marshal(r); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCIFAR10 is what must hold on real data: sigmoid vanishes, tanh is healthy.
func TestCIFAR10(t *testing.T) {
	path := os.Getenv("GRADLAB_CIFAR10")
	if path == "" {
		t.Skip("GRADLAB_CIFAR10 names no archive")
	}
	spec, err := data.ParseSpec(path)
	if err != nil {
		t.Fatal(err)
	}
	set, err := data.Open(context.Background(), spec, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := look(t, lenet("tanh"), config(0.01, 4), set); !r.Healthy() {
		t.Errorf("tanh: %+v", r.Findings)
	}
	deep := lenet("sigmoid")
	layers := slices.Clone(deep.Layers[:len(deep.Layers)-1])
	for range 4 {
		layers = append(layers, nn.Linear{Out: 84}, act("sigmoid"))
	}
	deep.Layers = append(layers, nn.Linear{Out: nn.Classes})
	for _, m := range []nn.Model{lenet("sigmoid"), deep} {
		r := look(t, m, config(0.01, 4), set)
		if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Trouble == Vanishing }) {
			t.Errorf("sigmoid: %+v", r.Findings)
		}
	}
}

// glance is what Look begins with.
func glance(t *testing.T, s Subject) (*seen, *theory.Prediction) {
	t.Helper()
	all, err := s.measure(context.Background(), []uint64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	p, err := theory.Predict(s.Model, s.shape(), s.classes(), all.batch, all.input)
	if err != nil {
		t.Fatal(err)
	}
	return all, p
}

// TestPredictedAgainstMeasured: at every position of a convolutional network on images.
func TestPredictedAgainstMeasured(t *testing.T) {
	m := lenet("tanh")
	m.Layers[0] = nn.Conv2d{Filters: 64, Kernel: nn.Square(5)}
	m.Layers[3] = nn.Conv2d{Filters: 64, Kernel: nn.Square(5)}
	all, p := glance(t, Subject{Model: m, Train: config(0.01, 32), Data: shapes(t)})
	near := func(what string, p Pair, tolerance float64) {
		if p.Measured.N > 0 && math.Abs(float64(p.Predicted-p.Measured.Mean)) > tolerance {
			t.Errorf("%s: predicted %v, measured %+v", what, p.Predicted, p.Measured)
		}
	}
	for _, q := range all.positions(p, optim.SGD{Rate: 0.01}) {
		near(q.Name+": gradient", q.Gradient, 0.08*float64(q.Gradient.Predicted))
		near(q.Name+": factor", q.Factor, 0.08*float64(q.Factor.Predicted))
		near(q.Name+": saturated", q.Saturated, 0.02)
		// Images of a class look alike, and so do their gradients: of that theory knows nothing.
		near(q.Name+": update ratio", q.UpdateRatio, 0.35*float64(q.UpdateRatio.Predicted))
	}
	near("loss", Pair{Number(p.Loss), all.loss}, 0.03)
	fall := newFall(all, p).Total
	near("fall", fall, 0.15*float64(fall.Predicted))
}

// TestAdviceHolds: a network with a remedy that is advised has the gradient that theory promised.
func TestAdviceHolds(t *testing.T) {
	s := Subject{Model: mlp(12, "tanh", nn.Init{}), Train: config(0.02, 16), Data: shapes(t)}
	all, _ := glance(t, s)
	cause, try := s.cause(all.input)
	if cause != Initialisation || len(try) == 0 || !strings.Contains(try[0], "-init: ") {
		t.Fatalf("cause %s, advice %q", cause, try)
	}
	for _, init := range []string{"xavier", "orthogonal", "lsuv"} {
		after, _ := glance(t, Subject{Model: mlp(12, "tanh", nn.Init{Name: init}), Train: s.Train, Data: s.Data})
		want := s.remedied(init+"-init", all.input)
		if total := float64(newFall(after, nil).Total.Measured.Mean); math.Abs(math.Log(total/want)) > 0.35 {
			t.Errorf("%s: the first layer gets %v, theory promised %v", init, total, want)
		}
	}
}

// TestFall: of gradients whose norm is halved by every layer, whatever the widths and the pooling between.
func TestFall(t *testing.T) {
	all := &seen{}
	var f figures
	norm := 1.0
	for _, q := range []nn.Position{
		{Name: "conv1", Kind: "conv", Shape: nn.Shape{8, 8, 3}}, {Name: "tanh1", Kind: "tanh", Shape: nn.Shape{8, 8, 3}}, {Name: "maxpool1", Kind: "maxpool", Shape: nn.Shape{4, 4, 3}},
		{Name: "linear1", Kind: "linear", Shape: nn.Shape{100}}, {Name: "linear2", Kind: "linear", Shape: nn.Shape{7}},
	} {
		all.list = append(all.list, q)
		if q.Kind == "conv" || q.Kind == "linear" {
			norm *= 2
		}
		f.gradient = append(f.gradient, norm*norm/float64(q.Shape.Size()))
	}
	all.networks = []figures{f, f}
	fall := newFall(all, nil)
	if math.Abs(float64(fall.Factor.Measured.Mean)-0.5) > 1e-12 || math.Abs(float64(fall.Total.Measured.Mean)-0.25) > 1e-12 || fall.Total.Measured.N != 2 {
		t.Errorf("%+v", fall)
	}
	if !slices.Equal(fall.Positions, []string{"conv1", "linear1", "linear2"}) {
		t.Errorf("positions %v", fall.Positions)
	}
	all.list = all.list[:3]
	if newFall(all, nil) != nil {
		t.Error("one layer of weights has a slope")
	}
}

// TestClipping: whether the first step is cut follows from the norm.
func TestClipping(t *testing.T) {
	set := shapes(t)
	for _, limit := range []float64{1e-3, 1e3} {
		c := config(0.02, 8)
		c.Clip = optim.Clip{By: optim.ClipNorm, Limit: limit}
		s := Subject{Model: mlp(3, "tanh", nn.Init{Name: "xavier"}), Train: c, Data: set}
		all, p := glance(t, s)
		clipping := s.clipping(all, p)
		if cut := clipping.Cut; cut != 1 && limit < 1 || cut != 0 && limit > 1 {
			t.Errorf("limit %v: %v of the batches cut", limit, cut)
		}
		if n := clipping.Norm; math.Abs(float64(n.Predicted/n.Measured.Mean)-1) > 0.2 {
			t.Errorf("norm predicted %v, measured %+v", n.Predicted, n.Measured)
		}
	}
}

func TestErrors(t *testing.T) {
	set := shapes(t)
	if _, err := Look(context.Background(), Subject{Model: lenet("tanh"), Train: config(0.01, 4), Data: set}, nil); err == nil {
		t.Error("no seeds are no error")
	}
	if _, err := Look(context.Background(), Subject{Model: nn.Model{Layers: []nn.Layer{nn.Linear{Out: 3}}}, Train: config(0.01, 4), Data: set}, []uint64{1}); err == nil {
		t.Error("a model that does not fit is no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Look(ctx, Subject{Model: lenet("tanh"), Train: config(0.01, 4), Data: set}, []uint64{1}); err == nil {
		t.Error("an ended context is no error")
	}
}
