package clinic

import (
	"context"
	"math"
	"strings"
	"testing"

	"gradlab/data"
	"gradlab/diagnose"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/train"
)

// TestNetworks: names are unique, the halves of the first round are of like size, every round holds all kinds of fault, and every model fits its
// data.
func TestNetworks(t *testing.T) {
	names := map[string]bool{}
	rounds := map[Round]int{}
	kinds := map[string]map[Round]int{}
	twins := map[string]bool{}
	for _, n := range Networks() {
		if names[n.Name()] {
			t.Errorf("%s is there twice", n.Name())
		}
		names[n.Name()] = true
		rounds[n.Round()]++
		if n.Fault == "" {
			twins[n.Family] = true
			continue
		}
		if kinds[n.Fault] == nil {
			kinds[n.Fault] = map[Round]int{}
		}
		kinds[n.Fault][n.Round()]++
		if !twins[n.Family] {
			t.Errorf("%s has no twin before it", n.Name())
		}
		if _, err := nn.Measure[float32](n.Model, nn.Shape{32, 32, 3}, 10, nn.Options{Batch: 32}, n.Config.Rule); err != nil {
			t.Errorf("%s: %v", n.Name(), err)
		}
	}
	if first := rounds[Open] + rounds[Apart]; first < 300 || rounds[Apart] < first*4/10 || rounds[Apart] > first*6/10 || rounds[Second] < 200 || rounds[Third] < 200 || rounds[Fourth] < 168 {
		t.Errorf("rounds of %v", rounds)
	}
	for kind, n := range kinds {
		if n[Open] == 0 || n[Apart] == 0 || (n[Second] == 0 || n[Third] == 0 || n[Fourth] == 0) && kind != "missing normalisation and skips" {
			t.Errorf("%s: %v", kind, n)
		}
	}
}

// TestOutcomeDecides: half of what the twin learns above chance is lost; or a tenth; or as much as makes no
// interval.
func TestOutcomeDecides(t *testing.T) {
	outcomes := func(accuracies ...float64) []Outcome {
		var all []Outcome
		for _, a := range accuracies {
			all = append(all, Outcome{Accuracy: a, Record: diagnose.Record{Classes: 10}})
		}
		return all
	}
	network := func(fault string) Network { return Network{Family: "f", Fault: fault} }
	cases := Judge(
		[]Network{network(""), network("half"), network("tenth"), network("uncertain"), network("better")},
		[][]Outcome{outcomes(0.9, 0.9, 0.8), outcomes(0.5, 0.5, 0.45), outcomes(0.82, 0.82, 0.73), outcomes(0.9, 0.9, 0.1), outcomes(0.95, 0.95, 0.95)},
	)
	for i, want := range []struct {
		lost float64
		sick bool
	}{{0, false}, {0.5, true}, {0.1, false}, {1. / 3, false}, {-0.113095, false}} {
		if c := cases[i]; math.Abs(c.Lost-want.lost) > 1e-5 || c.Sick != want.sick {
			t.Errorf("%s: lost %v, sick %v, want %v and %v", c.Fault, c.Lost, c.Sick, want.lost, want.sick)
		}
	}
}

// TestScore counts by hand: two of three found, one of four called sick without reason.
func TestScore(t *testing.T) {
	var cases []Case
	for i, sick := range []bool{true, true, true, false, false, false, false} {
		cases = append(cases, Case{Network: Network{Family: string(rune('a' + i))}, Sick: sick})
	}
	d := Detector{"test", func(c Case) Call {
		return map[string]Call{"a": {Sick: true, Step: 10, Of: 100}, "b": {Sick: true, Step: 30, Of: 100}, "d": {Sick: true, Step: 1, Of: 100}}[c.Family]
	}}
	s, calls := Count(d, cases)
	if s.True != 2 || s.Missed != 1 || s.False != 1 || s.Cleared != 3 || len(calls) != 7 {
		t.Errorf("%+v", s)
	}
	if math.Abs(s.Precision.Value-2./3) > 1e-12 || math.Abs(s.F1-2./3) > 1e-12 || s.Step != 10 || s.Share != 0.1 {
		t.Errorf("%+v", s)
	}
	// Wilson's interval of 2 of 3, by statsmodels' proportion_confint(2, 3, method="wilson").
	if math.Abs(s.Recall.Low-0.207659) > 1e-5 || math.Abs(s.Recall.High-0.938508) > 1e-5 {
		t.Errorf("interval [%v, %v]", s.Recall.Low, s.Recall.High)
	}
	if !(s.F1Low < s.F1 && s.F1 < s.F1High && s.F1Low >= 0 && s.F1High <= 1) {
		t.Errorf("F1 %v [%v, %v]", s.F1, s.F1Low, s.F1High)
	}
	var b strings.Builder
	Table(&b, []Score{s})
	if !strings.Contains(b.String(), "| test | 2 of 3 | 1 of 4 | 0.667 [0.208, 0.939] |") {
		t.Error(b.String())
	}
}

// TestTrial trains small networks through all that the benchmark does: kept trials are read again, data is changed as
// stated, and detectors hear of it.
func TestTrial(t *testing.T) {
	full, err := data.Shapes(context.Background(), 200, 50, 1)
	if err != nil {
		t.Fatal(err)
	}
	b := &Bench{Cache: t.TempDir(), Jobs: 2, sets: map[Images]*data.Dataset{{Source: "shapes"}: full}}
	twin := Network{Family: "small", Data: Images{Source: "shapes"},
		Model:  nn.Model{Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: 8}, nn.Activation{Name: "tanh"}, nn.Linear{Out: nn.Classes}}},
		Config: train.Config{Epochs: 2, Batch: 10, Rule: optim.SGD{Rate: 0.05}}}
	wrong := twin
	wrong.Fault, wrong.Degree, wrong.Data.Noise = "wrong labels", "1", 1
	infinite := twin
	infinite.Fault, infinite.Degree, infinite.Config.Rule.Rate = "rate too high", "×∞", 1e38
	networks := []Network{twin, wrong, infinite}
	done := 0
	first, err := b.Run(context.Background(), networks, func(int) { done++ })
	if err != nil {
		t.Fatal(err)
	}
	if done != 3 || !b.Has(twin) || b.Has(Network{Family: "none"}) {
		t.Errorf("%d networks are done", done)
	}
	b.sets = nil // whoever trains again fails
	again, err := b.Run(context.Background(), networks, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	for i := range networks {
		for s := range Seeds {
			x, y := first[i][s], again[i][s]
			if x.Accuracy != y.Accuracy || len(x.Watched.Inspections) != len(y.Watched.Inspections) || len(y.Record.Windows) == 0 || len(y.Record.Losses) == 0 {
				t.Errorf("%s: a kept trial is another one", networks[i].Name())
			}
			if got := y.Watched.Of; got != 2 || len(y.Watched.Epochs) != 2 || y.Steps != 40 {
				t.Errorf("%d epochs, %d steps", got, y.Steps)
			}
		}
	}
	for _, d := range Detectors() {
		if c := d.Call(Case{Network: infinite, Outcomes: again[2]}); !c.Sick || c.Step > 10 && d.Name != "AutoTrainer" {
			t.Errorf("%s: a network without a finite number: %+v", d.Name, c)
		}
	}
	changed := mislabelled(full.Train, 0.5)
	other := 0
	for i, l := range changed.Labels {
		if l != full.Train.Labels[i] {
			other++
		}
	}
	if other < 60 || other > 120 { // of 200, half are drawn and nine tenths of these change
		t.Errorf("%d of 200 labels changed", other)
	}
	for i, p := range faint(full.Train, 16).Pixels {
		if d := int(p) - 128; d < -8 || d > 7 || d*16 > int(full.Train.Pixels[i])-128+16 || d*16 < int(full.Train.Pixels[i])-128-16 {
			t.Fatalf("pixel %d became %d", full.Train.Pixels[i], p)
		}
	}
}
