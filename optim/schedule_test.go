package optim

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
)

// TestSchedulesAgainstPyTorch compares with testdata/schedules.json, which testdata/schedules.py
// wrote with torch.optim.lr_scheduler.
func TestSchedulesAgainstPyTorch(t *testing.T) {
	var cases []struct {
		Schedule
		Base     float64
		PerEpoch int
		Rates    []float64 // by step
	}
	text, err := os.ReadFile("testdata/schedules.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, c := range cases {
		seen = append(seen, c.Name)
		t.Run(fmt.Sprintf("%+v", c.Schedule), func(t *testing.T) {
			for step, want := range c.Rates {
				// PyTorch goes from rate to rate, so its errors add up over the steps.
				if got := c.Rate(c.Base, step, len(c.Rates), c.PerEpoch); !(math.Abs(got-want) <= 1e-13*c.Base) {
					t.Errorf("step %d: %.17g, want %.17g", step, got, want)
				}
			}
		})
	}
	for _, name := range Schedules() {
		if !slices.Contains(seen, name) {
			t.Errorf("schedules.json has no case of %s", name)
		}
	}
}

func TestScheduleAtItsEdges(t *testing.T) {
	for _, c := range []struct {
		name                  string
		schedule              Schedule
		step, steps, perEpoch int
		want                  float64
	}{
		{"the zero value is constant", Schedule{}, 7, 10, 5, 0.5},
		{"step's factor is a tenth unless stated", Schedule{Name: "step", Every: 1}, 5, 10, 5, 0.05},
		{"a warm-up ends at the full rate", Schedule{Warmup: 4}, 3, 10, 5, 0.5},
		{"a warm-up longer than the run", Schedule{Name: "cosine", Warmup: 20}, 9, 10, 5, 0.25},
		{"a cosine of one step", Schedule{Name: "cosine"}, 0, 1, 1, 0.5},
		{"the cosine's floor behind the last step", Schedule{Name: "cosine", Floor: 0.5}, 10, 10, 5, 0.25},
		{"step without its interval is every epoch", Schedule{Name: "step", Factor: 0.5}, 10, 20, 5, 0.125},
		{"no steps in an epoch", Schedule{Name: "step", Every: 2, Factor: 0.5}, 4, 4, 0, 0.125},
	} {
		if got := c.schedule.Rate(0.5, c.step, c.steps, c.perEpoch); math.Abs(got-c.want) > 1e-16 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
