package lab

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"gradlab/diagnose"
	"gradlab/study"
)

// TestRunsOfEarlierVersionsAreDiagnosed: testdata/format-of-3649963.json is the results.json of revision 3649963, of
// a network with five sigmoid layers. It has no losses of windows, no spreads and no training accuracies.
func TestRunsOfEarlierVersionsAreDiagnosed(t *testing.T) {
	text, err := os.ReadFile("testdata/format-of-3649963.json")
	if err != nil {
		t.Fatal(err)
	}
	r := new(Results)
	if err := json.Unmarshal(text, r); err != nil {
		t.Fatal(err)
	}
	if len(r.Trials) != 2 || r.Trials[0].Loss != nil {
		t.Fatalf("%d trials with losses %v", len(r.Trials), r.Trials[0].Loss)
	}
	Analyse(r)
	d := r.Parts[0].Arms[0].Diagnosis
	if d == nil || d.Healthy || d.Seeds != 2 || d.Verdicts[0].Kind != diagnose.Vanishing {
		t.Fatalf("%+v, want a vanishing gradient", d)
	}
	// √χ of sigmoid with σ_w² = 1/3 is 0.141 by theory.
	factor := d.Verdicts[0].Evidence[0]
	if math.Abs(*factor.Value-1/0.141) > 0.7 {
		t.Errorf("the gradient shrinks by %v per layer, want about %v", *factor.Value, 1/0.141)
	}
	if d.Verdicts[0].Step > 10 {
		t.Errorf("known from step %d on", d.Verdicts[0].Step)
	}
}

// TestRecordOfATrial: what the trial's record holds is what diagnose gets.
func TestRecordOfATrial(t *testing.T) {
	f := func(v float64) *float64 { return &v }
	trial := Trial{
		Seed:      7,
		Positions: []Position{{Name: "linear1", Kind: "linear", Shape: []int{5}, Steps: Steps{Last: 19}}, {Name: "relu1", Kind: "relu", Shape: []int{5}, Dead: f(0.25)}},
		Flow: []Flow{{Steps: Steps{First: 1, Last: 19, Count: 10}, GradRMS: []*float64{f(1), nil}, GradSpread: []*float64{f(0.5), f(0.6)},
			Saturated: []*float64{nil, f(0.5)}, UpdateRatio: []*float64{f(0.01), nil}, Dead: []*float64{nil, f(0.2)}}},
		Loss:      []LossWindow{{1, 20, 20, f(2.2), f(0.1)}},
		Epochs:    []Epoch{{Epoch: 1, TrainLoss: 2.3, TestLoss: 2.1, TestAccuracy: 0.3}, {Epoch: 2, TrainLoss: 2, TestLoss: math.NaN(), TrainCorrect: 3, TrainTotal: 12}},
		NonFinite: &Place{Step: 18, Epoch: 2, Layer: "linear1", What: "gradient"},
	}
	r := trial.Record(10)
	w := r.Windows[0]
	switch {
	case r.Seed != 7 || r.Classes != 10 || r.Steps != 20 || len(r.Positions) != 2:
		t.Errorf("%+v", r)
	case w.First != 1 || w.Last != 19 || w.Count != 10 || w.GradRMS[0] != 1 || !math.IsNaN(w.GradRMS[1]) || w.Dead[1] != 0.2 || w.GradSpread[1] != 0.6:
		t.Errorf("window %+v", w)
	case !slices.Equal(r.Losses, []diagnose.Loss{{First: 1, Last: 20, Count: 20, Mean: 2.2, SD: 0.1}}):
		t.Errorf("losses %+v", r.Losses)
	case r.Epochs[0].Step != 10 || r.Epochs[1].Step != 20 || !math.IsNaN(r.Epochs[0].TrainAccuracy) || r.Epochs[1].TrainAccuracy != 0.25:
		t.Errorf("epochs %+v", r.Epochs)
	case *r.NonFinite != diagnose.Place{Step: 18, Epoch: 2, Layer: "linear1", What: "gradient"}:
		t.Errorf("%+v", r.NonFinite)
	}
	trial.Flow[0].Dead, trial.Loss = nil, nil // as of earlier versions
	if r := trial.Record(10); r.Windows[0].Dead[1] != 0.25 || len(r.Losses) != 2 || r.Losses[1].Mean != 2 || r.Losses[1].First != 10 || r.Losses[1].Last != 19 {
		t.Errorf("%+v", r)
	}
}

// TestOneTrialsNaNIsItsOwn: a trial whose numbers overflow says where, in results.json too, and the others go on.
func TestOneTrialsNaNIsItsOwn(t *testing.T) {
	s, err := study.Parse("overflow.yaml", []byte(`
study: overflow
data: {shapes: {train: 60, test: 20}}
model: [flatten, linear: 6, $activation, linear: classes]
train: {epochs: 2, batch: 6, sgd: {rate: $rate}}
vary: {activation: [tanh, relu], rate: [0.01, 1e38]}
seeds: 2
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(context.Background(), s, Options{Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range r.Trials {
		text, err := json.Marshal(trial)
		if err != nil {
			t.Fatal(err)
		}
		var back Trial
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		overflows := trial.Labels["rate"] != 0.01
		if trial.Status != Done || len(trial.Epochs) != 2 || (back.NonFinite != nil) != overflows {
			t.Errorf("%s, seed %d: %s after %d epochs, not finite at %+v", trial.Arm, trial.Seed, trial.Status, len(trial.Epochs), back.NonFinite)
		}
		if p := back.NonFinite; p != nil && (p.Layer == "" || p.Step < 1 || p.Step > 3) {
			t.Errorf("%s: %+v, want one of the first steps with a layer", trial.Arm, p)
		}
	}
	for _, a := range r.Parts[0].Arms {
		if overflows := a.Labels["rate"] != 0.01; overflows && (a.Diagnosis.Healthy || a.Diagnosis.Verdicts[0].Kind != diagnose.NotFinite) {
			t.Errorf("%s: %+v", a.Name, a.Diagnosis)
		}
	}
}
