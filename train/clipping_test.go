package train

import (
	"math"
	"runtime"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/nn"
	"gradlab/optim"
)

// clippedTrial is small, convolutional, normalised and initialised by LSUV.
func clippedTrial() Trial {
	m := nn.Model{Init: nn.Init{Name: "lsuv"}, Layers: []nn.Layer{
		nn.Conv2d{Filters: 5, Kernel: nn.Square(3), NoBias: true}, nn.BatchNorm{}, nn.Activation{Name: "tanh"},
		nn.MaxPool2d{Kernel: nn.Square(2)}, nn.Flatten{},
		nn.Residual{Layers: []nn.Layer{nn.Linear{Out: 40}, nn.LayerNorm{}, nn.Activation{Name: "relu"}}},
		nn.Linear{Out: nn.Classes},
	}}
	return Trial{Model: m, Data: patterns(61, 20, 12, 12, 2), Seed: 5, Config: Config{
		Epochs: 2, Batch: 8, Probe: 3, Rule: optim.SGD{Rate: 0.05, Momentum: 0.9, WeightDecay: 1e-3},
	}}
}

// TestClippedTrialsHaveTheSameBits on every instruction set and number of threads, and however often they are
// probed; and each way of clipping is another training.
func TestClippedTrialsHaveTheSameBits(t *testing.T) {
	seen := map[string]optim.Clip{}
	for _, clip := range []optim.Clip{{}, {By: "value", Limit: 0.01}, {By: "norm", Limit: 0.2}, {By: "layer-norm", Limit: 0.2}} {
		trial := clippedTrial()
		trial.Config.Clip = clip
		trial.Engine = kernel.New(kernel.Portable, 1)
		want := facts(mustRun(t, trial))
		if other, found := seen[want.Digest]; found {
			t.Errorf("clipping by %v and by %v give the same weights", clip, other)
		}
		seen[want.Digest] = clip
		if loss := want.Epochs[1].TrainLoss; !(loss < 3) {
			t.Errorf("%v: the loss is %v", clip, loss)
		}
		for _, isa := range kernel.Available() {
			for threads := 1; threads <= 2; threads++ {
				trial.Engine = kernel.New(isa, threads)
				got := facts(mustRun(t, trial))
				if got.Digest != want.Digest || (got.Clipping == nil) != (want.Clipping == nil) || got.Clipping != nil && *got.Clipping != *want.Clipping {
					t.Errorf("%v on %v with %d threads: %s, %+v; want %s, %+v", clip, isa, threads, got.Digest, got.Clipping, want.Digest, want.Clipping)
				}
			}
		}
		trial.Config.Probe = -1
		if got := mustRun(t, trial).Digest; got != want.Digest {
			t.Errorf("%v: without probes the digest is %s, want %s", clip, got, want.Digest)
		}
	}
}

// TestClippingWithoutEffectIsTheFusedStep: gradients that are never cut are stored, and lead to the same bits as
// those that are applied at once.
func TestClippingWithoutEffectIsTheFusedStep(t *testing.T) {
	trial := clippedTrial()
	want := mustRun(t, trial)
	if want.Clipping != nil {
		t.Errorf("clipping of a trial without: %+v", want.Clipping)
	}
	for _, by := range optim.Clips() {
		trial.Config.Clip = optim.Clip{By: by, Limit: 1e6}
		got := mustRun(t, trial)
		if got.Digest != want.Digest {
			t.Errorf("%s: digest %s, want %s", by, got.Digest, want.Digest)
		}
		c := got.Clipping
		if c == nil || c.Cut != 0 || c.Steps != 16 || c.NotFinite != 0 || c.Before != c.After || !(c.Before.Mean > 0) || !(c.Before.Max >= c.Before.Mean) {
			t.Errorf("%s: clipping came to %+v", by, c)
		}
	}
}

// TestClippingBoundsTheNorm, and counts steps whose gradient is no number apart.
func TestClippingBoundsTheNorm(t *testing.T) {
	trial := clippedTrial()
	trial.Config.Clip = optim.Clip{By: "norm", Limit: 0.1}
	c := mustRun(t, trial).Clipping
	if c.Cut == 0 || !(c.After.Max <= 0.1*1.0001) || !(c.Before.Max > 0.1) {
		t.Errorf("clipping came to %+v", c)
	}
	trial.Config.Clip = optim.Clip{By: "value", Limit: 1e30}
	trial.Config.Rule.Rate = 1e30
	c = mustRun(t, trial).Clipping
	if c.NotFinite == 0 || math.IsNaN(c.Before.Mean) || math.IsInf(c.Before.Max, 0) {
		t.Errorf("a trial that diverges: clipping came to %+v", c)
	}
	trial.Config.Clip = optim.Clip{By: "norm", Limit: -1}
	if _, err := Run(t.Context(), trial, silent{}); err == nil {
		t.Error("a negative limit is taken")
	}
}

// TestOffsets: another draw of the initial values, or of the order, alone. A step over all images at once has one
// order only.
func TestOffsets(t *testing.T) {
	trial := clippedTrial()
	trial.Model.Init.Name = "he"
	digest := func(initOffset, orderOffset uint64) string {
		trial.Config.InitOffset, trial.Config.OrderOffset = initOffset, orderOffset
		return mustRun(t, trial).Digest
	}
	plain, init, order, both := digest(0, 0), digest(1<<32, 0), digest(0, 1<<32), digest(1<<32, 1<<32)
	if plain == init || plain == order || init == order || both == init || both == order {
		t.Errorf("digests are %s, %s, %s, %s", plain, init, order, both)
	}
	trial.Seed, trial.Config.InitOffset, trial.Config.OrderOffset = trial.Seed+1<<32, 0, 0
	if got := mustRun(t, trial).Digest; got != both {
		t.Errorf("offsets in both are not another seed: %s, want %s", both, got)
	}
}

// TestMeasureBoundsClippingAndLSUV: the stated bytes hold gradients that are stored, and the plan of LSUV.
func TestMeasureBoundsClippingAndLSUV(t *testing.T) {
	trial := clippedTrial()
	trial.Data = patterns(300, 100, 12, 12, 2)
	trial.Model.Layers[5] = nn.Linear{Out: 2000}
	trial.Config = Config{Epochs: 1, Batch: 150, Rule: optim.SGD{Rate: 0.01}, Clip: optim.Clip{By: "norm", Limit: 0.1}}
	_, memory, err := Measure(trial.Model, trial.Data.Info(), trial.Config, nil)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	mustRun(t, trial)
	runtime.ReadMemStats(&after)
	bytes := memory.Total()
	if got := float64(after.TotalAlloc - before.TotalAlloc); got < 0.8*float64(bytes-memory.Plan.Squares-memory.State) || got > 1.02*float64(bytes) {
		t.Errorf("training allocates %.0f bytes, measured were %d: %+v", got, bytes, memory)
	}
}
