package lab

import (
	"context"
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"

	"gradlab/study"
	"gradlab/train"
)

func choosingStudy(t *testing.T, sets ...string) *study.Study {
	t.Helper()
	s, err := study.Parse("choice.yaml", []byte(`study: choice
data: {shapes: {train: 40, test: 20}}
let: {l1: 0, l2: 0}
model: [flatten, linear: classes]
train: {epochs: 1, sgd: {rate: 0.1}, penalty: {l1: $l1, l2: $l2}, test: once}
choose:
  holdout: 0.5
  seeds: 2
  arms: {none: {}, l1: {l1: [1, 2, 3]}, l2: {l2: [1, 2, 3]}}
seeds: 3
`))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(sets); i += 2 {
		if err := s.Set(sets[i], sets[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// validated is a trainer whose validation loss is what loss says, and whose test set is right about every picture.
func validated(loss func(c train.Config, seed uint64) (float64, error)) trainer {
	return func(ctx context.Context, t train.Trial, rec train.Recorder) (*train.Result, error) {
		e := train.EpochResult{Epoch: 1, TestLoss: math.NaN()}
		r := &train.Result{Digest: "sha256:0"}
		if t.Config.Validation > 0 {
			l, err := loss(t.Config, t.Seed)
			if err != nil {
				return nil, err
			}
			e.Validation = &train.Validation{Loss: l, Correct: int(100 - 10*l), Total: 100}
		} else {
			e.TestLoss, e.TestCorrect, e.TestTotal = 0.1, 20, 20
			r.Outcome = &train.Outcome{TrainCorrect: 40, TrainTotal: 40, Weights: 10}
			for _, label := range t.Data.Test.Labels {
				r.Outcome.Test = append(r.Outcome.Test, train.Answer{Class: int(label), Confidence: 0.9})
			}
		}
		r.Epochs = []train.EpochResult{e}
		rec.Epoch(e)
		return r, nil
	}
}

// The lowest mean over the seeds is chosen, of equal ones the first; the arms' trials train the chosen value on all
// images, and only they know the test set.
func TestValuesAreChosenByValidation(t *testing.T) {
	var trained []train.Config
	inner := validated(func(c train.Config, seed uint64) (float64, error) {
		if c.Test != train.TestNever || seed < 100_001 {
			t.Errorf("chosen with seed %d, the test set run %q", seed, c.Test)
		}
		if p := c.Rule.Penalty; p.L1 > 0 { // 3, 1.5, 1.5 on average
			return map[float64][]float64{1: {2, 4}, 2: {1, 2}, 3: {2, 1}}[p.L1][seed-100_001], nil
		}
		return c.Rule.Penalty.L2, nil // the weakest is the best
	})
	r, err := runStudy(context.Background(), choosingStudy(t), Options{Jobs: 1}, func(ctx context.Context, tr train.Trial, rec train.Recorder) (*train.Result, error) {
		if tr.Config.Validation == 0 {
			trained = append(trained, tr.Config)
		}
		return inner(ctx, tr, rec)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Selection) != 12 || len(r.Trials) != 9 || r.Count(Done) != 21 || r.All() != 21 {
		t.Errorf("%d trials to choose with, %d of the arms, %d done", len(r.Selection), len(r.Trials), r.Count(Done))
	}
	arms := r.Parts[0].Choice.Arms
	if arms[0].Chosen != 0 || arms[1].Chosen != 1 || arms[2].Chosen != 0 {
		t.Errorf("chosen are %d, %d, %d, want 0, 1, 0", arms[0].Chosen, arms[1].Chosen, arms[2].Chosen)
	}
	if m := arms[1].Candidates[0].Loss; m.Mean != 3 || m.N != 2 {
		t.Errorf("the first candidate of l1 has %+v, want a mean of 3 over 2", *m)
	}
	if got := strings.Join(arms[2].AtEnd, "; "); got != "l2 1 is the first of 3" || arms[1].AtEnd != nil {
		t.Errorf("at the end: %q, %q", arms[1].AtEnd, got)
	}
	if w := strings.Join(r.Warnings, "\n"); !strings.Contains(w, "l2: the chosen l2 1 is the first of 3 that were tried") {
		t.Errorf("no warning of a value at the end: %s", w)
	}
	for _, c := range trained {
		if c.Validation != 0 || c.Test != train.TestOnce || c.Rule.Penalty.L1 != 0 && c.Rule.Penalty.L1 != 2 || c.Rule.Penalty.L2 > 1 {
			t.Errorf("an arm trained %+v", c)
		}
	}
	if text := r.Parts[0].Choice.sentence().Text; !strings.Contains(text, "l1 takes l1 2 and l2 takes l2 1. Nothing was to be chosen for none.") {
		t.Errorf("the sentence is %s", text)
	}
	before := r.Parts[0].Choice.Arms[1].Chosen
	Analyse(r) // from the record alone
	if r.Parts[0].Choice.Arms[1].Chosen != before {
		t.Error("the choice is another one when it is worked out again")
	}
}

// By accuracy the order may be another one; a candidate that failed or diverged is not chosen.
func TestWhatCannotBeChosen(t *testing.T) {
	r, err := runStudy(context.Background(), choosingStudy(t, "choose.by", "accuracy"), Options{Jobs: 1}, validated(func(c train.Config, seed uint64) (float64, error) {
		switch p := c.Rule.Penalty; {
		case p.L1 == 1 && seed == 100_002:
			return 0, errors.New("no memory left")
		case p.L1 > 0:
			return p.L1, nil
		}
		return 5, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	a := r.Parts[0].Choice.Arms
	if a[1].Chosen != 1 || a[1].Candidates[0].Failed != 1 || a[1].Near != 0 || a[2].Chosen != 0 || a[2].Near != 2 {
		t.Errorf("choices are %+v", a)
	}
	if !strings.Contains(strings.Join(r.Warnings, "\n"), "l1: candidate l1 1 lost 1 trial and could not be chosen") || r.Count(Failed) != 1 {
		t.Errorf("warnings are %q", r.Warnings)
	}
}

// An interrupted choice chooses nothing, and no trial of its arms is begun; the run goes on from the store.
func TestAnInterruptedChoice(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	n := 0
	store := &beginnings{}
	r, err := runStudy(ctx, choosingStudy(t), Options{Jobs: 1, Open: func() (Store, error) { return store, nil }}, func(ctx context.Context, tr train.Trial, rec train.Recorder) (*train.Result, error) {
		if n++; n == 5 {
			stop()
			return nil, ctx.Err()
		}
		return validated(func(c train.Config, _ uint64) (float64, error) { return 1, nil })(ctx, tr, rec)
	})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v", err)
	}
	if n != 5 || r.Count(Done) != 4 || r.Count(Interrupted) != 17 || r.Parts[0].Choice.Arms[1].Chosen != -1 {
		t.Errorf("%d begun, %d done, %d interrupted, chosen %d", n, r.Count(Done), r.Count(Interrupted), r.Parts[0].Choice.Arms[1].Chosen)
	}
	if len(store.begun) == 0 || store.begun[0] != 12+9 || store.known[0] != 12 {
		t.Errorf("the store began with %v trials, of which %v are known, want 21 and 12", store.begun, store.known)
	}
}

// beginnings is a store that keeps nothing and counts the trials that it is told of.
type beginnings struct {
	fullStore
	begun, known []int
}

func (b *beginnings) Begin(trials []string, _ any) error {
	known := 0
	for _, hash := range trials {
		known += one(hash != "")
	}
	b.begun, b.known = append(b.begun, len(trials)), append(b.known, known)
	return nil
}

// Two arms on four pictures, one seed: B is right on three that A is wrong about, so McNemar's p is 2·(1/2)³; the
// worst mistake is the surest one.
func TestComparisonOnPictures(t *testing.T) {
	text := func(b ...byte) string { return base64.StdEncoding.EncodeToString(b) }
	trial := func(arm string, classes string, confidence string, correct int) Trial {
		return Trial{Study: "s", Arm: arm, Seed: 1, Status: Done, Epochs: []Epoch{{Epoch: 1, TestAccuracy: float64(correct) / 4, TestCorrect: correct, TestTotal: 4}},
			Outcome: &Outcome{Correct: correct, Total: 4, TrainCorrect: 1, TrainTotal: 1, Weights: 1, Predicted: classes, Confidence: confidence}}
	}
	sure := text(0xff, 0xff, 0, 0x80, 0, 0xc0, 0, 0xf0)
	r := &Results{
		Parts: []Part{{Study: "s", Varied: []Variable{{Name: "m", Values: []string{"a", "b"}}}, Data: Data{Test: 4, TestLabels: text(0, 1, 0, 1), Classes: []string{"x", "y"}},
			Arms: []Arm{{Study: "s", Name: "a", Labels: map[string]any{"m": "a"}}, {Study: "s", Name: "b", Labels: map[string]any{"m": "b"}}}}},
		Trials: []Trial{trial("a", text(0, 0, 1, 0), sure, 1), trial("b", text(0, 1, 0, 1), sure, 4)},
	}
	Analyse(r)
	p := r.Comparisons[0].Pictures
	if p == nil || p.AMore != 0 || p.BMore != 3 || *p.P != 0.25 || p.Seeds != 1 || p.Needed == nil {
		t.Fatalf("on the pictures: %+v", p)
	}
	m := r.Parts[0].Mistakes
	if len(m) != 3 || m[0].Image != 3 || m[0].Predicted != 0 || m[0].Wrong != 1 || m[0].Trials != 2 || math.Abs(m[0].Confidence-0xf000/65535.) > 1e-12 {
		t.Errorf("mistakes are %+v", m)
	}
	if ece := r.Trials[1].Outcome.Calibration; ece == nil || math.Abs(*ece-(4-(0xffff+0x8000+0xc000+0xf000)/65535.)/4) > 1e-12 {
		t.Errorf("calibration error %v of answers that are all right", ece)
	}
}
