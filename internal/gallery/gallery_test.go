package gallery

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gradlab/data"
	"gradlab/internal/disk"
	"gradlab/internal/runlog"
	"gradlab/lab"
	"gradlab/study"
	"gradlab/train"
)

// once is a study that chooses values, and runs its test set once.
const once = `study: once
data: {shapes: {train: 120, test: 60}}
let: {rate: 0}
model:
  - conv: {filters: 4, kernel: 5, stride: 2}
  - relu
  - dropout: $rate
  - flatten
  - linear: classes
train: {epochs: 2, batch: 10, sgd: {rate: 0.02}, test: once, inputs: standard}
choose: {holdout: 0.25, seeds: 1, arms: {none: {}, dropout: {rate: [0.1, 0.3]}}}
seeds: 2
`

// each is a study that runs its test set after each epoch, of a network that sees less than the data has.
const each = `study: each
data: {shapes: {train: 100, test: 50}}
model:
  - batchnorm
  - maxpool: 2
  - flatten
  - linear: 70
  - batchnorm
  - tanh
  - linear: classes
train:
  epochs: 3
  batch: 10
  sgd: {rate: 0.02}
  inputs: symmetric
  validation: 0.2
  early-stopping: {patience: 1}
  transforms: [{centre-crop: 24}, flip]
seeds: 1
`

// ran runs a study into a directory.
func ran(t *testing.T, text string) (path string, r *lab.Results) {
	t.Helper()
	s, err := study.Parse("study.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "run")
	r, err = lab.Run(context.Background(), s, lab.Options{Weights: true, Open: func() (lab.Store, error) {
		return runlog.Open(disk.OS, path, runlog.Study{Name: s.Name(), Text: []byte(text)})
	}})
	if err != nil {
		t.Fatal(err)
	}
	return path, r
}

// parts is what results say of their parts.
func parts(r *lab.Results) (all []Part) {
	for _, p := range r.Parts {
		all = append(all, Part{p.Source, p.Data.Digest, p.Data.Shape, p.Data.Classes, p.Data.Train + p.Data.Test})
	}
	return all
}

func open(t *testing.T, path string, parts []Part) *Gallery {
	t.Helper()
	g, err := Open(path, parts, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

// pictures are those of a trial, of which there must be some.
func pictures(t *testing.T, g *Gallery, trial lab.Trial) *Pictures {
	t.Helper()
	p, err := g.Trial(context.Background(), Trial{0, trial.ID, trial.Seed})
	if err != nil {
		t.Fatalf("%s: %v", trial.Title(), err)
	}
	return p
}

// TestImagesAreTakenForWhatTheTrialTookThemFor: classes and confidences are those that the trial recorded of each image,
// and mistakes are all that it made, or the most confident of them.
func TestImagesAreTakenForWhatTheTrialTookThemFor(t *testing.T) {
	path, r := ran(t, once)
	g, labels := open(t, path, parts(r)), r.Parts[0].Data.TrueLabels()
	set, err := data.Shapes(context.Background(), 120, 60, 0)
	if err != nil {
		t.Fatal(err)
	}
	var samples []int
	for _, trial := range r.Trials {
		p := pictures(t, g, trial)
		classes, confidences := trial.Outcome.Answers(len(labels))
		if p.Set != "test" || !p.Judged || p.Images != 60 || p.Wrong != 60-trial.Outcome.Correct || len(p.Worst) != min(p.Wrong, mostImages) || len(p.Notes) != 0 {
			t.Fatalf("%s: %d of %d %q wrong, %d of them shown, judged %v, notes %v; the trial has %d right", trial.Title(),
				p.Wrong, p.Images, p.Set, len(p.Worst), p.Judged, p.Notes, trial.Outcome.Correct)
		}
		for _, s := range slices.Concat(p.Samples, p.Worst) {
			if s.Class != labels[s.Image] || s.Predicted != classes[s.Image] || s.Top[0].Class != s.Predicted || !near(s.Top[0].Probability, confidences[s.Image], 1e-5) {
				t.Errorf("%s: sample %+v, the trial took it for %d with %v", trial.Title(), s, classes[s.Image], confidences[s.Image])
			}
			if !slices.IsSortedFunc(s.Top, func(a, b Guess) int { return int(1e6 * (b.Probability - a.Probability)) }) || len(s.Top) != likeliest {
				t.Errorf("%s: guesses %v", trial.Title(), s.Top)
			}
			if got := decode(t, s.PNG); got.Bounds() != image.Rect(0, 0, 32, 32) || !samePixels(got, set.Test.Image(s.Image)) {
				t.Errorf("%s: image %d is drawn as another one", trial.Title(), s.Image)
			}
		}
		least := p.Worst[len(p.Worst)-1].Top[0].Probability
		for i, class := range classes {
			shown := slices.ContainsFunc(p.Worst, func(s Sample) bool { return s.Image == i })
			if wrong := class != labels[i]; shown && !wrong || !shown && wrong && confidences[i] > least+1e-4 {
				t.Errorf("%s: image %d, wrong %v with %v, is among the mistakes: %v", trial.Title(), i, wrong, confidences[i], shown)
			}
		}
		var these []int
		for _, s := range p.Samples {
			these = append(these, s.Image)
		}
		if samples == nil {
			samples = these
		}
		if len(these) != mostImages || !slices.Equal(these, samples) {
			t.Errorf("%s: samples are %v, those of another trial %v", trial.Title(), these, samples)
		}
	}
}

// TestWhatValuesAreChosenWithSeesNoTestSet: only what was held out is shown of it, and that as often wrong as it
// recorded.
func TestWhatValuesAreChosenWithSeesNoTestSet(t *testing.T) {
	path, r := ran(t, once)
	g := open(t, path, parts(r))
	for _, trial := range r.Selection {
		p := pictures(t, g, trial)
		v := trial.Epochs[len(trial.Epochs)-1].Validation
		if p.Set != "held out" || p.Images != v.Total || p.Wrong != v.Total-v.Correct || len(p.Notes) != 1 || p.Again || len(p.Samples) == 0 {
			t.Errorf("%s: %d of %d %q wrong, notes %v; the trial has %+v", trial.Title(), p.Wrong, p.Images, p.Set, p.Notes, v)
		}
	}
}

// TestStoppedEarly: the weights are those of the best epoch, and images are seen as they are evaluated: cut, scaled and
// normalised.
func TestStoppedEarly(t *testing.T) {
	path, r := ran(t, each)
	trial := r.Trials[0]
	p := pictures(t, open(t, path, parts(r)), trial)
	wrong := 0
	for label, row := range trial.Confusion {
		for class, n := range row {
			if class != label {
				wrong += n
			}
		}
	}
	if p.Set != "test" || p.Wrong != wrong || p.Images != 50 || wrong == 0 {
		t.Errorf("%d of %d wrong, the trial had %d", p.Wrong, p.Images, wrong)
	}
	f := p.Filters
	if f == nil || f.Layer != "linear1" || f.All != 70 || len(f.Shown) != mostFilters || !slices.Equal(f.Shape, []int{12, 12, 3}) {
		t.Errorf("filters are %+v, expected 64 of linear1 over 12×12×3", f)
	}
}

// TestDataThatIsNotThere: filters are shown, and it is said why no image is.
func TestDataThatIsNotThere(t *testing.T) {
	path, r := ran(t, each)
	moved := strings.ReplaceAll(r.Parts[0].Source, "seeds:", "# moved\nseeds:")
	for name, c := range map[string]struct {
		change func(p *Part)
		want   string
	}{
		"of another size":    {func(p *Part) { p.Images = 1 << 50 }, "memory"},
		"not there":          {func(p *Part) { p.Source = replaced(t, moved, "shapes", "no/such/directory") }, "no/such/directory"},
		"other data now":     {func(p *Part) { p.Source = strings.Replace(moved, "test: 50", "test: 51", 1) }, "not the data"},
		"other data, seeded": {func(p *Part) { p.Source = strings.Replace(moved, "test: 50", "test: 50, seed: 3", 1) }, "not the data"},
	} {
		t.Run(name, func(t *testing.T) {
			all := parts(r)
			c.change(&all[0])
			p := pictures(t, open(t, path, all), r.Trials[0])
			if p.Filters == nil || len(p.Samples)+len(p.Worst) > 0 || p.Set != "" || len(p.Notes) != 1 || !p.Again || !strings.Contains(p.Notes[0], c.want) {
				t.Errorf("it gives %d samples of %q, notes %q", len(p.Samples), p.Set, p.Notes)
			}
		})
	}
}

// replaced puts a path in the place of a source of data with its options.
func replaced(t *testing.T, text, source, path string) string {
	t.Helper()
	lines := strings.Split(text, "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "data:") })
	if at < 0 || !strings.Contains(lines[at], source) {
		t.Fatalf("no data in one line:\n%s", text)
	}
	lines[at] = "data: " + path
	return strings.Join(lines, "\n")
}

// TestDamagedWeights: whatever was done to the file, the error is one line that names the trial, and no picture is given.
func TestDamagedWeights(t *testing.T) {
	path, r := ran(t, each)
	trial, file := r.Trials[0], runlog.WeightsPath(path, r.Trials[0].ID)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g := open(t, path, parts(r))
	for name, damage := range map[string]func(b []byte) []byte{
		"empty":            func(b []byte) []byte { return nil },
		"torn":             func(b []byte) []byte { return b[:len(b)/2] },
		"a bit of a value": func(b []byte) []byte { b[len(b)-3] ^= 1; return b },
		"a letter of a name": func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"linear1.weight"`, `"linear7.weight"`, 1))
		},
		"of another trial": func(b []byte) []byte { return []byte(strings.Replace(string(b), trial.ID, strings.Repeat("0", 64), 1)) },
	} {
		if err := os.WriteFile(file, damage(slices.Clone(whole)), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := g.Trial(context.Background(), Trial{0, trial.ID, trial.Seed})
		if p != nil || err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), trial.ID) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if p := pictures(t, g, trial); p.Filters != nil || p.Set != "" || len(p.Notes) != 1 || p.Again || !strings.Contains(p.Notes[0], "no weights") {
		t.Errorf("without weights it gives %+v", p)
	}
	if err := os.WriteFile(file, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []Trial{{1, trial.ID, trial.Seed}, {-1, trial.ID, trial.Seed}, {0, trial.ID, trial.Seed + 1}} {
		if _, err := g.Trial(context.Background(), wrong); err == nil {
			t.Errorf("%+v is no trial, and is drawn", wrong)
		}
	}
}

// TestLittleTime: what is there by a deadline is given, and who is gone gets an error.
func TestLittleTime(t *testing.T) {
	path, r := ran(t, each)
	g, trial := open(t, path, parts(r)), Trial{0, r.Trials[0].ID, r.Trials[0].Seed}
	ctx, stop := context.WithDeadline(context.Background(), past)
	defer stop()
	if _, err := g.Trial(context.Background(), trial); err != nil { // the data is open then
		t.Fatal(err)
	}
	p, err := g.Trial(ctx, trial)
	if err != nil || p.Filters == nil || p.Judged || len(p.Samples) > 0 || len(p.Notes) != 1 || !p.Again {
		t.Errorf("after its deadline it gives %+v (%v)", p, err)
	}
	gone, stop := context.WithCancel(context.Background())
	stop()
	if _, err := g.Trial(gone, trial); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits, and the error is %v", err)
	}
}

// stopper stops a run once an epoch is finished.
type stopper struct{ stop func() }

func (stopper) Warning(string)                       {}
func (stopper) Begin(lab.Plan)                       {}
func (stopper) Start(*lab.Task)                      {}
func (stopper) Step(*lab.Task, train.Progress)       {}
func (s stopper) Epoch(*lab.Task, train.EpochResult) { s.stop() }
func (stopper) End(*lab.Task, *lab.Trial)            {}

// TestATrialUnderWay is shown by its newest checkpoint: filters with the step, and no image, above all none of a test set
// that is run once.
func TestATrialUnderWay(t *testing.T) {
	for text, want := range map[string]string{each: "once it has ended", strings.Replace(each, "early-stopping: {patience: 1}", "test: once", 1): "runs the test set once"} {
		s, err := study.Parse("study.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "run")
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		r, err := lab.Run(ctx, s, lab.Options{Weights: true, Watch: stopper{stop}, Open: func() (lab.Store, error) {
			return runlog.Open(disk.OS, path, runlog.Study{Name: s.Name(), Text: []byte(text)})
		}})
		if !errors.Is(err, lab.ErrInterrupted) {
			t.Fatalf("the run ended with %v", err)
		}
		g := open(t, path, parts(r))
		p := pictures(t, g, r.Trials[0])
		if p.Step != 8 || p.Filters == nil || p.Set != "" || len(p.Samples)+len(p.Worst) > 0 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], want) {
			t.Errorf("after step %d there are %d samples of %q, notes %q", p.Step, len(p.Samples), p.Set, p.Notes)
		}
		file := runlog.CheckpointPath(path, r.Trials[0].ID)
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		whole[len(whole)-1] ^= 1
		if err := os.WriteFile(file, whole, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Trial(context.Background(), Trial{0, r.Trials[0].ID, r.Trials[0].Seed}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("a damaged checkpoint: %v", err)
		}
	}
}
