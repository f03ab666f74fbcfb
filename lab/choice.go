package lab

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"gradlab/internal/kernel"
	"gradlab/internal/stats"
	"gradlab/study"
)

// Choice is how the arms of a part came to the values that they leave open: every candidate was trained on the
// training images but a share of each class, and judged by that share, with seeds of its own. The test set was not run.
type Choice struct {
	Holdout float64     `json:"holdout"`
	Seeds   []uint64    `json:"seeds"`
	By      string      `json:"by"` // "loss" or "accuracy", of the images that were held out, after the last epoch
	Arms    []ArmChoice `json:"arms"`
}

// ArmChoice is the choice of one arm.
type ArmChoice struct {
	Arm        string      `json:"arm"`
	Candidates []Candidate `json:"candidates"` // in the study's order, weakest first; one where there is nothing to choose
	Chosen     int         `json:"chosen"`     // index of the candidate; −1 where none is chosen yet
	Near       int         `json:"near"`       // other candidates that are not shown to be worse: the paired interval holds zero
	AtEnd      []string    `json:"at_end"`     // "l1 1e-05 is the first of 6": what lies beyond was not tried
}

// Candidate is a choice of values with what it came to on the images that were held out, over the choice's seeds.
type Candidate struct {
	Name     string         `json:"name"` // "l2 0.001 · dropout 0.2"; "" where the arm has no values of its own
	Values   map[string]any `json:"values"`
	Loss     *Estimate      `json:"validation_loss"`
	Accuracy *Estimate      `json:"validation_accuracy"`
	Finished int            `json:"finished"`
	Failed   int            `json:"failed"`
}

// newChoice is the record of a choice before it is made; nil of a part without one.
func newChoice(p study.Part) *Choice {
	if p.Choice == nil {
		return nil
	}
	c := &Choice{Holdout: p.Choice.Holdout, Seeds: p.Choice.Seeds, By: p.Choice.By}
	for _, a := range p.Arms {
		ac := ArmChoice{Arm: a.Name, Chosen: -1}
		for _, k := range a.Candidates {
			ac.Candidates = append(ac.Candidates, Candidate{Name: k.Name, Values: labels(k)})
		}
		c.Arms = append(c.Arms, ac)
	}
	return c
}

// choosing tells whether any part has values to choose.
func choosing(parts []*openPart) bool {
	for _, p := range parts {
		if p.Part.Choice != nil {
			return true
		}
	}
	return false
}

// planSelection enters the trials of every choice into the results, as plan does those of the arms.
func (r *run) planSelection(parts []*openPart) []*Task {
	var l agenda
	for _, p := range parts {
		type place struct {
			arm       *study.Arm
			candidate *study.Arm
		}
		var places []place
		for i := range p.Part.Arms {
			if a := &p.Part.Arms[i]; len(a.Candidates) > 1 {
				for j := range a.Candidates {
					places = append(places, place{a, &a.Candidates[j]})
				}
			}
		}
		for i, t := range p.Selection(kernel.Numerics, p.digest) {
			at := places[i%len(places)]
			known := Trial{
				ID: t.Hash, Study: p.Name, Arm: at.arm.Name, Candidate: at.candidate.Name, Labels: labels(*at.candidate),
				Seed: t.Seed, Status: Interrupted,
			}
			work := int(float64(t.Variant.Train.Epochs*p.info.Train) * (1 - p.Part.Choice.Holdout))
			task := &Task{Work: work, Epochs: t.Variant.Train.Epochs, Trial: known, variant: t.Variant, arm: at.candidate, part: p, choosing: true}
			r.enter(&l, &r.results.Selection, task, i/len(places))
		}
	}
	return l.tasks()
}

// choose makes the choices whose trials have all ended, and gives the arms their values.
func (r *run) choose(ctx context.Context, parts []*openPart) error {
	for _, p := range parts {
		if p.choice == nil {
			continue
		}
		p.choice.judge(p.Name, r.results.Selection)
		for i, c := range p.choice.Arms {
			if c.Chosen < 0 {
				continue
			}
			p.Part.Arms[i] = p.Part.Arms[i].Choose(c.Chosen)
			arm, err := p.measure(p.Part.Arms[i])
			if err != nil {
				return fmt.Errorf("failed to build arm %s of study %s: %w", arm.Name, p.Name, err)
			}
			p.arms[i] = arm
		}
		if err := p.predict(ctx); err != nil {
			return err
		}
		for _, w := range p.choice.warnings() {
			r.warn(p.Name + ": " + w)
		}
	}
	return nil
}

// judge fills in what the candidates came to, and chooses where all of an arm's trials have ended. A candidate with a
// trial that failed, or whose loss is no number, is not chosen while another one can be.
func (c *Choice) judge(name string, selection []Trial) {
	for i := range c.Arms {
		a := &c.Arms[i]
		if len(a.Candidates) == 1 {
			a.Chosen = 0
			continue
		}
		trials := map[string][]Trial{}
		for _, t := range selection {
			if t.Study == name && t.Arm == a.Arm {
				trials[t.Candidate] = append(trials[t.Candidate], t)
			}
		}
		a.judge(trials, c)
	}
}

func (a *ArmChoice) judge(trials map[string][]Trial, c *Choice) {
	costs := make([]map[uint64]float64, len(a.Candidates)) // by seed: less is better
	best, least, ended := -1, math.Inf(1), true
	for j := range a.Candidates {
		k := &a.Candidates[j]
		var losses, accuracies []float64
		costs[j] = map[uint64]float64{}
		k.Finished, k.Failed = 0, 0
		for _, t := range trials[k.Name] {
			switch t.Status {
			case Failed:
				k.Failed++
			case Done:
				k.Finished++
				v := t.Last().Validation
				if v == nil || v.Total == 0 {
					continue
				}
				loss, accuracy := known(v.Loss), float64(v.Correct)/float64(v.Total)
				losses, accuracies = append(losses, loss), append(accuracies, accuracy)
				costs[j][t.Seed] = loss
				if c.By == study.ByAccuracy {
					costs[j][t.Seed] = -accuracy
				}
			}
		}
		ended = ended && k.Finished+k.Failed == len(c.Seeds)
		k.Loss, k.Accuracy = meanOf(losses), meanOf(accuracies)
		if sum := total(costs[j]); len(costs[j]) == len(c.Seeds) && sum < least {
			best, least = j, sum
		}
	}
	if !ended {
		a.Chosen = -1
		return
	}
	a.Chosen, a.Near = max(best, 0), 0 // where none can be judged, the weakest
	for j := range a.Candidates {
		if j == a.Chosen || best < 0 || len(costs[j]) < len(c.Seeds) || finite(total(costs[j])) == nil { // it could not be chosen
			continue
		}
		if e := stats.Mean(stats.Pair(costs[a.Chosen], costs[j]).Diffs(), level); !(e.Low > 0) {
			a.Near++
		}
	}
	a.AtEnd = a.ends()
}

// total adds up in the order of the seeds.
func total(by map[uint64]float64) float64 {
	sum := 0.0
	for _, v := range stats.Pair(by, by).A {
		sum += v
	}
	return sum
}

func meanOf(values []float64) *Estimate {
	if len(values) == 0 {
		return nil
	}
	e := Estimate(stats.Mean(values, level))
	return &e
}

// ends says which of the chosen values is the first or the last of at least three.
func (a *ArmChoice) ends() []string {
	var said []string
	for _, name := range slices.Sorted(maps.Keys(a.Candidates[a.Chosen].Values)) {
		var values []string
		for _, k := range a.Candidates {
			if v := text(k.Values[name]); !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		chosen, where := text(a.Candidates[a.Chosen].Values[name]), ""
		switch {
		case len(values) < 3:
		case chosen == values[0]:
			where = "first"
		case chosen == values[len(values)-1]:
			where = "last"
		}
		if where != "" {
			said = append(said, fmt.Sprintf("%s %s is the %s of %d", name, chosen, where, len(values)))
		}
	}
	return said
}

// warnings say what is doubtful in the choices made.
func (c *Choice) warnings() []string {
	var all []string
	for _, a := range c.Arms {
		for _, end := range a.AtEnd {
			all = append(all, fmt.Sprintf("%s: the chosen %s that were tried; what lies beyond may be better", a.Arm, end))
		}
		if len(a.Candidates) < 2 || a.Chosen < 0 {
			continue
		}
		for _, k := range a.Candidates {
			if k.Failed > 0 {
				all = append(all, fmt.Sprintf("%s: candidate %s lost %s and could not be chosen", a.Arm, k.Name, count(k.Failed, "trial")))
			}
		}
		if k := a.Candidates[a.Chosen]; k.Finished < len(c.Seeds) || k.Loss == nil || finite(k.Loss.Mean) == nil {
			all = append(all, fmt.Sprintf("%s: no candidate could be judged, and the first one is taken", a.Arm))
		}
	}
	return all
}
