package probe

import (
	"testing"

	"gradlab/nn"
	"gradlab/optim"
)

// BenchmarkStep is a training step of a LeNet at batch 4, without a probe and probed every time: the
// difference is what probing costs.
func BenchmarkStep(b *testing.B) {
	act := nn.Activation{Name: "tanh"}
	pool := nn.MaxPool2d{Kernel: nn.Square(2)}
	model := nn.Model{Layers: []nn.Layer{
		nn.Conv2d{Filters: 6, Kernel: nn.Square(5)}, act, pool, nn.Conv2d{Filters: 16, Kernel: nn.Square(5)}, act, pool,
		nn.Flatten{}, nn.Linear{Out: 120}, act, nn.Linear{Out: 84}, act, nn.Linear{Out: nn.Classes},
	}}
	const batch = 4
	for _, probed := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "probed"}[probed], func(b *testing.B) {
			plan, err := nn.Compile[float32](model, nn.Shape{32, 32, 3}, 10, nn.Options{Batch: batch, Seed: 1})
			if err != nil {
				b.Fatal(err)
			}
			p := New(plan, 1000, 1)
			x, labels := make([]float32, batch*32*32*3), make([]int32, batch)
			for i := range x {
				x[i] = float32(i%251) / 251
			}
			step := 0
			for b.Loop() {
				plan.Forward(x, batch)
				plan.Loss(labels, batch)
				plan.BackwardUpdate(batch, optim.SGD{Rate: 0.0001}, probed)
				if step = step%1000 + 1; probed {
					p.Observe(step, batch)
				}
			}
		})
	}
}
