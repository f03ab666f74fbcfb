package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"gradlab/data"
	"gradlab/internal/kernel"
	"gradlab/nn"
	"gradlab/optim"
)

// overfitting is a trial that learns its few training images by heart, of which many have a wrong label, so that
// its validation loss rises.
func overfitting() Trial {
	set := patterns(60, 20, 8, 8, 1)
	for i := range set.Train.Labels {
		if i%5 < 2 {
			set.Train.Labels[i] = uint8(i * 7 / 5 % len(set.Classes))
		}
	}
	m := nn.Model{Layers: []nn.Layer{
		nn.Flatten{}, nn.Linear{Out: 60}, nn.BatchNorm{}, nn.Activation{Name: "relu"}, nn.Linear{Out: nn.Classes},
	}}
	return Trial{Model: m, Data: set, Seed: 5, Config: Config{
		Epochs: 12, Batch: 8, Probe: -1, Rule: optim.SGD{Rate: 0.1, Momentum: 0.9}, Validation: 0.25, EarlyStopping: EarlyStopping{Patience: 3},
	}}
}

// TestEarlyStopping: training ends after as many epochs without a lower validation loss as its patience, with the
// weights of the best epoch: those of a training that was as long.
func TestEarlyStopping(t *testing.T) {
	trial := overfitting()
	r := mustRun(t, trial)
	s := r.Stopping
	if s == nil || !s.Early || len(r.Epochs) != s.Best+3 || len(r.Epochs) >= 12 {
		t.Fatalf("%+v after %d epochs", s, len(r.Epochs))
	}
	var losses []float64
	for _, e := range r.Epochs {
		losses = append(losses, e.Validation.Loss)
		if e.Validation.Total+e.TrainTotal != trial.Data.Train.N() {
			t.Errorf("%d images to validate on and %d to train on, of %d", e.Validation.Total, e.TrainTotal, trial.Data.Train.N())
		}
	}
	if best := slices.Index(losses, slices.Min(losses)) + 1; s.Best != best || s.Loss != losses[best-1] {
		t.Errorf("the best epoch is %d with %v, want %d of %v", s.Best, s.Loss, best, losses)
	}
	if r.Final().Epoch != s.Best {
		t.Errorf("the final epoch is %d", r.Final().Epoch)
	}
	trial.Config.Epochs, trial.Config.EarlyStopping = s.Best, EarlyStopping{}
	if short := mustRun(t, trial); short.Digest != r.Digest || short.Stopping != nil {
		t.Errorf("the weights are %s, those of %d epochs %s", r.Digest, s.Best, short.Digest)
	}
	trial = overfitting()
	trial.Config.Epochs = s.Best + 1
	if r := mustRun(t, trial); r.Stopping.Early || r.Stopping.Best != s.Best || len(r.Epochs) != s.Best+1 {
		t.Errorf("patience does not run out: %+v after %d epochs", r.Stopping, len(r.Epochs))
	}
}

// TestEarlyStoppingSeesNoTestImage: what the test set holds changes nothing but its own figures.
func TestEarlyStoppingSeesNoTestImage(t *testing.T) {
	trial := overfitting()
	want := mustRun(t, trial)
	other := *trial.Data
	test := *other.Test
	test.Pixels, test.Labels = slices.Clone(test.Pixels), slices.Clone(test.Labels)
	for i := range test.Pixels {
		test.Pixels[i] ^= 255
	}
	slices.Reverse(test.Labels)
	other.Test = &test
	trial.Data = &other
	got := mustRun(t, trial)
	if got.Digest != want.Digest || *got.Stopping != *want.Stopping || got.Epochs[0].TestLoss == want.Epochs[0].TestLoss {
		t.Errorf("with another test set %s, %+v; want %s, %+v", got.Digest, got.Stopping, want.Digest, want.Stopping)
	}
}

// TestEarlyStoppingHasTheSameBits on every instruction set and number of threads.
func TestEarlyStoppingHasTheSameBits(t *testing.T) {
	trial := overfitting()
	trial.Engine = kernel.New(kernel.Portable, 1)
	want := mustRun(t, trial)
	for _, isa := range kernel.Available() {
		for threads := 1; threads <= 2; threads++ {
			trial.Engine = kernel.New(isa, threads)
			if got := mustRun(t, trial); got.Digest != want.Digest || *got.Stopping != *want.Stopping {
				t.Errorf("%v on %d threads: %s, %+v; want %s, %+v", isa, threads, got.Digest, got.Stopping, want.Digest, want.Stopping)
			}
		}
	}
}

// TestDivergedStopping: a network whose losses are no numbers stops too, and has no best epoch.
func TestDivergedStopping(t *testing.T) {
	trial := overfitting()
	trial.Config.Rule.Rate = 1e30
	trial.Model.Layers = slices.Delete(trial.Model.Layers, 2, 3) // batch normalisation would hold it
	r := mustRun(t, trial)
	if r.Stopping.Best != 0 || len(r.Epochs) != 3 || !math.IsNaN(r.Epochs[2].Validation.Loss) {
		t.Errorf("%+v after %d epochs, the last of which has %+v", r.Stopping, len(r.Epochs), r.Epochs[len(r.Epochs)-1].Validation)
	}
}

func TestValidationErrors(t *testing.T) {
	for _, change := range []func(c *Config){
		func(c *Config) { c.Validation = 0 },
		func(c *Config) { c.Validation = 1 },
		func(c *Config) { c.Validation = math.NaN() },
		func(c *Config) { c.EarlyStopping.Patience = -1 },
	} {
		trial := overfitting()
		change(&trial.Config)
		if _, err := Run(context.Background(), trial, quiet{}); err == nil {
			t.Errorf("%+v is no error", trial.Config)
		}
	}
	trial := overfitting()
	single := *trial.Data
	single.Train = &data.Set{Name: "s", Classes: single.Train.Classes, H: 8, W: 8, C: 1, Pixels: single.Train.Pixels[:64], Labels: single.Train.Labels[:1]}
	trial.Data = &single
	if _, err := Run(context.Background(), trial, quiet{}); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("one image to hold out of gives %v", fmt.Sprint(err))
	}
}
