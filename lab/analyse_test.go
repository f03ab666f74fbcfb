package lab

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// scipyCase is testdata/analysis.json, which testdata/analysis.py made.
type scipyCase struct {
	Trials []struct {
		Activation string
		Layers     int
		Seed       uint64
		Accuracy   float64
		Gradients  []float64
	}
	Accuracy, Gradient []scipyComparison
	Slopes             []struct {
		Arm             [2]any
		Mean, Low, High float64
	}
}

type scipyComparison struct {
	A, B                              [2]any
	Mean, Low, High, T, P, Perm, Holm float64
	PermHolm                          float64 `json:"perm_holm"`
}

func armName(activation string, layers any) string {
	return fmt.Sprintf("%s · layers %v", activation, layers)
}

// madeUpStudy turns the case into results with trials and nothing worked out.
func madeUpStudy(t *testing.T) (*Results, scipyCase) {
	t.Helper()
	data, err := os.ReadFile("testdata/analysis.json")
	if err != nil {
		t.Fatal(err)
	}
	var c scipyCase
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	part := Part{Study: "made-up", Data: Data{Classes: make([]string, 10)}}
	r := &Results{Command: "gradlab run made-up"}
	for _, tr := range c.Trials {
		name := armName(tr.Activation, tr.Layers)
		labels := map[string]any{"activation": tr.Activation, "layers": tr.Layers}
		if len(part.Arms) == 0 || part.Arms[len(part.Arms)-1].Name != name {
			part.Arms = append(part.Arms, Arm{Study: part.Study, Name: name, Labels: labels, Layers: make([]string, tr.Layers)})
		}
		trial := Trial{Study: part.Study, Arm: name, Labels: labels, Seed: tr.Seed, Status: Done,
			Epochs: []Epoch{{Epoch: 1, TrainLoss: 2.3, TestLoss: 2.3, TestAccuracy: tr.Accuracy}}}
		trial.Positions = append(trial.Positions, Position{Kind: "conv", GradRMS: finite(1)})
		for i, g := range append(tr.Gradients, 0.5) { // the last one is of the logits
			trial.Positions = append(trial.Positions,
				Position{Kind: "linear", Name: fmt.Sprintf("linear%d", i+1), GradRMS: finite(g)},
				Position{Kind: "tanh", GradRMS: finite(9)})
		}
		r.Trials = append(r.Trials, trial)
	}
	part.Varied = variables([]string{"activation", "layers"}, part.Arms)
	r.Parts = []Part{part}
	return r, c
}

func near(got *float64, want float64) bool {
	return got != nil && math.Abs(*got-want) <= 1e-9*math.Max(math.Abs(want), 1e-3)
}

func TestAnalyseAgreesWithSciPy(t *testing.T) {
	r, want := madeUpStudy(t)
	Analyse(r)
	var gradient []Comparison
	for _, tr := range r.Trends {
		gradient = append(gradient, tr.Gradient)
	}
	for _, family := range []struct {
		name string
		got  []Comparison
		want []scipyComparison
	}{{"accuracy", r.Comparisons, want.Accuracy}, {"gradient", gradient, want.Gradient}} {
		if len(family.got) != len(family.want) {
			t.Fatalf("%s: %d comparisons, want %d", family.name, len(family.got), len(family.want))
		}
		for i, w := range family.want {
			g := family.got[i]
			if g.A != armName(w.A[0].(string), w.A[1]) || g.B != armName(w.B[0].(string), w.B[1]) {
				t.Fatalf("%s %d compares %s with %s, want %v with %v", family.name, i, g.A, g.B, w.A, w.B)
			}
			if g.N != 8 || !near(&g.Diff.Mean, w.Mean) || !near(&g.Diff.Low, w.Low) || !near(&g.Diff.High, w.High) ||
				!near(g.T, w.T) || !near(g.P, w.P) || !near(g.PHolm, w.Holm) || !near(g.PPerm, w.Perm) || !near(g.PPermHolm, w.PermHolm) {
				t.Errorf("%s of %s and %s: %+v (t %v p %v holm %v), want %+v", family.name, g.A, g.B, g.Diff, *g.T, *g.P, *g.PHolm, w)
			}
		}
	}
	for i, w := range want.Slopes {
		g := r.Parts[0].Arms[i].Slope
		if g == nil || !near(&g.Mean, w.Mean) || !near(&g.Low, w.Low) || !near(&g.High, w.High) {
			t.Errorf("slope of %v: %+v, want %+v", w.Arm, g, w)
		}
	}
}

func TestVerdictsAndSentences(t *testing.T) {
	r, _ := madeUpStudy(t)
	Analyse(r)
	wantTrends := map[string]string{
		"tanh · layers 4":    NoFall,
		"tanh · layers 6":    FallWithGradient,
		"sigmoid · layers 4": NoFall,
		"sigmoid · layers 6": NoFall,
	}
	for _, tr := range r.Trends {
		if tr.Verdict != wantTrends[tr.To] {
			t.Errorf("at %s: %q, want %q", tr.To, tr.Verdict, wantTrends[tr.To])
		}
	}
	for _, want := range []string{
		// A clear winner, first; eight seeds are too few for the permutation test over seven.
		"tanh · layers 3 (52.9 %) is better than sigmoid · layers 3 (10.0 %) by 42.9 points [41.7, 44.0] " +
			"(paired t, n = 8, Holm's correction over 7 comparisons: p < 0.001; signed permutation, corrected alike: p = 0.055, which so few seeds cannot bring to 0.05).",
		// A fall, and the gradient: 10^0.2372 = 1.727.
		"accuracy falls by 6.2 points [5.8, 6.6]",
		"a fall, but no cliff: a fall by more than 6.6 points lies outside the interval.",
		"falls along with it by a factor of 1.73 [1.64, 1.81]",
		// None, with what is excluded.
		"no change of accuracy is shown, +0.4 points [−0.1, 1.0]",
		"A fall by more than 0.1 points lies outside the interval.",
		"sigmoid · layers 3 does no better than chance: 10.0 % [10.0, 10.0] over 8 seeds; guessing among 10 classes gives 10.0 %.",
		"sigmoid · layers 6: towards the input, the gradient shrinks by a factor of 3.97 [3.90, 4.04] per hidden fully-connected layer " +
			"(slope of log10 gradient 0.599 [0.591, 0.607], 8 seeds, linear1 to linear5).",
	} {
		if !anyText(r.Conclusions, want) {
			t.Errorf("no conclusion says %q", want)
		}
	}
	for _, c := range r.Conclusions {
		if c.Command != r.Command || len(c.Evidence) == 0 || c.Verdict == "" {
			t.Errorf("a conclusion without command, evidence or verdict: %+v", c)
		}
		if strings.Contains(c.Text, "NaN") || strings.Contains(c.Text, "%!") {
			t.Errorf("a sentence with a hole: %s", c.Text)
		}
	}
	if t.Failed() {
		for _, c := range r.Conclusions {
			t.Log(c.Text)
		}
	}
}

// TestAnalyseAfterJSON works everything out again from what results.json would hold.
func TestAnalyseAfterJSON(t *testing.T) {
	r, _ := madeUpStudy(t)
	for i := range r.Parts[0].Arms {
		a := &r.Parts[0].Arms[i]
		a.Labels["layers"] = a.Labels["layers"].(int) * 1_000_000 // where %v of a float64 turns to 3e+06
	}
	r.Parts[0].Varied = variables([]string{"activation", "layers"}, r.Parts[0].Arms)
	Analyse(r)
	data, err := json.Marshal(struct {
		Parts  []Part
		Trials []Trial
	}{r.Parts, r.Trials})
	if err != nil {
		t.Fatal(err)
	}
	again := &Results{Command: r.Command}
	if err := json.Unmarshal(data, again); err != nil {
		t.Fatal(err)
	}
	Analyse(again)
	if d := cmp.Diff(r.Conclusions, again.Conclusions); d != "" {
		t.Errorf("conclusions differ (-before +after JSON):\n%s", d)
	}
}

func TestSwapped(t *testing.T) {
	c := Comparison{A: "a", B: "b", MeanA: 1, MeanB: 3, Diff: Estimate{Mean: 2, Low: 1, High: 3}, T: finite(4), Verdict: Better}
	want := Comparison{A: "b", B: "a", MeanA: 3, MeanB: 1, Diff: Estimate{Mean: -2, Low: -3, High: -1}, T: finite(-4), Verdict: Worse}
	if d := cmp.Diff(want, c.swapped()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff(c, c.swapped().swapped()); d != "" {
		t.Errorf("twice is not the same:\n%s", d)
	}
}

func anyText(all []Conclusion, part string) bool {
	for _, c := range all {
		if strings.Contains(c.Text, part) {
			return true
		}
	}
	return false
}

// simple is a part of two arms with the given accuracies by seed; NaN stands for a failed trial.
func simple(a, b []float64) *Results {
	r := &Results{Parts: []Part{{Study: "s", Varied: []Variable{{Name: "activation", Values: []string{"a", "b"}}}}}}
	for name, values := range map[string][]float64{"a": a, "b": b} {
		arm := Arm{Study: "s", Name: name, Labels: map[string]any{"activation": name}}
		for seed, v := range values {
			trial := Trial{Study: "s", Arm: name, Seed: uint64(seed), Status: Done, Epochs: []Epoch{{TestAccuracy: v}}}
			if math.IsNaN(v) {
				trial.Status, trial.Epochs = Failed, nil
				arm.Failed++
			} else {
				arm.Finished++
			}
			r.Trials = append(r.Trials, trial)
		}
		r.Parts[0].Arms = append(r.Parts[0].Arms, arm)
	}
	if arms := r.Parts[0].Arms; arms[0].Name == "b" {
		arms[0], arms[1] = arms[1], arms[0]
	}
	return r
}

func TestDegenerateComparisons(t *testing.T) {
	nan := math.NaN()
	cases := map[string]struct {
		a, b    []float64
		n       int
		verdict string
		says    string
	}{
		"one seed ranks nothing":        {[]float64{0.1}, []float64{0.9}, 1, NoDifference, "one seed ranks nothing"},
		"no common seed":                {[]float64{nan, 0.5}, []float64{0.5, nan}, 0, NoDifference, "no seed finished in both"},
		"a failed trial takes its pair": {[]float64{0.1, 0.2, nan, 0.1}, []float64{0.5, 0.5, 0.9, 0.6}, 3, Better, "b (53.3 %) is better than a (13.3 %) by 40.0 points"},
		"permutation disagrees":         {[]float64{.50, .50, .50, .50, .50, .50, .50}, []float64{.52, .53, .52, .53, .53, .49, .499}, 7, Better, "signed permutation: p = 0.062, which does not agree"},
		"equal differences, few":        {[]float64{0.1, 0.2, 0.3}, []float64{0.2, 0.3, 0.4}, 3, NoDifference, "signed permutation: p = 0.25"},
		"equal differences, enough":     {[]float64{.1, .2, .3, .4, .5, .6}, []float64{.2, .3, .4, .5, .6, .7}, 6, Better, "the same difference in every seed"},
		"identical arms":                {[]float64{0.1, 0.2}, []float64{0.1, 0.2}, 2, NoDifference, "No difference is shown"},
		"worse":                         {[]float64{0.5, 0.52, 0.51}, []float64{0.1, 0.11, 0.12}, 3, Worse, "a (51.0 %) is better than b (11.0 %) by 40.0 points"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := simple(c.a, c.b)
			Analyse(r)
			got := r.Comparisons[0]
			if got.N != c.n || got.Verdict != c.verdict {
				t.Errorf("n = %d, verdict %q, want %d, %q", got.N, got.Verdict, c.n, c.verdict)
			}
			if !anyText(r.Conclusions, c.says) {
				t.Errorf("no conclusion says %q: %+v", c.says, r.Conclusions)
			}
		})
	}
	r := simple([]float64{0.1, nan}, []float64{0.5, 0.5})
	Analyse(r)
	if want := "a: 1 trial of 2 failed and is left out of every figure."; !anyText(r.Conclusions, want) {
		t.Errorf("no conclusion says %q: %+v", want, r.Conclusions)
	}
}

func TestTrialSurvivesJSON(t *testing.T) {
	nan := math.NaN()
	in := Trial{ID: "x", Seed: 1<<63 + 1, Epochs: []Epoch{{Epoch: 1, TrainLoss: nan, TestLoss: math.Inf(1), TestAccuracy: 0.1}}, PerClass: []float64{nan, 0.5}}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out Trial
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	e := out.Epochs[0]
	if out.ID != "x" || out.Seed != in.Seed || e.Epoch != 1 || e.TestAccuracy != 0.1 || !math.IsNaN(e.TrainLoss) || !math.IsNaN(e.TestLoss) {
		t.Errorf("came back as %+v from %s", out, data)
	}
	if len(out.PerClass) != 2 || !math.IsNaN(out.PerClass[0]) || out.PerClass[1] != 0.5 {
		t.Errorf("per class %v", out.PerClass)
	}
}

// TestResultsSurviveJSON: results of one seed have no intervals, those of a diverged or failed arm
// not even means.
func TestResultsSurviveJSON(t *testing.T) {
	nan := math.NaN()
	r := armsOf("activation", []any{"a", "b", "c"}, [][]float64{{.1}, {.2}, {nan}}, nil)
	r.Parts[0].Arms[0].Slope = &Slope{Estimate: Estimate{Mean: 2, Low: nan, High: nan, SD: nan, N: 1}, Positions: []string{"linear1", "linear2"}}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var again Results
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	opts := []cmp.Option{cmpopts.EquateNaNs(), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Conclusion{}, "Evidence")}
	if d := cmp.Diff(r, &again, opts...); d != "" {
		t.Errorf("-before +after JSON:\n%s", d)
	}
}
