package nn

import (
	"fmt"
	"slices"
	"testing"

	"gradlab/internal/kernel"
)

// layerVectors is testdata/layers.json, which testdata/layers.py wrote with PyTorch.
type layerVectors struct {
	Layers []layerCase
	Losses []struct {
		Name            string
		N, Classes      int
		Logits, DLogits []float64
		Labels          []int32
		Loss            float64
	}
}

type layerCase struct {
	Name  string
	Layer struct {
		Kind, Name              string
		Out, Filters            int
		Kernel, Stride, Padding [2]int
		NoBias, Flattened       bool
		Slope                   float64
	}
	In            Shape
	N             int
	X, Y, DX, DY  []float64
	Params, Grads [][]float64 // in PyTorch's layouts
}

func (c layerCase) layer() Layer {
	l := c.Layer
	pair := func(p [2]int) Pair { return Pair{p[0], p[1]} }
	switch l.Kind {
	case "linear":
		return Linear{Out: l.Out, NoBias: l.NoBias}
	case "conv":
		return Conv2d{Filters: l.Filters, Kernel: pair(l.Kernel), Stride: pair(l.Stride), Padding: pair(l.Padding), NoBias: l.NoBias}
	case "maxpool":
		return MaxPool2d{Kernel: pair(l.Kernel), Stride: pair(l.Stride), Padding: pair(l.Padding)}
	case "avgpool":
		return AvgPool2d{Kernel: pair(l.Kernel), Stride: pair(l.Stride), Padding: pair(l.Padding)}
	case "activation":
		return Activation{Name: l.Name, Slope: l.Slope}
	}
	return nil
}

func TestLayersAgainstPyTorch(t *testing.T) {
	var v layerVectors
	readJSON(t, "testdata/layers.json", &v)
	seen := map[string]bool{}
	for _, c := range v.Layers {
		seen[c.layer().kind()] = true
	}
	for _, kind := range append(Activations(), "linear", "conv", "maxpool", "avgpool") {
		if !seen[kind] {
			t.Errorf("layers.json has no case of %s", kind)
		}
	}
	for _, isa := range kernel.Available() {
		t.Run(fmt.Sprintf("float32/%v", isa), func(t *testing.T) { testLayers[float32](t, v, isa) })
		t.Run(fmt.Sprintf("float64/%v", isa), func(t *testing.T) { testLayers[float64](t, v, isa) })
	}
}

func testLayers[T kernel.Float](t *testing.T, v layerVectors, isa kernel.ISA) {
	for _, c := range v.Layers {
		t.Run(c.Name, func(t *testing.T) { testLayer[T](t, c, kernel.New(isa, 1)) })
	}
}

func testLayer[T kernel.Float](t *testing.T, c layerCase, e *kernel.Engine) {
	// Sums of up to 50 products near 1, and float32's unit roundoff of 6e-8.
	tolerance := precision[T](2e-6, 1e-12)
	in, image := c.In, Shape(nil)
	if c.Layer.Flattened {
		in, image = Shape{in.Size()}, in
	}
	b, err := build[T](c.layer(), "layer", in, image, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.params) != len(c.Params) {
		t.Fatalf("%d parameters, want %d", len(b.params), len(c.Params))
	}
	for i, q := range b.params {
		q.Data, q.Grad = make([]T, q.Shape.Size()), spoiled[T](q.Shape.Size())
		if err := q.Import(converted[T](c.Params[i])); err != nil {
			t.Fatal(err)
		}
		back, _ := q.Export()
		if !slices.Equal(back, converted[T](c.Params[i])) {
			t.Errorf("%s changed between Import and Export", q.Name)
		}
	}
	if a, ok := b.op.(interface{ allocate(batch int) }); ok {
		a.allocate(c.N)
	}
	x, dy := converted[T](c.X), converted[T](c.DY)
	y, dx := spoiled[T](c.N*b.out.Size()), spoiled[T](len(x))
	if _, ok := b.op.(alias[T]); ok {
		y, dx = x, dy // it shares its buffers
	}
	b.op.forward(e, y, x, 0, c.N)
	b.op.backward(e, dx, dy, x, y, 0, c.N)
	switch f := b.op.(type) {
	case *linear[T]:
		f.gradients(e, dy, x, c.N)
	case *conv[T]:
		f.sum(e, f.weight.grad(), f.bias.grad(), dy, x, 0, c.N, c.N)
	}
	agree(t, "output", y, c.Y, tolerance)
	agree(t, "gradient of the input", dx, c.DX, tolerance)
	gradients(t, b, c, tolerance)
}

func gradients[T kernel.Float](t *testing.T, b built[T], c layerCase, tolerance float64) {
	t.Helper()
	for i, q := range b.params {
		exported := *q
		exported.Data = q.Grad
		grad, _ := exported.Export()
		agree(t, "gradient of "+q.Name, grad, c.Grads[i], tolerance)
	}
}

func TestLossAgainstPyTorch(t *testing.T) {
	var v layerVectors
	readJSON(t, "testdata/layers.json", &v)
	for _, isa := range kernel.Available() {
		t.Run(fmt.Sprintf("float32/%v", isa), func(t *testing.T) { testLoss[float32](t, v, isa) })
		t.Run(fmt.Sprintf("float64/%v", isa), func(t *testing.T) { testLoss[float64](t, v, isa) })
	}
}

func testLoss[T kernel.Float](t *testing.T, v layerVectors, isa kernel.ISA) {
	for _, c := range v.Losses {
		// A loss is the logarithm of a sum from 1 on: its error is that of 1 at least.
		tolerance := precision[T](2e-6, 1e-13) * max(1, c.Loss)
		t.Run(c.Name, func(t *testing.T) {
			p, err := Compile[T](Model{Layers: []Layer{Activation{Name: "tanh"}}}, Shape{c.Classes}, c.Classes, Options{Batch: c.N, Engine: kernel.New(isa, 1)})
			if err != nil {
				t.Fatal(err)
			}
			last := p.layers[0]
			copy(last.y, converted[T](c.Logits)) // logits that tanh could not give
			loss := p.Loss(c.Labels, c.N)
			agreeTo(t, "loss", []float64{loss}, []float64{c.Loss}, tolerance)
			agreeTo(t, "gradient of the logits", last.dy, c.DLogits, precision[T](5e-7, 1e-15))

			confusion := make([][]int, c.Classes)
			for i := range confusion {
				confusion[i] = make([]int, c.Classes)
			}
			sum := p.Evaluate(c.Labels, c.N, confusion)
			agreeTo(t, "summed loss", []float64{sum}, []float64{c.Loss * float64(c.N)}, tolerance*float64(c.N))
			n := 0
			for i, label := range c.Labels {
				row := c.Logits[i*c.Classes:][:c.Classes]
				best := slices.Index(row, slices.Max(row))
				if confusion[label][best] < 1 {
					t.Errorf("sample %d: label %d, prediction %d is not in the confusion matrix", i, label, best)
				}
			}
			for _, row := range confusion {
				for _, k := range row {
					n += k
				}
			}
			if n != c.N {
				t.Errorf("the confusion matrix has %d samples, want %d", n, c.N)
			}
		})
	}
}
