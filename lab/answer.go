package lab

import (
	"fmt"
	"slices"
	"strings"
)

// answers are the sentences that come first: per variable, and per combination of the others, who
// leads, or where accuracy is lost.
func answers(e evidence, comparisons []Comparison, trends []Trend) []Conclusion {
	var all []Conclusion
	for _, v := range e.part.Varied {
		for _, line := range e.lines(v) {
			if len(line) < 3 && !v.trend() || len(line) < 2 || !measured(line) {
				continue // a pair has its comparison
			}
			if v.trend() {
				all = append(all, along(e.part, v, line, trends))
			} else {
				all = append(all, ranking(v, line, comparisons))
			}
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
	slices.SortStableFunc(sorted, func(a, b *Arm) int {
		switch {
		case a.TestAccuracy.Mean > b.TestAccuracy.Mean:
			return -1
		case a.TestAccuracy.Mean < b.TestAccuracy.Mean:
			return 1
		}
		return 0
	})
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
	return Conclusion{Text: text, Verdict: "ranking", Evidence: map[string]any{
		"metric": MetricAccuracy, "varied": v.Name, "leaders": leaders, "seeds": line[0].TestAccuracy.N,
		"test": "paired t, Holm's correction", "comparisons": len(comparisons),
	}}
}

// along says at which steps of a scale accuracy is lost, and whether the gradient falls there too.
func along(p *Part, v Variable, line []*Arm, trends []Trend) Conclusion {
	first, last := line[0], line[len(line)-1]
	var lost []string
	steps, withGradient := 0, 0
	for _, a := range line[1:] {
		for _, t := range trends {
			if t.Varied != v.Name || t.To != a.Name {
				continue
			}
			steps++
			if t.Accuracy.Verdict != Worse {
				continue
			}
			from := line[slices.IndexFunc(line, func(b *Arm) bool { return b.Name == t.From })]
			lost = append(lost, fmt.Sprintf("%s to %s (by %s)", text(from.Labels[v.Name]), text(a.Labels[v.Name]), points(negated(t.Accuracy.Diff))))
			if t.Gradient.Verdict == Worse {
				withGradient++
			}
		}
	}
	where := fmt.Sprintf("%s %s to %s", v.Name, text(first.Labels[v.Name]), text(last.Labels[v.Name]))
	if others := otherValues(p, first, v.Name); others != "" {
		where = others + ", " + where
	}
	verdict := NoCliff
	sentence := fmt.Sprintf("%s: no step loses accuracy, so no cliff is shown (%s to %s).", where, percent(first.TestAccuracy), percent(last.TestAccuracy))
	if len(lost) > 0 {
		verdict = CliffWithoutGradient
		gradient := "the gradient at the first hidden fully-connected layer is not shown to fall with it"
		if withGradient > 0 {
			verdict = CliffWithGradient
			gradient = "the gradient at the first hidden fully-connected layer falls along with it"
			if withGradient < len(lost) {
				gradient += fmt.Sprintf(" at %d of these", withGradient)
			}
		}
		sentence = fmt.Sprintf("%s: accuracy is lost at %d of %s, from %s; %s.", where, len(lost), count(steps, "step"), strings.Join(lost, ", from "), gradient)
	}
	return Conclusion{Text: sentence, Verdict: verdict, Evidence: map[string]any{
		"metric": MetricAccuracy, "varied": v.Name, "steps": steps, "lost": len(lost), "with_gradient": withGradient,
		"seeds": first.TestAccuracy.N, "test": "paired t, Holm's correction",
	}}
}

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

// list writes "a", "a and b", "a, b and c".
func list(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}
