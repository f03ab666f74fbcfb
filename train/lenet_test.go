package train

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/nn"
	"gradlab/optim"
)

// lenet is a convolutional network that ends in three fully-connected layers.
func lenet(activation string) nn.Model {
	act := nn.Activation{Name: activation}
	return nn.Model{Layers: []nn.Layer{
		nn.Conv2d{Filters: 6, Kernel: nn.Square(5)}, act, nn.MaxPool2d{Kernel: nn.Square(2)},
		nn.Conv2d{Filters: 16, Kernel: nn.Square(5)}, act, nn.MaxPool2d{Kernel: nn.Square(2)},
		nn.Flatten{}, nn.Linear{Out: 120}, act, nn.Linear{Out: 84}, act, nn.Linear{Out: nn.Classes},
	}}
}

// hashed and unit are the functions of these names in testdata/lenet.py: a hash of (tensor, i), and
// a multiple of 2⁻²⁴ in [0, 1) made of it.
func hashed(tensor, i uint32) uint32 {
	h := i + tensor*0x9E3779B1
	h = (h ^ h>>16) * 0x85EBCA6B
	h = (h ^ h>>13) * 0xC2B2AE35
	return h ^ h>>16
}

func unit(tensor, i uint32) float64 { return float64(hashed(tensor, i)>>8) / (1 << 24) }

// TestFirstStepsAgainstPyTorch: from the same weights, losses and gradients at every position agree
// with PyTorch's over the first twenty steps (testdata/lenet.json, which testdata/lenet.py wrote).
func TestFirstStepsAgainstPyTorch(t *testing.T) {
	var want map[string][]pytorchStep
	text, err := os.ReadFile("testdata/lenet.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for _, activation := range []string{"tanh", "sigmoid"} {
		if len(want[activation]) != 20 {
			t.Fatalf("lenet.json has %d steps of %s, want 20", len(want[activation]), activation)
		}
		t.Run(activation+"/float32", func(t *testing.T) { firstSteps[float32](t, activation, want[activation], 2e-6, 1e-4) })
		t.Run(activation+"/float64", func(t *testing.T) { firstSteps[float64](t, activation, want[activation], 1e-13, 1e-9) })
	}
}

type pytorchStep struct {
	Loss    float64
	GradRMS []float64 // by position
}

func firstSteps[T kernel.Float](t *testing.T, activation string, want []pytorchStep, lossTolerance, gradTolerance float64) {
	const batch, classes = 4, 10
	p, err := nn.Compile[T](lenet(activation), nn.Shape{32, 32, 3}, classes, nn.Options{Batch: batch})
	if err != nil {
		t.Fatal(err)
	}
	fanIn := 0
	for i, q := range p.Params() {
		values, shape := q.Export()
		if len(shape) > 1 { // a weight; the bias behind it has the same fan-in
			fanIn = shape[1:].Size()
		}
		for j := range values {
			values[j] = T((2*unit(uint32(i+1), uint32(j)) - 1) / math.Sqrt(float64(fanIn)))
		}
		if err := q.Import(values); err != nil {
			t.Fatal(err)
		}
	}
	x, labels := make([]T, batch*32*32*3), make([]int32, batch)
	near := func(what string, got, want, tolerance float64) {
		if !(math.Abs(got-want) <= tolerance*want) {
			t.Errorf("%s is %.17g, want %.17g", what, got, want)
		}
	}
	for step, w := range want {
		for i := range x {
			x[i] = T(unit(uint32(100+step), uint32(i)))
		}
		for i := range labels {
			labels[i] = int32(hashed(uint32(200+step), uint32(i)) % classes)
		}
		p.Forward(x, batch)
		near(fmt.Sprintf("step %d: loss", step+1), p.Loss(labels, batch), w.Loss, lossTolerance)
		p.Backward(batch)
		if len(w.GradRMS) != len(p.Positions()) {
			t.Fatalf("%d positions, want %d", len(p.Positions()), len(w.GradRMS))
		}
		for i, position := range p.Positions() {
			squares := 0.0
			dy := p.Gradient(i, batch)
			for _, v := range dy {
				squares += float64(v) * float64(v)
			}
			near(fmt.Sprintf("step %d: gradient at %s", step+1, position.Name), math.Sqrt(squares/float64(len(dy))), w.GradRMS[i], gradTolerance)
		}
		p.Update(optim.SGD{Rate: 0.01}, false)
	}
}
