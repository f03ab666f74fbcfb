package published

import (
	"math"
	"slices"
	"testing"
)

// quiet is a run of ten epochs of 100 steps in which no rule of any detector fires: bursts at ten moments, gradients
// and updates of usual sizes, a loss that falls.
func quiet() Run {
	r := Run{Of: 10}
	for e := range 10 {
		a := 0.3 + 0.06*float64(e)
		r.Epochs = append(r.Epochs, Epoch{Step: 100 * (e + 1), TrainLoss: 2 - 0.1*float64(e), TestLoss: 2 - 0.1*float64(e), TrainAccuracy: a, TestAccuracy: a})
	}
	for s := range Schedule(10, 100) {
		r.Inspections = append(r.Inspections, Inspection{
			Step: s, Loss: 2.3 - 0.001*float64(s),
			Layers: []Layer{
				{Name: "linear1", GradNorm: 1, GradMean: 0.01, Zeros: 10, Values: 100, Finite: true, UpdateRatio: 0.003},
				{Name: "linear2", GradNorm: 1, GradMean: 0.01, Zeros: 10, Values: 100, Finite: true, UpdateRatio: 0.003},
			},
			Acts: []Acts{{Name: "relu1", Kind: "relu", Std: 1, Values: 10_000, Finite: true, Saturated: math.NaN()}},
		})
	}
	slices.SortFunc(r.Inspections, func(a, b Inspection) int { return a.Step - b.Step })
	return r
}

// each changes every inspection.
func each(r *Run, change func(i int, in *Inspection)) {
	for i := range r.Inspections {
		change(i, &r.Inspections[i])
	}
}

func rules(f []Finding) []string {
	var all []string
	for _, g := range f {
		all = append(all, g.Rule)
	}
	return all
}

func TestQuiet(t *testing.T) {
	for _, d := range Detectors() {
		if f := d.Detect(quiet()); len(f) != 0 {
			t.Errorf("%s: %v in a run in which nothing is wrong", d.Name, f)
		}
		if f := d.Detect(Run{}); len(f) != 0 {
			t.Errorf("%s: %v without a run", d.Name, f)
		}
	}
}

// TestRulesFireWherePublished: on one side of each threshold and not on the other.
func TestRulesFireWherePublished(t *testing.T) {
	low := func(r *Run) { // accuracies that do not satisfy AutoTrainer, so that it looks at gradients
		for i := range r.Epochs {
			r.Epochs[i].TrainAccuracy, r.Epochs[i].TestAccuracy = 0.1+0.02*float64(i), 0.1+0.02*float64(i)
		}
	}
	g1 := func(v float64) func(*Run) {
		return func(r *Run) {
			low(r)
			each(r, func(_ int, in *Inspection) { in.Layers[0].GradNorm = v })
		}
	}
	layer := func(change func(l *Layer)) func(*Run) {
		return func(r *Run) { each(r, func(_ int, in *Inspection) { change(&in.Layers[0]) }) }
	}
	act := func(change func(a *Acts)) func(*Run) {
		return func(r *Run) { each(r, func(_ int, in *Inspection) { change(&in.Acts[0]) }) }
	}
	accuracies := func(values ...float64) func(*Run) {
		return func(r *Run) {
			for i, v := range values {
				r.Epochs[i].TrainAccuracy = v
			}
		}
	}
	for _, c := range []struct {
		detector, name string
		change         func(*Run)
		rule           string // "" is none
		step           int
	}{
		{"AutoTrainer", "g₁ just below β2 and β1 of g_L", g1(0.99e-4), "vanishing", 300},
		{"AutoTrainer", "g₁ just above β2", g1(1.01e-4), "", 0},
		{"AutoTrainer", "g₁ below β2, but not β1 of g_L", func(r *Run) {
			g1(0.99e-4)(r)
			each(r, func(_ int, in *Inspection) { in.Layers[1].GradNorm = 0.98e-1 })
		}, "", 0},
		{"AutoTrainer", "a gradient that vanishes where accuracy satisfies", func(r *Run) {
			g1(1e-9)(r)
			for i := range r.Epochs {
				r.Epochs[i].TrainAccuracy, r.Epochs[i].TestAccuracy = 0.7+0.02*float64(i), 0.7+0.02*float64(i)
			}
		}, "", 0},
		{"AutoTrainer", "g₁ just above β3 of g_L", g1(70.1), "exploding", 300},
		{"AutoTrainer", "g₁ just below β3 of g_L", g1(69.9), "", 0},
		{"AutoTrainer", "NaN in a weight of epoch 1", layer(func(l *Layer) { l.Finite = false }), "exploding", 300},
		{"AutoTrainer", "a test loss of 1e5", func(r *Run) { r.Epochs[5].TestLoss = 1e5 }, "exploding", 600},
		{"AutoTrainer", "70 % of zeros", func(r *Run) {
			low(r)
			each(r, func(_ int, in *Inspection) { in.Layers[0].Zeros, in.Layers[1].Zeros = 80, 60 })
		}, "dying ReLU", 300},
		{"AutoTrainer", "69.5 % of zeros", func(r *Run) {
			low(r)
			each(r, func(_ int, in *Inspection) { in.Layers[0].Zeros, in.Layers[1].Zeros = 79, 60 })
		}, "", 0},
		{"AutoTrainer", "gains below δ", func(r *Run) {
			for i := range r.Epochs {
				r.Epochs[i].TrainAccuracy, r.Epochs[i].TestAccuracy = 0.1+0.009*float64(i), 0.1+0.009*float64(i)
			}
		}, "slow", 300},
		{"AutoTrainer", "gains above δ in training alone", func(r *Run) {
			for i := range r.Epochs {
				r.Epochs[i].TrainAccuracy, r.Epochs[i].TestAccuracy = 0.1+0.011*float64(i), 0.1
			}
		}, "", 0},
		{"AutoTrainer", "two swings of ζ in nine epochs", func(r *Run) {
			for i := range r.Epochs {
				r.Epochs[i].TestAccuracy = 0.8
			}
			accuracies(0.7, 0.8, 0.76, 0.8, 0.76, 0.8, 0.81, 0.82, 0.83, 0.84)(r)
		}, "unstable", 600},
		{"AutoTrainer", "swings below ζ", func(r *Run) {
			for i := range r.Epochs {
				r.Epochs[i].TestAccuracy = 0.8
			}
			accuracies(0.7, 0.8, 0.78, 0.8, 0.78, 0.8, 0.81, 0.82, 0.83, 0.84)(r)
		}, "", 0},

		{"SageMaker Debugger", "mean |g| just below 1e-7", layer(func(l *Layer) { l.GradMean = 0.99e-7 }), "vanishing gradient", 1},
		{"SageMaker Debugger", "mean |g| of 1e-7", layer(func(l *Layer) { l.GradMean = 1e-7 }), "", 0},
		{"SageMaker Debugger", "NaN", layer(func(l *Layer) { l.Finite = false }), "exploding tensor", 1},
		{"SageMaker Debugger", "51 % of units inactive", act(func(a *Acts) { a.Inactive = 0.51 }), "dead ReLU", 1},
		{"SageMaker Debugger", "50 % of units inactive", act(func(a *Acts) { a.Inactive = 0.5 }), "", 0},
		{"SageMaker Debugger", "51 % of tanh's units", act(func(a *Acts) { a.Kind, a.Inactive = "tanh", 0.51 }), "", 0},
		{"SageMaker Debugger", "updates of 11 times the weights", layer(func(l *Layer) { l.UpdateRatio = 11 }), "weight update ratio", 1},
		{"SageMaker Debugger", "updates of 1e-9 of the weights", layer(func(l *Layer) { l.UpdateRatio = 1e-9 }), "weight update ratio", 1},
		{"SageMaker Debugger", "updates that are not known", layer(func(l *Layer) { l.UpdateRatio = math.NaN() }), "", 0},
		{"SageMaker Debugger", "a loss that stays", func(r *Run) { each(r, func(_ int, in *Inspection) { in.Loss = 2.3 }) }, "loss not decreasing", 101},

		{"TheDeepChecker", "mean |g| just below 1e-6", layer(func(l *Layer) { l.GradMean = 0.99e-6 }), "vanishing gradient", 5},
		{"TheDeepChecker", "gradients that halve", func(r *Run) {
			each(r, func(i int, in *Inspection) { in.Layers[1].GradMean = 1e4 * math.Pow(0.5, float64(i%5)) })
		}, "vanishing gradient", 5},
		{"TheDeepChecker", "gradients that fall by 0.51", func(r *Run) {
			each(r, func(_ int, in *Inspection) { in.Layers[1].GradMean = math.Pow(0.51, float64(in.Step%5)) })
		}, "", 0},
		{"TheDeepChecker", "mean |g| above 1e6", layer(func(l *Layer) { l.GradMean = 1.01e6 }), "exploding gradient", 5},
		{"TheDeepChecker", "51 % of units dead", act(func(a *Acts) { a.Dead = 0.51 }), "dead layer", 5},
		{"TheDeepChecker", "50 % of units dead", act(func(a *Acts) { a.Dead = 0.5 }), "", 0},
		{"TheDeepChecker", "51 % of units saturated", act(func(a *Acts) { a.Kind, a.Saturated = "tanh", 0.51 }), "saturated layer", 5},
		{"TheDeepChecker", "a deviation of 0.48 in 10,000 values", act(func(a *Acts) { a.Std = 0.48 }), "activations out of range", 5},
		{"TheDeepChecker", "a deviation of 0.48 in 100 values shows nothing", act(func(a *Acts) { a.Std, a.Values = 0.48, 100 }), "", 0},
		{"TheDeepChecker", "a deviation of 2.1", act(func(a *Acts) { a.Std = 2.1 }), "activations out of range", 5},
		{"TheDeepChecker", "updates of 0.11", layer(func(l *Layer) { l.UpdateRatio = 0.11 }), "updates too large", 5},
		{"TheDeepChecker", "updates of 0.09", layer(func(l *Layer) { l.UpdateRatio = 0.09 }), "", 0},
		{"TheDeepChecker", "updates of 0.9e-4", layer(func(l *Layer) { l.UpdateRatio = 0.9e-4 }), "updates too small", 5},
		{"TheDeepChecker", "no updates", layer(func(l *Layer) { l.UpdateRatio = 0 }), "untrained weights", 5},
		{"TheDeepChecker", "infinite activations", act(func(a *Acts) { a.Finite = false }), "not finite", 5},
	} {
		t.Run(c.detector+"/"+c.name, func(t *testing.T) {
			r := quiet()
			c.change(&r)
			var f []Finding
			for _, d := range Detectors() {
				if d.Name == c.detector {
					f = d.Detect(r)
				}
			}
			switch {
			case c.rule == "" && len(f) > 0:
				t.Errorf("%v fired", f)
			case c.rule != "" && !slices.Equal(rules(f), []string{c.rule}):
				t.Errorf("%v fired, want %s alone", rules(f), c.rule)
			case c.rule != "" && f[0].Step != c.step:
				t.Errorf("%s fired at step %d, want %d", c.rule, f[0].Step, c.step)
			}
		})
	}
}
