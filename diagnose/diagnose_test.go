package diagnose

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gradlab/remedy"
)

// shallow is the positions of a small network.
func shallow(activation string) []Position {
	return []Position{
		{"conv1", "conv", []int{8, 8, 4}}, {activation + "1", activation, []int{8, 8, 4}}, {"maxpool1", "maxpool", []int{4, 4, 4}},
		{"flatten1", "flatten", []int{64}}, {"linear1", "linear", []int{32}}, {activation + "2", activation, []int{32}},
		{"linear2", "linear", []int{32}}, {activation + "3", activation, []int{32}}, {"linear3", "linear", []int{10}},
	}
}

// sound is the record of a network of ten classes that learns in 2000 steps and six epochs what its loss says;
// gradients have the same norm at every layer, with a few per cent of noise.
func soundRecord(activation string) Record {
	r := Record{Classes: 10, Steps: 2000, Positions: shallow(activation)}
	for k := range 40 {
		step := 50 * (k + 1)
		w := Window{First: step - 49, Last: step, Count: 5}
		for i, p := range r.Positions {
			noise := 1 + 0.05*math.Sin(float64(7*k+3*i))
			w.GradRMS = append(w.GradRMS, 0.01*noise/math.Sqrt(elements(p.Shape)))
			w.GradSpread = append(w.GradSpread, 0.1)
			w.ActStd = append(w.ActStd, 1)
			saturated, dead, ratio := math.NaN(), math.NaN(), math.NaN()
			switch p.Kind {
			case activation:
				saturated, dead = 0.1, 0
			case "conv", "linear":
				ratio = 0.003
			}
			w.Saturated, w.Dead, w.UpdateRatio = append(w.Saturated, saturated), append(w.Dead, dead), append(w.UpdateRatio, ratio)
		}
		r.Windows = append(r.Windows, w)
		mean := 2.4 * math.Exp(-2.5*float64(step)/2000)
		r.Losses = append(r.Losses, Loss{First: step - 49, Last: step, Count: 50, Mean: mean, SD: 0.2})
	}
	for e := range 6 {
		l := r.Losses[(e+1)*40/6-1]
		r.Epochs = append(r.Epochs, Epoch{Step: l.Last, TrainLoss: l.Mean, TestLoss: l.Mean + 0.05, TrainAccuracy: 0.5, TestAccuracy: 0.5})
	}
	return r
}

// losses sets the loss of every window and epoch.
func losses(r *Record, at func(step float64) float64) {
	for i := range r.Losses {
		r.Losses[i].Mean = at(float64(r.Losses[i].Last))
	}
	for i := range r.Epochs {
		l := at(float64(r.Epochs[i].Step))
		r.Epochs[i].TrainLoss, r.Epochs[i].TestLoss = l, l
	}
}

func fill(r *Record, of func(*Window) []float64, position string, v float64) {
	i := slices.IndexFunc(r.Positions, func(p Position) bool { return p.Name == position })
	for k := range r.Windows {
		of(&r.Windows[k])[i] = v
	}
}

func constant(v float64) func(float64) float64 { return func(float64) float64 { return v } }

func kindsOf(d Diagnosis, problems bool) []string {
	var all []string
	for _, v := range d.Verdicts {
		if v.Problem == problems {
			all = append(all, v.Kind)
		}
	}
	return all
}

// TestFindings: what is wrong is found, named by its layers, and nothing else is.
func TestFindings(t *testing.T) {
	fade := func(r *Record, factor float64) { // by layer with weights, towards the input
		points := depthPoints(r.Positions)
		for k, p := range points {
			for w := range r.Windows {
				r.Windows[w].GradRMS[p.index] *= math.Pow(factor, float64(len(points)-1-k))
			}
		}
	}
	guess := math.Log(10)
	for _, c := range []struct {
		name, activation string
		change           func(*Record)
		problems         []string
		positions        []string // of the first
		says             string
	}{
		{"sound", "tanh", func(*Record) {}, nil, nil, ""},
		{"fading a little", "tanh", func(r *Record) { fade(r, 0.5); losses(r, constant(1)) }, nil, nil, ""},
		{"fading by 0.15 a layer", "sigmoid", func(r *Record) { fade(r, 0.15); losses(r, constant(guess)) }, []string{Vanishing, NotLearning}, []string{"conv1", "linear1"}, "sigmoid"},
		{"fading by 0.15 a layer, and learning all the same", "tanh", func(r *Record) { fade(r, 0.15) }, nil, nil, ""},
		{"growing by 4 a layer", "relu", func(r *Record) { fade(r, 4); losses(r, constant(1.5)) }, []string{Exploding}, []string{"conv1"}, ""},
		{"no gradient at all", "relu", func(r *Record) {
			fill(r, func(w *Window) []float64 { return w.GradRMS }, "conv1", 0)
			losses(r, constant(guess))
		},
			[]string{Vanishing, NotLearning}, []string{"conv1"}, "exactly zero"},
		{"weights that start alike", "tanh", func(r *Record) {
			losses(r, constant(1.2))
			r.Windows = slices.Insert(r.Windows, 0, Window{First: 1, Last: 1, Count: 1, GradRMS: []float64{1e-12, 1e-12, 1e-12, 1e-12, 1e-10, 1e-10, 1e-9, 1e-9, 0.1}})
		}, []string{Alike}, []string{"conv1", "linear1", "linear2"}, "the same for all classes"},
		{"output weights that start at zero are no fault", "tanh", func(r *Record) {
			losses(r, constant(1.2))
			r.Windows = slices.Insert(r.Windows, 0, Window{First: 1, Last: 1, Count: 1, GradRMS: []float64{0, 0, 0, 0, 0, 0, 0, 0, 0.1}})
		}, nil, nil, ""},
		{"dead units", "relu", func(r *Record) {
			fill(r, func(w *Window) []float64 { return w.Dead }, "relu2", 0.7)
			losses(r, constant(1.2))
		},
			[]string{DeadUnits}, []string{"relu2"}, "70 %"},
		{"saturated units", "tanh", func(r *Record) {
			fill(r, func(w *Window) []float64 { return w.Saturated }, "tanh3", 0.9)
			losses(r, constant(1.2))
		},
			[]string{Saturated}, []string{"tanh3"}, "90 %"},
		{"ReLU off for most inputs is no saturation", "relu", func(r *Record) {
			fill(r, func(w *Window) []float64 { return w.Saturated }, "relu3", 0.9)
			losses(r, constant(1.2))
		},
			nil, nil, ""},
		{"a loss above a guess's", "relu", func(r *Record) { losses(r, func(step float64) float64 { return 2 + step/500 }) }, []string{TooLarge, NotLearning}, nil, "learning rate"},
		{"a start of 40", "relu", func(r *Record) {
			losses(r, func(step float64) float64 { return 1.2 + 40*math.Exp(-step/30) })
			r.Losses[0].Mean = 40
		},
			[]string{StartsTooLarge}, nil, "40"},
		{"a loss that comes back", "tanh", func(r *Record) { losses(r, func(step float64) float64 { return 1.2 + 0.5*math.Pow(step/1000-1, 2) }) }, []string{Unstable}, nil, ""},
		{"updates of a thousandth of the usual", "tanh", func(r *Record) {
			for i := range r.Positions {
				for w := range r.Windows {
					r.Windows[w].UpdateRatio[i] *= 0.001
				}
			}
			losses(r, func(step float64) float64 { return guess - step/20000 })
		}, []string{TooSlow, NotLearning}, nil, "learning rate too low"},
		{"a loss that still falls, of weights that have hardly moved", "tanh", func(r *Record) {
			for i := range r.Positions {
				for w := range r.Windows {
					r.Windows[w].UpdateRatio[i] *= 0.05
				}
			}
			losses(r, func(step float64) float64 { return guess - 0.9*step/2000 })
		}, []string{TooSlow}, nil, "still falls"},
		{"labels at random", "relu", func(r *Record) {
			losses(r, constant(1.8))
			for i := range r.Epochs {
				r.Epochs[i].TestLoss = 1.2
			}
		}, []string{WrongLabels}, nil, "above the test loss"},
		{"steps of 2 % of the weights, and a loss that stands still", "tanh", func(r *Record) {
			fill(r, func(w *Window) []float64 { return w.UpdateRatio }, "linear2", 0.02)
			losses(r, constant(1.2))
		}, []string{TooLarge}, nil, "2.0 %"},
		{"the same, while every doubling of the steps takes a fifth off it", "tanh", func(r *Record) {
			fill(r, func(w *Window) []float64 { return w.UpdateRatio }, "linear2", 0.02)
			losses(r, func(step float64) float64 { return 1.2 - 0.22*math.Log2(step/2000) })
		}, nil, nil, ""},
		{"noisy labels, of which testing shows more than training", "relu", func(r *Record) {
			losses(r, constant(2.05))
			for i := range r.Epochs {
				r.Epochs[i].TestLoss = 1.93
			}
		}, nil, nil, ""},
		{"as little of clean labels", "relu", func(r *Record) { losses(r, constant(2.05)) }, []string{NotLearning}, nil, ""},
		{"a guess", "gelu", func(r *Record) { losses(r, constant(guess)) }, []string{NotLearning}, nil, ""},
		{"NaN", "relu", func(r *Record) { r.NonFinite = &Place{Step: 120, Epoch: 1, Layer: "linear2", What: "activation"} }, []string{NotFinite}, []string{"linear2"}, "step 120 (epoch 1), in the output of linear2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := soundRecord(c.activation)
			c.change(&r)
			d := Diagnose([]Record{r})
			if got := kindsOf(d, true); !slices.Equal(got, c.problems) {
				t.Fatalf("problems %v, want %v", got, c.problems)
			}
			if d.Healthy != (len(c.problems) == 0) || d.Seeds != 1 {
				t.Errorf("healthy: %v of %d seeds", d.Healthy, d.Seeds)
			}
			if len(c.problems) == 0 {
				return
			}
			v := d.Verdicts[0]
			if c.positions != nil && !slices.Equal(v.Positions, c.positions) {
				t.Errorf("at %v, want %v", v.Positions, c.positions)
			}
			if all := v.Text + " " + v.Cause; !strings.Contains(all, c.says) {
				t.Errorf("%q does not say %q", all, c.says)
			}
			for _, v := range d.Verdicts {
				for _, m := range regexp.MustCompile(`remedy: ([a-z+-]+)`).FindAllStringSubmatch(strings.Join(v.Try, "; "), -1) {
					if _, err := remedy.Parse(m[1]); err != nil {
						t.Error(err)
					}
				}
				if v.Cause == "" || len(v.Try) == 0 || len(v.Evidence) == 0 || !strings.HasSuffix(v.Text, ".") || strings.Contains(v.Text, "NaN,") {
					t.Errorf("%+v", v)
				}
			}
		})
	}
}

// TestNoVerdictRestsOnTheSizeOfGradients: a loss in other units, and so gradients a million times smaller or larger,
// changes no verdict.
func TestNoVerdictRestsOnTheSizeOfGradients(t *testing.T) {
	for _, scale := range []float64{1e-6, 1e6} {
		for _, guess := range []bool{false, true} {
			r := soundRecord("tanh")
			if guess {
				losses(&r, constant(math.Log(10)))
			}
			want := kindsOf(Diagnose([]Record{r}), true)
			for w := range r.Windows {
				for i := range r.Windows[w].GradRMS {
					r.Windows[w].GradRMS[i] *= scale
				}
			}
			if got := kindsOf(Diagnose([]Record{r}), true); !slices.Equal(got, want) {
				t.Errorf("scaled by %g: %v, want %v", scale, got, want)
			}
		}
	}
}

// TestFirstDetection: from the step on after which trouble stays, not from a false alarm that passed.
func TestFirstDetection(t *testing.T) {
	r := soundRecord("relu")
	i := slices.IndexFunc(r.Positions, func(p Position) bool { return p.Name == "relu2" })
	losses(&r, constant(1.2))
	for k := range r.Windows {
		if k < 4 || k >= 20 {
			r.Windows[k].Dead[i] = 0.8
		}
	}
	d := Diagnose([]Record{r})
	if len(d.Verdicts) != 1 || d.Verdicts[0].Step != 1050 || d.Step != 1050 {
		t.Errorf("%+v, want dead units from step 1050 on", d)
	}
	r.NonFinite = &Place{Step: 777, Epoch: 3, Layer: "conv1", What: "gradient"}
	if d := Diagnose([]Record{r}); d.Step != 777 || d.Verdicts[0].Step != 777 {
		t.Errorf("%+v, want step 777", d)
	}
	if d := Diagnose([]Record{r.Until(776)}); !d.Healthy || d.Seen != 750 {
		t.Errorf("before that: %+v", d)
	}
}

// TestSeeds: verdicts are counted over seeds, figures are means over those that have the trouble.
func TestSeeds(t *testing.T) {
	var records []Record
	for seed := range 5 {
		r := soundRecord("relu")
		r.Seed = uint64(seed)
		if seed < 3 {
			fill(&r, func(w *Window) []float64 { return w.Dead }, "relu1", 0.6+0.1*float64(seed))
			losses(&r, constant(1.2))
		}
		records = append(records, r)
	}
	d := Diagnose(records)
	if d.Healthy || d.Sick != 3 || d.Seeds != 5 || len(d.Verdicts) != 1 || d.Verdicts[0].Seeds != 3 {
		t.Fatalf("%+v", d)
	}
	dead := d.Verdicts[0].Evidence[0]
	// Mean 0.7, SD 0.1 of three: t = 4.3027.
	if half := 4.302653 * 0.1 / math.Sqrt(3); math.Abs(*dead.Value-0.7) > 1e-9 || math.Abs(*dead.High-0.7-half) > 1e-6 {
		t.Errorf("%v [%v, %v]", *dead.Value, *dead.Low, *dead.High)
	}
	if d := Diagnose(records[2:]); !d.Healthy || d.Sick != 1 {
		t.Errorf("one of three seeds: %+v", d)
	}
	if d := Diagnose(nil); !d.Healthy || d.Seeds != 0 || len(d.Verdicts) != 0 {
		t.Errorf("no seed: %+v", d)
	}
}

// TestAnyRecord: whatever a file holds, nothing panics and every sentence can be printed.
func TestAnyRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Float64(), rapid.Just(math.NaN()), rapid.Just(0.0), rapid.Just(math.Inf(1)), rapid.Float64Range(0, 3))
		r := Record{Classes: rapid.IntRange(0, 20).Draw(t, "classes"), Steps: rapid.IntRange(0, 100).Draw(t, "steps")}
		for i := range rapid.IntRange(0, 5).Draw(t, "positions") {
			kind := rapid.SampledFrom([]string{"linear", "conv", "relu", "tanh", "avgpool", "batchnorm", ""}).Draw(t, "kind")
			r.Positions = append(r.Positions, Position{kind + string(rune('1'+i)), kind, rapid.SliceOfN(rapid.IntRange(-1, 4), 0, 3).Draw(t, "shape")})
		}
		figures := func() []float64 { return rapid.SliceOfN(number, 0, 6).Draw(t, "figures") }
		for range rapid.IntRange(0, 4).Draw(t, "windows") {
			r.Windows = append(r.Windows, Window{
				First: rapid.IntRange(0, 100).Draw(t, "first"), Last: rapid.IntRange(0, 100).Draw(t, "last"), Count: rapid.IntRange(0, 3).Draw(t, "count"),
				GradRMS: figures(), GradSpread: figures(), ActStd: figures(), Saturated: figures(), Dead: figures(), UpdateRatio: figures(),
			})
			r.Losses = append(r.Losses, Loss{rapid.IntRange(0, 100).Draw(t, "first"), rapid.IntRange(0, 100).Draw(t, "last"), rapid.IntRange(0, 100).Draw(t, "count"), number.Draw(t, "mean"), number.Draw(t, "sd")})
			r.Epochs = append(r.Epochs, Epoch{Step: rapid.IntRange(0, 100).Draw(t, "step"), TestLoss: number.Draw(t, "test")})
		}
		for _, v := range Diagnose([]Record{r, r}).Verdicts {
			if v.Text == "" {
				t.Fatalf("%+v says nothing", v)
			}
		}
	})
}

// TestAdviceIsNotWhatTheNetworkHas: nobody is told to add batch normalisation, skips or clipping twice.
func TestAdviceIsNotWhatTheNetworkHas(t *testing.T) {
	r := Record{
		Classes: 10, Steps: 100, NonFinite: &Place{Step: 3, Epoch: 1, Layer: "linear1", What: "activation"},
		Positions: []Position{{"linear1", "linear", []int{8}}, {"tanh1", "tanh", []int{8}}, {"linear2", "linear", []int{10}}},
	}
	advice := func(r Record) string { return strings.Join(Findings(r)[0].Try, "; ") }
	plain := advice(r)
	for _, remedy := range []string{"(remedy: batchnorm)", "(remedy: clip)"} {
		if !strings.Contains(plain, remedy) {
			t.Fatalf("advice for a network without it leaves out %s: %s", remedy, plain)
		}
	}
	r.Clipped = true
	r.Positions = slices.Insert(r.Positions, 1, Position{"batchnorm1", "batchnorm", []int{8}})
	if got := advice(r); strings.Contains(got, "batchnorm") || strings.Contains(got, "clip") || got == "" {
		t.Errorf("a clipped network with batch normalisation is told: %s", got)
	}
}
