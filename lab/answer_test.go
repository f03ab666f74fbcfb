package lab

import (
	"fmt"
	"strings"
	"testing"
)

// armsOf makes a part of arms with one label and the given accuracies by seed.
func armsOf(variable string, values []any, accuracy [][]float64, gradients [][]float64) *Results {
	part := Part{Study: "s", Data: Data{Classes: make([]string, 10)}}
	r := &Results{Command: "gradlab run s"}
	for i, v := range values {
		name := fmt.Sprint(v)
		labels := map[string]any{variable: v}
		part.Arms = append(part.Arms, Arm{Study: "s", Name: name, Labels: labels, Layers: make([]string, i+3)})
		for seed, a := range accuracy[i] {
			t := Trial{Study: "s", Arm: name, Labels: labels, Seed: uint64(seed), Status: Done,
				Epochs: []Epoch{{Epoch: 1, TrainLoss: 1, TestLoss: 1, TestAccuracy: a}}}
			if gradients != nil {
				g := gradients[i][seed]
				for k := range 3 { // the last one is of the logits
					t.Positions = append(t.Positions, Position{Index: k + 1, Name: fmt.Sprintf("linear%d", k+1), Kind: "linear", GradRMS: &g})
				}
			}
			r.Trials = append(r.Trials, t)
		}
	}
	part.Varied = variables([]string{variable}, part.Arms)
	r.Parts = []Part{part}
	Analyse(r)
	return r
}

// shifted moves every accuracy by d, alternately a little more and a little less.
func shifted(accuracy []float64, d, spread float64) []float64 {
	var out []float64
	for i, a := range accuracy {
		out = append(out, a+d+spread*float64(1-2*(i%2)))
	}
	return out
}

// flat makes all arms equally deep.
func flat(r *Results) *Results {
	p := &r.Parts[0]
	for i := range p.Arms {
		p.Arms[i].Layers = nil
	}
	p.Varied = variables([]string{p.Varied[0].Name}, p.Arms)
	Analyse(r)
	return r
}

// The intervals are SciPy's: stats.t.interval(.95, n − 1, mean, stats.sem(x)).
func TestTheAnswerComesFirst(t *testing.T) {
	high, tied, low := []float64{.70, .72, .71, .73, .69}, []float64{.71, .70, .72, .72, .70}, []float64{.30, .31, .33, .30, .32}
	grads := [][]float64{{.1, .11, .12, .1, .11}, {.1, .11, .12, .11, .1}, {.01, .011, .013, .01, .012}}
	for _, c := range []struct {
		name    string
		results *Results
		text    string
		verdict string
	}{
		{"a tie at the top", armsOf("activation", []any{"a", "b", "c"}, [][]float64{high, tied, low}, nil),
			"a (71.0 % [69.0, 73.0]) and b (71.0 % [69.8, 72.2]) lead, with no difference shown between them; c (31.2 % [29.6, 32.8]) is worse than every other.", "ranking"},
		{"one leader", armsOf("activation", []any{"a", "b", "c"}, [][]float64{low, high, low}, nil),
			"b (71.0 % [69.0, 73.0]) leads; a (31.2 % [29.6, 32.8]) is worse than b; c (31.2 % [29.6, 32.8]) is worse than b.", "ranking"},
		{"nothing shown", armsOf("activation", []any{"a", "b", "c"}, [][]float64{high, tied, high}, nil),
			"No difference is shown between a (71.0 % [69.0, 73.0]), b (71.0 % [69.8, 72.2]) and c (71.0 % [69.0, 73.0]).", "ranking"},
		{"a cliff with its gradient", armsOf("depth", []any{3, 4, 6}, [][]float64{high, tied, low}, grads),
			"depth 3 to 6: accuracy falls by 39.8 points [36.8, 42.8] in all (71.0 % to 31.2 %), with a cliff from 4 to 6: 39.8 points [37.8, 41.8], where the gradient at the first hidden fully-connected layer falls along with it by a factor of 9.67 [8.50, 11.0] " +
				"(paired t, n = 5: p < 0.001; signed permutation: p = 0.062, which so few seeds cannot bring to 0.05).", CliffWithGradient},
		{"no fall", armsOf("depth", []any{3, 4, 6}, [][]float64{tied, high, high}, grads),
			"depth 3 to 6: no change of accuracy is shown in all, 0.0 points [−1.8, 1.8] (71.0 % to 71.0 %), with no cliff: no single step is shown to fall, and a fall by more than 1.8 points at one is excluded (paired t, n = 5: p = 1.00; signed permutation: p = 1.00).", NoFall},
		{"nothing to lose", armsOf("depth", []any{3, 6}, [][]float64{unlearnt, unlearnt}, nil),
			"depth 3 to 6: accuracy is at chance from the start (10.0 %), and there is none to lose (paired t, n = 6: p = 1.00; signed permutation: p = 1.00).", NoFall},
		{"a fall, but no cliff", armsOf("depth", []any{3, 4, 5}, [][]float64{high, shifted(high, -.03, 0.001), shifted(high, -.03, 0.001)}, nil),
			"depth 3 to 5: accuracy falls by 3.0 points [2.8, 3.1] in all (71.0 % to 68.0 %), with no cliff: the largest fall at one step is 3.0 points [2.8, 3.1], from 3 to 4. What the gradient does there was not seen (accuracy: paired t, n = 5: p < 0.001; signed permutation: p = 0.062, which so few seeds cannot bring to 0.05).", FallWithoutGradient},
		{"a slow decline", armsOf("depth", []any{3, 4, 5}, [][]float64{high, shifted(high, -.012, 0.012), shifted(high, -.024, 0.001)}, nil),
			"depth 3 to 5: accuracy falls by 2.4 points [2.2, 2.5] in all (71.0 % to 68.6 %), with no cliff: no single step is shown to fall, and a fall by more than 2.9 points at one is excluded. What the gradient does there was not seen (accuracy: paired t, n = 5: p < 0.001; signed permutation: p = 0.062, which so few seeds cannot bring to 0.05).", FallWithoutGradient},
		{"one step is a cliff", armsOf("depth", []any{3, 6}, [][]float64{high, low}, grads[1:]),
			"depth 3 to 6: accuracy falls by 39.8 points [36.8, 42.8] in all (71.0 % to 31.2 %), with a cliff from 3 to 6. The gradient at the first hidden fully-connected layer falls along with it by a factor of 9.67 [8.50, 11.0] (accuracy: paired t, n = 5: p < 0.001; signed permutation: p = 0.062, which so few seeds cannot bring to 0.05).", CliffWithGradient},
		{"a scale that adds no layers", flat(armsOf("rate", []any{0.01, 0.1, 1000.0}, [][]float64{tied, high, low}, grads)),
			"rate 0.01 to 1000: accuracy falls by 39.8 points [37.8, 41.8] in all (71.0 % to 31.2 %) (paired t, n = 5: p < 0.001; signed permutation: p = 0.062, which so few seeds cannot bring to 0.05).", Worse},
		{"a number of two values", flat(armsOf("epochs", []any{2, 10}, [][]float64{tied, high}, nil)),
			"epochs 10 in place of 2 is not shown to help: 0.0 points [−1.8, 1.8], 71.0 % to 71.0 % (paired t, n = 5: p = 1.00; signed permutation: p = 1.00).", NoDifference},
		{"a pair", armsOf("activation", []any{"a", "b"}, [][]float64{low, high}, nil),
			"b (71.0 %) is better than a (31.2 %) by 39.8 points [36.8, 42.8] (paired t, n = 5: p < 0.001; signed permutation: p = 0.062, which so few seeds cannot bring to 0.05).", Better},
		{"one arm", armsOf("activation", []any{"a"}, [][]float64{high}, nil),
			"a does better than chance: 71.0 % [69.0, 73.0] over 5 seeds; guessing among 10 classes gives 10.0 %.", BetterThanGuess},
		{"one arm, one seed", armsOf("activation", []any{"a"}, [][]float64{{.5}}, nil),
			"a: 50.0 % over 1 seed; guessing among 10 classes gives 10.0 %. One seed has no interval.", NotShownToLearn},
		{"one seed each", armsOf("activation", []any{"a", "b"}, [][]float64{{.1}, {.9}}, nil),
			"Nothing is ranked: that takes at least two seeds in each arm of a comparison.", NoDifference},
		{"a seed that stays at chance", armsOf("activation", []any{"a", "b"}, [][]float64{{.72, .095, .64, .77, .70}, high}, nil),
			"a: 4 of 5 seeds learn (64.0 to 77.0 %); seed 1 stays at chance (9.5 %).", SomeDoNotLearn},
		{"seeds that stay at chance", armsOf("activation", []any{"a", "b"}, [][]float64{{.10, .095, .64, .10, .10}, high}, nil),
			"a: 1 of 5 seeds learns (64.0 %); seeds 0, 1, 3 and 4 stay at chance (9.5 to 10.0 %).", SomeDoNotLearn},
	} {
		got := c.results.Conclusions[0]
		if !got.Answer {
			t.Errorf("%s: the first conclusion is no answer", c.name)
		}
		if got.Text != c.text || got.Verdict != c.verdict {
			t.Errorf("%s:\n got %s (%s)\nwant %s (%s)", c.name, got.Text, got.Verdict, c.text, c.verdict)
		}
	}
}

// TestStepWithoutCommonSeeds: where nothing was compared, nothing is denied.
func TestStepWithoutCommonSeeds(t *testing.T) {
	r := armsOf("depth", []any{3, 4}, [][]float64{learnt, learnt}, nil)
	for i := range r.Trials {
		if r.Trials[i].Arm == "4" {
			r.Trials[i].Seed += 100
		}
	}
	Analyse(r)
	if got, want := r.Conclusions[0].Text, "depth 3 to 4: nothing is shown, for the two ends have fewer than two seeds in common."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	saysNot(t, r, "NaN")
}

// TestAFlatScaleHasNoCliffs: a learning rate has neither cliffs nor hidden layers.
func TestAFlatScaleHasNoCliffs(t *testing.T) {
	g := make([]float64, 6)
	for i := range g {
		g[i] = 0.1
	}
	r := flat(armsOf("rate", []any{0.01, 1.0, 1000.0}, [][]float64{shifted(learnt, -.1, .01), learnt, unlearnt}, [][]float64{g, g, g}))
	says(t, r, Worse, "rate 0.01 to 1000: accuracy falls by 50.8 points")
	says(t, r, Worse, "; its mean is highest at 1 (70.8 % [69.3, 72.4])")
	for _, c := range r.Conclusions {
		if strings.Contains(c.Text, "cliff") || c.Verdict == CliffWithoutGradient || strings.HasPrefix(c.Text, "From") && strings.Contains(c.Text, "hidden") {
			t.Errorf("%s: %s", c.Verdict, c.Text)
		}
	}
}

// TestWhatArmsShareIsSaidOnce: pairs, chance and gradients of two variables.
func TestWhatArmsShareIsSaidOnce(t *testing.T) {
	r, _ := madeUpStudy(t)
	Analyse(r)
	says(t, r, Better, "tanh is better than sigmoid at layers 3, 4 and 6: from ")
	says(t, r, NoBetterThanGuess, "No better than chance (10.0 %): sigmoid · layers 3, 4 and 6; their training loss ends at 2.300, guessing costs ln 10 = 2.303.")
	answers := 0
	for _, c := range r.Conclusions {
		if c.Answer {
			answers++
		}
	}
	if answers > 5 || answers == len(r.Conclusions) {
		t.Errorf("%d answers of %d conclusions", answers, len(r.Conclusions))
	}
}

// Of a, the interval is SciPy's: 10 to the power of stats.t.interval over log10(c / a).
func TestGradientRatio(t *testing.T) {
	large, small := []float64{1, 2, 1, 2, 1, 2}, []float64{.1, .21, .1, .19, .1, .2}
	r := armsOf("activation", []any{"a", "b", "c"}, [][]float64{learnt, learnt, learnt}, [][]float64{small, large, shifted(large, -.01, .05)})
	says(t, r, GradientRatio, "At linear1 the gradient of a is 10.0 times smaller than that of c [9.54, 10.6] and that of b is not shown to be smaller (")
}
