package train

import (
	"math"
	"strings"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/probe"
)

// TestNonFiniteIsFoundInItsStep: what overflows is known in advance.
func TestNonFiniteIsFoundInItsStep(t *testing.T) {
	constant := func(v float64) nn.Init { return nn.Init{Name: "constant", Value: v} }
	tanh := nn.Activation{Name: "tanh"}
	for _, c := range []struct {
		name   string
		layers []nn.Layer
		rule   optim.SGD
		want   probe.Place
	}{
		// Inputs are in [0, 1], 36 of them: sums of 1e30 stay in range, and 12 of these times 1e30 do not.
		{"the second layer's output at once",
			[]nn.Layer{nn.Flatten{}, nn.Linear{Out: 12, Init: constant(1e30)}, nn.Activation{Name: "identity"}, nn.Linear{Out: 7, Init: constant(1e30)}, tanh, nn.Linear{Out: nn.Classes}},
			optim.SGD{Rate: 0.1}, probe.Place{Step: 1, Epoch: 1, Layer: "linear2", What: probe.InActivation}},
		// The decay alone moves every weight by 1e60 of its size.
		{"the first update", []nn.Layer{nn.Flatten{}, nn.Linear{Out: 12}, tanh, nn.Linear{Out: nn.Classes}},
			optim.SGD{Rate: 1e30, WeightDecay: 1e30}, probe.Place{Step: 1, Epoch: 1, Layer: "linear2", What: probe.InGradient}},
		// The decay multiplies weights by −1e6 in each step: 3.4e38 is passed in the seventh. Before that, tanh keeps what
		// linear1 gives to itself, and the logits are largest in linear2.
		{"the seventh update", []nn.Layer{nn.Flatten{}, nn.Linear{Out: 12, NoBias: true}, tanh, nn.Linear{Out: nn.Classes, NoBias: true}},
			optim.SGD{Rate: 1e-3, WeightDecay: 1e9}, probe.Place{Step: 7, Epoch: 2, What: probe.InGradient}},
		{"nothing", []nn.Layer{nn.Flatten{}, nn.Linear{Out: 12}, tanh, nn.Linear{Out: nn.Classes}}, optim.SGD{Rate: 0.1}, probe.Place{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, isa := range kernel.Available() {
				trial := smallTrial()
				trial.Model.Layers, trial.Config.Rule, trial.Config.Schedule = c.layers, c.rule, optim.Schedule{}
				trial.Engine = kernel.New(isa, 1)
				r := mustRun(t, trial)
				if len(r.Epochs) != 3 {
					t.Fatalf("%v: training ended after %d epochs", isa, len(r.Epochs))
				}
				switch got := r.NonFinite; {
				case c.want.Step == 0:
					if got != nil {
						t.Errorf("%v: %+v, want nothing", isa, *got)
					}
				case got == nil:
					t.Errorf("%v: nothing was found, want %+v", isa, c.want)
				case c.want.Layer == "":
					if got.Step != c.want.Step || got.Epoch != c.want.Epoch || got.What != c.want.What || !strings.HasPrefix(got.Layer, "linear") {
						t.Errorf("%v: %+v, want %+v in any layer", isa, *got, c.want)
					}
				case *got != c.want:
					t.Errorf("%v: %+v, want %+v", isa, *got, c.want)
				}
			}
		})
	}
}

// TestNonFiniteWithoutProbes: the loss of the next step tells, and after the last step the evaluation.
func TestNonFiniteWithoutProbes(t *testing.T) {
	trial := smallTrial()
	trial.Config.Rule, trial.Config.Schedule, trial.Config.Probe = optim.SGD{Rate: 1e30, WeightDecay: 1e30}, optim.Schedule{}, -1
	if r := mustRun(t, trial); r.NonFinite == nil || r.NonFinite.Step != 1 {
		t.Errorf("%+v, want step 1", r.NonFinite)
	}
	trial.Config.Epochs, trial.Config.Batch = 1, 100 // one step: only the evaluation sees what it led to
	if r := mustRun(t, trial); r.NonFinite == nil || r.NonFinite.Step != 1 || r.NonFinite.What != probe.InGradient {
		t.Errorf("%+v, want step 1", r.NonFinite)
	}
}

// everyStep is an inspector that counts, and keeps the first gradient.
type everyStep struct {
	every, seen int
	t           *testing.T
}

func (e *everyStep) Due(step int) bool { return step%e.every == 0 }
func (e *everyStep) Inspect(plan *nn.Plan[float32], step, n int, loss float64) {
	e.seen++
	for _, q := range plan.Params() {
		if q.Grad == nil || q.Squares.Weights == 0 && q.Squares.Gradient == 0 || math.IsNaN(loss) {
			e.t.Errorf("step %d: %s has no gradient or no squares", step, q.Name)
		}
	}
}

// TestInspectionChangesNoBit: inspected steps have the bits of others, whichever they are, with momentum,
// normalisation and probes.
func TestInspectionChangesNoBit(t *testing.T) {
	trial := smallTrial()
	trial.Model.Layers = []nn.Layer{nn.Flatten{}, nn.Linear{Out: 12}, nn.BatchNorm{}, nn.Activation{Name: "relu"},
		nn.Residual{Layers: []nn.Layer{nn.Linear{Out: 12}, nn.Activation{Name: "tanh"}}}, nn.Linear{Out: nn.Classes}}
	trial.Config.Probe = 4
	want := mustRun(t, trial)
	for _, every := range []int{1, 2, 3} {
		e := &everyStep{every: every, t: t}
		trial.Inspector = e
		got := mustRun(t, trial)
		if got.Digest != want.Digest || got.Epochs[2].TestLoss != want.Epochs[2].TestLoss {
			t.Errorf("inspecting every %d: other weights or losses", every)
		}
		if e.seen != 15/every {
			t.Errorf("inspecting every %d: %d inspections of 15 steps", every, e.seen)
		}
	}
}

// TestLossWindowsAndTrainingAccuracy: both add up to what the epochs say.
func TestLossWindowsAndTrainingAccuracy(t *testing.T) {
	trial := smallTrial()
	trial.Config.Batch = 1 // each step's loss counts alike
	r := mustRun(t, trial)
	sum, steps := 0.0, 0
	for _, w := range r.Loss {
		sum += w.Mean * float64(w.Count)
		steps += w.Count
	}
	total := 0.0
	for _, e := range r.Epochs {
		total += e.TrainLoss * 23
		if e.TrainTotal != 23 || e.TrainCorrect < 0 || e.TrainCorrect > 23 {
			t.Errorf("%d of %d samples correct", e.TrainCorrect, e.TrainTotal)
		}
	}
	if steps != 69 || math.Abs(sum-total) > 1e-9 {
		t.Errorf("%d steps with losses of %v in all, want 69 and %v", steps, sum, total)
	}
	trial.Config.Epochs, trial.Config.Rule = 200, optim.SGD{Rate: 0.1}
	r = mustRun(t, trial)
	if e := r.Epochs[199]; e.TrainCorrect != 23 {
		t.Errorf("after 200 epochs %d of 23 are correct at a loss of %v", e.TrainCorrect, e.TrainLoss)
	}
}
