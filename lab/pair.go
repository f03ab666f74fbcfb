package lab

import (
	"fmt"
	"slices"
)

// pair is two arms that differ in one variable of which they have the only two values: no ranking
// covers them.
type pair struct {
	variable Variable
	a, b     *Arm
}

// paired is a sentence per pair, or one for all pairs of the same two values that come out alike at
// several values of the other variables.
func paired(p *Part, pairs []pair, comparisons []Comparison) []Conclusion {
	var all []Conclusion
	alike := map[string][]Comparison{}
	var order []string
	for _, q := range pairs {
		i := slices.IndexFunc(comparisons, func(c Comparison) bool {
			return c.Varied == q.variable.Name && c.A == q.a.Name && c.B == q.b.Name && c.N > 1
		})
		if i < 0 {
			continue
		}
		c := comparisons[i]
		key := fmt.Sprintf("%q %q %q %s", c.Varied, text(q.a.Labels[c.Varied]), text(q.b.Labels[c.Varied]), c.Verdict)
		if alike[key] == nil {
			order = append(order, key)
		}
		alike[key] = append(alike[key], c)
	}
	for _, key := range order {
		group := alike[key]
		if len(group) == 1 {
			all = append(all, onePair(p, group[0]))
		} else {
			all = append(all, manyPairs(p, group))
		}
	}
	return all
}

// onePair says of a number what raising it does, of anything else which value is better.
func onePair(p *Part, c Comparison) Conclusion {
	a, b := p.arm(c.A), p.arm(c.B)
	if !p.variable(c.Varied).Numeric {
		if c.Diff.Mean < 0 { // the sentence names the better arm first
			c = c.swapped()
			a, b = b, a
		}
		return Conclusion{Text: compared(c, a, b), Verdict: c.Verdict, Evidence: comparisonEvidence(c)}
	}
	who := otherValues(p, a, c.Varied)
	if who != "" {
		who = " " + who
	}
	change := fmt.Sprintf("%s %s in place of %s", c.Varied, text(b.Labels[c.Varied]), text(a.Labels[c.Varied]))
	var said string
	switch {
	case c.Verdict == Better:
		said = fmt.Sprintf("%s helps%s by %s", change, who, points(c.Diff))
	case c.Verdict == Worse:
		said = fmt.Sprintf("%s harms%s by %s", change, who, points(negated(c.Diff)))
	case c.Diff.Mean < 0:
		said = fmt.Sprintf("%s is not shown to harm%s: %s", change, who, signedPoints(c.Diff))
	default:
		said = fmt.Sprintf("%s is not shown to help%s: %s", change, who, signedPoints(c.Diff))
	}
	return Conclusion{Verdict: c.Verdict, Evidence: comparisonEvidence(c),
		Text: fmt.Sprintf("%s, %s to %s (%s).", said, Percent(c.MeanA), Percent(c.MeanB), tests(c))}
}

// manyPairs names the values once and gives the smallest and the largest difference.
func manyPairs(p *Part, group []Comparison) Conclusion {
	v := group[0].Varied
	better, worse := text(p.arm(group[0].B).Labels[v]), text(p.arm(group[0].A).Labels[v])
	if p.variable(v).Numeric {
		better, worse = v+" "+better, v+" "+worse
	}
	if group[0].Verdict == Worse {
		better, worse = worse, better
	}
	var where, pairs []string
	evidence := map[string]any{"test": "paired t, Holm's correction", "metric": MetricAccuracy, "varied": v, "comparisons": group[0].Corrected}
	weakest := group[0] // the one with the largest p
	for i, c := range group {
		where = append(where, otherNames(p, p.arm(c.A), v))
		pairs = append(pairs, fmt.Sprintf("%s against %s", c.B, c.A))
		if c.PHolm != nil && (weakest.PHolm == nil || *c.PHolm > *weakest.PHolm) {
			weakest = c
		}
		if c.Verdict == Worse { // the sentence names the better one first
			group[i] = c.swapped()
		}
	}
	evidence["pairs"], evidence["p_holm"] = pairs, weakest.PHolm
	small, large := 0, 0
	for i, c := range group {
		if c.Diff.Mean < group[small].Diff.Mean {
			small = i
		}
		if c.Diff.Mean > group[large].Diff.Mean {
			large = i
		}
	}
	figure := points
	said := fmt.Sprintf("%s is better than %s at %s:", better, worse, together(p, where))
	if group[0].Verdict == NoDifference {
		figure = signedPoints
		said = fmt.Sprintf("No difference is shown between %s and %s at %s:", better, worse, together(p, where))
	}
	return Conclusion{Verdict: group[0].Verdict, Evidence: evidence,
		Text: fmt.Sprintf("%s from %s (%s) to %s (%s) (least certain: %s).", said,
			figure(group[small].Diff), where[small], figure(group[large].Diff), where[large], tests(weakest))}
}
