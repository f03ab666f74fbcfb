package lab

import "slices"

// ahead is what the results are before any trial has ended, as a store keeps it for whoever looks on: parts, arms with
// their theory, the data, and every trial that is known as one that waits. With warned, what is about to be warned of.
func (r *Results) ahead(open []*openPart, warned []string) *Results {
	a := &Results{
		Format: r.Format, Numerics: r.Numerics, Study: r.Study, Command: r.Command, Started: r.Started, Machine: r.Machine,
		Warnings: slices.Concat(r.Warnings, warned), Selection: waiting(r.Selection), Trials: waiting(r.Trials),
		Comparisons: []Comparison{}, Trends: []Trend{}, Conclusions: []Conclusion{},
	}
	if len(a.Trials) == 0 {
		a.Trials = []Trial{} // the arms' own are planned once values are chosen
	}
	for _, p := range open {
		a.Parts = append(a.Parts, p.facts())
	}
	return a
}

// waiting are the trials without what they came to.
func waiting(trials []Trial) []Trial {
	var all []Trial
	for _, t := range trials {
		all = append(all, Trial{ID: t.ID, Status: Waiting}.as(t))
	}
	return all
}
