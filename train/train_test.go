package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"gradlab/data"
	"gradlab/internal/kernel"
	"gradlab/nn"
	"gradlab/optim"
)

// listener keeps what it was told.
type listener struct {
	begun  []Event // what it was told of an earlier Run
	events []Event
	epochs []EpochResult
	steps  []Progress
	onStep func()
	onEnd  func()
}

func (l *listener) Step(p Progress) {
	l.steps = append(l.steps, p)
	if l.onStep != nil {
		l.onStep()
	}
}

func (l *listener) Begin(told []Event) { l.begun = told }

func (l *listener) Window(w Window) { l.events = append(l.events, Event{Window: &w}) }

func (l *listener) Epoch(e EpochResult) {
	l.events = append(l.events, Event{Epoch: &e})
	l.epochs = append(l.epochs, e)
	if l.onEnd != nil {
		l.onEnd()
	}
}

func smallTrial() Trial {
	return Trial{
		Model: nn.Model{Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: 12}, nn.Activation{Name: "tanh"}, nn.Linear{Out: nn.Classes}}},
		Data:  patterns(23, 11, 6, 6, 1), Seed: 3,
		Config: Config{
			Epochs: 3, Batch: 5, Rule: optim.SGD{Rate: 0.1, Momentum: 0.9},
			Schedule: optim.Schedule{Name: "cosine", Warmup: 2},
		},
	}
}

// TestRunAgainstItsParts does what Run does with a plan and loaders of the test's own: the loss of an
// epoch is the mean over its samples, so that those of the short last batch (3 of 23) count as much
// as the others; the test set is evaluated with the weights at the epoch's end.
func TestRunAgainstItsParts(t *testing.T) {
	trial := smallTrial()
	var heard listener
	r, err := Run(context.Background(), trial, &heard)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Epochs) != 3 || len(heard.epochs) != 3 {
		t.Fatalf("%d epochs, of which the recorder heard %d; want 3", len(r.Epochs), len(heard.epochs))
	}

	plan, err := nn.Compile[float32](trial.Model, nn.Shape{6, 6, 1}, 10, nn.Options{Batch: 5, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	single, err := plan.WithBatch(1)
	if err != nil {
		t.Fatal(err)
	}
	table, err := data.NewTable[float32]("unit", trial.Data.Train)
	if err != nil {
		t.Fatal(err)
	}
	loader, err := data.NewLoader(trial.Data.Train, table, 5, 3, true)
	if err != nil {
		t.Fatal(err)
	}
	step := 0
	for epoch, got := range r.Epochs {
		sum, samples := 0.0, 0
		for _, b := range loader.Epoch(context.Background(), uint64(epoch), 0) {
			rule := trial.Config.Rule
			rule.Rate = trial.Config.Schedule.Rate(0.1, step, 15, 5)
			step++
			plan.Forward(b.X, b.N)
			sum += plan.Loss(b.Labels, b.N) * float64(b.N)
			samples += b.N
			plan.Backward(b.N)
			plan.Update(rule, false)
		}
		near(t, fmt.Sprintf("epoch %d: training loss", epoch+1), got.TrainLoss, sum/23)
		if samples != 23 {
			t.Errorf("epoch %d: %d samples, want 23", epoch+1, samples)
		}

		// The test set, one image after the other, its cross-entropy by Go's math.
		loss, correct := 0.0, 0
		confusion := [10][10]int{}
		for i, label := range trial.Data.Test.Labels {
			x := make([]float32, 36)
			table.Scale(x, trial.Data.Test.Image(i))
			logits := single.Forward(x, 1)
			best, total := 0, 0.0
			for c, z := range logits {
				total += math.Exp(float64(z))
				if z > logits[best] {
					best = c
				}
			}
			loss += math.Log(total) - float64(logits[label])
			confusion[label][best]++
			if best == int(label) {
				correct++
			}
		}
		if math.Abs(got.TestLoss-loss/11) > 1e-5 {
			t.Errorf("epoch %d: test loss %v, want %v", epoch+1, got.TestLoss, loss/11)
		}
		if got.TestCorrect != correct || got.TestTotal != 11 || got.Accuracy() != float64(correct)/11 {
			t.Errorf("epoch %d: %d of %d correct (%v), want %d of 11", epoch+1, got.TestCorrect, got.TestTotal, got.Accuracy(), correct)
		}
		for label, row := range got.Confusion {
			for prediction, n := range row {
				if n != confusion[label][prediction] {
					t.Errorf("epoch %d: %d images of class %d were taken for %d, want %d", epoch+1, n, label, prediction, confusion[label][prediction])
				}
			}
		}
		if got.Epoch != epoch+1 || heard.epochs[epoch].TrainLoss != got.TrainLoss || got.Seconds <= 0 || got.ImagesPerSecond <= 0 {
			t.Errorf("epoch %d: %+v", epoch+1, got)
		}
	}
	if r.Digest != plan.Digest() {
		t.Error("Run's weights are not those of its parts")
	}
	if r.Epochs[2].TrainLoss >= r.Epochs[0].TrainLoss {
		t.Errorf("the loss does not fall: %v", r.Epochs)
	}
	if r.Parameters != 36*12+12+12*10+10 || len(r.Layers) != 4 || len(r.Positions) != 4 {
		t.Errorf("%d parameters, %d layers, %d positions", r.Parameters, len(r.Layers), len(r.Positions))
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
		t.Errorf("%s is %.17g, want %.17g", what, got, want)
	}
}

// TestOneBatchLargerThanTheSet trains on all images at once.
func TestOneBatchLargerThanTheSet(t *testing.T) {
	trial := smallTrial()
	trial.Config.Batch, trial.Config.Schedule = 1000, optim.Schedule{}
	large := mustRun(t, trial)
	trial.Config.Batch = 23
	if exact := mustRun(t, trial); large.Digest != exact.Digest {
		t.Error("a batch larger than the training set is not the whole set")
	}
}

// TestDivergenceIsAResult: a network whose weights overflow ends with losses that are not finite, and
// with a digest that does not depend on the machine's NaN.
func TestDivergenceIsAResult(t *testing.T) {
	trial := smallTrial()
	trial.Model.Layers[2] = nn.Activation{Name: "relu"}
	trial.Config.Rule, trial.Config.Schedule = optim.SGD{Rate: 1e30}, optim.Schedule{}
	var digest string
	for _, isa := range kernel.Available() {
		trial.Engine = kernel.New(isa, 1)
		r := mustRun(t, trial)
		if loss := r.Epochs[2].TrainLoss; loss < 1e10 {
			t.Errorf("%v: the loss is %v after steps of 1e30", isa, loss)
		}
		if digest == "" {
			digest = r.Digest
		}
		if r.Digest != digest {
			t.Errorf("%v: a diverged network has another digest", isa)
		}
	}
}

// TestInterruption: training ends within a step of its context, says in which epoch, and leaves
// nothing running.
func TestInterruption(t *testing.T) {
	long := smallTrial()
	long.Model, long.Data, long.Config.Epochs = lenet("tanh"), patterns(5000, 10, 32, 32, 3), 1000 // an epoch of half a second
	for _, c := range []struct {
		name  string
		trial Trial
		when  func(l *listener, stop func())
		want  string
	}{
		{"before", smallTrial(), func(_ *listener, stop func()) { stop() }, "failed to train: epoch 1: context canceled"},
		{"after an epoch", smallTrial(), func(l *listener, stop func()) { l.onEnd = stop }, "failed to train: epoch 2: context canceled"},
		{"within an epoch", long, func(l *listener, stop func()) { l.onStep = stop }, "failed to train: epoch 1: context canceled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var stopped time.Time
			var l listener
			c.when(&l, func() { stopped = time.Now(); cancel() })
			r, err := Run(ctx, c.trial, &l)
			if err == nil || err.Error() != c.want || !errors.Is(err, context.Canceled) || r != nil {
				t.Errorf("result %v, error %v, want %s", r, err, c.want)
			}
			if late := time.Since(stopped); stopped.IsZero() || late > time.Second {
				t.Errorf("it ended %v after it was interrupted", late)
			}
			for range 100 { // a goroutine that was told to end may need a moment
				if runtime.NumGoroutine() <= before {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if n := runtime.NumGoroutine(); n > before {
				t.Errorf("%d goroutines, %d before", n, before)
			}
			for _, p := range l.steps {
				if p.Epoch != 1 || p.Epochs != 1000 || p.Step < 1 || p.Steps != 1_000_000 || !(p.Loss > 0) || !(p.ImagesPerSecond > 0) {
					t.Errorf("progress %+v", p)
				}
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		wrong func(t *Trial)
		want  string
	}{
		{"no epochs", func(t *Trial) { t.Config.Epochs = 0 }, "failed to train: 0 epochs in batches of 5: both must be at least 1"},
		{"no batch", func(t *Trial) { t.Config.Batch = 0 }, "failed to train: 3 epochs in batches of 0: both must be at least 1"},
		{"a rate that is no number", func(t *Trial) { t.Config.Rule.Rate = math.NaN() }, "failed to train: the rate is NaN, but must be a number from 0 on"},
		{"a negative momentum", func(t *Trial) { t.Config.Rule.Momentum = -0.9 }, "failed to train: the momentum is -0.9, but must be a number from 0 on"},
		{"an infinite weight decay", func(t *Trial) { t.Config.Rule.WeightDecay = math.Inf(1) }, "failed to train: the weight decay is +Inf, but must be a number from 0 on"},
		{"three wrong numbers: the first is told", func(t *Trial) { t.Config.Rule = optim.SGD{Rate: -1, Momentum: -2, WeightDecay: -3} },
			"failed to train: the rate is -1, but must be a number from 0 on"},
		{"an unknown schedule", func(t *Trial) { t.Config.Schedule.Name = "cosin" }, `failed to train: unknown schedule "cosin": expected constant, cosine, step`},
		{"a negative warm-up", func(t *Trial) { t.Config.Schedule.Warmup = -1 }, "failed to train: the schedule's warm-up is -1, but must be a number from 0 on"},
		{"a negative interval", func(t *Trial) { t.Config.Schedule.Every = -1 }, "failed to train: the schedule's interval is -1, but must be a number from 0 on"},
		{"a factor that is no number", func(t *Trial) { t.Config.Schedule.Factor = math.NaN() }, "failed to train: the schedule's factor is NaN, but must be a number from 0 on"},
		{"an infinite floor", func(t *Trial) { t.Config.Schedule.Floor = math.Inf(1) }, "failed to train: the schedule's floor is +Inf, but must be a number from 0 on"},
		{"an unknown scaling", func(t *Trial) { t.Config.Inputs = "units" }, `failed to train: unknown input scaling "units": expected unit, symmetric, standard, cifar10, imagenet, mnist`},
		{"a wrong model", func(t *Trial) { t.Model.Layers = t.Model.Layers[1:] },
			"failed to train: failed to compile the model: layer 1 (linear1): it needs a vector but gets an image 6×6×1"},
		{"an unknown initialisation", func(t *Trial) { t.Model.Init.Name = "gloria" },
			`failed to train: failed to initialise linear1.weight: there is no initialisation "gloria"`},
		{"nothing to test on", func(t *Trial) { t.Data = patterns(5, 0, 6, 6, 1) }, "failed to train: patterns has 5 images to train on and 0 to test on"},
		{"nothing to train on", func(t *Trial) { t.Data = patterns(0, 5, 6, 6, 1) }, "failed to train: patterns has 0 images to train on and 5 to test on"},
		{"a test set of another size", func(t *Trial) { t.Data.Test = patterns(1, 5, 6, 7, 1).Test },
			"failed to train: patterns has images of 6×6×1 to train on, but of 6×7×1 to test on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			trial := smallTrial()
			c.wrong(&trial)
			if _, err := Run(context.Background(), trial, silent{}); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestTrainingStepAllocatesNothing, probed or not.
func TestTrainingStepAllocatesNothing(t *testing.T) {
	for _, every := range []int{-1, 1} {
		trial := smallTrial()
		trial.Config.Probe = every
		r, err := newRun(trial)
		if err != nil {
			t.Fatal(err)
		}
		b := data.Batch[float32]{N: 5, X: make([]float32, 5*36), Labels: make([]int32, 5)}
		r.trainStep(b) // makes velocities and the engine's workspace
		if n := testing.AllocsPerRun(10, func() { r.trainStep(b) }); n != 0 {
			t.Errorf("probing every %d: a step allocates %v times", every, n)
		}
	}
}

// TestProbeInterval: by default a short run is probed at every step, and negative means never.
func TestProbeInterval(t *testing.T) {
	for probe, count := range map[int]int{-1: 0, 0: 15, 1: 15, 4: 4, 100: 1} {
		trial := smallTrial()
		trial.Config.Probe = probe
		r := mustRun(t, trial)
		if count == 0 {
			if r.Positions != nil || r.Flow != nil {
				t.Errorf("figures of a run without probes: %v", r.Positions)
			}
			continue
		}
		if steps := r.Positions[0].Steps; steps.Count != count || steps.First != 1 {
			t.Errorf("probing every %d: %+v, want %d steps from the first on", probe, steps, count)
		}
	}
}
