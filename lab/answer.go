package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// answers are the sentences that a reader came for, in this order: what went wrong, who leads, what
// the pairs outside every ranking show, where accuracy is lost along a scale, who learns nothing,
// and how the gradients compare.
func answers(e evidence, comparisons []Comparison, trends []Trend) []Conclusion {
	all := mishaps(e)
	if len(e.part.Arms) == 1 {
		all = append(all, alone(e.part))
	}
	var pairs []pair
	var scales, ratios []Conclusion
	ends := e.ends()
	overall := e.trends(ends, e.compare(ends, MetricAccuracy, testAccuracy))
	for _, v := range e.part.Varied {
		for _, line := range e.lines(v) {
			switch {
			case len(line) < 2 || !measured(line):
			case v.trend():
				scales = append(scales, along(e.part, v, line, trends, overall))
			case len(line) > 2:
				all = append(all, ranking(v, line, comparisons))
			default:
				pairs = append(pairs, pair{v, line[0], line[1]})
			}
		}
		if !v.Numeric {
			ratios = append(ratios, ratio(e, v))
		}
	}
	all = append(all, paired(e.part, pairs, comparisons)...)
	all = append(all, scales...)
	all = append(all, chance(e.part)...)
	all = append(all, clipped(e)...)
	all = append(all, ratios...)
	all = slices.DeleteFunc(all, func(c Conclusion) bool { return c.Text == "" })
	if len(all) == 0 && len(e.part.Arms) > 0 {
		all = append(all, Conclusion{Verdict: NoDifference, Evidence: map[string]any{"metric": MetricAccuracy, "arms": len(e.part.Arms)},
			Text: "Nothing is ranked: that takes at least two seeds in each arm of a comparison."})
	}
	return all
}

// mishaps tell what an accuracy averaged over seeds hides: trials that failed, diverged, lost their
// gradient or stayed at chance.
func mishaps(e evidence) []Conclusion {
	var all []Conclusion
	for _, find := range []func(Arm) Conclusion{missing, e.divergence, vanishing, e.split} {
		for _, a := range e.part.Arms {
			all = append(all, find(a))
		}
	}
	return all
}

// measured tells whether each arm has seeds enough to be compared.
func measured(line []*Arm) bool {
	return !slices.ContainsFunc(line, func(a *Arm) bool { return a.TestAccuracy == nil || a.TestAccuracy.N < 2 })
}

// ranking says which of the arms no other one beats, and whom the others are worse than. Arms
// between which no difference is shown are tied, whatever their means.
func ranking(v Variable, line []*Arm, comparisons []Comparison) Conclusion {
	beatenBy := map[string][]string{}
	for _, c := range comparisons {
		switch {
		case c.Varied != v.Name:
		case c.Verdict == Better:
			beatenBy[c.A] = append(beatenBy[c.A], c.B)
		case c.Verdict == Worse:
			beatenBy[c.B] = append(beatenBy[c.B], c.A)
		}
	}
	sorted := slices.Clone(line)
	slices.SortStableFunc(sorted, byAccuracy)
	var lead, rest []string
	var leaders []string
	for _, a := range sorted {
		shown := fmt.Sprintf("%s (%s)", a.Name, percent(a.TestAccuracy))
		var by []string // the arms of this line that beat it, in order
		for _, b := range sorted {
			if slices.Contains(beatenBy[a.Name], b.Name) {
				by = append(by, b.Name)
			}
		}
		switch {
		case len(by) == 0:
			lead, leaders = append(lead, shown), append(leaders, a.Name)
		case len(by) == len(line)-1:
			rest = append(rest, shown+" is worse than every other")
		default:
			rest = append(rest, shown+" is worse than "+list(by))
		}
	}
	var text string
	switch {
	case len(rest) == 0:
		text = fmt.Sprintf("No difference is shown between %s.", list(lead))
	case len(lead) == 1:
		text = fmt.Sprintf("%s leads; %s.", lead[0], strings.Join(rest, "; "))
	default:
		text = fmt.Sprintf("%s lead, with no difference shown between them; %s.", list(lead), strings.Join(rest, "; "))
	}
	if len(comparisons) > 0 && comparisons[0].Pictures != nil { // what is established asks for more
		text = "By seed alone, on the very pictures of this test set: " + text
	}
	return Conclusion{Text: text, Verdict: Ranking, Evidence: map[string]any{
		"metric": MetricAccuracy, "varied": v.Name, "leaders": leaders, "seeds": line[0].TestAccuracy.N,
		"test": "paired t, Holm's correction", "comparisons": len(comparisons),
	}}
}

// leaders are the arms that no other arm is shown to beat, best mean first: nil unless every pair
// of them was compared, for then an arm may be unbeaten only because it was not tried.
func leaders(arms []Arm, comparisons []Comparison) []string {
	beaten := map[string]bool{}
	pairs := 0
	for _, c := range comparisons {
		if c.N > 1 {
			pairs++
		}
		switch c.Verdict {
		case Better:
			beaten[c.A] = true
		case Worse:
			beaten[c.B] = true
		}
	}
	if pairs == 0 || pairs != len(arms)*(len(arms)-1)/2 {
		return nil
	}
	var lead []*Arm
	for i := range arms {
		if a := &arms[i]; a.TestAccuracy != nil && !beaten[a.Name] {
			lead = append(lead, a)
		}
	}
	slices.SortStableFunc(lead, byAccuracy)
	var names []string
	for _, a := range lead {
		names = append(names, a.Name)
	}
	return names
}

// byAccuracy orders arms that have one, the best first.
func byAccuracy(a, b *Arm) int { return cmp.Compare(b.TestAccuracy.Mean, a.TestAccuracy.Mean) }

// otherValues writes the values of an arm's labels except one: "tanh".
func otherValues(p *Part, a *Arm, except string) string {
	var values []string
	for _, v := range p.Varied {
		if value, ok := a.Labels[v.Name]; ok && v.Name != except {
			values = append(values, text(value))
		}
	}
	return strings.Join(values, " · ")
}
