package lab

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gradlab/internal/stats"
)

// against says which arms are better than a reference, which are worse, and of which neither is shown.
func against(ref *Arm, family []Comparison) Conclusion {
	var better, worse, open []Comparison
	var all []map[string]any
	for _, c := range family {
		if c.N < 2 {
			continue
		}
		all = append(all, comparisonEvidence(c))
		switch c.Verdict {
		case Better:
			better = append(better, c)
		case Worse:
			worse = append(worse, c)
		default:
			open = append(open, c)
		}
	}
	tested := slices.Concat(better, worse, open)
	if len(tested) == 0 {
		return Conclusion{}
	}
	verdict, clauses := Mixed, []string{}
	switch {
	case len(better)+len(open) == 0:
		verdict = Worse
		clauses = append(clauses, "every other arm is worse: "+listDiffs(worse))
	case len(worse)+len(open) == 0:
		verdict = Better
		clauses = append(clauses, "every other arm is better: "+listDiffs(better))
	case len(better)+len(worse) == 0:
		verdict = NoDifference
		clauses = append(clauses, "no difference is shown for any other arm: "+listDiffs(open))
	default:
		clauses = append(clauses, "no arm is shown to be better")
		if len(better) > 0 {
			clauses[0] = "better " + are(better) + " " + listDiffs(better)
		}
		if len(open) > 0 {
			clauses = append(clauses, "no difference is shown for "+listDiffs(open))
		}
		if len(worse) > 0 {
			clauses = append(clauses, "worse "+are(worse)+" "+listDiffs(worse))
		}
	}
	text := fmt.Sprintf("Against %s%s, in points of test accuracy: %s (%s).", shown(ref, tested[0].MeanA), role(ref), strings.Join(clauses, "; "), familyTests(tested))
	switch {
	case ref.Remedy == "random" && len(better) < len(tested):
		text += " This study gives no reason to prefer a remedy that is not shown to beat one drawn at random."
	case ref.Remedy == "placebo" && len(better) < len(tested):
		text += " Of what is not shown to beat a harmless change, no effect is shown."
	}
	return Conclusion{Verdict: verdict, Text: text, Evidence: map[string]any{
		"test": "paired t, Holm's correction", "metric": MetricAccuracy, "reference": ref.Name, "comparisons": all,
		"better": len(better), "worse": len(worse), "no_difference": len(open),
	}}
}

// role says what a control is.
func role(a *Arm) string {
	switch a.Remedy {
	case "random":
		return ", a remedy that each seed draws"
	case "placebo":
		return ", a harmless change that each seed draws"
	}
	return ""
}

func are(family []Comparison) string {
	if len(family) == 1 {
		return "is"
	}
	return "are"
}

// listDiffs lists arms with their differences from the reference, in points, the best first:
// "batchnorm (+40.1 [39.0, 41.2])".
func listDiffs(family []Comparison) string {
	sorted := slices.Clone(family)
	slices.SortStableFunc(sorted, func(a, b Comparison) int { return cmp.Compare(b.Diff.Mean, a.Diff.Mean) })
	var names, figures []string
	for _, c := range sorted {
		names, figures = append(names, c.B), append(figures, Signed(100*c.Diff.Mean, 1)+interval(c.Diff, 100, 1))
	}
	return listed(names, figures)
}

// listed lists names with a figure each, and neighbours with the same one together: "a (3.1), b and c (both 2.0)".
func listed(names, figures []string) string {
	var all []string
	for i := 0; i < len(names); {
		j := i + 1
		for j < len(names) && figures[j] == figures[i] {
			j++
		}
		each := ""
		switch j - i {
		case 1:
		case 2:
			each = "both "
		default:
			each = "each "
		}
		all = append(all, fmt.Sprintf("%s (%s%s)", list(names[i:j]), each, figures[i]))
		i = j
	}
	if len(all) < len(names) { // a list of lists
		return strings.Join(all, ", ")
	}
	return list(all)
}

// familyTests writes what a family of comparisons rests on.
func familyTests(family []Comparison) string {
	shown, hidden := 0.0, 1.0
	disagree, any := 0, false
	for _, c := range family {
		if c.PHolm == nil {
			continue
		}
		if c.Verdict == NoDifference {
			hidden = math.Min(hidden, *c.PHolm)
		} else {
			shown, any = math.Max(shown, *c.PHolm), true
		}
		if c.permutationDisagrees() {
			disagree++
		}
	}
	text := fmt.Sprintf("paired t, n = %d", family[0].N)
	if made := family[0].Corrected; made > 1 {
		text += fmt.Sprintf(", Holm's correction over these %d", made)
	}
	if any {
		text += ": " + pAtMost(shown)
	} else {
		text += fmt.Sprintf(": smallest %s", pEquals(&hidden))
	}
	switch {
	case any && family[0].N < stats.SeedsForSignFlip(family[0].Corrected, alpha):
		text += fmt.Sprintf("; the signed permutation test needs %d seeds to show any", stats.SeedsForSignFlip(family[0].Corrected, alpha))
	case disagree == 0:
		text += "; the signed permutation test agrees"
	case disagree == 1:
		text += "; the signed permutation test does not agree about 1 of them"
	default:
		text += fmt.Sprintf("; the signed permutation test does not agree about %d of them", disagree)
	}
	return text
}

// pAtMost writes the largest p of the differences that are shown.
func pAtMost(p float64) string {
	return strings.Replace(pEquals(&p), "p =", "p ≤", 1) + " for what is shown"
}

// raised says by how many times the gradient that reaches the first layer is larger than in the first reference.
func raised(e evidence, refs []*Arm) Conclusion {
	position := ""
	for _, t := range e.trials[refs[0].Name] {
		if p := firstLayer(t); p != nil {
			position = p.Name
			break
		}
	}
	if position == "" {
		return Conclusion{}
	}
	compared := e.compare(e.family(refs, 0), MetricFirstLayer, func(t *Trial) float64 {
		if p := firstLayer(t); p != nil && p.Name == position {
			return logGradient(*p)
		}
		return math.NaN()
	})
	slices.SortStableFunc(compared, func(a, b Comparison) int { return cmp.Compare(b.Diff.Mean, a.Diff.Mean) })
	var larger, smaller, same []string
	var all []map[string]any
	n, largest := 0, 0.0
	for _, c := range compared {
		if c.N < 2 {
			continue
		}
		n = max(n, c.N)
		all = append(all, comparisonEvidence(c))
		switch c.Verdict {
		case Better:
			larger = append(larger, fmt.Sprintf("%s times (%s)", factor(c.Diff), c.B))
		case Worse:
			smaller = append(smaller, fmt.Sprintf("%s times (%s)", factor(negated(c.Diff)), c.B))
		default:
			same = append(same, c.B)
		}
		if c.Verdict != NoDifference && c.PHolm != nil {
			largest = math.Max(largest, *c.PHolm)
		}
	}
	var clauses []string
	if larger != nil {
		clauses = append(clauses, "larger than that of "+refs[0].Name+" "+list(larger))
	}
	if smaller != nil {
		clauses = append(clauses, "smaller "+list(smaller))
	}
	if same != nil {
		clauses = append(clauses, "not shown to differ for "+list(same))
	}
	if clauses == nil {
		return Conclusion{}
	}
	p := ""
	if len(larger)+len(smaller) > 0 {
		p = ": " + pAtMost(largest)
	}
	return Conclusion{Verdict: GradientRatio, Evidence: map[string]any{"position": position, "reference": refs[0].Name, "comparisons": all},
		Text: fmt.Sprintf("At %s the gradient is %s (ratios paired by seed; paired t of the logarithms, n = %d, Holm's correction over these %d%s).",
			position, strings.Join(clauses, "; "), n, compared[0].Corrected, p)}
}
