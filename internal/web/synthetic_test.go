package web

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/internal/report"
	"gradlab/lab"
)

// synthetic are results of a study of arms × seeds trials, of which each has windows × (6 × positions + 1) figures that
// are drawn at random.
func synthetic(arms, seeds, windows, positions int) *lab.Results {
	draw := rand.New(rand.NewPCG(1, 2))
	figure := func(low, high float64) *float64 {
		f := low + (high-low)*draw.Float64()
		return &f
	}
	r := &lab.Results{Format: lab.Format, Numerics: kernel.Numerics, Study: "synthetic", Command: "gradlab run synthetic", Warnings: []string{}}
	part := lab.Part{Study: "synthetic", Question: "Which width?", Seeds: seeds, Data: lab.Data{Name: "drawn", Train: 1000, Test: 100, Shape: []int{8, 8, 1}, Classes: []string{"a", "b"}}}
	variable := lab.Variable{Name: "width", Numeric: true}
	for a := range arms {
		name := fmt.Sprintf("width %d", a+1)
		variable.Values = append(variable.Values, fmt.Sprint(a+1))
		part.Arms = append(part.Arms, lab.Arm{Study: part.Study, Name: name, Labels: map[string]any{"width": float64(a + 1)}})
		for seed := range seeds {
			t := lab.Trial{ID: fmt.Sprintf("%064x", a*seeds+seed), Study: part.Study, Arm: name, Labels: map[string]any{"width": float64(a + 1)}, Seed: uint64(seed + 1), Status: lab.Done}
			for p := range positions {
				t.Positions = append(t.Positions, lab.Position{Index: p + 1, Name: fmt.Sprintf("linear%d", p+1), Kind: "linear", Shape: []int{a + 1}, GradRMS: figure(0, 1)})
			}
			for w := range windows {
				f := lab.Flow{Steps: lab.Steps{First: 10*w + 1, Last: 10 * (w + 1), Every: 1, Count: 10}}
				for range positions {
					f.GradRMS = append(f.GradRMS, figure(1e-6, 1e-2))
					f.ActStd = append(f.ActStd, figure(0, 1))
					f.Saturated = append(f.Saturated, figure(0, 1))
					f.UpdateRatio = append(f.UpdateRatio, figure(0, 1e-2))
					f.GradSpread = append(f.GradSpread, figure(0, 1))
					f.Dead = append(f.Dead, figure(0, 1))
				}
				t.Flow = append(t.Flow, f)
				t.Loss = append(t.Loss, lab.LossWindow{First: f.Steps.First, Last: f.Steps.Last, Count: 10, Mean: figure(0.1, 2), SD: figure(0, 0.1)})
			}
			right := 50 + draw.IntN(50)
			t.Epochs = []lab.Epoch{{Epoch: 1, TrainLoss: *figure(0.1, 2), TestLoss: *figure(0.1, 2), TestAccuracy: float64(right) / 100, TestCorrect: right, TestTotal: 100, Seconds: 1}}
			t.Confusion = [][]int{{right / 2, 50 - right/2}, {50 - right/2, right / 2}}
			r.Trials = append(r.Trials, t)
		}
	}
	part.Varied = []lab.Variable{variable}
	r.Parts = []lab.Part{part}
	lab.Analyse(r)
	return r
}

// written puts results into a run directory.
func written(t testing.TB, r *lab.Results) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"results.json": report.Marshal(r), "study.yaml": []byte("study: synthetic\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestCurvesAndFlowsAreMeansOverTrials: what the page draws is what the trials have seen.
func TestCurvesAndFlowsAreMeansOverTrials(t *testing.T) {
	r := synthetic(2, 3, 4, 2)
	path := written(t, r)
	s := New(path)
	var curves Curves
	get(t, s, "/api/runs/run/curves", &curves)
	var flow Flow
	get(t, s, "/api/runs/run/flow?arm=1", &flow)
	trials := r.Trials[3:6]
	loss, gradient := 0.0, 0.0
	for _, trial := range trials {
		loss += *trial.Loss[2].Mean / 3
		gradient += math.Log(*trial.Flow[2].GradRMS[1]) / 3
	}
	near := func(got *float64, want float64) bool { return got != nil && math.Abs(*got-want) <= 1e-5*math.Abs(want) }
	if got := curves.Arms[1].Loss; !near(got.Mid[2], loss) || got.N[2] != 3 || !(*got.Low[2] < loss && loss < *got.High[2]) {
		t.Errorf("the loss is %v, want %v", got, loss)
	}
	if got := flow.Values["grad_rms"][2][1]; !near(got, math.Exp(gradient)) || flow.Trials != 3 {
		t.Errorf("the gradient is %v of %d trials, want %v", *got, flow.Trials, math.Exp(gradient))
	}
	get(t, s, "/api/runs/run/flow?trial="+trials[1].ID, &flow)
	if got := flow.Values["dead"][3][0]; !near(got, *trials[1].Flow[3].Dead[0]) || flow.Trials != 1 {
		t.Errorf("dead is %v of %d trials", got, flow.Trials)
	}
	var run Run
	get(t, s, "/api/runs/run", &run)
	if run.Done != 6 || len(run.Trials) != 6 || len(run.Parts[0].Arms) != 2 || run.State != "finished" || run.Trials[4].Arm != 1 {
		t.Errorf("the run is %+v", run.RunLine)
	}
}
