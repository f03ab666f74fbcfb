package web

import (
	"math"
	"net/http"

	"gradlab/internal/live"
	"gradlab/lab"
)

// A quantity is what windows have a figure of at every position.
type quantity struct {
	of     func(*lab.Flow) []*float64
	factor bool // it is a scale: its mean over trials is the geometric one
}

var quantities = map[string]quantity{
	"grad_rms":     {func(f *lab.Flow) []*float64 { return f.GradRMS }, true},
	"act_std":      {func(f *lab.Flow) []*float64 { return f.ActStd }, false},
	"saturated":    {func(f *lab.Flow) []*float64 { return f.Saturated }, false},
	"dead":         {func(f *lab.Flow) []*float64 { return f.Dead }, false},
	"update_ratio": {func(f *lab.Flow) []*float64 { return f.UpdateRatio }, true},
}

// flow is GET /api/runs/{run}/flow.
func (s *Server) flow(r *http.Request) (any, error) {
	_, run, err := s.runs.find(r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	part, err := index(r, "part")
	if err != nil {
		return nil, err
	}
	arm, err := index(r, "arm")
	if err != nil {
		return nil, err
	}
	var out *Flow
	run.Read(func(st *live.State) {
		trials := trialsOf(st, part, arm)
		if id := r.FormValue("trial"); id != "" {
			if t := trialOf(st, id); t != nil {
				part, arm, trials = t.Part, t.ArmIndex, []*live.Trial{t}
			} else {
				part = len(st.Results.Parts)
			}
		}
		if part < len(st.Results.Parts) && arm < len(st.Results.Parts[part].Arms) {
			out = flowOf(&st.Results.Parts[part].Arms[arm], trials)
		}
	})
	if out == nil {
		return nil, missing("the run has no such arm or trial")
	}
	return out, nil
}

// trialOf finds a trial by its hash.
func trialOf(s *live.State, id string) *live.Trial {
	for i := range s.Trials {
		if s.Trials[i].ID == id {
			return &s.Trials[i]
		}
	}
	return nil
}

// flowOf is what was seen of an arm in some of its trials. Where these have different networks, which their seeds drew,
// it is of those that have that of the first.
func flowOf(a *lab.Arm, trials []*live.Trial) *Flow {
	out := &Flow{Positions: []FlowPosition{}, Steps: []lab.Steps{}, Values: map[string][][]*float64{}, Theory: map[string][]*float64{}}
	out.Positions = positionsOf(a, trials)
	var alike []*live.Trial
	for _, t := range trials {
		if len(t.Flow) > 0 && len(t.Flow[0].GradRMS) == len(out.Positions) && sameNames(out.Positions, t.Positions) {
			alike = append(alike, t)
			if len(t.Flow) > len(out.Steps) {
				out.Steps = out.Steps[:0]
				for _, f := range t.Flow {
					out.Steps = append(out.Steps, f.Steps)
				}
			}
		}
	}
	out.Trials = len(alike)
	for name, q := range quantities {
		windows := make([][]*float64, len(out.Steps))
		for w := range windows {
			windows[w] = q.mean(alike, w, len(out.Positions))
		}
		out.Values[name] = windows
	}
	if th := a.Theory; th != nil {
		out.NoTheory = th.None
		if th.None == "" && len(th.GradRMS) == len(out.Positions) {
			out.Theory["grad_rms"], out.Theory["act_std"] = th.GradRMS, th.ActStd
		}
	} else {
		out.NoTheory = "each seed draws a network of its own"
	}
	return out
}

// positionsOf names the positions: as a trial has seen them, or as the arm's network has them.
func positionsOf(a *lab.Arm, trials []*live.Trial) []FlowPosition {
	out := []FlowPosition{}
	for _, t := range trials {
		if len(t.Positions) > 0 {
			for i, p := range t.Positions {
				parameters := 0
				if i < len(a.Network) && a.Network[i].Name == p.Name {
					parameters = a.Network[i].Parameters
				}
				out = append(out, FlowPosition{p.Name, p.Kind, p.Shape, parameters})
			}
			return out
		}
	}
	for _, l := range a.Network {
		out = append(out, FlowPosition{l.Name, l.Kind, l.Shape, l.Parameters})
	}
	return out
}

// sameNames tells whether a trial's positions, which come with its end, are those.
func sameNames(positions []FlowPosition, seen []lab.Position) bool {
	for i, p := range seen {
		if i >= len(positions) || positions[i].Name != p.Name {
			return false
		}
	}
	return true
}

// mean is the mean over trials of what they have seen in window w at each of n positions.
func (q quantity) mean(trials []*live.Trial, w, n int) []*float64 {
	out := make([]*float64, n)
	for i := range out {
		sum, count := 0.0, 0.0
		for _, t := range trials {
			if w >= len(t.Flow) {
				continue
			}
			values := q.of(&t.Flow[w])
			if i >= len(values) || values[i] == nil || q.factor && *values[i] <= 0 {
				continue
			}
			v := *values[i]
			if q.factor {
				v = math.Log(v)
			}
			sum, count = sum+v, count+1
		}
		mean := sum / count // 0/0 is NaN: no figure
		if q.factor {
			mean = math.Exp(mean)
		}
		out[i] = finite(mean)
	}
	return out
}
