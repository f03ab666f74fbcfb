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
	if got < 0.85*float64(bytes-memory.Plan.Squares-memory.State) || got > 1.02*float64(bytes) {
		t.Errorf("training allocates %.0f bytes, measured were %d", got, bytes)
	}
}

// TestMeasureBoundsACheckpoint: what making one takes is within what is stated of it.
func TestMeasureBoundsACheckpoint(t *testing.T) {
	trial := stoppedTrial()
	trial.Model.Layers[4] = nn.Linear{Out: 5000}
	_, memory, err := Measure(trial.Model, trial.Data.Info(), trial.Config, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRun(trial)
	if err != nil {
		t.Fatal(err)
	}
	r.plan.Save(&r.stopper.best)
	for _, b := range r.train.Epoch(context.Background(), 0, 0) {
		r.trainStep(b)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	file, err := r.checkpoint().encode()
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	const small = 200e3 // of names, of losses, and of a file that grows
	if got := int64(after.TotalAlloc - before.TotalAlloc); got > memory.State+small || got < int64(len(file)) {
		t.Errorf("a checkpoint of %d bytes allocates %d, %d were measured", len(file), got, memory.State)
	}
}

type quiet struct{}

func (quiet) Begin([]Event)     {}
func (quiet) Step(Progress)     {}
func (quiet) Window(Window)     {}
func (quiet) Epoch(EpochResult) {}
