package probe

import (
	"slices"
	"testing"
	"time"

	"gradlab/internal/kernel"
	"gradlab/internal/workload"
	"gradlab/nn"
	"gradlab/optim"
)

// BenchmarkStep is a training step of each workload that is watched and probed. Steps that are not take
// turns with it, and "%slower" compares the medians: what probing every step costs.
func BenchmarkStep(b *testing.B) {
	for _, w := range workload.All() {
		b.Run(w.Name, func(b *testing.B) {
			plan, err := nn.Compile[float32](w.Model, w.Input, 10, nn.Options{Batch: w.Batch, Seed: 1, Engine: kernel.New(kernel.Available()[0], 1)})
			if err != nil {
				b.Fatal(err)
			}
			const steps = 1000
			p := New(plan, steps, 1)
			x, labels := make([]float32, w.Batch*w.Input.Size()), make([]int32, w.Batch)
			for i := range x {
				x[i] = float32(i%251) / 251
			}
			step := func(number int, probed bool) {
				plan.Keep(probed)
				plan.Forward(x, w.Batch)
				plan.Loss(labels, w.Batch)
				plan.BackwardUpdate(w.Batch, optim.SGD{Rate: 0.0001}, probed)
				if probed {
					p.Observe(number, w.Batch)
				}
			}
			var plain, probed []time.Duration
			number := 0
			for b.Loop() {
				number = number%steps + 1
				start := time.Now()
				step(number, false)
				middle := time.Now()
				step(number, true)
				plain, probed = append(plain, middle.Sub(start)), append(probed, time.Since(middle))
			}
			b.ReportMetric(100*(float64(median(probed))/float64(median(plain))-1), "%slower")
		})
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
