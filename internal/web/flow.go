package web

import (
	"math"
	"net/http"
	"slices"

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
	run, part, arm, err := s.arm(r)
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
	out := &Flow{Positions: []FlowPosition{}, Steps: []lab.Steps{}, Values: map[string][][]*float64{}, Zero: [][]int{}, Theory: map[string][]*float64{}}
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
	for w := range out.Steps {
		out.Zero = append(out.Zero, zeros(alike, w, len(out.Positions)))
	}
	for i := range out.Positions {
		out.Positions[i].Over = overall(alike, i)
	}
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
	} else if drawn(trials) {
		out.NoTheory = "each seed draws a network of its own"
	} else {
		out.NoTheory = "none was recorded"
	}
	return out
}

// drawn tells whether the trials' networks, or what is done to them, come from their seeds.
func drawn(trials []*live.Trial) bool {
	return slices.ContainsFunc(trials, func(t *live.Trial) bool { return t.Remedy != "" })
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
				out = append(out, FlowPosition{Name: p.Name, Kind: p.Kind, Shape: p.Shape, Parameters: parameters})
			}
			return out
		}
	}
	for _, l := range a.Network {
		out = append(out, FlowPosition{Name: l.Name, Kind: l.Kind, Shape: l.Shape, Parameters: l.Parameters})
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
		var seen []*float64
		for _, t := range trials {
			if w >= len(t.Flow) {
				continue
			}
			if values := q.of(&t.Flow[w]); i < len(values) {
				seen = append(seen, values[i])
			}
		}
		out[i] = mean(seen, q.factor)
	}
	return out
}

// zeros counts the trials whose gradient is exactly zero in window w, at each of n positions.
func zeros(trials []*live.Trial, w, n int) []int {
	out := make([]int, n)
	for _, t := range trials {
		if w >= len(t.Flow) {
			continue
		}
		for i, v := range t.Flow[w].GradRMS {
			if i < n && v != nil && *v == 0 {
				out[i]++
			}
		}
	}
	return out
}

// mean is that of the values that are known; of scales the geometric one of those that are not zero, and zero where all
// are; nil where none is known.
func mean(values []*float64, factor bool) *float64 {
	sum, count, zero := 0.0, 0.0, false
	for _, v := range values {
		switch {
		case v == nil || factor && *v < 0:
		case factor && *v == 0:
			zero = true
		case factor:
			sum, count = sum+math.Log(*v), count+1
		default:
			sum, count = sum+*v, count+1
		}
	}
	if count == 0 && zero {
		return new(float64)
	}
	m := sum / count // 0/0 is NaN: no figure
	if factor {
		m = math.Exp(m)
	}
	return finite(m)
}

// overall is the mean over trials of what was seen at position i over all of their training; nil while none has ended.
func overall(trials []*live.Trial, i int) *lab.Position {
	var of []lab.Position
	for _, t := range trials {
		if i < len(t.Positions) {
			of = append(of, t.Positions[i])
		}
	}
	if len(of) == 0 {
		return nil
	}
	over := func(figure func(*lab.Position) *float64, factor bool) *float64 {
		values := make([]*float64, len(of))
		for k := range of {
			values[k] = figure(&of[k])
		}
		return mean(values, factor)
	}
	out := of[0]
	out.GradRMS = over(func(p *lab.Position) *float64 { return p.GradRMS }, true)
	out.ActMean = over(func(p *lab.Position) *float64 { return p.ActMean }, false)
	out.ActStd = over(func(p *lab.Position) *float64 { return p.ActStd }, false)
	out.Saturated = over(func(p *lab.Position) *float64 { return p.Saturated }, false)
	out.Dead = over(func(p *lab.Position) *float64 { return p.Dead }, false)
	out.Parameters = nil
	for k, probe := range of[0].Parameters {
		each := func(figure func(*lab.ParameterProbe) *float64) *float64 {
			return over(func(p *lab.Position) *float64 {
				if k >= len(p.Parameters) {
					return nil
				}
				return figure(&p.Parameters[k])
			}, true)
		}
		out.Parameters = append(out.Parameters, lab.ParameterProbe{
			Name:        probe.Name,
			WeightRMS:   each(func(m *lab.ParameterProbe) *float64 { return m.WeightRMS }),
			GradRMS:     each(func(m *lab.ParameterProbe) *float64 { return m.GradRMS }),
			UpdateRMS:   each(func(m *lab.ParameterProbe) *float64 { return m.UpdateRMS }),
			UpdateRatio: each(func(m *lab.ParameterProbe) *float64 { return m.UpdateRatio }),
		})
	}
	return &out
}
