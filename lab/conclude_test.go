package lab

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// says fails unless exactly one conclusion holds the text, with the verdict.
func says(t *testing.T, r *Results, verdict, text string) {
	t.Helper()
	n := 0
	for _, c := range r.Conclusions {
		if c.Verdict == verdict && strings.Contains(c.Text, text) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d conclusions of verdict %q say %q, want 1", n, verdict, text)
		for _, c := range r.Conclusions {
			t.Logf("%s: %s", c.Verdict, c.Text)
		}
	}
}

func saysNot(t *testing.T, r *Results, text string) {
	t.Helper()
	for _, c := range r.Conclusions {
		if strings.Contains(c.Text, text) {
			t.Errorf("a conclusion says %q: %s", text, c.Text)
		}
	}
}

var (
	learnt   = []float64{.70, .72, .71, .73, .69, .70}
	unlearnt = []float64{.10, .10, .10, .10, .10, .10}
)

// TestVanishedGradient: a gradient of exactly zero is something seen, not something missing.
func TestVanishedGradient(t *testing.T) {
	shallow := []float64{.1, .11, .12, .1, .11, .1}
	t.Run("in every seed", func(t *testing.T) {
		r := armsOf("depth", []any{3, 60}, [][]float64{learnt, unlearnt}, [][]float64{shallow, make([]float64, 6)})
		says(t, r, GradientVanished, "60: the gradient vanished to exactly zero at linear1 in 6 of 6 seeds.")
		says(t, r, CliffWithGradient, "The gradient at the first hidden fully-connected layer is exactly zero in 6 of 6 seeds of 60.")
		says(t, r, CliffWithGradient, "falls along with it to exactly zero in every seed")
		saysNot(t, r, "not seen")
	})
	t.Run("in some seeds", func(t *testing.T) {
		r := armsOf("depth", []any{3, 60}, [][]float64{learnt, unlearnt}, [][]float64{shallow, {1e-30, 0, 1e-31, 0, 1e-29, 1e-30}})
		says(t, r, GradientVanished, "60: the gradient vanished to exactly zero at linear1 in 2 of 6 seeds.")
		says(t, r, CliffWithGradient, "It is exactly zero in 2 of 6 seeds of 60, which are left out of the factor.")
		says(t, r, NoSlope, "4 seeds in which it did not vanish")
	})
	t.Run("nowhere seen", func(t *testing.T) {
		r := armsOf("depth", []any{3, 60}, [][]float64{learnt, unlearnt}, nil)
		says(t, r, CliffWithoutGradient, "What the gradient does there was not seen.")
		saysNot(t, r, "zero")
	})
}

// TestFirstTrialWithoutPositions: a results.json may have been cut or edited by hand.
func TestFirstTrialWithoutPositions(t *testing.T) {
	g := []float64{.1, .11, .12, .1, .11, .1}
	r := armsOf("depth", []any{3, 4}, [][]float64{learnt, learnt}, [][]float64{g, g})
	r.Trials[0].Positions = nil
	Analyse(r)
	s := r.Parts[0].Arms[0].Slope
	if s == nil || s.N != 5 || strings.Join(s.Positions, " ") != "linear1 linear2" {
		t.Errorf("slope %+v, want one of 5 seeds with the names of a fitted trial", s)
	}
}

func TestAtChance(t *testing.T) {
	for name, c := range map[string]struct {
		estimate Estimate
		verdict  string
	}{
		"exactly":                    {Estimate{Mean: .1, Low: .1, High: .1, N: 8}, NoBetterThanGuess},
		"within the margin":          {Estimate{Mean: .102, Low: .101, High: .105, N: 8}, NoBetterThanGuess},
		"below":                      {Estimate{Mean: .09, Low: .08, High: .1, N: 8}, NoBetterThanGuess},
		"near, but wide":             {Estimate{Mean: .1, Low: .0, High: .2, N: 3}, NotShownToLearn},
		"not excluded":               {Estimate{Mean: .14, Low: .09, High: .19, N: 8}, NotShownToLearn},
		"shown better":               {Estimate{Mean: .104, Low: .102, High: .106, N: 8}, ""},
		"one seed":                   {Estimate{Mean: .1, Low: math.NaN(), High: math.NaN(), N: 1}, ""},
		"interval leaves fractions":  {Estimate{Mean: .1, Low: -.2, High: .4, N: 2}, NotShownToLearn},
		"clearly learns, two points": {Estimate{Mean: .5, Low: .3, High: .7, N: 2}, ""},
	} {
		a := Arm{Name: "a", TestAccuracy: &c.estimate}
		verdict, _ := atChance(a, 10)
		text := armAtChance(a, 10).Text
		if verdict != c.verdict || (text == "") != (verdict == "") {
			t.Errorf("%s: %q (%s), want %q", name, verdict, text, c.verdict)
		}
		if strings.Contains(text, "−") {
			t.Errorf("%s: an accuracy below zero: %s", name, text)
		}
	}
}

// TestFadingGradientExplains: only a loss that is shown needs an explanation.
func TestFadingGradientExplains(t *testing.T) {
	small, large := []float64{.01, .011, .012, .01, .011, .01}, []float64{.1, .11, .12, .11, .1, .1}
	r := armsOf("depth", []any{3, 4}, [][]float64{learnt, learnt}, [][]float64{small, large})
	says(t, r, NoFall, "The gradient at the first hidden fully-connected layer grows by a factor of")
	saysNot(t, r, "explains no loss")
	r = armsOf("depth", []any{3, 4}, [][]float64{learnt, unlearnt}, [][]float64{small, large})
	says(t, r, CliffWithoutGradient, "a fading gradient explains no loss there.")
}

func TestCliffLiesBeyondTenPoints(t *testing.T) {
	for name, c := range map[string]struct {
		fall, spread float64
		verdict      string
		says         string
	}{
		"cliff":            {.3, .01, CliffWithoutGradient, "a cliff: more than 10 points, interval included"},
		"fall":             {.05, .01, FallWithoutGradient, "a fall, but no cliff: a fall by more than 6.1 points lies outside the interval."},
		"cliff not shown":  {.11, .03, FallWithoutGradient, "a fall, but no cliff is shown (a fall by more than 10 points, its interval included); a fall by more than 14.4 points lies outside"},
		"neither is shown": {.01, .10, NoFall, "A fall by more than 12.5 points lies outside the interval."},
	} {
		t.Run(name, func(t *testing.T) {
			r := armsOf("depth", []any{3, 4, 5}, [][]float64{learnt, shifted(learnt, -c.fall, c.spread), shifted(learnt, -c.fall, c.spread)}, nil)
			if got := r.Trends[0].Verdict; got != c.verdict || r.Conclusions[0].Verdict != c.verdict {
				t.Errorf("step %q, answer %q, want %q", got, r.Conclusions[0].Verdict, c.verdict)
			}
			if !anyText(r.Conclusions, c.says) {
				t.Errorf("no conclusion says %q", c.says)
				for _, c := range r.Conclusions {
					t.Log(c.Text)
				}
			}
		})
	}
}

func TestDivergedTrialsAreNamed(t *testing.T) {
	r := simple([]float64{.1, .1, .5}, []float64{.5, .5, .6})
	for i := range r.Trials {
		t := &r.Trials[i]
		good := Epoch{Epoch: 1, TrainLoss: 2, TestLoss: 2, TestAccuracy: t.Epochs[0].TestAccuracy}
		bad := good
		bad.Epoch, bad.TrainLoss = 2, math.NaN()
		t.Epochs = []Epoch{good, good}
		if t.Arm == "a" && t.Seed < 2 {
			t.Epochs[1] = bad
		}
		if t.Arm == "b" { // recovers
			t.Epochs[0].TestLoss = math.Inf(1)
		}
	}
	Analyse(r)
	says(t, r, Diverged, "2 of 3 seeds of a diverged (loss is not a number from epoch 2 on)")
	if a := r.Parts[0].Arms; a[0].Diverged != 2 || a[1].Diverged != 0 {
		t.Errorf("diverged %d and %d, want 2 and 0", a[0].Diverged, a[1].Diverged)
	}
}

// TestCorrectedOverWhatWasTested: a comparison without pairs is no member of Holm's family.
func TestCorrectedOverWhatWasTested(t *testing.T) {
	r := armsOf("activation", []any{"a", "b", "c"}, [][]float64{learnt, unlearnt, {.5}}, nil)
	for _, c := range r.Comparisons {
		if c.Corrected != 1 {
			t.Errorf("%s and %s: corrected over %d, want 1", c.A, c.B, c.Corrected)
		}
	}
	saysNot(t, r, "Holm")
	r = armsOf("activation", []any{"a", "b", "c"}, [][]float64{learnt, unlearnt, unlearnt}, nil)
	says(t, r, Better, "a (70.8 %) is better than b (10.0 %) by 60.8 points [59.3, 62.4] "+
		"(paired t, n = 6, Holm's correction over 3 comparisons: p < 0.001; signed permutation, corrected alike: p = 0.094, which so few seeds cannot bring to 0.05).")
}

func TestLeaders(t *testing.T) {
	half := []float64{.5, .51, .49, .5, .52, .5}
	for name, c := range map[string]struct {
		results *Results
		want    string
	}{
		"one":                    {armsOf("activation", []any{"a", "b", "c"}, [][]float64{half, learnt, unlearnt}, nil), "b"},
		"two":                    {armsOf("activation", []any{"a", "b", "c"}, [][]float64{shifted(learnt, 0, .02), learnt, unlearnt}, nil), "a b"},
		"a pair":                 {armsOf("activation", []any{"a", "b"}, [][]float64{half, learnt}, nil), "b"},
		"neighbours only":        {armsOf("depth", []any{3, 4, 5}, [][]float64{half, learnt, unlearnt}, nil), ""},
		"one seed ranks nothing": {armsOf("activation", []any{"a", "b"}, [][]float64{{.1}, {.9}}, nil), ""},
	} {
		if got := strings.Join(c.results.Parts[0].Leaders, " "); got != c.want {
			t.Errorf("%s: leaders %q, want %q", name, got, c.want)
		}
	}
}

func TestClipped(t *testing.T) {
	e := &Estimate{Mean: .95, Low: .8, High: 1.1, SD: .1, N: 3}
	if got, want := percent(e), "95.0 % [80.0, 100.0]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := percent(&Estimate{Mean: .9, Low: math.NaN(), High: math.NaN(), N: 1}), "90.0 %"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestAnalyseSurvivesAnything cuts and bends results as an edited results.json may be.
func TestAnalyseSurvivesAnything(t *testing.T) {
	bend := []func(r *Results, at func(n int) int){
		func(r *Results, at func(int) int) { r.Trials[at(len(r.Trials))].Positions = nil },
		func(r *Results, at func(int) int) { r.Trials[at(len(r.Trials))].Epochs = nil },
		func(r *Results, at func(int) int) { r.Trials[at(len(r.Trials))].Arm = "nobody" },
		func(r *Results, at func(int) int) { r.Trials[at(len(r.Trials))].Seed = 1 },
		func(r *Results, at func(int) int) {
			r.Trials[at(len(r.Trials))].Epochs = []Epoch{{TestAccuracy: -1e300}}
		},
		func(r *Results, at func(int) int) {
			if p := r.Trials[at(len(r.Trials))].Positions; p != nil {
				p[at(len(p))].GradRMS = finite(-1)
			}
		},
		func(r *Results, at func(int) int) {
			if p := r.Trials[at(len(r.Trials))].Positions; p != nil {
				p[at(len(p))].GradRMS = finite(1e308)
			}
		},
		func(r *Results, at func(int) int) { r.Parts[0].Arms[at(len(r.Parts[0].Arms))].Labels = nil },
		func(r *Results, at func(int) int) {
			r.Parts[0].Arms[at(len(r.Parts[0].Arms))].Name = r.Parts[0].Arms[0].Name
		},
		func(r *Results, at func(int) int) { r.Parts[0].Varied[at(len(r.Parts[0].Varied))].Values = nil },
		func(r *Results, at func(int) int) { r.Parts[0].Varied[at(len(r.Parts[0].Varied))].Numeric = true },
		func(r *Results, at func(int) int) { r.Parts[0].Data.Classes = nil },
		func(r *Results, at func(int) int) { r.Parts = append(r.Parts, r.Parts[0], Part{}) },
	}
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 0))
		r, _ := madeUpStudy(t)
		for range 1 + seed/8 {
			bend[random.IntN(len(bend))](r, random.IntN)
		}
		Analyse(r)
		for _, c := range r.Conclusions {
			if strings.Contains(c.Text, "NaN") || strings.Contains(c.Text, "%!") {
				t.Fatalf("seed %d: a sentence with a hole: %s", seed, c.Text)
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}
