package published

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/train"
)

// TestMeasuresAgainstNumPy compares with testdata/measures.json, which testdata/measures.py wrote with NumPy.
func TestMeasuresAgainstNumPy(t *testing.T) {
	var cases []struct {
		Y         []float32
		Units     int
		Low, High float64
		Dead      []bool
		Inactive  []bool
		Rho       []float64
	}
	text, err := os.ReadFile("testdata/measures.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	dead := 0
	for i, c := range cases {
		for u := range c.Units {
			if got := percentile95(c.Y[u:], c.Units) < 1e-5; got != c.Dead[u] {
				t.Errorf("case %d, unit %d: dead %v, want %v", i, u, got, c.Dead[u])
			}
			if c.Dead[u] {
				dead++
			}
			if got := rarelyActive(c.Y[u:], c.Units); got != c.Inactive[u] {
				t.Errorf("case %d, unit %d: inactive %v, want %v", i, u, got, c.Inactive[u])
			}
			if got := rhoB(c.Y[u:], c.Units, c.Low, c.High); math.Abs(got-c.Rho[u]) > 1e-6 {
				t.Errorf("case %d, unit %d: ρ_B %v, want %v", i, u, got, c.Rho[u])
			}
		}
	}
	if dead < 3 {
		t.Errorf("%d dead units in all cases: they show nothing", dead)
	}
}

// TestCollector trains and inspects: what must hold of every network, and what a rate of zero makes of updates.
func TestCollector(t *testing.T) {
	set, err := data.Shapes(context.Background(), 60, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []float64{0.01, 0} {
		c := &Collector{Steps: Schedule(3, 6)}
		_, err = train.Run(context.Background(), train.Trial{
			Model: nn.Model{Layers: []nn.Layer{
				nn.Conv2d{Filters: 3, Kernel: nn.Square(5)}, nn.Activation{Name: "relu"}, nn.MaxPool2d{Kernel: nn.Square(4)}, nn.Flatten{},
				nn.Linear{Out: 8}, nn.BatchNorm{}, nn.Activation{Name: "tanh"}, nn.Linear{Out: nn.Classes},
			}},
			Data: set, Seed: 1, Inspector: c, Config: train.Config{Epochs: 3, Batch: 10, Rule: optim.SGD{Rate: rate}},
		}, silent{})
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Inspections) != 18 {
			t.Fatalf("%d inspections, want all 18 steps", len(c.Inspections))
		}
		for i, in := range c.Inspections {
			if in.Step != i+1 || len(in.Layers) != 3 || len(in.Acts) != 2 || !(in.Loss > 0) {
				t.Fatalf("step %d: %+v", i+1, in)
			}
			for _, l := range in.Layers {
				if !l.Finite || !(l.GradNorm > 0) || !(l.GradMean > 0) || l.GradMean > l.GradNorm {
					t.Errorf("step %d: %+v", in.Step, l)
				}
				switch {
				case i == 0 && !math.IsNaN(l.UpdateRatio):
					t.Errorf("step 1 knows an update: %+v", l)
				case i > 0 && rate == 0 && l.UpdateRatio != 0:
					t.Errorf("step %d: a rate of 0 moves weights: %+v", in.Step, l)
				case i > 0 && rate > 0 && !(l.UpdateRatio > 0):
					t.Errorf("step %d: nothing moves: %+v", in.Step, l)
				}
			}
			if w := in.Layers[0].Values; w != 3*5*5*3+3 {
				t.Errorf("%d gradient entries of conv1", w)
			}
			if a := in.Acts; !math.IsNaN(a[0].Saturated) || math.IsNaN(a[1].Saturated) || a[0].Values != 10*28*28*3 {
				t.Errorf("step %d: %+v", in.Step, a)
			}
		}
	}
}

type silent struct{}

func (silent) Begin([]train.Event)     {}
func (silent) Step(train.Progress)     {}
func (silent) Window(train.Window)     {}
func (silent) Epoch(train.EpochResult) {}
