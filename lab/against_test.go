package lab

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gradlab/study"
)

// againstCase is testdata/against.json, which testdata/against.py made.
type againstCase struct {
	Names      []string
	Arms       map[string][]float64 // accuracies by seed
	References []string
	Families   [][]struct {
		A, B                     string
		Mean, Low, High, P, Holm float64
	}
	Groups [][]string
}

func againstStudy(t *testing.T, change func(r *Results)) (*Results, againstCase) {
	t.Helper()
	text, err := os.ReadFile("testdata/against.json")
	if err != nil {
		t.Fatal(err)
	}
	var c againstCase
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	var values []any
	var accuracy, gradients [][]float64
	for i, name := range c.Names {
		values, accuracy = append(values, name), append(accuracy, c.Arms[name])
		var g []float64
		for seed := range c.Arms[name] {
			g = append(g, 1e-5*(1+float64(seed)/50)*float64(uint64(1)<<(4*i))*(1+float64((seed*(i+1))%3)/40))
		}
		gradients = append(gradients, g)
	}
	r := armsOf("remedy", values, accuracy, gradients)
	r = flat(r)
	for i := range r.Parts[0].Arms {
		if name := r.Parts[0].Arms[i].Name; name != "none" {
			r.Parts[0].Arms[i].Remedy = name
		}
	}
	r.Parts[0].Against = c.References
	if change != nil {
		change(r)
	}
	Analyse(r)
	return r, c
}

// TestAgainstAgreesWithSciPy: each reference's comparisons are a family of their own.
func TestAgainstAgreesWithSciPy(t *testing.T) {
	r, want := againstStudy(t, nil)
	comparisons := r.Comparisons
	for _, family := range want.Families {
		if len(family) > len(comparisons) {
			t.Fatalf("%d comparisons are too few", len(r.Comparisons))
		}
		for i, w := range family {
			c := comparisons[i]
			if c.A != w.A || c.B != w.B || c.Corrected != len(family) || c.N != 10 {
				t.Errorf("%s against %s, %d pairs of %d comparisons; want %s against %s of %d", c.B, c.A, c.N, c.Corrected, w.B, w.A, len(family))
			}
			if !near(finite(c.Diff.Mean), w.Mean) || !near(finite(c.Diff.Low), w.Low) || !near(finite(c.Diff.High), w.High) || !near(c.P, w.P) || !near(c.PHolm, w.Holm) {
				t.Errorf("%s against %s: %+v, p %v, Holm %v; want %+v", c.B, c.A, c.Diff, *c.P, *c.PHolm, w)
			}
			if shown := w.Holm <= 0.05; shown != (c.Verdict != NoDifference) {
				t.Errorf("%s against %s: %s, p is %v", c.B, c.A, c.Verdict, w.Holm)
			}
		}
		comparisons = comparisons[len(family):]
	}
	if len(comparisons) > 0 {
		t.Errorf("%d comparisons too many", len(comparisons))
	}
	i := slices.IndexFunc(r.Conclusions, func(c Conclusion) bool { return c.Verdict == Ranking })
	if i < 0 {
		t.Fatal("there is no ranking")
	}
	if diff := cmp.Diff(want.Groups, r.Conclusions[i].Evidence["groups"]); diff != "" {
		t.Errorf("groups differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Groups[0], r.Parts[0].Leaders); diff != "" {
		t.Errorf("leaders differ (-want +got):\n%s", diff)
	}
	if len(r.Trends) > 0 {
		t.Errorf("%d trends", len(r.Trends))
	}
}

// TestAgainstInWords: a sentence per reference, which says what a control is for.
func TestAgainstInWords(t *testing.T) {
	r, _ := againstStudy(t, nil)
	says(t, r, Mixed, "Against none (10.0 %), in points of test accuracy: better are batchnorm (+")
	says(t, r, Mixed, "Against placebo (10.0 %), a harmless change that each seed draws, in points of test accuracy: better are batchnorm")
	says(t, r, Mixed, "This study gives no reason to prefer a remedy that is not shown to beat one drawn at random.")
	says(t, r, Ranking, "Ranking with ties: 1. batchnorm (")
	says(t, r, GradientRatio, "At linear1 the gradient is larger than that of none ")
	for _, c := range r.Conclusions {
		if c.Command == "" || c.Study != "s" || len(c.Evidence) == 0 {
			t.Errorf("%q has no command, study or evidence", c.Text)
		}
	}
	first := r.Conclusions[0]
	if !first.Answer || first.Verdict != Ranking && !strings.Contains(first.Text, "seeds") {
		t.Errorf("the first conclusion is %q", first.Text)
	}
}

// TestAgainstAllAlike: equal arms are one group, and nothing is better.
func TestAgainstAllAlike(t *testing.T) {
	same := []float64{.5, .51, .49, .5, .52, .5}
	r := armsOf("remedy", []any{"none", "a", "b"}, [][]float64{same, shifted(same, 0, .01), shifted(same, 0, -.01)}, nil)
	r.Parts[0].Against = []string{"none"}
	Analyse(r)
	says(t, r, Ranking, "No difference is shown between any two of the 3 arms")
	says(t, r, NoDifference, "no difference is shown for any other arm: ")
	for _, c := range []struct {
		by      float64
		verdict string
		text    string
	}{{.2, Better, "every other arm is better: "}, {-.2, Worse, "every other arm is worse: "}} {
		r = armsOf("remedy", []any{"none", "a", "b"}, [][]float64{same, shifted(same, c.by, .001), shifted(same, c.by, -.002)}, nil)
		r.Parts[0].Against = []string{"none"}
		Analyse(r)
		says(t, r, c.verdict, c.text)
	}
}

// TestAgainstWithoutEnough: an arm without trials, and a study of one seed, claim nothing.
func TestAgainstWithoutEnough(t *testing.T) {
	r := armsOf("remedy", []any{"none", "a", "b"}, [][]float64{{.1}, {.9}, {}}, nil)
	r.Parts[0].Against = []string{"none", "gone"}
	Analyse(r)
	for _, c := range r.Conclusions {
		if c.Verdict == Better || c.Verdict == Worse || c.Verdict == Ranking {
			t.Errorf("one seed says %q", c.Text)
		}
	}
}

func TestClippingInWords(t *testing.T) {
	clip := func(cut int) *Results {
		r, _ := againstStudy(t, func(r *Results) {
			for i := range r.Trials {
				if r.Trials[i].Arm == "skip" {
					r.Trials[i].Clipping = &Clipping{Steps: 10000, Cut: cut, Before: Norms{2.5, 40}, After: Norms{0.9, 1}}
				}
			}
		})
		return r
	}
	for cut, want := range map[int]string{
		0:     "clipped in no step. Their norm was 2.50 on the mean and 40.0 at most before, 0.90 and 1.00 after",
		1:     "clipped in less than 0.1 % of the steps.",
		50:    "clipped in 0.5 % [0.5, 0.5] of the steps.",
		9999:  "clipped in more than 99.9 % of the steps.",
		10000: "clipped in every step.",
	} {
		r := clip(cut)
		says(t, r, ClippingSeen, want)
		says(t, r, ClippingSeen, "it cannot enlarge one")
		if a := r.Parts[0].arm("skip").Clipping; a == nil || a.Cut.Mean != float64(cut)/10000 || a.LargestBefore != 40 || a.LargestAfter != 1 {
			t.Errorf("cut %d: %+v", cut, a)
		}
	}
	says(t, clip(0), ClippingSeen, "here it changed nothing")
	says(t, clip(50), ClippingSeen, "next to nothing to do")
}

const remediedStudy = `
study: remedied
data: {shapes: {train: 40, test: 20}}
model: [flatten, linear: 32, sigmoid, linear: 32, sigmoid, linear: classes]
remedy: $remedy
train: {epochs: 1, batch: 8, sgd: {rate: 0.05}}
vary: {remedy: [none, lsuv-init, skip+batchnorm, {clip: {norm: 0.01}}, random, placebo]}
against: none
seeds: 3
`

// TestRemediedRun: arms and trials say what was changed, what is drawn is what is trained, and clipping is told.
func TestRemediedRun(t *testing.T) {
	s, err := study.Parse("remedied.yaml", []byte(remediedStudy))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(context.Background(), s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{} // by arm and seed
	for _, trial := range r.Trials {
		if trial.Status != Done {
			t.Fatalf("%s: %s", trial.Arm, trial.Error)
		}
		digests[trial.Arm+" "+string(rune('0'+trial.Seed))] = trial.Digest
		drawn := trial.Arm == "random" || trial.Arm == "placebo"
		if (trial.Remedy != "") != drawn || (len(trial.Changes) > 0) != drawn {
			t.Errorf("a trial of %s drew %q: %q", trial.Arm, trial.Remedy, trial.Changes)
		}
		if clips := strings.HasPrefix(trial.Arm, "clip") || trial.Remedy == "clip"; (trial.Clipping != nil) != clips {
			t.Errorf("clipping of %s (%s) is %+v", trial.Arm, trial.Remedy, trial.Clipping)
		}
		if c := trial.Clipping; c != nil && trial.Arm != "random" && (c.Steps != 5 || c.Cut != 5 || !(c.Before.Mean > 0.01) || !(c.After.Max < 0.0101)) {
			t.Errorf("clipping came to %+v", c)
		}
	}
	for _, trial := range r.Trials {
		if trial.Arm != "none" && trial.Digest == digests["none "+string(rune('0'+trial.Seed))] {
			t.Errorf("%s (%s) trains what none does", trial.Arm, trial.Remedy)
		}
	}
	for _, a := range r.Parts[0].Arms {
		if known := a.Name != "none" && a.Name != "random" && a.Name != "placebo"; (len(a.Changes) > 0) != known {
			t.Errorf("%s changed %q", a.Name, a.Changes)
		}
	}
	o, err := Outlined(context.Background(), s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var arms []string
	for _, m := range o.Parts[0].Models {
		arms = append(arms, m.Arms...)
	}
	for _, want := range []string{"none", "skip+batchnorm", "random (layernorm)", "placebo (another order of images)"} {
		if !slices.Contains(arms, want) {
			t.Errorf("the outline has no %s: %q", want, arms)
		}
	}
}
