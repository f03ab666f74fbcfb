package gradcheck

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gradlab/internal/rng"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/remedy"
	"gradlab/train"
)

var models = flag.Int("models", 20, "how many random correct networks the checker looks at")

// TestRandomCorrectModels draws networks without a fault, which the checker must not call wrong: all layers, losses,
// penalties and remedies, odd shapes, dead ReLUs, ties in pooling, saturated units, zero inputs, tiny and huge scales.
//
//	go test ./gradcheck -run RandomCorrect -models 700 -v
func TestRandomCorrectModels(t *testing.T) {
	if err := flag.Set("rapid.checks", fmt.Sprint(*models)); err != nil {
		t.Fatal(err)
	}
	if seed := flag.Lookup("rapid.seed"); seed.Value.String() == "0" && *models <= 20 { // the few of every run are the same: one in a few thousand may be hard
		if err := flag.Set("rapid.seed", "1"); err != nil {
			t.Fatal(err)
		}
		defer flag.Set("rapid.seed", "0")
	}
	total := map[Verdict]int{}
	var decided Decided
	var open []string
	rapid.Check(t, func(t *rapid.T) {
		s := drawSubject(t)
		r, err := Model(context.Background(), s, Options{Seed: rapid.Uint64().Draw(t, "seed"), PerTensor: 8, Threads: 1})
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		total[r.Verdict]++
		for _, l := range r.Looks {
			decided = decided.Plus(l.Decided)
		}
		switch r.Verdict {
		case Fail:
			t.Fatalf("a network without a fault fails: %s\n%+v\n%s", r.Reason, s, details(r))
		case Inconclusive:
			open = append(open, undecided(r, s))
		}
	})
	t.Logf("%d networks: %d pass, %d fail, %d inconclusive\ndecided %+v\n%s",
		total[Pass]+total[Fail]+total[Inconclusive], total[Pass], total[Fail], total[Inconclusive], decided, strings.Join(open, "\n"))
}

// drawSubject draws a network and what it is checked on.
func drawSubject(t *rapid.T) Subject {
	d := drawer{t: t}
	d.shape = nn.Shape{d.between(1, 9, "features")}
	if d.flag("image") {
		d.shape = nn.Shape{d.between(2, 7, "height"), d.between(2, 7, "width"), d.between(1, 3, "channels")}
	}
	s := Subject{In: slices.Clone(d.shape), Classes: rapid.SampledFrom([]int{2, 2, 3, 3, 4, 4, 5, 1}).Draw(t, "classes")}
	s.Model.Layers = d.layers(6, 0)
	if len(d.shape) == 3 {
		s.Model.Layers = append(s.Model.Layers, nn.Flatten{})
	}
	s.Model.Layers = append(s.Model.Layers, nn.Linear{Out: nn.Classes})
	s.Model.Init = d.init()
	if rapid.Bool().Draw(t, "penalised") {
		small := rapid.SampledFrom([]float64{0, 1e-5, 1e-2, 1})
		s.Rule = optim.SGD{WeightDecay: small.Draw(t, "decay"), Penalty: optim.Penalty{
			L1: small.Draw(t, "L1"), L2: small.Draw(t, "L2"), Biases: rapid.Bool().Draw(t, "biases"), Norms: rapid.Bool().Draw(t, "norms"),
		}}
		s.Rule.Momentum = rapid.SampledFrom([]float64{0, 0.9}).Draw(t, "momentum")
		s.Rule.Nesterov = s.Rule.Momentum > 0 && rapid.Bool().Draw(t, "nesterov")
		s.Rule.MaxNorm = rapid.SampledFrom([]float64{0, 1}).Draw(t, "largest norm")
	}
	s.Rule.Rate = rapid.SampledFrom([]float64{0.001, 0.05, 0.5}).Draw(t, "rate")
	s.Smoothing = rapid.SampledFrom([]float64{0, 0, 0, 0.1, 0.1, 0.1, 0.5, 1}).Draw(t, "smoothing")
	d.remedied(&s)
	d.samples(&s)
	return s
}

// drawer draws layers, and keeps the shape of what the newest one gives.
type drawer struct {
	t     *rapid.T
	shape nn.Shape
}

func (d *drawer) between(low, high int, what string) int {
	return rapid.IntRange(low, high).Draw(d.t, what)
}

func (d *drawer) flag(what string) bool { return rapid.Bool().Draw(d.t, what) }

func (d *drawer) layers(most, depth int) []nn.Layer {
	var all []nn.Layer
	for range d.between(1, most, "layers") {
		all = append(all, d.layer(depth))
	}
	return all
}

func (d *drawer) layer(depth int) nn.Layer {
	image := len(d.shape) == 3
	switch choice := d.between(0, 9, "kind"); {
	case choice <= 2:
		return d.activation()
	case choice == 3:
		return nn.BatchNorm{NoAffine: d.flag("without weights"), Epsilon: rapid.SampledFrom([]float64{0, 1e-3, 1}).Draw(d.t, "epsilon")}
	case choice == 4:
		return nn.LayerNorm{NoAffine: d.flag("without weights"), Epsilon: rapid.SampledFrom([]float64{0, 1e-3, 1}).Draw(d.t, "epsilon")}
	case choice == 5:
		return nn.Dropout{Rate: rapid.SampledFrom([]float64{0, 0.1, 0.5, 0.9}).Draw(d.t, "rate"), Spatial: image && d.flag("spatial")}
	case choice == 6 && depth < 2:
		return d.block(depth)
	case image && choice == 7:
		k, s, p := d.window(true)
		if d.flag("average") {
			return nn.AvgPool2d{Kernel: k, Stride: s, Padding: p}
		}
		return nn.MaxPool2d{Kernel: k, Stride: s, Padding: p}
	case image && choice == 8:
		d.shape = nn.Shape{d.shape.Size()}
		return nn.Flatten{}
	case image:
		k, s, p := d.window(false)
		d.shape[2] = d.between(1, 4, "filters")
		return nn.Conv2d{Filters: d.shape[2], Kernel: k, Stride: s, Padding: p, NoBias: d.flag("no bias")}
	case choice == 7:
		same := nn.Linear{Out: d.shape[0], NoBias: d.flag("no bias")}
		return nn.Repeat{Times: d.between(0, 3, "times"), Layers: []nn.Layer{same, d.activation()}}
	}
	d.shape = nn.Shape{d.between(1, 9, "out")}
	return nn.Linear{Out: d.shape[0], NoBias: d.flag("no bias")}
}

func (d *drawer) activation() nn.Activation {
	a := nn.Activation{Name: rapid.SampledFrom(nn.Activations()).Draw(d.t, "activation")}
	if a.Name == "leaky-relu" {
		a.Slope = rapid.SampledFrom([]float64{0, 0.2, -0.5}).Draw(d.t, "slope")
	}
	return a
}

// block draws a residual block, or its layers without the sum where no projection fits.
func (d *drawer) block(depth int) nn.Layer {
	before := slices.Clone(d.shape)
	inner := d.layers(3, depth+1)
	r := nn.Residual{Layers: inner}
	if _, err := nn.Positions(nn.Model{Layers: []nn.Layer{r}}, before, 1); err == nil {
		return r
	}
	return nn.Repeat{Times: 1, Layers: inner}
}

// window draws kernel, stride and padding, and moves the shape on.
func (d *drawer) window(pool bool) (kernel, stride, padding nn.Pair) {
	if pool {
		kernel = nn.Pair{H: d.between(1, min(3, d.shape[0]), "kernel"), W: d.between(1, min(3, d.shape[1]), "kernel")}
		padding = nn.Pair{H: d.between(0, kernel.H/2, "padding"), W: d.between(0, kernel.W/2, "padding")}
	} else {
		padding = nn.Pair{H: d.between(0, 1, "padding"), W: d.between(0, 2, "padding")}
		kernel = nn.Pair{H: d.between(1, min(3, d.shape[0]+2*padding.H), "kernel"), W: d.between(1, min(4, d.shape[1]+2*padding.W), "kernel")}
	}
	used := nn.Square(1)
	if pool {
		used = kernel
	}
	if d.flag("strided") {
		stride = nn.Pair{H: d.between(1, 3, "stride"), W: d.between(1, 3, "stride")}
		used = stride
	}
	h, w := d.shape[0]+2*padding.H-kernel.H, d.shape[1]+2*padding.W-kernel.W
	d.shape = nn.Shape{h/used.H + 1, w/used.W + 1, d.shape[2]}
	return kernel, stride, padding
}

// init draws an initialisation. Constants make all units alike; large and small gains saturate and starve them.
func (d *drawer) init() nn.Init {
	i := nn.Init{Name: rapid.SampledFrom(nn.Inits()).Draw(d.t, "init")}
	switch i.Name {
	case "constant":
		i.Value = rapid.SampledFrom([]float64{0, 0.1, -1}).Draw(d.t, "value")
	case "normal":
		i.Std = rapid.SampledFrom([]float64{1e-3, 0.1, 2}).Draw(d.t, "std")
	case "zeros", "lsuv":
	default:
		i.Gain = rapid.SampledFrom([]float64{0, 0.01, 5}).Draw(d.t, "gain")
	}
	return i
}

// remedied applies a remedy to some networks, where it has something to change.
func (d *drawer) remedied(s *Subject) {
	names := append([]string{remedy.None}, remedy.Names()...)
	r, err := remedy.Parse(rapid.SampledFrom(names).Draw(d.t, "remedy"))
	if err != nil {
		d.t.Fatal(err)
	}
	all, err := r.Variants(s.Model, train.Config{Epochs: 1, Batch: 4, Rule: s.Rule, LabelSmoothing: s.Smoothing})
	if err != nil || len(all) == 0 {
		return
	}
	v := remedy.Draw(all, rapid.Uint64().Draw(d.t, "which"))
	if _, err := nn.Positions(v.Model, s.In, s.Classes); err == nil {
		s.Model, s.Rule, s.Smoothing = v.Model, v.Train.Rule, v.Train.LabelSmoothing
	}
}

// samples draws some: numbers of a scale, or few whole ones, which tie in pooling, or zeros.
func (d *drawer) samples(s *Subject) {
	n := d.between(1, 5, "samples")
	scale := rapid.SampledFrom([]float64{1e-4, 1, 1, 1e3}).Draw(d.t, "scale")
	kind := rapid.SampledFrom([]string{"normal", "normal", "normal", "normal", "normal", "whole", "whole", "zero", "alike"}).Draw(d.t, "samples are")
	s.X = make([]float64, n*s.In.Size())
	r := rng.New(rapid.Uint64().Draw(d.t, "numbers"), "random networks", "", 0)
	for i := range s.X {
		switch kind {
		case "normal":
			s.X[i] = scale * r.Normal()
		case "whole":
			s.X[i] = float64(r.Intn(3) - 1)
		case "alike":
			s.X[i] = scale
		}
	}
}

// details lists what failed.
func details(r *Report) string {
	var b strings.Builder
	for _, l := range r.Looks {
		for _, t := range l.Tensors {
			if t.Verdict == Fail {
				fmt.Fprintf(&b, "%s: %s, norm %.3g, worst %+v, %+v\n", l.When, t.Name, t.Norm, *t.Worst, t.Decided)
			}
		}
		for _, d := range l.Directions {
			if d.Verdict == Fail {
				fmt.Fprintf(&b, "%s: %+v\n", l.When, d)
			}
		}
		for _, s := range l.Single {
			if s.Verdict == Fail {
				fmt.Fprintf(&b, "%s: %+v\n", l.When, s)
			}
		}
	}
	return b.String()
}

// undecided tells why a network is not decided.
func undecided(r *Report, s Subject) string {
	var b strings.Builder
	for _, l := range r.Looks {
		largest := 0.0
		for _, t := range l.Tensors {
			if !strings.HasPrefix(t.Name, "penalty on ") {
				largest = max(largest, t.Norm)
			}
			if t.Verdict == Inconclusive {
				fmt.Fprintf(&b, "%s: %s, norm %.3g, %s; ", l.When, t.Name, t.Norm, t.Reason)
			}
		}
		for _, s := range l.Single {
			if s.Verdict == Inconclusive {
				fmt.Fprintf(&b, "%s: %s, gradients of %.2g; ", l.When, s.Reason, largest)
				break
			}
		}
		if len(l.Tensors) == 0 {
			b.WriteString(l.When + ": " + l.Reason + "; ")
		}
	}
	fmt.Fprintf(&b, "classes %d, smoothing %v, init %s", s.Classes, s.Smoothing, s.Model.Init.Name)
	return b.String()
}
