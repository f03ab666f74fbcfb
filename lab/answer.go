package lab

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// answers are the sentences that come first: per variable, and per combination of the others, who
// leads, or where accuracy is lost.
func answers(e evidence, comparisons []Comparison, trends []Trend) []Conclusion {
	var all []Conclusion
	ends := e.ends()
	overall := e.trends(ends, e.compare(ends, MetricAccuracy, testAccuracy))
	for _, v := range e.part.Varied {
		for _, line := range e.lines(v) {
			if len(line) < 3 && !v.trend() || len(line) < 2 || !measured(line) {
				continue // a pair has its comparison
			}
			if v.trend() {
				all = append(all, along(e.part, v, line, trends, overall))
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
	return Conclusion{Text: text, Verdict: Ranking, Evidence: map[string]any{
		"metric": MetricAccuracy, "varied": v.Name, "leaders": leaders, "seeds": line[0].TestAccuracy.N,
		"test": "paired t, Holm's correction", "comparisons": len(comparisons),
	}}
}

// cliffMeans says what is called a cliff.
var cliffMeans = fmt.Sprintf("a fall by more than %g points, its interval included", 100*cliff)

// ends are the comparisons of the first arm with the last one of each scale of more than two arms:
// they find a slow decline, of which no single step need be shown.
func (e evidence) ends() []step {
	var ends []step
	for _, v := range e.part.Varied {
		for _, line := range e.lines(v) {
			if v.trend() && len(line) > 2 {
				ends = append(ends, step{v, line[0], line[len(line)-1]})
			}
		}
	}
	return ends
}

// along says whether accuracy falls off a cliff along a scale, at which steps it falls, whether the
// gradient falls there too, and what becomes of it from the first arm to the last.
func along(p *Part, v Variable, line []*Arm, trends, overall []Trend) Conclusion {
	value := func(a *Arm) string { return text(a.Labels[v.Name]) }
	var cliffs, falls []string
	steps, untold, withGradient := 0, 0, 0
	verdict, deepest := NoFall, 0.0 // the largest fall at one step that its interval allows
	for i, to := range line[1:] {
		from := line[i]
		t := between(trends, v.Name, from, to)
		if t == nil {
			continue
		}
		if t.Accuracy.N < 2 {
			untold++
			continue
		}
		steps++
		deepest = math.Max(deepest, -t.Accuracy.Diff.Low)
		if t.Accuracy.Verdict != Worse {
			continue
		}
		said := fmt.Sprintf("from %s to %s accuracy falls by %s, and %s",
			value(from), value(to), points(negated(t.Accuracy.Diff)), alongWith(*t, from, to))
		if isCliff(t.Accuracy) {
			cliffs = append(cliffs, said)
		} else {
			falls = append(falls, said)
		}
		if t.gradientFalls(from, to) {
			withGradient++
		}
		if severity[t.Verdict] > severity[verdict] {
			verdict = t.Verdict
		}
	}
	first, last := line[0], line[len(line)-1]
	where := fmt.Sprintf("%s %s to %s", v.Name, value(first), value(last))
	if others := otherValues(p, first, v.Name); others != "" {
		where = others + ", " + where
	}
	outside := fmt.Sprintf("a fall by more than %s points at one step lies outside the interval", Decimal(100*deepest, 1))
	open := ""
	if deepest > cliff || untold > 0 {
		open = " is shown"
	}
	var sentence string
	switch {
	case len(cliffs) > 0:
		sentence = fmt.Sprintf("%s: a cliff (%s): %s", where, cliffMeans, strings.Join(cliffs, "; "))
		if len(falls) > 0 {
			sentence += "; a fall, but no cliff: " + strings.Join(falls, "; ")
		}
	case len(falls) > 0:
		sentence = fmt.Sprintf("%s: a fall, but no cliff%s (%s): %s; %s", where, open, cliffMeans, strings.Join(falls, "; "), outside)
	case steps == 0:
		sentence = where + ": nothing is shown"
	default:
		if verdict, _, _ := atChance(*first, len(p.Data.Classes)); verdict == NoBetterThanGuess {
			outside = fmt.Sprintf("at %s accuracy is no better than chance already, and there is none to lose", value(first))
		}
		sentence = fmt.Sprintf("%s: no step is shown to lose accuracy, and no cliff%s (%s): %s", where, open, cliffMeans, outside)
	}
	if untold > 0 {
		sentence += fmt.Sprintf("; %s with fewer than two seeds in common %s nothing", count(untold, "step"), map[bool]string{true: "tells", false: "tell"}[untold == 1])
	}
	sentence += "."
	evidence := map[string]any{
		"metric": MetricAccuracy, "varied": v.Name, "steps": steps, "cliffs": len(cliffs), "falls": len(cliffs) + len(falls), "with_gradient": withGradient,
		"seeds": first.TestAccuracy.N, "test": "paired t, Holm's correction", "cliff": cliff,
	}
	if t := between(overall, v.Name, first, last); t != nil {
		sentence += " " + inAll(*t, first, last, value)
		evidence["first_to_last"] = comparisonEvidence(t.Accuracy)
		if verdict == NoFall && t.Accuracy.Verdict == Worse {
			verdict = FallWithoutGradient
			if t.gradientFalls(first, last) {
				verdict = FallWithGradient
			}
		}
	}
	return Conclusion{Text: sentence, Verdict: verdict, Evidence: evidence}
}

// severity orders the verdicts of steps: the answer takes the gravest.
var severity = map[string]int{NoFall: 0, FallWithoutGradient: 1, FallWithGradient: 2, CliffWithoutGradient: 3, CliffWithGradient: 4}

// between finds the trend from one arm to another.
func between(trends []Trend, varied string, from, to *Arm) *Trend {
	for i := range trends {
		if t := &trends[i]; t.Varied == varied && t.From == from.Name && t.To == to.Name {
			return t
		}
	}
	return nil
}

// inAll says what accuracy does from the first arm of a scale to the last, and the gradient where
// accuracy falls.
func inAll(t Trend, first, last *Arm, value func(*Arm) string) string {
	c := t.Accuracy
	from := fmt.Sprintf("From %s (%s) to %s (%s) in all,", value(first), Percent(c.MeanA), value(last), Percent(c.MeanB))
	switch c.Verdict {
	case Worse:
		return fmt.Sprintf("%s accuracy falls by %s, and %s (%s).", from, points(negated(c.Diff)), alongWith(t, first, last), tests(c))
	case Better:
		return fmt.Sprintf("%s accuracy rises by %s (%s).", from, points(c.Diff), tests(c))
	}
	return fmt.Sprintf("%s no change of accuracy is shown, %s (%s).", from, signedPoints(c.Diff), tests(c))
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
