package web

import (
	"math"
	"net/http"
	"slices"

	"gradlab/internal/live"
	"gradlab/internal/report"
	"gradlab/internal/runlog"
	"gradlab/lab"
)

// list is GET /api/runs.
func (s *Server) list(*http.Request) (any, error) {
	lines := []RunLine{}
	for _, f := range s.runs.all() {
		lines = append(lines, s.runs.lineOf(f))
	}
	return List{lines, s.runs.places()}, nil
}

// lineOf is the line of a run in the list.
func (w *watch) lineOf(f *followed) RunLine {
	f.mu.Lock()
	defer f.mu.Unlock()
	stoppable := w.stopper(f.path) != nil
	if f.run == nil {
		return f.glanced(stoppable)
	}
	var line RunLine
	f.run.Read(func(s *live.State) { line = runLine(f, s, stoppable) })
	return line
}

// run is GET /api/runs/{run}.
func (s *Server) run(r *http.Request) (any, error) {
	f, run, err := s.runs.find(r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	out := Run{}
	run.Read(func(st *live.State) {
		res := st.Results
		out = Run{RunLine: runLine(f, st, s.runs.stopper(f.path) != nil), Command: res.Command, Warnings: notNil(res.Warnings)}
		if res.Machine != (lab.Machine{}) {
			machine := res.Machine
			out.Machine = &machine
		}
		for _, p := range res.Parts {
			out.Parts = append(out.Parts, partOf(res, p))
		}
		for i := range st.Trials {
			out.Trials = append(out.Trials, trialLine(st, i))
		}
	})
	return out, nil
}

// partOf arranges what belongs to a part.
func partOf(r *lab.Results, p lab.Part) Part {
	out := Part{
		Study: p.Study, Question: p.Question, Source: p.Source, Seeds: p.Seeds,
		Data:   DataLine{p.Data.Name, p.Data.Train, p.Data.Test, p.Data.Shape, p.Data.Classes},
		Varied: notNil(p.Varied), Leaders: notNil(p.Leaders), Choice: p.Choice, Tested: p.Data.TestLabels != "",
		Conclusions: ofStudy(r.Conclusions, p.Study, func(c lab.Conclusion) string { return c.Study }),
		Comparisons: ofStudy(r.Comparisons, p.Study, func(c lab.Comparison) string { return c.Study }),
		Trends:      ofStudy(r.Trends, p.Study, func(t lab.Trend) string { return t.Study }),
	}
	looks := report.Looks(p.Varied, p.Arms)
	for i, a := range p.Arms {
		out.Arms = append(out.Arms, Arm{a, Look{looks[i].Light, looks[i].Dark, notNil(looks[i].Dashes)}})
	}
	return out
}

// ofStudy keeps what belongs to a part of that name.
func ofStudy[T any](list []T, study string, of func(T) string) []T {
	return notNil(slices.DeleteFunc(slices.Clone(list), func(x T) bool { return of(x) != study }))
}

// runLine is a run that is in memory as the list shows it.
func runLine(f *followed, s *live.State, stoppable bool) RunLine {
	line := RunLine{
		ID: f.id, Path: f.path, Study: s.Results.Study, State: s.Standing, Begun: instant(s.Begun),
		Trials: len(s.Trials), Stoppable: stoppable && s.Standing == runlog.Running, Problems: s.Problems,
	}
	if line.Begun == "" {
		line.Begun = s.Results.Started
	}
	pace := paceOf(s)
	var left []float64 // of the trials that have not ended, in seconds of training
	once := map[string]bool{}
	for i := range s.Trials {
		t := &s.Trials[i]
		again := once[t.ID] // parts may share a trial: it is trained once
		once[t.ID] = true
		if !again {
			for _, e := range t.Epochs {
				line.Seconds += e.Seconds
			}
		}
		switch t.Status {
		case lab.Done:
			line.Done++
			line.Share++
		case lab.Failed:
			line.Failed++
			line.Share++
		default:
			line.Share += t.Share()
			if !again {
				left = append(left, pace.left(t))
			}
		}
	}
	line.Seconds, line.Share = round(line.Seconds), round(line.Share/float64(max(1, len(s.Trials))))
	if s.Standing == runlog.Running {
		line.Left = finite(until(left, s.Results.Machine.Jobs))
	}
	for _, c := range s.Results.Conclusions {
		if c.Answer && s.Standing != runlog.Running { // of a part of the trials, an answer is none yet
			line.Result = c.Text
			break
		}
	}
	return line
}

// until is how long it takes until trials have ended that train for so many seconds each, jobs at a time.
func until(left []float64, jobs int) float64 {
	if len(left) == 0 {
		return 0
	}
	work := 0.0
	for _, seconds := range left {
		work += seconds
	}
	return max(slices.Max(left), work/float64(min(max(1, jobs), len(left))))
}

// same tells whether two lines say the same, but for the time that is left.
func (l RunLine) same(m RunLine) bool {
	return l.ID == m.ID && l.State == m.State && l.Done == m.Done && l.Failed == m.Failed && l.Trials == m.Trials &&
		l.Stoppable == m.Stoppable && l.Result == m.Result && len(l.Problems) == len(m.Problems) && l.Begun == m.Begun
}

// trialLine is trial i as the list shows it.
func trialLine(s *live.State, i int) TrialLine {
	t := &s.Trials[i]
	line := TrialLine{
		ID: t.ID, Part: t.Part, Arm: t.ArmIndex, Candidate: t.Candidate, Seed: t.Seed, Status: t.Status, Error: t.Error,
		Epoch: len(t.Epochs), Epochs: t.Length, Share: round(t.Share()), Spark: spark(t.Trial),
	}
	if n := len(line.Spark); n > 0 {
		line.Loss = finite(line.Spark[n-1])
	}
	if len(t.Epochs) > 0 {
		e := t.Last()
		line.Loss = finite(e.TrainLoss)
		switch {
		case e.TestTotal > 0:
			line.Accuracy, line.Of = finite(e.TestAccuracy), "test"
		case t.Outcome != nil && len(t.Confusion) > 0:
			line.Accuracy, line.Of = finite(accuracyOf(t.Confusion)), "test"
		case e.Validation != nil && e.Validation.Total > 0:
			line.Accuracy, line.Of = finite(share(e.Validation.Correct, e.Validation.Total)), "validation"
		case e.TrainTotal > 0:
			line.Accuracy, line.Of = finite(share(e.TrainCorrect, e.TrainTotal)), "training"
		}
	}
	if t.Status == live.Running {
		line.Left = finite(paceOf(s).left(t))
	}
	return line
}

// accuracyOf is the share of a confusion matrix's diagonal.
func accuracyOf(confusion [][]int) float64 {
	right, all := 0, 0
	for i, row := range confusion {
		for j, n := range row {
			all += n
			if i == j {
				right += n
			}
		}
	}
	return float64(right) / float64(all)
}

// sparks is how many values a small curve has at most.
const sparks = 24

// spark is the training loss over time, thinned out; values that are no numbers are left out.
func spark(t *lab.Trial) []float64 {
	var all []float64
	add := func(f float64) {
		if !math.IsNaN(f) && !math.IsInf(f, 0) {
			all = append(all, round(f))
		}
	}
	for _, w := range t.Loss {
		if w.Mean != nil {
			add(*w.Mean)
		}
	}
	if len(all) == 0 {
		for _, e := range t.Epochs {
			add(e.TrainLoss)
		}
	}
	thin := make([]float64, 0, sparks)
	for i := range all {
		if len(all) <= sparks || i == len(all)-1 || i*(sparks-1)/(len(all)-1) != (i-1)*(sparks-1)/(len(all)-1) {
			thin = append(thin, all[i])
		}
	}
	return thin
}

// pace is how long trials take, by arm and over all, in seconds; NaN where no epoch of any is finished.
type pace struct {
	arms map[[2]int]float64
	all  float64
}

func paceOf(s *live.State) pace {
	sums, counts := map[[2]int]float64{}, map[[2]int]float64{}
	total, n := 0.0, 0.0
	for i := range s.Trials {
		t := &s.Trials[i]
		if seconds := t.Seconds(); seconds > 0 {
			arm := [2]int{t.Part, t.ArmIndex}
			sums[arm] += seconds
			counts[arm]++
			total, n = total+seconds, n+1
		}
	}
	p := pace{map[[2]int]float64{}, total / n}
	for arm := range sums {
		p.arms[arm] = sums[arm] / counts[arm]
	}
	return p
}

// left is how long a trial trains until its end: by its own epochs, or those of others, of its arm first.
func (p pace) left(t *live.Trial) float64 {
	whole := t.Seconds()
	if whole == 0 {
		var known bool
		if whole, known = p.arms[[2]int{t.Part, t.ArmIndex}]; !known {
			whole = p.all
		}
	}
	return whole * (1 - t.Share())
}
