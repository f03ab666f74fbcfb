package nn

import (
	"fmt"
	"slices"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// blockVectors is testdata/blocks.json, which testdata/blocks.py wrote with PyTorch.
type blockVectors struct {
	Steps, Batch   int
	Rate, Momentum float64
	Cases          []blockCase
}

type blockCase struct {
	Name            string
	Layers          []layerSpec
	In              Shape
	X               []float64
	Labels          []int32
	Params, Grads   [][]float64 // before the first step, and of it
	Losses          []float64   // by step
	Trained         [][]float64 // after the last one
	Running         [][]float64
	Logits          []float64   // of the first batch, in evaluation
	EvaluationGrads [][]float64 // then
}

type layerSpec struct {
	Kind                                  string
	Out, Filters, Kernel, Stride, Padding int
	NoBias, NoAffine                      bool
	Momentum, Epsilon                     float64
	Layers                                []layerSpec
}

func (s layerSpec) layer() Layer {
	switch s.Kind {
	case "linear":
		return Linear{Out: s.Out, NoBias: s.NoBias}
	case "conv":
		return Conv2d{Filters: s.Filters, Kernel: Square(s.Kernel), Stride: Square(s.Stride), Padding: Square(s.Padding), NoBias: s.NoBias}
	case "maxpool":
		return MaxPool2d{Kernel: Square(s.Kernel)}
	case "flatten":
		return Flatten{}
	case "batchnorm":
		return BatchNorm{Momentum: s.Momentum, Epsilon: s.Epsilon, NoAffine: s.NoAffine}
	case "layernorm":
		return LayerNorm{Epsilon: s.Epsilon, NoAffine: s.NoAffine}
	case "residual":
		return Residual{Layers: layersOf(s.Layers)}
	}
	return Activation{Name: s.Kind}
}

func layersOf(specs []layerSpec) (layers []Layer) {
	for _, s := range specs {
		layers = append(layers, s.layer())
	}
	return layers
}

func TestBlocksAgainstPyTorch(t *testing.T) {
	var v blockVectors
	readJSON(t, "testdata/blocks.json", &v)
	for _, c := range v.Cases {
		for _, isa := range kernel.Available() {
			t.Run(fmt.Sprintf("%s/float32/%v", c.Name, isa), func(t *testing.T) { testBlocks[float32](t, v, c, isa) })
			t.Run(fmt.Sprintf("%s/float64/%v", c.Name, isa), func(t *testing.T) { testBlocks[float64](t, v, c, isa) })
		}
	}
}

func testBlocks[T kernel.Float](t *testing.T, v blockVectors, c blockCase, isa kernel.ISA) {
	// Normalisation divides by spreads of about a tenth, which makes errors larger by as much at each of up to
	// six of them; three steps pass them on.
	tolerance := precision[T](2e-4, 1e-11)
	rule, size := optim.SGD{Rate: v.Rate, Momentum: v.Momentum}, v.Batch*c.In.Size()
	x := converted[T](c.X)
	for _, stored := range []bool{true, false} {
		p, err := Compile[T](Model{Layers: layersOf(c.Layers)}, c.In, 5, Options{Batch: v.Batch + 1, Engine: kernel.New(isa, 2)})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Params()) != len(c.Params) {
			t.Fatalf("%d parameters, want %d", len(p.Params()), len(c.Params))
		}
		for i, q := range p.Params() {
			if err := q.Import(converted[T](c.Params[i])); err != nil {
				t.Fatal(err)
			}
		}
		p.Keep(stored)
		for step := range v.Steps {
			p.Forward(x[step*size:], v.Batch)
			agree(t, fmt.Sprintf("loss of step %d", step+1), []T{T(p.Loss(c.Labels[step*v.Batch:], v.Batch))}, c.Losses[step:step+1], tolerance)
			if !stored {
				p.BackwardUpdate(v.Batch, rule, false)
				continue
			}
			p.Backward(v.Batch)
			if step == 0 {
				exports(t, "gradient", p.Params(), c.Grads, tolerance, func(q *Param[T]) []T { return q.Grad })
			}
			p.Update(rule, false)
		}
		exports(t, "trained", p.Params(), c.Trained, tolerance, (*Param[T]).data)
		var running []*Param[T]
		for _, l := range p.layers {
			running = append(running, l.buffers...)
		}
		exports(t, "running", running, c.Running, tolerance, (*Param[T]).data)

		evaluation, err := p.WithBatch(v.Batch)
		if err != nil {
			t.Fatal(err)
		}
		evaluation.SetTraining(false)
		agree(t, "logits in evaluation", evaluation.Forward(x, v.Batch), c.Logits, tolerance)
		evaluation.Loss(c.Labels, v.Batch)
		evaluation.Backward(v.Batch)
		exports(t, "gradient in evaluation", evaluation.Params(), c.EvaluationGrads, tolerance, func(q *Param[T]) []T { return q.Grad })
		exports(t, "after evaluation, running", running, c.Running, tolerance, (*Param[T]).data)
	}
}

// exports compares tensors in PyTorch's layouts, each up to tolerance times its largest value, but at least
// times a thousandth: some gradients are zero but for rounding (of a bias before batch normalisation).
func exports[T kernel.Float](t *testing.T, what string, params []*Param[T], want [][]float64, tolerance float64, values func(*Param[T]) []T) {
	t.Helper()
	if len(params) != len(want) {
		t.Fatalf("%s: %d tensors, want %d", what, len(params), len(want))
	}
	for i, q := range params {
		exported := *q
		exported.Data = values(q)
		got, _ := exported.Export()
		scale := 1e-2
		for _, v := range want[i] {
			scale = max(scale, v, -v)
		}
		agreeTo(t, what+" "+q.Name, got, want[i], tolerance*scale)
	}
}

// TestBlocksSameBits: a step that keeps every position and stores every gradient, one that overwrites what
// it can and stores none, on one thread and three, all give the same bits.
func TestBlocksSameBits(t *testing.T) {
	var v blockVectors
	readJSON(t, "testdata/blocks.json", &v)
	for _, c := range v.Cases {
		x := converted[float32](c.X)
		want := ""
		for _, isa := range kernel.Available() {
			for threads := range 3 {
				for _, stored := range []bool{true, false} {
					p, err := Compile[float32](Model{Layers: layersOf(c.Layers)}, c.In, 5, Options{Batch: len(c.Labels), Seed: 7, Engine: kernel.New(isa, threads+1)})
					if err != nil {
						t.Fatal(err)
					}
					p.Keep(stored)
					for range 3 {
						p.Forward(x, len(c.Labels))
						p.Loss(c.Labels, len(c.Labels))
						rule := optim.SGD{Rate: v.Rate, Momentum: v.Momentum}
						if stored {
							p.Backward(len(c.Labels))
							p.Update(rule, true)
						} else {
							p.BackwardUpdate(len(c.Labels), rule, false)
						}
					}
					if want == "" {
						want = p.Digest()
					}
					if got := p.Digest(); got != want {
						t.Errorf("%s, %v, %d threads, stored %v: %s, want %s", c.Name, isa, threads+1, stored, got, want)
					}
				}
			}
		}
	}
}

// TestDigestCoversRunningStatistics: an evaluation goes by them.
func TestDigestCoversRunningStatistics(t *testing.T) {
	m := Model{Layers: []Layer{BatchNorm{}, Linear{Out: Classes}}}
	p := compiled[float32](t, m, Shape{3}, Options{Batch: 2})
	before := p.Digest()
	p.layers[0].buffers[1].Data[2] = 5
	if p.Digest() == before {
		t.Error("another running variance, and the digest is the same")
	}
	q, err := p.WithBatch(3)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(q.layers[0].buffers[1].Data, p.layers[0].buffers[1].Data) {
		t.Error("a plan for another batch has its own running statistics")
	}
}

// TestSetTracking: an untracked step gives the same loss and leaves the running statistics alone.
func TestSetTracking(t *testing.T) {
	m := Model{Layers: []Layer{Linear{Out: 4}, BatchNorm{}, Linear{Out: Classes}}}
	p := compiled[float32](t, m, Shape{3}, Options{Batch: 6, Seed: 1})
	x, labels := samples[float32](1, 6, Shape{3})
	before := p.Digest()
	p.SetTracking(false)
	p.Forward(x, 6)
	loss := p.Loss(labels, 6)
	if p.Digest() != before {
		t.Error("an untracked step has moved the running statistics")
	}
	p.SetTracking(true)
	p.Forward(x, 6)
	if p.Loss(labels, 6) != loss {
		t.Error("another loss of the same step, tracked")
	}
	if p.Digest() == before {
		t.Error("a tracked step has not moved the running statistics")
	}
}
