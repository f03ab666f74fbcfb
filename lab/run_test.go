package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gradlab/data"
	"gradlab/internal/disk"
	"gradlab/internal/kernel"
	"gradlab/internal/runlog"
	"gradlab/internal/wholefile"
	"gradlab/study"
	"gradlab/train"
)

const tinyStudy = `
study: tiny
data: {shapes: {train: 60, test: 20}}
model:
  - flatten
  - linear: 8
  - $activation
  - linear: 6
  - $activation
  - linear: classes
train: {epochs: 2, batch: 8, sgd: {rate: 0.05}}
vary: {activation: [tanh, sigmoid]}
seeds: 3
`

func tiny(t *testing.T) *study.Study {
	t.Helper()
	s, err := study.Parse("tiny.yaml", []byte(tinyStudy))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// untimed ignores what differs between two runs of the same study.
var untimed = cmp.Options{
	cmpopts.IgnoreFields(Results{}, "Started", "Seconds", "Machine", "Warnings"),
	cmpopts.IgnoreFields(Epoch{}, "Seconds", "ImagesPerSecond"),
	cmpopts.IgnoreFields(Data{}, "Sample"), // a megabyte of pixels, compared one by one
	cmpopts.EquateNaNs(), cmpopts.EquateEmpty(),
}

func TestResultsDependOnTheStudyAlone(t *testing.T) {
	want, err := Run(context.Background(), tiny(t), Options{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	if n := want.Count(Done); n != 6 || len(want.Comparisons) != 1 || len(want.Conclusions) == 0 {
		t.Fatalf("%d trials done, %d comparisons, %d conclusions", n, len(want.Comparisons), len(want.Conclusions))
	}
	for _, tr := range want.Trials {
		if !strings.HasPrefix(tr.Digest, "sha256:") || len(tr.Epochs) != 2 || len(tr.Positions) == 0 || len(tr.PerClass) != 10 {
			t.Errorf("trial %s lacks figures: %+v", tr.ID, tr)
		}
	}
	for _, o := range []Options{{Jobs: 3}, {Jobs: 2, Threads: 2}, {ISA: "portable"}} {
		got, err := Run(context.Background(), tiny(t), o)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, untimed); d != "" {
			t.Errorf("%+v gives other results (-one job +these):\n%s", o, d)
		}
	}
}

// scripted stands for train.Run: act decides what becomes of a trial.
func scripted(act func(seed uint64) error) trainer {
	return func(ctx context.Context, t train.Trial, rec train.Recorder) (*train.Result, error) {
		if err := act(t.Seed); err != nil {
			return nil, err
		}
		e := train.EpochResult{Epoch: 1, TestCorrect: 7, TestTotal: 20}
		rec.Epoch(e)
		return &train.Result{Epochs: []train.EpochResult{e}, Digest: "sha256:0"}, nil
	}
}

func TestAFailedTrialCostsItselfOnly(t *testing.T) {
	r, err := runStudy(context.Background(), tiny(t), Options{}, scripted(func(seed uint64) error {
		switch seed {
		case 1:
			return errors.New("no memory left")
		case 2:
			var none []int
			_ = none[seed]
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range r.Trials {
		switch tr.Seed {
		case 1:
			if tr.Status != Failed || tr.Error != "no memory left" {
				t.Errorf("seed 1: %s %q", tr.Status, tr.Error)
			}
		case 2:
			if tr.Status != Failed || !strings.Contains(tr.Error, "index out of range") || !strings.Contains(tr.Error, "run_test.go:") {
				t.Errorf("seed 2: %s %q, want a panic with its place", tr.Status, tr.Error)
			}
		case 3:
			if tr.Status != Done {
				t.Errorf("seed 3: %s", tr.Status)
			}
		}
	}
	if a := r.Parts[0].Arms[0]; a.Finished != 1 || a.Failed != 2 || a.TestAccuracy.N != 1 {
		t.Errorf("the arm counts %d finished and %d failed: %+v", a.Finished, a.Failed, a.TestAccuracy)
	}
}

func TestInterruptedRunGoesOn(t *testing.T) {
	dir, err := runlog.Open(disk.OS, filepath.Join(t.TempDir(), "run"), runlog.Study{Name: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	want, err := Run(context.Background(), tiny(t), Options{})
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	half, err := Run(ctx, tiny(t), Options{Jobs: 1, Open: func() (Store, error) { return dir, nil }, Watch: &watcher{end: func(n int) {
		if n == 2 {
			cancel()
		}
	}}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("an interrupted run gave %v", err)
	}
	if half.Count(Done) != 2 || half.Count(Interrupted) != 4 {
		t.Errorf("%d done and %d interrupted, want 2 and 4", half.Count(Done), half.Count(Interrupted))
	}

	// One of the two finished trials is torn.
	var first Trial
	for _, tr := range half.Trials {
		if tr.Status == Done {
			first = tr
		}
	}
	torn := filepath.Join(dir.Path(), "trials", first.ID, "result.json")
	if err := wholefile.Write(torn, []byte(`{"id": "`)); err != nil {
		t.Fatal(err)
	}
	w := &watcher{}
	got, err := Run(context.Background(), tiny(t), Options{Open: func() (Store, error) { return dir, nil }, Watch: w})
	if err != nil {
		t.Fatal(err)
	}
	if w.ended != 5 {
		t.Errorf("%d trials ran, want the 4 that were left and the torn one", w.ended)
	}
	if !strings.Contains(strings.Join(w.warned, "\n"), "run again") {
		t.Errorf("no warning of the torn trial: %q", w.warned)
	}
	if d := cmp.Diff(want, got, untimed); d != "" {
		t.Errorf("an interrupted study gives other results (-whole +resumed):\n%s", d)
	}
}

// watcher counts.
type watcher struct {
	silent
	mu     sync.Mutex
	warned []string
	ended  int
	end    func(n int)
}

func (w *watcher) Warning(text string) { w.warned = append(w.warned, text) }

func (w *watcher) End(*Task, *Trial) {
	if !w.mu.TryLock() {
		panic("a Watcher was called twice at a time")
	}
	defer w.mu.Unlock()
	w.ended++
	if w.end != nil {
		w.end(w.ended)
	}
}

func TestWarnsOfTooFewSeeds(t *testing.T) {
	for _, c := range []struct {
		activations string
		seeds       int
		want        string // "" is no warning
	}{
		{"[tanh, sigmoid]", 1, "tiny: one seed can show no difference: the paired t test needs 2 seeds; " +
			"the signed permutation test, which assumes no normal distribution, needs 6 seeds for 1 comparison (--seeds 6)"},
		{"[tanh, sigmoid]", 5, "tiny: the paired t test can show a difference with 5 seeds; the signed permutation test, which assumes " +
			"no normal distribution, needs 6 seeds for 1 comparison (--seeds 6): with 5 its smallest corrected p is 0.062"},
		{"[tanh, sigmoid, relu, identity]", 3, "needs 8 seeds for 6 comparisons (--seeds 8): with 3 it cannot show any"}, // 6·2⁻² = 1.5
		{"[tanh, sigmoid]", 6, ""},
		{"[tanh, sigmoid, relu, identity]", 7, "for 6 comparisons (--seeds 8): with 7 its smallest corrected p is 0.094"}, // 6·2⁻⁶ = 0.094
		{"[tanh, sigmoid, relu, identity]", 8, ""}, // 6·2⁻⁷ = 0.047
		{"[tanh]", 1, ""},
	} {
		s := tiny(t)
		for path, value := range map[string]string{"vary.activation": c.activations, "seeds": fmt.Sprint(c.seeds)} {
			if err := s.Set(path, value); err != nil {
				t.Fatal(err)
			}
		}
		r, err := runStudy(context.Background(), s, Options{ISA: "portable"}, scripted(func(uint64) error { return nil }))
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(r.Warnings, "\n")
		if c.want == "" && all != "" || !strings.Contains(all, c.want) {
			t.Errorf("%s with %d seeds warns %q, want %q", c.activations, c.seeds, all, c.want)
		}
	}
}

func TestWarnsOfSlowKernels(t *testing.T) {
	for _, c := range []struct {
		isa    kernel.ISA
		wanted string
		tasks  int
		want   bool
	}{
		{kernel.Portable, "auto", 5, true},
		{kernel.Portable, "", 5, true},
		{kernel.Portable, "portable", 5, false}, // asked for
		{kernel.Portable, "auto", 0, false},     // nothing is left to run
		{kernel.AVX2, "auto", 5, false},
	} {
		if got := len(warnings(&Results{}, c.isa, c.wanted, c.tasks)) > 0; got != c.want {
			t.Errorf("%v chosen by %q for %d trials: warned %v, want %v", c.isa, c.wanted, c.tasks, got, c.want)
		}
	}
}

func TestPartsShareTrials(t *testing.T) {
	s, err := study.Parse("tour.yaml", []byte(`
study: small-tour
data: {shapes: {train: 60, test: 20}}
seeds: 2
studies:
  - {study: activations, set: {vary.activation: [tanh, relu], also: , let.epochs: 1}}
  - {study: depth, set: {vary.activation: [tanh], vary.depth: [3, 4], train.epochs: 1}}
`))
	if err != nil {
		t.Fatal(err)
	}
	w := &watcher{}
	r, err := runStudy(context.Background(), s, Options{Watch: w}, scripted(func(uint64) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	if w.ended != 6 || r.Count(Done) != 8 {
		t.Errorf("%d trials ran for %d of 8 results, want 6: tanh with three layers is in both parts", w.ended, r.Count(Done))
	}
	for _, tr := range r.Trials {
		if (tr.Study == "depth") == (tr.Labels["depth"] == nil) {
			t.Errorf("a trial of %s has labels %v", tr.Study, tr.Labels)
		}
	}
	if len(r.Trends) != 1 || r.Trends[0].Study != "depth" {
		t.Errorf("trends %+v, want one along the depth", r.Trends)
	}
}

func TestResultsAreJSON(t *testing.T) {
	r, err := runStudy(context.Background(), tiny(t), Options{}, scripted(func(uint64) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r.Trials)
	if err != nil {
		t.Fatal(err)
	}
	var back []Trial
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(r.Trials, back, untimed); d != "" {
		t.Errorf("trials do not survive JSON:\n%s", d)
	}
}

// TestResampleTakesTheSameDataOnly: pictures beside figures must be those that were trained on.
func TestResampleTakesTheSameDataOnly(t *testing.T) {
	r, err := runStudy(context.Background(), tiny(t), Options{}, scripted(func(uint64) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	d := &r.Parts[0].Data
	if !strings.HasPrefix(d.Digest, "sha256:") {
		t.Fatalf("the data's digest is %q", d.Digest)
	}
	want := len(d.Sample)
	for _, c := range []struct {
		digest string
		want   int
	}{{d.Digest, want}, {"sha256:0", 0}, {"", 0}} {
		d.Digest, d.Sample = c.digest, nil
		Resample(context.Background(), r, data.Options{})
		if got := len(d.Sample); got != c.want {
			t.Errorf("data of digest %q gives %d pictures, want %d", c.digest, got, c.want)
		}
	}
}
