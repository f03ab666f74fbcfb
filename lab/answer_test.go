package lab

import (
	"fmt"
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
			"depth 3 to 6: a cliff (a fall by more than 10 points, its interval included): from 4 to 6 accuracy falls by 39.8 points [37.8, 41.8], and the gradient at the first hidden fully-connected layer falls along with it by a factor of 9.67 [8.50, 11.0]. " +
				"From 3 (71.0 %) to 6 (31.2 %) in all, accuracy falls by 39.8 points [36.8, 42.8], and the gradient at the first hidden fully-connected layer falls along with it by a factor of 9.67 [9.14, 10.2] " +
				"(paired t, n = 5: p < 0.001; signed permutation: p = 0.062, which so few seeds cannot bring to 0.05).", CliffWithGradient},
		{"no fall", armsOf("depth", []any{3, 4, 6}, [][]float64{tied, high, high}, grads),
			"depth 3 to 6: no step is shown to lose accuracy, and no cliff (a fall by more than 10 points, its interval included): a fall by more than 1.8 points at one step lies outside the interval. " +
				"From 3 (71.0 %) to 6 (71.0 %) in all, no change of accuracy is shown, 0.0 points [−1.8, 1.8] (paired t, n = 5: p = 1.00; signed permutation: p = 1.00).", NoFall},
		{"nothing to lose", armsOf("depth", []any{3, 6}, [][]float64{unlearnt, unlearnt}, nil),
			"depth 3 to 6: no step is shown to lose accuracy, and no cliff (a fall by more than 10 points, its interval included): at 3 accuracy is no better than chance already, and there is none to lose.", NoFall},
		{"a fall, but no cliff", armsOf("depth", []any{3, 4, 5}, [][]float64{high, shifted(high, -.03, 0.001), shifted(high, -.03, 0.001)}, nil),
			"depth 3 to 5: a fall, but no cliff (a fall by more than 10 points, its interval included): from 3 to 4 accuracy falls by 3.0 points [2.8, 3.1], and what the gradient does there was not seen; a fall by more than 3.1 points at one step lies outside the interval. " +
				"From 3 (71.0 %) to 5 (68.0 %) in all, accuracy falls by 3.0 points [2.8, 3.1], and what the gradient does there was not seen (paired t, n = 5: p < 0.001; signed permutation: p = 0.062, which so few seeds cannot bring to 0.05).", FallWithoutGradient},
		{"a slow decline", armsOf("depth", []any{3, 4, 5}, [][]float64{high, shifted(high, -.012, 0.012), shifted(high, -.024, 0.001)}, nil),
			"depth 3 to 5: no step is shown to lose accuracy, and no cliff (a fall by more than 10 points, its interval included): a fall by more than 2.9 points at one step lies outside the interval. " +
				"From 3 (71.0 %) to 5 (68.6 %) in all, accuracy falls by 2.4 points [2.2, 2.5], and what the gradient does there was not seen (paired t, n = 5: p < 0.001; signed permutation: p = 0.062, which so few seeds cannot bring to 0.05).", FallWithoutGradient},
	} {
		got := c.results.Conclusions[0]
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
	if got, want := r.Conclusions[0].Text, "depth 3 to 4: nothing is shown; 1 step with fewer than two seeds in common tells nothing."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	saysNot(t, r, "NaN")
}
