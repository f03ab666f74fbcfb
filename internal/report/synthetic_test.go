package report

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gradlab/internal/stats"
	"gradlab/lab"
)

// synthetic makes results that look like those of a tour: the part "activations" with five arms and
// the part "depth" with ten. Curves are random but plausible, and the same on every call.
func synthetic() *lab.Results { return synthesize(10, 40) }

// small is synthetic with fewer seeds and windows, for tests that go over many cases.
func small() *lab.Results { return synthesize(4, 6) }

func synthesize(seeds, windows int) *lab.Results {
	s := &synthesizer{rand.New(rand.NewPCG(1, 2)), windows, &lab.Results{
		Numerics: 1, Study: "tour", Command: "gradlab run tour --seeds 8", Started: "2026-03-14T09:26:53Z", Seconds: 71.4,
		Machine:  lab.Machine{OS: "linux", Arch: "amd64", ISA: "avx512", Cores: 2, Jobs: 2, Threads: 1, Go: "go1.26.0"},
		Warnings: []string{"depth: eight seeds reach p = 0.008 at best in the permutation test."},
	}}
	s.part("activations", "Which activation trains this network, and why does sigmoid stay at chance?", seeds, []shape{
		{"sigmoid", map[string]any{"activation": "sigmoid"}, 3, 0.10, 1.1, 2},
		{"sigmoid · epochs 10", map[string]any{"activation": "sigmoid", "epochs": 10}, 3, 0.31, 1.0, 10},
		{"sigmoid shifted to tanh's range", map[string]any{"activation": "shifted-sigmoid"}, 3, 0.47, 0.15, 2},
		{"tanh", map[string]any{"activation": "tanh"}, 3, 0.53, 0.08, 2},
		{"relu", map[string]any{"activation": "relu"}, 3, 0.56, 0.02, 2},
	})
	var depths []shape
	for _, activation := range []string{"tanh", "sigmoid"} {
		for _, depth := range []int{3, 4, 5, 6, 8} {
			accuracy, decay := 0.55-0.004*float64(depth*depth)/4, 0.12
			if activation == "sigmoid" {
				accuracy, decay = 0.1, 0.9
			}
			depths = append(depths, shape{fmt.Sprintf("%s · depth %d", activation, depth),
				map[string]any{"activation": activation, "depth": depth}, depth, accuracy, decay, 4})
		}
	}
	s.part("depth", "Where do gradients vanish as fully-connected layers are added, and does accuracy fall with them?", seeds-2, depths)
	return s.Results
}

// shape is what an arm's random curves follow.
type shape struct {
	name     string
	labels   map[string]any
	depth    int     // fully-connected layers
	accuracy float64 // reached in the end
	decay    float64 // log10 of the gradient lost per layer
	epochs   int
}

type synthesizer struct {
	*rand.Rand
	windows int
	*lab.Results
}

func (s *synthesizer) part(study, question string, seeds int, shapes []shape) {
	data := lab.Data{Name: "shapes", Train: 4000, Test: 1000, Shape: []int{32, 32, 3},
		Classes: []string{"circle", "square", "triangle", "star", "cross", "ring", "crescent", "arrow", "heart", "hexagon"}}
	for class := range data.Classes {
		for range 12 {
			pixels := make([]byte, 32*32*3)
			tint := s.IntN(180)
			for i := range pixels {
				pixels[i] = byte(tint + s.IntN(60))
			}
			data.Sample = append(data.Sample, lab.Sample{Class: class, Pixels: pixels})
		}
	}
	p := lab.Part{Study: study, Question: question, Seeds: seeds, Data: data, Source: "study: " + study + "\ndata: shapes\nseeds: 8\n"}
	p.Varied = []lab.Variable{{Name: "activation", Values: []string{"sigmoid", "shifted-sigmoid", "tanh", "relu"}}}
	if study == "depth" {
		p.Varied = append(p.Varied, lab.Variable{Name: "depth", Values: []string{"3", "4", "5", "6", "8"}, Numeric: true, Layers: true})
	}
	for _, sh := range shapes {
		p.Arms = append(p.Arms, s.arm(study, sh, seeds))
	}
	s.Parts = append(s.Parts, p)
	for i := 1; i < len(p.Arms); i++ {
		s.compare(study, "test_accuracy", p.Arms[i-1], p.Arms[i])
	}
	for i := 1; study == "depth" && i < 5; i++ {
		c := s.Comparisons[len(s.Comparisons)-10+i]
		s.Trends = append(s.Trends, lab.Trend{Study: study, Varied: "depth", From: p.Arms[i-1].Name, To: p.Arms[i].Name,
			Accuracy: c, Gradient: c, Verdict: lab.NoFall})
	}
	for _, c := range s.Comparisons {
		if c.Study == study && c.Verdict == lab.Better {
			s.Conclusions = append(s.Conclusions, lab.Conclusion{Study: study, Verdict: c.Verdict,
				Text:     fmt.Sprintf("%s does better than %s: %+.1f percentage points of test accuracy.", c.B, c.A, 100*c.Diff.Mean),
				Evidence: map[string]any{"test": "paired t", "seeds": c.N, "interval": []float64{c.Diff.Low, c.Diff.High}, "p_holm": *c.PHolm, "nothing": math.NaN()},
				Command:  fmt.Sprintf("gradlab run %s --data ../shared/data/cifar-10-binary.tar.gz --seeds %d", study, seeds)})
		}
	}
	s.Conclusions = append(s.Conclusions, lab.Conclusion{Study: study, Answer: true, Verdict: "not enough evidence",
		Text:     "Whether more epochs cure sigmoid is not shown by these seeds.",
		Evidence: map[string]any{"test": "signed permutation", "seeds": seeds}, Command: "gradlab run " + study + " --seeds 20"})
}

// arm adds the trials of one arm and returns it with its estimates.
func (s *synthesizer) arm(study string, sh shape, seeds int) lab.Arm {
	names, kinds := []string{"conv1", "act1", "maxpool1", "conv2", "act2", "maxpool2", "flatten1"}, []string{"conv", "", "maxpool", "conv", "", "maxpool", "flatten"}
	for i := 1; i <= sh.depth; i++ {
		names, kinds = append(names, fmt.Sprintf("linear%d", i)), append(kinds, "linear")
		if i < sh.depth {
			names, kinds = append(names, fmt.Sprintf("act%d", i+2)), append(kinds, "")
		}
	}
	activation := sh.labels["activation"].(string)
	for i, k := range kinds {
		if k == "" {
			kinds[i] = activation
			names[i] = activation + names[i][len("act"):]
		}
	}
	var accuracies, losses, trains, slopes []float64
	for seed := range seeds {
		t := lab.Trial{ID: fmt.Sprintf("%016x", s.Uint64()), Study: study, Arm: sh.name, Labels: sh.labels, Seed: uint64(seed), Status: "done",
			Digest: fmt.Sprintf("sha256:%016x%016x%016x%016x", s.Uint64(), s.Uint64(), s.Uint64(), s.Uint64())}
		final := max(0.1, sh.accuracy+0.012*s.NormFloat64()*min(1, 10*(sh.accuracy-0.1)))
		for e := 1; e <= sh.epochs; e++ {
			share := 1 - math.Exp(-2.2*float64(e)/float64(sh.epochs))
			accuracy := 0.1 + (final-0.1)*share/(1-math.Exp(-2.2))
			loss := 2.303 - 2.2*(accuracy-0.1) + 0.02*s.NormFloat64()*(final-0.09)
			t.Epochs = append(t.Epochs, lab.Epoch{Epoch: e, TrainLoss: loss + 0.05*(1-share), TestLoss: loss, TestAccuracy: accuracy,
				TestCorrect: int(accuracy * 1000), TestTotal: 1000, Seconds: 1.2, ImagesPerSecond: 3300})
		}
		last := t.Epochs[len(t.Epochs)-1]
		accuracies, losses, trains = append(accuracies, last.TestAccuracy), append(losses, last.TestLoss), append(trains, last.TrainLoss)
		slope := sh.decay + 0.03*s.NormFloat64()
		slopes = append(slopes, slope)
		steps := lab.Steps{First: 1, Last: 1000 * sh.epochs, Every: 25, Count: 40 * sh.epochs}
		level := -2.4 + 0.1*s.NormFloat64()
		for i, name := range names {
			p := lab.Position{Index: i + 1, Name: name, Kind: kinds[i], Shape: []int{84}, Steps: steps,
				GradRMS: ptr(math.Pow(10, level-slope*float64(len(names)-1-i)/2+0.06*s.NormFloat64())), ActMean: ptr(s.NormFloat64()), ActStd: ptr(s.Float64())}
			if kinds[i] == activation {
				p.Saturated, p.Dead = ptr(min(1, sh.decay*s.Float64())), ptr(0.05*s.Float64())
			}
			if weighted(p) {
				p.Parameters = []lab.ParameterProbe{{Name: name + ".weight", UpdateRatio: ptr(0.01 * *p.GradRMS)}, {Name: name + ".bias", UpdateRatio: ptr(1)}}
			}
			t.Positions = append(t.Positions, p)
		}
		for w := range s.windows {
			f := lab.Flow{Steps: lab.Steps{First: 1 + 25*w*sh.epochs, Last: 25 * (w + 1) * sh.epochs, Every: 25, Count: sh.epochs}}
			for i := range names {
				f.GradRMS = append(f.GradRMS, ptr(*t.Positions[i].GradRMS*math.Pow(10, 0.6*math.Sin(float64(w)/9+float64(i)/5)+0.05*s.NormFloat64())))
				f.ActStd, f.Saturated, f.UpdateRatio = append(f.ActStd, ptr(1)), append(f.Saturated, t.Positions[i].Saturated), append(f.UpdateRatio, nil)
			}
			t.Flow = append(t.Flow, f)
		}
		for i := range 10 {
			row := make([]int, 10)
			for j := range row {
				row[j] = int((1 - final) * 100 * s.Float64() / 5)
			}
			row[i] += int(100 * final)
			t.Confusion, t.PerClass = append(t.Confusion, row), append(t.PerClass, final)
		}
		s.Trials = append(s.Trials, t)
	}
	var network []lab.Layer
	for i, name := range names {
		l := lab.Layer{Name: name, Kind: kinds[i], Shape: []int{84}}
		if weighted(lab.Position{Kind: kinds[i]}) {
			l.Parameters = 1234
		}
		network = append(network, l)
	}
	return lab.Arm{Network: network, Study: study, Name: sh.name, Labels: sh.labels, Parameters: 60000 + 7140*sh.depth, Finished: seeds,
		Layers:       []string{"conv 6@5×5", activation, "maxpool 2", "conv 16@5×5", activation, "maxpool 2", "flatten", "linear 120", activation, "linear 84", activation, "linear 10"},
		TestAccuracy: estimate(accuracies), TestLoss: estimate(losses), TrainLoss: estimate(trains),
		Slope: &lab.Slope{Estimate: *estimate(slopes), Positions: names[8:]}}
}

func (s *synthesizer) compare(study, metric string, a, b lab.Arm) {
	values := func(name string) []float64 {
		var x []float64
		for _, t := range s.Trials {
			if t.Study == study && t.Arm == name {
				x = append(x, lastAccuracy(t.Epochs))
			}
		}
		return x
	}
	x, y := values(a.Name), values(b.Name)
	diffs := make([]float64, len(x))
	for i := range x {
		diffs[i] = y[i] - x[i]
	}
	c := lab.Comparison{Study: study, Metric: metric, A: a.Name, B: b.Name, Varied: "activation", N: len(x), MeanA: average(x), MeanB: average(y),
		Diff: *estimate(diffs), T: ptr(3.2), P: ptr(0.0004), PHolm: ptr(0.0016), PPerm: ptr(0.0078), PPermHolm: ptr(0.03), Verdict: lab.NoDifference}
	switch {
	case c.Diff.Low > 0:
		c.Verdict = lab.Better
	case c.Diff.High < 0:
		c.Verdict = lab.Worse
	default:
		c.P, c.PHolm = ptr(0.31), ptr(0.62)
	}
	s.Comparisons = append(s.Comparisons, c)
}

func estimate(x []float64) *lab.Estimate {
	e := stats.Mean(x, 0.95)
	return &lab.Estimate{Mean: e.Mean, Low: e.Low, High: e.High, SD: e.SD, N: e.N}
}

func ptr(f float64) *float64 { return &f }
