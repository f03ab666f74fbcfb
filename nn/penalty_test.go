package nn

import (
	"fmt"
	"math"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// penaltyVectors is testdata/penalties.json, which testdata/penalties.py wrote with PyTorch.
type penaltyVectors struct {
	Steps, Batch int
	Rate         float64
	Cases        []penaltyCase
}

type penaltyCase struct {
	Name                  string
	Layers                []layerSpec
	In                    Shape
	L1, L2                float64
	Biases, Norms         bool
	Momentum, WeightDecay float64
	Nesterov, Decoupled   bool
	MaxNorm, Smoothing    float64
	X                     []float64
	Labels                []int32
	Params                [][]float64
	Losses                []float64    // of the data, by step
	Penalties             [][2]float64 // L1's and L2's, before the step
	Trained               [][]float64
	Evaluation            float64 // the loss of the first batch, in evaluation
}

func (c penaltyCase) rule(rate float64) optim.SGD {
	return optim.SGD{
		Rate: rate, Momentum: c.Momentum, Nesterov: c.Nesterov, WeightDecay: c.WeightDecay, Decoupled: c.Decoupled, MaxNorm: c.MaxNorm,
		Penalty: optim.Penalty{L1: c.L1, L2: c.L2, Biases: c.Biases, Norms: c.Norms},
	}
}

func TestPenaltiesAgainstPyTorch(t *testing.T) {
	var v penaltyVectors
	readJSON(t, "testdata/penalties.json", &v)
	for _, c := range v.Cases {
		for _, isa := range kernel.Available() {
			t.Run(fmt.Sprintf("%s/float32/%v", c.Name, isa), func(t *testing.T) { testPenalties[float32](t, v, c, isa) })
			t.Run(fmt.Sprintf("%s/float64/%v", c.Name, isa), func(t *testing.T) { testPenalties[float64](t, v, c, isa) })
		}
	}
}

func testPenalties[T kernel.Float](t *testing.T, v penaltyVectors, c penaltyCase, isa kernel.ISA) {
	tolerance := precision[T](2e-4, 1e-11) // as of blocks
	rule, size := c.rule(v.Rate), v.Batch*c.In.Size()
	x := converted[T](c.X)
	digest := ""
	for _, stored := range []bool{true, false} {
		for _, watch := range []bool{true, false} {
			p, err := Compile[T](Model{Layers: layersOf(c.Layers)}, c.In, 5, Options{Batch: v.Batch, Engine: kernel.New(isa, 2)})
			if err != nil {
				t.Fatal(err)
			}
			for i, q := range p.Params() {
				if err := q.Import(converted[T](c.Params[i])); err != nil {
					t.Fatal(err)
				}
			}
			p.Keep(stored)
			p.SetSmoothing(c.Smoothing)
			for step := range v.Steps {
				p.Forward(x[step*size:], v.Batch)
				agree(t, fmt.Sprintf("loss of step %d", step+1), []T{T(p.Loss(c.Labels[step*v.Batch:], v.Batch))}, c.Losses[step:step+1], tolerance)
				got := p.Penalties(rule.Penalty)
				agree(t, fmt.Sprintf("penalties before step %d", step+1), []T{T(got.L1), T(got.L2)}, c.Penalties[step][:], tolerance)
				if stored {
					p.Backward(v.Batch)
					p.Update(rule, watch)
				} else {
					p.BackwardUpdate(v.Batch, rule, watch)
				}
			}
			exports(t, "trained", p.Params(), c.Trained, tolerance, (*Param[T]).data)
			if digest == "" {
				digest = p.Digest()
			}
			if got := p.Digest(); got != digest {
				t.Errorf("stored %v, watched %v: %s, want %s", stored, watch, got, digest)
			}
			p.SetTraining(false)
			p.Forward(x, v.Batch)
			confusion := make([][]int, 5)
			for i := range confusion {
				confusion[i] = make([]int, 5)
			}
			loss := p.Evaluate(c.Labels, v.Batch, confusion) / float64(v.Batch)
			agree(t, "evaluation", []T{T(loss)}, []float64{c.Evaluation}, tolerance)
		}
	}
}

// TestPenaltyGradientByDifferences: an update by a rate of 1 and nothing else moves the weights by the gradient
// of loss and penalty, which differences of their sum give too.
func TestPenaltyGradientByDifferences(t *testing.T) {
	const n, h = 4, 1e-5
	m := Model{Layers: []Layer{Linear{Out: 6}, BatchNorm{}, Activation{Name: "tanh"}, Linear{Out: Classes}}}
	x, labels := samples[float64](1, n, Shape{5})
	for _, penalty := range []optim.Penalty{{L1: 0.3}, {L2: 0.2}, {L1: 0.1, L2: 0.4, Biases: true}, {L1: 0.2, L2: 0.1, Biases: true, Norms: true}} {
		for _, smoothing := range []float64{0, 0.3} {
			p := compiled[float64](t, m, Shape{5}, Options{Batch: n, Seed: 2})
			p.SetSmoothing(smoothing)
			loss := func() float64 {
				p.Forward(x, n)
				return p.Loss(labels, n) + p.Penalties(penalty).Sum()
			}
			var want [][]float64
			for _, q := range p.Params() {
				for i, w := range q.Data {
					if w == 0 { // of biases, at the penalty's bend
						q.Data[i] = 0.1
					}
				}
			}
			for _, q := range p.Params() {
				g := make([]float64, len(q.Data))
				for i, w := range q.Data {
					q.Data[i] = w + h
					up := loss()
					q.Data[i] = w - h
					g[i] = (up - loss()) / (2 * h)
					q.Data[i] = w
				}
				want = append(want, g)
			}
			var before [][]float64
			for _, q := range p.Params() {
				before = append(before, append([]float64(nil), q.Data...))
			}
			loss()
			p.BackwardUpdate(n, optim.SGD{Rate: 1, Penalty: penalty}, false)
			for j, q := range p.Params() {
				for i, w := range q.Data {
					if got := before[j][i] - w; math.Abs(got-want[j][i]) > 1e-8 {
						t.Errorf("%v, smoothing %v: %s [%d] moves by %v, differences give %v", penalty, smoothing, q.Name, i, got, want[j][i])
					}
				}
			}
		}
	}
}

// TestLargestNorm: after each step no unit's weights are longer, and biases and normalisations are left alone.
func TestLargestNorm(t *testing.T) {
	m := Model{Layers: []Layer{Conv2d{Filters: 3, Kernel: Square(2)}, BatchNorm{}, Flatten{}, Linear{Out: Classes}}}
	in := Shape{3, 3, 2}
	p := compiled[float32](t, m, in, Options{Batch: 4, Seed: 1})
	for _, q := range p.Params() {
		for i := range q.Data {
			q.Data[i] = 5
		}
	}
	x, labels := samples[float32](1, 4, in)
	p.Forward(x, 4)
	p.Loss(labels, 4)
	p.BackwardUpdate(4, optim.SGD{Rate: 1e-6, MaxNorm: 0.5}, true)
	for _, q := range p.Params() {
		if len(q.Shape) == 1 {
			if math.Abs(float64(q.Data[0])-5) > 0.1 {
				t.Errorf("%s is limited: %v", q.Name, q.Data)
			}
			continue
		}
		total := 0.0
		cols := len(q.Data) / q.Shape[0]
		for r := range q.Shape[0] {
			squares := 0.0
			for _, w := range q.Data[r*cols:][:cols] {
				squares += float64(w) * float64(w)
			}
			if norm := math.Sqrt(squares); math.Abs(norm-0.5) > 1e-6 {
				t.Errorf("unit %d of %s has the norm %v", r, q.Name, norm)
			}
			total += squares
		}
		if math.Abs(q.Squares.Weights-total) > 1e-5 {
			t.Errorf("%s: the squares of a watched step are %v, want %v", q.Name, q.Squares.Weights, total)
		}
	}
}

// TestPenalisedMeasure: what L1 needs beside the parameters is stated.
func TestPenalisedMeasure(t *testing.T) {
	m := Model{Layers: []Layer{Linear{Out: 800}, Activation{Name: "relu"}, Linear{Out: Classes}}}
	rule := optim.SGD{Rate: 0.1, Penalty: optim.Penalty{L1: 1e-3}, MaxNorm: 1}
	o := Options{Batch: 8, Engine: kernel.New(kernel.Available()[0], 1)}
	s, err := Measure[float32](m, Shape{2000}, 4, o, rule)
	if err != nil {
		t.Fatal(err)
	}
	p := compiled[float32](t, m, Shape{2000}, o)
	x, labels := samples[float32](1, 8, Shape{2000})
	step := func() {
		p.Forward(x, 8)
		p.Loss(labels, 8)
		p.BackwardUpdate(8, rule, false)
	}
	aboutBytes(t, "the first step", allocated(step), s.Memory.UpdateScratch+s.Memory.Kernels)
	if more := allocated(step); more > 4096 {
		t.Errorf("a later step allocates %d bytes", more)
	}
}
