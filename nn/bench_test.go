package nn

import (
	"fmt"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// BenchmarkStep is one training step: forward, loss, backward, update.
func BenchmarkStep(b *testing.B) {
	mlp := Model{Layers: []Layer{Flatten{}}}
	for _, width := range []int{512, 256, 128} {
		mlp.Layers = append(mlp.Layers, Linear{Out: width}, Activation{Name: "tanh"})
	}
	mlp.Layers = append(mlp.Layers, Linear{Out: Classes})
	deep := Model{Layers: []Layer{Flatten{}}}
	for range 6 {
		deep.Layers = append(deep.Layers, Linear{Out: 512}, Activation{Name: "tanh"})
	}
	deep.Layers = append(deep.Layers, Linear{Out: Classes})
	pool, relu := MaxPool2d{Kernel: Square(2)}, Activation{Name: "relu"}
	cnn := Model{Layers: []Layer{
		Conv2d{Filters: 32, Kernel: Square(3), Padding: Square(1)}, relu, pool,
		Conv2d{Filters: 64, Kernel: Square(3), Padding: Square(1)}, relu, pool,
		Flatten{}, Linear{Out: 128}, relu, Linear{Out: Classes},
	}}
	for _, w := range []struct {
		name  string
		model Model
		batch int
	}{
		{"lenet-batch-4", lenet("tanh"), 4},
		{"mlp-batch-64", mlp, 64},
		{"deep-batch-128", deep, 128},
		{"cnn-batch-64", cnn, 64},
	} {
		for _, isa := range kernel.Available() {
			b.Run(fmt.Sprintf("%s/%v", w.name, isa), func(b *testing.B) { benchmarkStep(b, w.model, w.batch, isa) })
		}
	}
}

func benchmarkStep(b *testing.B, m Model, batch int, isa kernel.ISA) {
	in := Shape{32, 32, 3}
	p := compiled[float32](b, m, in, Options{Batch: batch, Engine: kernel.New(isa, 1)})
	x, labels := samples[float32](1, batch, in)
	step := func() {
		p.Forward(x, batch)
		p.Loss(labels, batch)
		p.BackwardUpdate(batch, optim.SGD{Rate: 0.01}, false)
	}
	step() // makes the engine's workspace
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
	images := float64(b.N*batch) / b.Elapsed().Seconds()
	b.ReportMetric(images, "images/s")
	b.ReportMetric(images*stepFLOPs(p)/1e9, "GFLOP/s")
}

// stepFLOPs counts two operations for every product of a step per image: forward, the gradient of
// the weights, and the gradient of the input except in the first layer that has weights.
func stepFLOPs[T kernel.Float](p *Plan[T]) float64 {
	flops, passes := 0, 2
	for _, l := range p.layers {
		if len(l.params) == 0 {
			continue
		}
		outputs := l.Shape.Size()
		perOutput := l.params[0].Shape[1:].Size()
		flops += 2 * passes * outputs * perOutput
		passes = 3
	}
	return float64(flops)
}
