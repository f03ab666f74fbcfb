package lab

import (
	"fmt"
	"slices"
	"strings"
)

// A study may name arms with which every other one is compared. Each is a question of its own (is it better than
// without a remedy, than a remedy at random, than a shallower network?), and its comparisons are a family of
// their own for Holm's correction. All pairs are compared once more for the ranking.

// references are the arms that the part compares with.
func (e evidence) references() []*Arm {
	var refs []*Arm
	for _, name := range e.part.Against {
		if a := e.part.arm(name); slices.ContainsFunc(e.part.Arms, func(b Arm) bool { return b.Name == a.Name }) {
			refs = append(refs, a)
		}
	}
	return refs
}

// family is the comparisons with the i-th of the references. Where the other arm is one too, it is the later one.
func (e evidence) family(refs []*Arm, i int) []step {
	var steps []step
	for j := range e.part.Arms {
		a := &e.part.Arms[j]
		if !slices.ContainsFunc(refs[:i+1], func(r *Arm) bool { return r.Name == a.Name }) {
			steps = append(steps, step{e.differing(refs[i], a), refs[i], a})
		}
	}
	return steps
}

// differing names the variables in which two arms differ.
func (e evidence) differing(a, b *Arm) Variable {
	var names []string
	for _, v := range e.part.Varied {
		if text(a.Labels[v.Name]) != text(b.Labels[v.Name]) {
			names = append(names, v.Name)
		}
	}
	return Variable{Name: list(names)}
}

// pairs are all of them.
func (e evidence) pairs() []step {
	var steps []step
	for i := range e.part.Arms {
		for j := range i {
			a, b := &e.part.Arms[j], &e.part.Arms[i]
			steps = append(steps, step{e.differing(a, b), a, b})
		}
	}
	return steps
}

// largestFamily is the number of comparisons over which one is corrected, at most.
func (e evidence) largestFamily() int {
	refs := e.references()
	if len(refs) == 0 {
		return len(e.steps())
	}
	return len(e.family(refs, 0))
}

// analyseAgainst is Analyse for a part that names references.
func (e evidence) analyseAgainst(r *Results) {
	ranked := e.compare(e.pairs(), MetricAccuracy, testAccuracy)
	e.part.Leaders = leaders(e.part.Arms, ranked)
	e.unbeaten()
	answers := append(mishaps(e), grouped(e, ranked))
	var details []Conclusion
	refs, judged := e.references(), e.outcomes()
	var families []Comparison
	for i, ref := range refs {
		family := e.compare(e.family(refs, i), MetricAccuracy, testAccuracy)
		if judged != nil {
			judged.compareOnPictures(family)
		}
		r.Comparisons, families = append(r.Comparisons, family...), append(families, family...)
		answers = append(answers, against(ref, family))
		for _, c := range family {
			if c.Diff.Mean < 0 { // the sentence names the better arm first
				c = c.swapped()
			}
			details = append(details, Conclusion{Text: compared(c, e.part.arm(c.A), e.part.arm(c.B)), Verdict: c.Verdict, Evidence: comparisonEvidence(c)})
		}
	}
	if judged != nil {
		answers = append(answers, outcomeAnswers(e, families)...)
		answers = append(answers, printedLoss(e, e.part.Batch))
	}
	answers = append(answers, chance(e.part)...)
	answers = append(answers, clipped(e)...)
	if len(refs) > 0 {
		answers = append(answers, raised(e, refs))
	}
	answers = slices.DeleteFunc(answers, func(c Conclusion) bool { return c.Text == "" })
	for _, a := range e.part.Arms {
		details = append(details, armAtChance(a, len(e.part.Data.Classes)), sloped(a))
	}
	r.Conclusions = append(r.Conclusions, arranged(e, answers, details, r.Command)...)
}

// grouped is a ranking that admits ties: the first group is the arms that none is shown to beat, the next one
// those of the rest that none of the rest is shown to beat, and so on.
func grouped(e evidence, ranked []Comparison) Conclusion {
	beats := map[[2]string]bool{}
	n, made := 0, 0
	for _, c := range ranked {
		beats[[2]string{c.A, c.B}] = c.Verdict == Worse
		beats[[2]string{c.B, c.A}] = c.Verdict == Better
		n, made = max(n, c.N), max(made, c.Corrected)
	}
	var rest []*Arm
	for i := range e.part.Arms {
		if a := &e.part.Arms[i]; a.TestAccuracy != nil && a.TestAccuracy.N > 1 {
			rest = append(rest, a)
		}
	}
	if len(rest) < 2 || made == 0 {
		return Conclusion{}
	}
	slices.SortStableFunc(rest, byAccuracy)
	var groups []string
	var names [][]string
	for len(rest) > 0 {
		var group, below []*Arm
		for _, a := range rest {
			if slices.ContainsFunc(rest, func(b *Arm) bool { return beats[[2]string{b.Name, a.Name}] }) {
				below = append(below, a)
			} else {
				group = append(group, a)
			}
		}
		if len(group) == 0 { // the tests go round in a circle
			group, below = rest, nil
		}
		var plain, figures []string
		for _, a := range group {
			plain, figures = append(plain, a.Name), append(figures, Percent(a.TestAccuracy.Mean))
		}
		groups, names, rest = append(groups, fmt.Sprintf("%d. %s", len(groups)+1, listed(plain, figures))), append(names, plain), below
	}
	text := fmt.Sprintf("No difference is shown between any two of the %d arms: %s.", len(names[0]), strings.TrimPrefix(groups[0], "1. "))
	if len(groups) > 1 {
		text = fmt.Sprintf("Ranking with ties: %s. Within a group no arm is shown to beat another, and each arm is beaten by at least one of the group before", strings.Join(groups, "; "))
	}
	return Conclusion{Verdict: Ranking, Text: fmt.Sprintf("%s (paired t, n = %d, Holm's correction over all %d pairs).", strings.TrimSuffix(text, "."), n, made),
		Evidence: map[string]any{"metric": MetricAccuracy, "groups": names, "leaders": names[0], "seeds": n, "test": "paired t, Holm's correction", "comparisons": made}}
}
