package train

import (
	"fmt"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/nn"
	"gradlab/optim"
)

// regularised is a small trial with dropout of elements and of channels.
func regularised() Trial {
	m := nn.Model{Layers: []nn.Layer{
		nn.Conv2d{Filters: 5, Kernel: nn.Square(3), NoBias: true}, nn.BatchNorm{}, nn.Activation{Name: "relu"}, nn.Dropout{Rate: 0.1, Spatial: true},
		nn.MaxPool2d{Kernel: nn.Square(2)}, nn.Flatten{}, nn.Linear{Out: 40}, nn.Activation{Name: "tanh"}, nn.Dropout{Rate: 0.25},
		nn.Linear{Out: 30}, nn.Activation{Name: "relu"}, nn.Dropout{Rate: 0.2}, nn.Linear{Out: nn.Classes},
	}}
	return Trial{Model: m, Data: patterns(61, 20, 12, 12, 2), Seed: 5, Config: Config{
		Epochs: 2, Batch: 8, Probe: 3, Rule: optim.SGD{Rate: 0.05, Momentum: 0.9},
	}}
}

// TestRegularisedTrialsHaveTheSameBits on every instruction set and number of threads, and however often they are
// probed; and each way of regularising is another training.
func TestRegularisedTrialsHaveTheSameBits(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []struct {
		name   string
		change func(t *Trial)
	}{
		{"dropout", func(*Trial) {}},
		{"other masks", func(t *Trial) { t.Seed++ }},
		{"L1", func(t *Trial) { t.Config.Rule.Penalty.L1 = 1e-3 }},
		{"L2", func(t *Trial) { t.Config.Rule.Penalty.L2 = 1e-2 }},
		{"elastic net, clipped", func(t *Trial) {
			t.Config.Rule.Penalty = optim.Penalty{L1: 1e-3, L2: 1e-3, Biases: true, Norms: true}
			t.Config.Clip = optim.Clip{By: "norm", Limit: 0.5}
		}},
		{"decoupled decay", func(t *Trial) { t.Config.Rule.WeightDecay, t.Config.Rule.Decoupled = 0.1, true }},
		{"largest norm", func(t *Trial) { t.Config.Rule.MaxNorm = 0.5 }},
		{"smoothed labels", func(t *Trial) { t.Config.LabelSmoothing = 0.2 }},
	} {
		trial := regularised()
		c.change(&trial)
		trial.Engine = kernel.New(kernel.Portable, 1)
		want := facts(mustRun(t, trial))
		if other, found := seen[want.Digest]; found {
			t.Errorf("%s and %s give the same weights", c.name, other)
		}
		seen[want.Digest] = c.name
		if loss := want.Epochs[1].TrainLoss; !(loss < 3) {
			t.Errorf("%s: the loss is %v", c.name, loss)
		}
		for _, isa := range kernel.Available() {
			for threads := 1; threads <= 2; threads++ {
				trial.Engine = kernel.New(isa, threads)
				if got := facts(mustRun(t, trial)); fmt.Sprint(got.Epochs, got.Digest) != fmt.Sprint(want.Epochs, want.Digest) {
					t.Errorf("%s on %v with %d threads: %v %s, want %v %s", c.name, isa, threads, got.Epochs, got.Digest, want.Epochs, want.Digest)
				}
			}
		}
		trial.Config.Probe = -1
		if got := mustRun(t, trial).Digest; got != want.Digest {
			t.Errorf("%s: without probes the digest is %s, want %s", c.name, got, want.Digest)
		}
	}
}

// TestPenaltyOfEpochs: it stands beside the loss of the data, part by part, and shrinks what it is over.
func TestPenaltyOfEpochs(t *testing.T) {
	weights := map[string]float64{}
	for name, penalty := range map[string]optim.Penalty{"none": {}, "weak": {L1: 1e-9, L2: 1e-9}, "strong": {L1: 3e-3, L2: 2e-2}} {
		trial := regularised()
		trial.Config.Rule.Penalty = penalty
		e := mustRun(t, trial).Epochs[1]
		if penalty.IsZero() {
			if e.Penalties.Sum() != 0 {
				t.Errorf("without a penalty it is %+v", e.Penalties)
			}
			continue
		}
		weights[name] = e.Penalties.L2 / penalty.L2
		if !(e.Penalties.L1 > 0 && e.TrainLoss > 0.1) {
			t.Errorf("%s: loss %v, penalties %+v", name, e.TrainLoss, e.Penalties)
		}
	}
	if !(weights["strong"] < 0.8*weights["weak"]) {
		t.Errorf("sums of squares: %v", weights)
	}
}

// TestMasksOfTrials: they follow from the trial's seed alone, whatever draws its initial values and its order.
func TestMasksOfTrials(t *testing.T) {
	trial := regularised()
	trial.Model = nn.Model{Init: nn.Init{Name: "constant", Value: 0.01}, Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: 20}, nn.Dropout{Rate: 0.5}, nn.Linear{Out: nn.Classes}}}
	digest := func(seed, init uint64) string {
		trial.Seed, trial.Config.InitOffset, trial.Config.OrderOffset = seed, init, 7-seed
		return mustRun(t, trial).Digest
	}
	if digest(1, 0) != digest(1, 3) {
		t.Error("another draw of initial values, of which there is none, changes the masks")
	}
	if digest(1, 0) == digest(2, 0) { // the order is the same
		t.Error("two seeds have the same masks")
	}
}
