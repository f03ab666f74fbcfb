// Package workload is the training steps whose speed is watched: four networks as data, and one step
// of each. Benchmarks, `gradlab bench` and the comparison with PyTorch (bench/peers) all mean these.
package workload

import (
	"fmt"
	"math/rand/v2"

	"gradlab/internal/kernel"
	"gradlab/nn"
	"gradlab/optim"
)

// A Workload is a network and how it is trained.
type Workload struct {
	Name  string // "W1"
	About string // the network in words
	Model nn.Model
	Input nn.Shape // of one sample
	Batch int
	Rule  optim.SGD
}

// classes is the number of classes of every workload.
const classes = 10

var tanh, relu = nn.Activation{Name: "tanh"}, nn.Activation{Name: "relu"}

// All lists the workloads.
func All() []Workload {
	image, vector := nn.Shape{32, 32, 3}, nn.Shape{3072}
	rule := optim.SGD{Rate: 0.01}
	return []Workload{
		{"W1", "LeNet with tanh, batch 4", lenet(), image, 4, rule},
		{"W2", "MLP 3072-512-256-128-10 with tanh, batch 64", mlp(512, 256, 128), vector, 64, rule},
		{"W3", "MLP 3072-6×512-10 with tanh, batch 128", mlp(512, 512, 512, 512, 512, 512), vector, 128, rule},
		{"W4", "two 3×3 convolutions of 32 and 64 filters with ReLU, batch 64", cnn(), image, 64, rule},
	}
}

// lenet is the network of the built-in studies.
func lenet() nn.Model {
	return nn.Model{Layers: []nn.Layer{
		nn.Conv2d{Filters: 6, Kernel: nn.Square(5)}, tanh, nn.MaxPool2d{Kernel: nn.Square(2)},
		nn.Conv2d{Filters: 16, Kernel: nn.Square(5)}, tanh, nn.MaxPool2d{Kernel: nn.Square(2)},
		nn.Flatten{}, nn.Linear{Out: 120}, tanh, nn.Linear{Out: 84}, tanh, nn.Linear{Out: nn.Classes},
	}}
}

func mlp(widths ...int) nn.Model {
	var m nn.Model
	for _, width := range widths {
		m.Layers = append(m.Layers, nn.Linear{Out: width}, tanh)
	}
	m.Layers = append(m.Layers, nn.Linear{Out: nn.Classes})
	return m
}

func cnn() nn.Model {
	conv := func(filters int) nn.Layer {
		return nn.Conv2d{Filters: filters, Kernel: nn.Square(3), Padding: nn.Square(1)}
	}
	pool := nn.MaxPool2d{Kernel: nn.Square(2)}
	return nn.Model{Layers: []nn.Layer{
		conv(32), relu, pool, conv(64), relu, pool,
		nn.Flatten{}, nn.Linear{Out: 128}, relu, nn.Linear{Out: nn.Classes},
	}}
}

// Training is a workload that is trained, on one batch of noise.
type Training struct {
	plan   *nn.Plan[float32]
	batch  int
	rule   optim.SGD
	x      []float32
	labels []int32
}

// Start compiles the workload to run on e.
func (w Workload) Start(e *kernel.Engine) (*Training, error) {
	plan, err := nn.Compile[float32](w.Model, w.Input, classes, nn.Options{Batch: w.Batch, Seed: 1, Engine: e})
	if err != nil {
		return nil, fmt.Errorf("failed to start %s: %w", w.Name, err)
	}
	plan.Keep(false)
	t := &Training{plan: plan, batch: w.Batch, rule: w.Rule, x: make([]float32, w.Batch*w.Input.Size()), labels: make([]int32, w.Batch)}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range t.x {
		t.x[i] = r.Float32()
	}
	for i := range t.labels {
		t.labels[i] = r.Int32N(classes)
	}
	return t, nil
}

// Step is one training step, forward, backward and update. It gives the batch's mean loss.
func (t *Training) Step() float64 {
	t.plan.Forward(t.x, t.batch)
	loss := t.plan.Loss(t.labels, t.batch)
	t.plan.BackwardUpdate(t.batch, t.rule, false)
	return loss
}

// StepFLOPs counts the floating-point operations of a step, two for every product: forward, the
// gradient of the weights, and the gradient of the input except in the first layer that has weights.
func (t *Training) StepFLOPs() int {
	flops, passes := 0, 2
	for i, position := range t.plan.Positions() {
		params := t.plan.PositionParams(i)
		if len(params) == 0 {
			continue
		}
		perOutput := params[0].Shape[1:].Size()
		flops += 2 * passes * position.Shape.Size() * perOutput
		passes = 3
	}
	return t.batch * flops
}
