package diagnose

import (
	"math"
	"slices"
)

// Diagnosis is what is wrong with a network's training, over all seeds.
type Diagnosis struct {
	Seeds    int       `json:"seeds"`
	Sick     int       `json:"sick"`               // seeds with a problem
	Healthy  bool      `json:"healthy"`            // fewer than half of the seeds have a problem
	Step     int       `json:"step"`               // by which half of the sick seeds were known to be; 0 without any
	Seen     int       `json:"seen"`               // steps that it rests on
	Early    bool      `json:"early,omitempty"`    // no problem was found, in so few steps that a sound network may not have learned either
	Unbeaten bool      `json:"unbeaten,omitempty"` // no other network it was compared with is shown to do better; whoever compares sets it
	Verdicts []Verdict `json:"verdicts"`           // problems first; of these, those of most sick seeds in the order of what explains most, then the others by seeds
}

// Verdict is one kind of trouble, in one seed or more.
type Verdict struct {
	Kind      string   `json:"kind"`
	Problem   bool     `json:"problem"` // otherwise a remark: it need not cost accuracy
	Seeds     int      `json:"seeds"`   // in which it was found
	Step      int      `json:"step"`    // by which it was known in half of them
	Positions []string `json:"positions,omitempty"`
	Text      string   `json:"text"` // what was seen, with figures
	Cause     string   `json:"cause"`
	Try       []string `json:"try"`
	Evidence  []Figure `json:"evidence"`
}

// Figure is a number that a verdict rests on: its mean over the seeds in which the trouble was found, with the 95 %
// interval over seeds, or over batches of a single one. What could not be computed is null.
type Figure struct {
	Name  string   `json:"name"`
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// Diagnose judges the records of one network, one per seed.
func Diagnose(records []Record) Diagnosis {
	d := Diagnosis{Seeds: len(records)}
	found := map[string][]Finding{} // by kind, one per seed
	first := map[string][]int{}
	var sickFrom []int
	for _, r := range records {
		d.Seen = max(d.Seen, r.Seen())
		last := Findings(r)
		sick := false
		for _, f := range last {
			found[f.Kind] = append(found[f.Kind], f)
			sick = sick || f.Problem
		}
		if len(last) == 0 {
			continue
		}
		since, known := history(r)
		for _, f := range last {
			first[f.Kind] = append(first[f.Kind], since[f.Kind])
		}
		if sick {
			d.Sick++
			sickFrom = append(sickFrom, known)
		}
	}
	d.Healthy = 2*d.Sick < d.Seeds || d.Seeds == 0
	d.Step = median(sickFrom)
	d.Early = d.Sick == 0 && d.Seen < settled
	for _, kind := range kinds {
		if all := found[kind]; len(all) > 0 {
			v := merge(all)
			v.Step = median(first[kind])
			d.Verdicts = append(d.Verdicts, v)
		}
	}
	most := (d.Sick + 1) / 2
	slices.SortStableFunc(d.Verdicts, func(a, b Verdict) int {
		if a.Problem != b.Problem {
			if a.Problem {
				return -1
			}
			return 1
		}
		return min(b.Seeds, most) - min(a.Seeds, most)
	})
	return d
}

// history gives, for each kind of trouble that a record ends with, the step from which on it had been found in every
// window, and the same of having any problem.
func history(r Record) (since map[string]int, sick int) {
	since = map[string]int{}
	lost := map[string]bool{} // was not there at some step: what was before does not count
	healthy := false
	steps := checkpoints(r)
	for i := len(steps) - 1; i >= 0; i-- {
		now := map[string]bool{}
		problem := false
		for _, f := range Findings(r.Until(steps[i])) {
			now[f.Kind] = true
			problem = problem || f.Problem
		}
		for _, kind := range kinds {
			lost[kind] = lost[kind] || !now[kind]
			if !lost[kind] {
				since[kind] = steps[i]
			}
		}
		if healthy = healthy || !problem; !healthy {
			sick = steps[i]
		}
		if healthy && len(now) == 0 {
			break
		}
	}
	return since, sick
}

// checkpoints are the steps at which a record knows more than before.
func checkpoints(r Record) []int {
	var steps []int
	for _, w := range r.Windows {
		steps = append(steps, w.Last)
	}
	for _, l := range r.Losses {
		steps = append(steps, l.Last)
	}
	for _, e := range r.Epochs {
		steps = append(steps, e.Step)
	}
	if r.NonFinite != nil {
		steps = append(steps, r.NonFinite.Step)
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}

func median(steps []int) int {
	if len(steps) == 0 {
		return 0
	}
	slices.Sort(steps)
	return steps[(len(steps)-1)/2]
}

// merge makes one verdict of what was found in several seeds.
func merge(all []Finding) Verdict {
	problems := 0
	for _, f := range all {
		if f.Problem {
			problems++
		}
	}
	v := Verdict{Kind: all[0].Kind, Problem: 2*problems >= len(all), Seeds: len(all)}
	model := all[0] // names positions and cause: the one of most positions
	for _, f := range all {
		if len(f.Positions) > len(model.Positions) {
			model = f
		}
	}
	if v.Kind == NotFinite { // in steps of their own: the earliest is told
		model = slices.MinFunc(all, func(a, b Finding) int { return int(a.Figures[0].Value - b.Figures[0].Value) })
		all = []Finding{model}
	}
	v.Positions, v.Cause, v.Try = model.Positions, model.Cause, model.Try
	figures := map[string]Interval{}
	for _, m := range model.Figures {
		var values []float64
		single := m.Interval
		for _, f := range all {
			if g, ok := f.figure(m.Name); ok && finite(g.Value) {
				values = append(values, g.Value)
				single = g
			}
		}
		if len(values) > 1 {
			single = over(values)
		}
		shown := single
		if m.Log {
			shown = Interval{math.Exp(single.Value), math.Exp(single.Low), math.Exp(single.High)}
		}
		figures[m.Name] = shown
		v.Evidence = append(v.Evidence, Figure{m.Name, pointer(shown.Value), pointer(shown.Low), pointer(shown.High)})
	}
	v.Text = say(v, model, figures)
	return v
}

func pointer(f float64) *float64 {
	if !finite(f) {
		return nil
	}
	return &f
}
