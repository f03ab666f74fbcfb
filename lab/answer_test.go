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
		part.Arms = append(part.Arms, Arm{Study: "s", Name: name, Labels: labels})
		for seed, a := range accuracy[i] {
			t := Trial{Study: "s", Arm: name, Labels: labels, Seed: uint64(seed), Status: Done,
				Epochs: []Epoch{{Epoch: 1, TrainLoss: 1, TestLoss: 1, TestAccuracy: a}}}
			if gradients != nil {
				g := gradients[i][seed]
				t.Positions = []Position{{Index: 1, Name: "linear1", Kind: "linear", GradRMS: &g}, {Index: 2, Name: "linear2", Kind: "linear", GradRMS: &g}}
			}
			r.Trials = append(r.Trials, t)
		}
	}
	part.Varied = variables([]string{variable}, part.Arms)
	r.Parts = []Part{part}
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
			"depth 3 to 6: accuracy is lost at 1 of 2 steps, from 4 to 6 (by 39.8 points [37.8, 41.8]); the gradient at the first hidden fully-connected layer falls along with it.", CliffWithGradient},
		{"no cliff", armsOf("depth", []any{3, 4, 6}, [][]float64{tied, high, high}, grads),
			"depth 3 to 6: no step loses accuracy, so no cliff is shown (71.0 % [69.8, 72.2] to 71.0 % [69.0, 73.0]).", NoCliff},
	} {
		got := c.results.Conclusions[0]
		if got.Text != c.text || got.Verdict != c.verdict {
			t.Errorf("%s:\n got %s (%s)\nwant %s (%s)", c.name, got.Text, got.Verdict, c.text, c.verdict)
		}
	}
}
