package nn_test

import (
	"fmt"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/internal/workload"
)

// BenchmarkStep is one training step: forward, loss, backward, update.
func BenchmarkStep(b *testing.B) {
	for _, w := range workload.All() {
		for _, isa := range kernel.Available() {
			b.Run(fmt.Sprintf("%s/%v", w.Name, isa), func(b *testing.B) {
				training, err := w.Start(kernel.New(isa, 1))
				if err != nil {
					b.Fatal(err)
				}
				training.Step() // makes the engine's workspace
				b.ReportAllocs()
				for b.Loop() {
					training.Step()
				}
				steps := float64(b.N) / b.Elapsed().Seconds()
				b.ReportMetric(steps*float64(w.Batch), "images/s")
				b.ReportMetric(steps*float64(training.StepFLOPs())/1e9, "GFLOP/s")
			})
		}
	}
}
