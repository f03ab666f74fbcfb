package clinic

import (
	"math"

	"gradlab/internal/stats"
)

// What is called sick was fixed before any network was looked at: one that loses at least a quarter of what its
// twin learns above chance, in the mean over seeds, with an interval that excludes that it loses nothing.
const (
	sickLoss = 0.25
	level    = 0.95
)

// Case is a network with its outcome.
type Case struct {
	Network
	Outcomes []Outcome // by seed
	Lost     float64   // of what the twin learned above chance: 0 nothing, 1 all
	Low      float64   // end of the interval of Lost over seeds
	Sick     bool
}

// Judge compares each network with its twin, seed by seed.
func Judge(networks []Network, outcomes [][]Outcome) []Case {
	twins := map[string][]Outcome{}
	for i, n := range networks {
		if n.Fault == "" {
			twins[n.Family] = outcomes[i]
		}
	}
	var all []Case
	for i, n := range networks {
		c := Case{Network: n, Outcomes: outcomes[i]}
		var lost []float64
		for s, o := range outcomes[i] {
			chance := 1 / float64(o.Record.Classes)
			lost = append(lost, 1-(o.Accuracy-chance)/(twins[n.Family][s].Accuracy-chance))
		}
		e := stats.Mean(lost, level)
		c.Lost, c.Low = e.Mean, e.Low
		c.Sick = n.Fault != "" && c.Lost >= sickLoss && (c.Low > 0 || math.IsNaN(c.Low))
		all = append(all, c)
	}
	return all
}

// Of gives the cases of a round, by its number.
func Of(all []Case, number int) []Case {
	var part []Case
	for _, c := range all {
		if c.Round().Number() == number {
			part = append(part, c)
		}
	}
	return part
}
