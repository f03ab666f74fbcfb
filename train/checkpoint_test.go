package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"gradlab/data"
	"gradlab/internal/safetensors"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/probe"
	"gradlab/transform"
)

// keeper keeps a trial at one step, and ends it at another.
type keeper struct {
	at, end int // steps
	cancel  context.CancelFunc
	kept    []byte // at the step at
	last    []byte

	heard *listener // may be nil
	told  int       // events that had been told then
}

func (k *keeper) Due(step int) bool {
	if step >= k.end && k.cancel != nil {
		k.cancel()
	}
	return step == k.at && k.kept == nil
}

func (k *keeper) Keep(step int, file []byte) {
	k.last = file
	if step == k.at {
		k.kept = file
		if k.heard != nil {
			k.told = len(k.heard.events)
		}
	}
}

// untimed compares all of a result but its times, bit by bit or NaN by NaN.
var untimed = cmp.Options{
	cmpopts.IgnoreFields(EpochResult{}, "Seconds", "ImagesPerSecond"),
	cmpopts.EquateNaNs(), cmp.AllowUnexported(Norms{}),
}

// randomTrial draws a trial of everything that carries something from one step to the next.
func randomTrial(t *rapid.T) Trial {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	c := Config{
		Epochs: rapid.IntRange(1, 4).Draw(t, "epochs"), Batch: rapid.IntRange(1, 9).Draw(t, "batch"),
		Rule:     optim.SGD{Rate: rapid.SampledFrom([]float64{0.001, 0.1, 1, 1e20}).Draw(t, "rate")},
		Schedule: optim.Schedule{Name: rapid.SampledFrom(optim.Schedules()).Draw(t, "schedule"), Every: 1, Warmup: rapid.IntRange(0, 5).Draw(t, "warm-up")},
		Test:     rapid.SampledFrom([]string{TestEachEpoch, TestOnce, TestNever}).Draw(t, "test"),
		Probe:    rapid.SampledFrom([]int{-1, 0, 1, 3}).Draw(t, "probe"),
	}
	if flag("momentum") {
		c.Rule.Momentum, c.Rule.Nesterov = 0.9, flag("nesterov")
	}
	if flag("decay") {
		c.Rule.WeightDecay, c.Rule.Decoupled = 0.01, flag("decoupled")
	}
	if flag("penalty") && !c.Rule.Decoupled {
		c.Rule.Penalty = optim.Penalty{L1: 0.001, L2: 0.002, Biases: flag("biases")}
	}
	if flag("limit") {
		c.Rule.MaxNorm = 0.5
	}
	if flag("clip") {
		c.Clip = optim.Clip{By: rapid.SampledFrom(optim.Clips()).Draw(t, "clip by"), Limit: 0.1}
	}
	if flag("transforms") {
		c.Transforms = transform.List{transform.RandomCrop{Padding: 1}, transform.Flip{}, transform.Cutout{Size: 2}}
	}
	if flag("smoothing") {
		c.LabelSmoothing = 0.1
	}
	if flag("validation") {
		c.Validation = 0.3
		c.EarlyStopping.Patience = rapid.IntRange(0, 2).Draw(t, "patience")
	}
	if flag("transforms") {
		c.Transforms = transform.List{transform.RandomCrop{Height: 5, Width: 5, Padding: 1}, transform.Flip{}, transform.Rotation{Degrees: 20}}
	}
	layers := []nn.Layer{}
	if flag("convolution") {
		layers = append(layers, nn.Conv2d{Filters: 3, Kernel: nn.Square(3)})
		if flag("image norm") {
			layers = append(layers, nn.BatchNorm{})
		}
		layers = append(layers, nn.Activation{Name: "relu"}, nn.MaxPool2d{Kernel: nn.Square(2)})
	}
	layers = append(layers, nn.Flatten{}, nn.Linear{Out: 7})
	if flag("norm") {
		layers = append(layers, nn.BatchNorm{})
	}
	layers = append(layers, nn.Activation{Name: rapid.SampledFrom([]string{"tanh", "sigmoid", "relu"}).Draw(t, "activation")})
	if flag("dropout") {
		layers = append(layers, nn.Dropout{Rate: 0.3})
	}
	if flag("vanishing") {
		layers = append(layers, nn.Repeat{Times: 7, Layers: []nn.Layer{nn.Linear{Out: 5}, nn.Activation{Name: "sigmoid"}}})
	}
	if flag("residual") {
		layers = append(layers, nn.Residual{Layers: []nn.Layer{nn.Linear{Out: 5}, nn.Activation{Name: "relu"}}})
	}
	model := nn.Model{Layers: append(layers, nn.Linear{Out: nn.Classes})}
	if flag("lsuv") {
		model.Init.Name = "lsuv"
	}
	return Trial{Model: model, Data: resumeData, Config: c, Seed: rapid.Uint64().Draw(t, "seed"), ID: "this one"}
}

var resumeData *data.Dataset = patterns(40, 11, 6, 6, 1)

// TestResumeCannotBeToldFromNoInterruption: a trial that ends anywhere, by Ctrl-C or by a kill after its newest
// checkpoint, and goes on, again and again, comes to the result of one that does not, in all but times; and what
// it tells on its way is the same.
func TestResumeCannotBeToldFromNoInterruption(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trial := randomTrial(t)
		var whole listener
		want, err := Run(context.Background(), trial, &whole)
		if err != nil {
			t.Fatal(err)
		}
		steps := want.Loss[len(want.Loss)-1].Last
		checkWindows(t, whole.events, want)
		var told []Event
		for done := 0; ; {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var heard listener
			k := &keeper{cancel: cancel, heard: &heard}
			k.at = rapid.IntRange(max(1, done), steps+2).Draw(t, "checkpoint")
			k.end = rapid.IntRange(k.at, steps+2).Draw(t, "end")
			trial.Keeper = k
			got, err := Run(ctx, trial, &heard)
			if d := differ(told, heard.begun); d != "" {
				t.Fatalf("what was told before: -told +begun with:\n%s", d)
			}
			if err == nil {
				if d := cmp.Diff(want, got, untimed); d != "" {
					t.Fatalf("-whole +resumed:\n%s", d)
				}
				if d := differ(whole.events, append(heard.begun, heard.events...)); d != "" {
					t.Fatalf("what was told: -whole +resumed:\n%s", d)
				}
				return
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			file := k.last // of Ctrl-C
			told = append(heard.begun, heard.events...)
			if k.kept != nil && rapid.Bool().Draw(t, "killed") {
				file, told = k.kept, told[:len(heard.begun)+k.told]
			}
			c, err := ReadCheckpoint(file)
			if err != nil {
				t.Fatal(err)
			}
			trial.From, done = c, c.Step()
		}
	})
}

// differ compares events but for times: as texts, which is much faster than their diff.
func differ(want, got []Event) string {
	text := func(events []Event) string {
		var all strings.Builder
		for _, e := range events {
			if w := e.Window; w != nil {
				fmt.Fprintln(&all, w.Loss, w.Histograms)
				if w.Flow != nil {
					fmt.Fprintln(&all, *w.Flow)
				}
				continue
			}
			epoch := *e.Epoch
			epoch.Seconds, epoch.ImagesPerSecond, epoch.Validation = 0, 0, nil
			fmt.Fprintln(&all, epoch)
			if v := e.Epoch.Validation; v != nil {
				fmt.Fprintln(&all, *v)
			}
		}
		return all.String()
	}
	if a, b := text(want), text(got); a != b {
		return cmp.Diff(a, b)
	}
	return ""
}

// TestInterruptedWhileItConcludes: Ctrl-C between the last epoch and the figures of a test set that is run once keeps
// the trial, and from there nothing is trained; early stopping has gone back to its best weights by then.
func TestInterruptedWhileItConcludes(t *testing.T) {
	for name, c := range map[string]struct {
		stopping EarlyStopping
		rate     float64
		epochs   int
		early    bool
	}{
		"all epochs":    {EarlyStopping{}, 0.1, 3, false},
		"the best kept": {EarlyStopping{Patience: 3}, 0.1, 3, false},
		"stopped early": {EarlyStopping{Patience: 1}, 100, 9, true},
	} {
		trial := stoppedTrial()
		trial.Config.Epochs = c.epochs
		trial.Config.Test, trial.Config.EarlyStopping, trial.Config.Rule.Rate = TestOnce, c.stopping, c.rate
		want, err := Run(context.Background(), trial, silent{})
		if err != nil {
			t.Fatal(err)
		}
		if early := len(want.Epochs) < c.epochs; early != c.early {
			t.Fatalf("%s: %d epochs, %+v", name, len(want.Epochs), want.Stopping)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		heard := &listener{}
		last := lastEpoch{heard, len(want.Epochs), cancel}
		k := &keeper{at: -1, end: math.MaxInt}
		trial.Keeper = k
		if _, err := Run(ctx, trial, last); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the test set") {
			t.Fatalf("%s: %v", name, err)
		}
		if trial.From, err = ReadCheckpoint(k.last); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again := &listener{}
		got, err := Run(context.Background(), trial, again)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(again.epochs) > 0 {
			t.Errorf("%s: %d epochs were trained once more", name, len(again.epochs))
		}
		if d := cmp.Diff(want, got, untimed); d != "" {
			t.Errorf("%s: -whole +concluded later:\n%s", name, d)
		}
	}
}

// lastEpoch cancels when the last epoch has been told.
type lastEpoch struct {
	*listener
	n      int
	cancel context.CancelFunc
}

func (l lastEpoch) Epoch(e EpochResult) {
	l.listener.Epoch(e)
	if e.Epoch == l.n {
		l.cancel()
	}
}

// keptAt gives a checkpoint of a trial after a step.
func keptAt(t testing.TB, trial Trial, step int) []byte {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	k := &keeper{at: step, end: step, cancel: cancel}
	trial.Keeper = k
	if _, err := Run(ctx, trial, silent{}); err == nil || k.kept == nil {
		t.Fatalf("no checkpoint at step %d: %v", step, err)
	}
	return k.kept
}

// stoppedTrial has everything that a checkpoint may hold.
func stoppedTrial() Trial {
	trial := smallTrial()
	trial.ID = "this one"
	trial.Model.Layers = append([]nn.Layer{nn.Conv2d{Filters: 2, Kernel: nn.Square(3)}, nn.BatchNorm{}}, trial.Model.Layers...)
	trial.Config.Clip = optim.Clip{By: optim.ClipNorm, Limit: 1}
	trial.Config.Validation, trial.Config.EarlyStopping.Patience = 0.3, 2
	return trial
}

// TestACheckpointOfAnotherTrialIsRefused covers what the directory of a trial may hold after somebody has moved files.
func TestACheckpointOfAnotherTrialIsRefused(t *testing.T) {
	c, err := ReadCheckpoint(keptAt(t, stoppedTrial(), 7))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Trial){
		"of this trial":     func(*Trial) {},
		"another trial":     func(t *Trial) { t.ID = "that one" },
		"fewer epochs":      func(t *Trial) { t.Config.Epochs = 1 },
		"another batch":     func(t *Trial) { t.Config.Batch = 7 },
		"no clipping":       func(t *Trial) { t.Config.Clip = optim.Clip{} },
		"no early stopping": func(t *Trial) { t.Config.EarlyStopping.Patience = 0 },
		"no probe":          func(t *Trial) { t.Config.Probe = -1 },
		"other probes":      func(t *Trial) { t.Model.Layers[3] = nn.Linear{Out: 12, NoBias: true} },
		"another width":     func(t *Trial) { t.Model.Layers[3] = nn.Linear{Out: 13} },
		"another layer":     func(t *Trial) { t.Model.Layers[4] = nn.BatchNorm{} },
	} {
		trial := stoppedTrial()
		change(&trial)
		trial.From = c
		if _, err := Run(context.Background(), trial, silent{}); errors.Is(err, ErrCheckpoint) == (name == "of this trial") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestADamagedCheckpointIsNotRead flips every bit of one, and cuts it everywhere.
func TestADamagedCheckpointIsNotRead(t *testing.T) {
	file := keptAt(t, stoppedTrial(), 7)
	at, err := ReadCheckpoint(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := at.encode()
	if err != nil || !bytes.Equal(file, again) {
		t.Errorf("a checkpoint that was read is written in other bytes: %v", err)
	}
	for i := 0; i < len(file); i += 1 + i/200 { // the header closely
		for bit := range 8 {
			file[i] ^= 1 << bit
			if c, err := ReadCheckpoint(file); err == nil {
				if same, err := c.encode(); err != nil || !bytes.Equal(same, again) { // white space in the header
					t.Fatalf("bit %d of byte %d was flipped, and not found", bit, i)
				}
			}
			file[i] ^= 1 << bit
		}
		if _, err := ReadCheckpoint(file[:i]); err == nil {
			t.Fatalf("%d of %d bytes were read", i, len(file))
		}
	}
}

// TestACheckpointWithoutHistogramsIsRefused, as those from before they were taken: the trial begins again.
func TestACheckpointWithoutHistogramsIsRefused(t *testing.T) {
	f, err := safetensors.Decode(keptAt(t, stoppedTrial(), 7))
	if err != nil {
		t.Fatal(err)
	}
	for i, tensor := range f.Tensors {
		if tensor.Name == probePrefix+"counts" {
			counts, err := tensor.Int64s()
			if err != nil {
				t.Fatal(err)
			}
			f.Tensors[i] = safetensors.Int64s(tensor.Name, counts[:4*probe.MaxWindows+3])
		}
	}
	f.Metadata[sumKey] = checksum(f)
	file, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	trial := stoppedTrial()
	if trial.From, err = ReadCheckpoint(file); err != nil {
		t.Fatal(err)
	}
	heard := &listener{}
	if _, err := Run(context.Background(), trial, heard); !errors.Is(err, ErrCheckpoint) || len(heard.events) > 0 {
		t.Errorf("error %v, and %d events", err, len(heard.events))
	}
}

// TestANewerCheckpointIsRefused with what to do.
func TestANewerCheckpointIsRefused(t *testing.T) {
	f, err := safetensors.Decode(keptAt(t, stoppedTrial(), 7))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ key, value, want string }{
		{formatKey, "2", "knows no format above 1"},
		{formatKey, "0", "names no format"},
		{formatKey, "", "names no format"},
		{numericsKey, "1", `written with numerics "1"`},
		{stateKey, "{}", "checksum"},
	} {
		was := f.Metadata[c.key]
		f.Metadata[c.key] = c.value
		file, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		_, err = ReadCheckpoint(file)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v", c.key, c.value, err)
		}
		var h interface{ Hint() string }
		if newer := c.value == "2"; newer != errors.As(err, &h) {
			t.Errorf("%s %q: is there a hint? %v", c.key, c.value, !newer)
		}
		f.Metadata[c.key] = was
	}
}

// FuzzReadCheckpoint: what a file says is taken over or refused, and nothing panics. A fuzzer that had to find checksums
// would see little of what stands behind them: they are made right.
func FuzzReadCheckpoint(f *testing.F) {
	for _, step := range []int{1, 7} {
		f.Add(keptAt(f, stoppedTrial(), step))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if decoded, err := safetensors.Decode(file); err == nil && decoded.Metadata != nil {
			decoded.Metadata[sumKey] = checksum(decoded)
			if file, err = decoded.Encode(); err != nil {
				t.Fatal(err)
			}
		}
		c, err := ReadCheckpoint(file)
		if err != nil {
			return
		}
		trial := stoppedTrial()
		trial.From = c
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		trial.Keeper = &keeper{at: -1, end: c.Step() + 2, cancel: cancel} // a step or two from there
		Run(ctx, trial, silent{})
	})
}
