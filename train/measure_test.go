package train

import (
	"context"
	"runtime"
	"testing"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/optim"
)

// TestMeasureBoundsWhatATrialAllocates compares the stated bytes with those of the runtime.
func TestMeasureBoundsWhatATrialAllocates(t *testing.T) {
	set, err := data.Open(context.Background(), data.Spec{Source: "shapes", Train: 256, Test: 100}, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	trial := Trial{
		Model:  nn.Model{Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: 400}, nn.Activation{Name: "tanh"}, nn.Linear{Out: nn.Classes}}},
		Data:   set,
		Config: Config{Epochs: 1, Batch: 128, Rule: optim.SGD{Rate: 0.01, Momentum: 0.9}},
	}
	size, memory, err := Measure(trial.Model, set.Info(), trial.Config, nil)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	result, err := Run(context.Background(), trial, quiet{})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if size.Parameters != result.Parameters {
		t.Errorf("%d parameters measured, %d trained", size.Parameters, result.Parameters)
	}
	// Everything that was ever allocated. A gradient that vanishes would take some of memory.Plan.Squares.
	bytes := memory.Total()
	got := float64(after.TotalAlloc - before.TotalAlloc)
	if got < 0.85*float64(bytes-memory.Plan.Squares) || got > 1.02*float64(bytes) {
		t.Errorf("training allocates %.0f bytes, measured were %d", got, bytes)
	}
}

type quiet struct{}

func (quiet) Step(Progress)     {}
func (quiet) Epoch(EpochResult) {}
