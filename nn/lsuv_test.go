package nn

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/internal/rng"
)

// noise is n samples of a shape, uniform in [0, 1).
func noise(n int, shape Shape) []float32 {
	s := rng.New(7, "test", "noise", 0)
	x := make([]float32, n*shape.Size())
	for i := range x {
		x[i] = float32(s.Float64())
	}
	return x
}

// TestLSUV: after it, the variance of every layer's output, worked out here in float64, lies within a tenth
// of 1; the weights are a multiple of orthogonal ones; and they have the same bits on every instruction set.
func TestLSUV(t *testing.T) {
	sigmoid := Activation{Name: "sigmoid"}
	m := Model{Init: Init{Name: "lsuv"}, Layers: []Layer{
		Conv2d{Filters: 4, Kernel: Square(3)}, sigmoid, MaxPool2d{Kernel: Square(2)}, Flatten{},
		Linear{Out: 20}, sigmoid, Linear{Out: 20}, sigmoid, Linear{Out: 20}, sigmoid, Linear{Out: Classes},
	}}
	const n = 64
	in := Shape{10, 10, 3}
	x := noise(n, in)
	var digest string
	for _, isa := range kernel.Available() {
		p, err := Compile[float32](m, in, 10, Options{Batch: n, Seed: 3, Engine: kernel.New(isa, 1)})
		if err != nil {
			t.Fatal(err)
		}
		if !p.NeedsLSUV() {
			t.Fatal("the plan does not need LSUV")
		}
		before := variances(p, x, n)
		units := p.LSUV(x, n)
		if len(units) != 5 {
			t.Fatalf("%d layers, want 5", len(units))
		}
		after := variances(p, x, n)
		for i, v := range after {
			if !(math.Abs(v-1) < 0.1) {
				t.Errorf("%v: the variance of weighted layer %d is %v, was %v", isa, i+1, v, before[i])
			}
			if math.Abs(v-units[i].Variance) > 1e-4 {
				t.Errorf("%v: %s reports a variance of %v, it is %v", isa, units[i].Layer, units[i].Variance, v)
			}
		}
		if math.Abs(before[3]-1) < 0.5 {
			t.Errorf("the variance of linear3 was %v already: this tests nothing", before[3])
		}
		checkOrthogonal(t, p.layers[6].params[0])
		if digest == "" {
			digest = p.Digest()
		} else if got := p.Digest(); got != digest {
			t.Errorf("%v gives %s, want %s", isa, got, digest)
		}
	}
}

// variances are those of the outputs of the layers with weights.
func variances(p *Plan[float32], x []float32, n int) []float64 {
	p.Keep(true)
	p.Forward(x, n)
	var all []float64
	for i, l := range p.layers {
		if len(l.params) == 0 {
			continue
		}
		sum, squares := 0.0, 0.0
		y := p.Activation(i, n)
		for _, v := range y {
			sum += float64(v)
		}
		mean := sum / float64(len(y))
		for _, v := range y {
			squares += (float64(v) - mean) * (float64(v) - mean)
		}
		all = append(all, squares/float64(len(y)))
	}
	return all
}

// checkOrthogonal: the rows of w have one length and are at right angles.
func checkOrthogonal(t *testing.T, w *Param[float32]) {
	t.Helper()
	rows, cols := w.Shape[0], w.Shape[1]
	length := 0.0
	for _, v := range w.Data[:cols] {
		length += float64(v) * float64(v)
	}
	for i := range rows {
		for j := range i {
			dot := 0.0
			for k := range cols {
				dot += float64(w.Data[i*cols+k]) * float64(w.Data[j*cols+k])
			}
			if math.Abs(dot) > 1e-5*length {
				t.Fatalf("%s: rows %d and %d have the inner product %v, lengths² are %v", w.Name, i, j, dot, length)
			}
		}
	}
}

// TestLSUVLeavesAlone what does not vary, and layers of another initialisation.
func TestLSUVLeavesAlone(t *testing.T) {
	m := Model{Layers: []Layer{Flatten{}, Linear{Out: 5, Init: Init{Name: "zeros"}}, Linear{Out: Classes, Init: Init{Name: "lsuv"}}}}
	in := Shape{4, 4, 1}
	p, err := Compile[float32](m, in, 3, Options{Batch: 8, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	before := p.Digest()
	units := p.LSUV(noise(8, in), 8)
	if len(units) != 1 || units[0].Rounds != 0 || units[0].Variance != 0 {
		t.Errorf("LSUV gives %+v, want linear2 left alone", units)
	}
	if p.Digest() != before {
		t.Error("the weights have changed")
	}
	plain, err := Compile[float32](Model{Layers: []Layer{Flatten{}, Linear{Out: Classes}}}, in, 3, Options{Batch: 8})
	if err != nil {
		t.Fatal(err)
	}
	if plain.NeedsLSUV() || len(plain.LSUV(noise(8, in), 8)) > 0 {
		t.Error("a plan without LSUV says that it needs it")
	}
}

// TestLSUVInBlocks: layers of residual blocks and projections have unit variance too, and the running statistics
// of batch normalisation stay as they begin.
func TestLSUVInBlocks(t *testing.T) {
	tanh := Activation{Name: "tanh"}
	m := Model{Init: Init{Name: "lsuv"}, Layers: []Layer{
		Residual{Layers: []Layer{Conv2d{Filters: 6, Kernel: Square(3), Padding: Square(1)}, BatchNorm{}, tanh}}, Flatten{},
		Residual{Layers: []Layer{Linear{Out: 30}, LayerNorm{}, tanh}}, Linear{Out: Classes},
	}}
	const n = 80
	in := Shape{6, 6, 3}
	p, err := Compile[float32](m, in, 10, Options{Batch: n, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	units := p.LSUV(noise(n, in), n)
	var names []string
	for _, u := range units {
		names = append(names, u.Layer)
		if !(math.Abs(u.Variance-1) < lsuvTolerance) {
			t.Errorf("%s has the variance %v after %d rounds", u.Layer, u.Variance, u.Rounds)
		}
	}
	if want := []string{"conv1", "projection1", "linear1", "projection2", "linear2"}; !slices.Equal(names, want) {
		t.Errorf("LSUV went through %q, want %q", names, want)
	}
	p.SetTraining(false)
	p.Forward(noise(n, in), n)
	for i, l := range p.layers {
		if p.lsuvWeight(i) != nil {
			if v := p.outputVariance(i, n); !(math.Abs(v-1) < lsuvTolerance) {
				t.Errorf("%s: the variance is %v in the end", l.Name, v)
			}
		}
	}
	for _, q := range p.tensors() {
		if strings.Contains(q.Name, "running") {
			for _, v := range q.Data {
				if v != float32(*q.begins) {
					t.Fatalf("%s is %v, began at %v", q.Name, v, *q.begins)
				}
			}
		}
	}
}
