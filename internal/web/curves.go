package web

import (
	"math"
	"net/http"
	"strconv"

	"gradlab/internal/live"
	"gradlab/internal/report"
	"gradlab/lab"
)

// curves is GET /api/runs/{run}/curves.
func (s *Server) curves(r *http.Request) (any, error) {
	run, part, _, err := s.arm(r)
	if err != nil {
		return nil, err
	}
	out := Curves{Arms: []ArmCurves{}}
	run.Read(func(st *live.State) {
		if part < len(st.Results.Parts) {
			for arm := range st.Results.Parts[part].Arms {
				out.Arms = append(out.Arms, armCurves(st, part, arm))
			}
		}
	})
	return out, nil
}

// seeds is GET /api/runs/{run}/seeds.
func (s *Server) seeds(r *http.Request) (any, error) {
	run, part, arm, err := s.arm(r)
	if err != nil {
		return nil, err
	}
	out := SeedCurves{Trials: []TrialCurves{}}
	run.Read(func(st *live.State) {
		for _, t := range trialsOf(st, part, arm) {
			c := TrialCurves{ID: t.ID, Seed: t.Seed, Steps: lossSteps(t.Loss), Epochs: map[string][]*float64{}}
			for _, w := range t.Loss {
				c.Loss = append(c.Loss, finite(known(w.Mean)))
			}
			for metric, of := range metrics {
				if row := epochRow(t.Trial, of); row != nil {
					c.Epochs[metric] = finites(row)
				}
			}
			out.Trials = append(out.Trials, c)
		}
	})
	return out, nil
}

// arm gives the run that is asked about, and the numbers of its part and that part's arm, 0 where they are not given.
func (s *Server) arm(r *http.Request) (run *live.Run, part, arm int, err error) {
	if _, run, err = s.runs.find(r.PathValue("run")); err == nil {
		part, err = index(r, "part")
	}
	if err == nil {
		arm, err = index(r, "arm")
	}
	return run, part, arm, err
}

// index reads a number of a part or an arm.
func index(r *http.Request, name string) (int, error) {
	text := r.FormValue(name)
	if text == "" {
		return 0, nil
	}
	i, err := strconv.Atoi(text)
	if err != nil || i < 0 {
		return 0, wrong(name + " is " + strconv.Quote(text) + ", expected a number from 0")
	}
	return i, nil
}

// trialsOf are the trials of an arm's own that have begun; those with which values are chosen are none of them.
func trialsOf(s *live.State, part, arm int) []*live.Trial {
	var out []*live.Trial
	for i := range s.Trials {
		t := &s.Trials[i]
		if t.Part == part && t.ArmIndex == arm && t.Candidate == "" && (len(t.Epochs) > 0 || len(t.Loss) > 0) && t.Status != lab.Failed {
			out = append(out, t)
		}
	}
	return out
}

// metrics are what epochs have figures of; NaN where one has none.
var metrics = map[string]func(*lab.Epoch) float64{
	"train_loss":     func(e *lab.Epoch) float64 { return e.TrainLoss },
	"train_accuracy": func(e *lab.Epoch) float64 { return share(e.TrainCorrect, e.TrainTotal) },
	"test_loss": func(e *lab.Epoch) float64 {
		if e.TestTotal == 0 {
			return math.NaN()
		}
		return e.TestLoss
	},
	"test_accuracy": func(e *lab.Epoch) float64 { return share(e.TestCorrect, e.TestTotal) },
	"validation_loss": func(e *lab.Epoch) float64 {
		if e.Validation == nil {
			return math.NaN()
		}
		return known(e.Validation.Loss)
	},
	"validation_accuracy": func(e *lab.Epoch) float64 {
		if e.Validation == nil {
			return math.NaN()
		}
		return share(e.Validation.Correct, e.Validation.Total)
	},
}

func share(n, of int) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(n) / float64(of)
}

// epochRow is a metric by epoch; nil where it has no figure at all.
func epochRow(t *lab.Trial, of func(*lab.Epoch) float64) []float64 {
	row := make([]float64, len(t.Epochs))
	any := false
	for i := range t.Epochs {
		row[i] = of(&t.Epochs[i])
		any = any || !math.IsNaN(row[i])
	}
	if !any {
		return nil
	}
	return row
}

// lossSteps are the last steps of the windows.
func lossSteps(windows []lab.LossWindow) []int {
	steps := make([]int, len(windows))
	for i, w := range windows {
		steps[i] = w.Last
	}
	return steps
}

// armCurves are an arm's curves over its trials.
func armCurves(s *live.State, part, arm int) ArmCurves {
	out := ArmCurves{Arm: arm, Steps: []int{}, Epochs: map[string]Band{}}
	trials := trialsOf(s, part, arm)
	var losses [][]float64
	for _, t := range trials {
		row := make([]float64, len(t.Loss))
		for i, w := range t.Loss {
			row[i] = known(w.Mean)
		}
		losses = append(losses, row)
		if len(t.Loss) > len(out.Steps) {
			out.Steps = lossSteps(t.Loss)
		}
	}
	out.Loss = bandOf(losses)
	for metric, of := range metrics {
		var rows [][]float64
		for _, t := range trials {
			if row := epochRow(t.Trial, of); row != nil {
				rows = append(rows, row)
			}
		}
		if len(rows) > 0 {
			out.Epochs[metric] = bandOf(rows)
		}
	}
	return out
}

// bandOf is the band over rows, one of each seed, which may have come to different points.
func bandOf(rows [][]float64) Band {
	b := report.BandOf(rows)
	out := Band{finites(b.Mid), finites(b.Low), finites(b.High), make([]int, len(b.Mid))}
	for _, row := range rows {
		for i, f := range row {
			if !math.IsNaN(f) && !math.IsInf(f, 0) {
				out.N[i]++
			}
		}
	}
	return out
}
