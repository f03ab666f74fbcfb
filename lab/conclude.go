package lab

import (
	"fmt"
	"slices"
)

// conclude writes the sentences that follow from a part's figures: the answers first, then the
// details: the comparisons, the steps of the scales, the arms that do no better than chance, and what
// the gradient does in each arm.
func conclude(e evidence, comparisons []Comparison, trends []Trend, command string) []Conclusion {
	all := slices.Concat(outcomeAnswers(e, comparisons), answers(e, comparisons, trends), []Conclusion{printedLoss(e, e.part.Batch)})
	all = slices.DeleteFunc(all, func(c Conclusion) bool { return c.Text == "" })
	return arranged(e, all, details(e, comparisons, trends), command)
}

// arranged puts the answers before the details that they have not said already.
func arranged(e evidence, all, details []Conclusion, command string) []Conclusion {
	said := map[string]bool{}
	for i := range all {
		all[i].Answer = true
		said[all[i].Text] = true
	}
	for _, c := range details {
		if c.Text != "" && !said[c.Text] {
			all = append(all, c)
		}
	}
	for i := range all {
		all[i].Study, all[i].Command = e.part.Study, command
	}
	return all
}

// details are a sentence per comparison, step and arm.
func details(e evidence, comparisons []Comparison, trends []Trend) []Conclusion {
	var all []Conclusion
	for _, c := range comparisons {
		if !e.part.variable(c.Varied).trend() {
			if c.Diff.Mean < 0 { // the sentence names the better arm first
				c = c.swapped()
			}
			all = append(all, Conclusion{Text: compared(c, e.part.arm(c.A), e.part.arm(c.B)), Verdict: c.Verdict, Evidence: comparisonEvidence(c)})
		}
	}
	for _, t := range trends {
		evidence := comparisonEvidence(t.Accuracy)
		evidence["gradient"] = comparisonEvidence(t.Gradient)
		text := stepped(e.part.variable(t.Varied), t, e.part.arm(t.From), e.part.arm(t.To))
		all = append(all, Conclusion{Text: text, Verdict: t.Verdict, Evidence: evidence})
	}
	for _, a := range e.part.Arms {
		all = append(all, armAtChance(a, len(e.part.Data.Classes)))
	}
	for _, a := range e.part.Arms {
		all = append(all, sloped(a))
	}
	return all
}

// missing says which trials of an arm its figures leave out.
func missing(a Arm) Conclusion {
	if a.Failed == 0 {
		return Conclusion{}
	}
	text := fmt.Sprintf("%s: %s of %d failed and %s left out of every figure.",
		a.Name, count(a.Failed, "trial"), a.Finished+a.Failed, map[bool]string{true: "is", false: "are"}[a.Failed == 1])
	return Conclusion{Verdict: TrialsMissing, Text: text, Evidence: map[string]any{"arm": a.Name, "finished": a.Finished, "failed": a.Failed}}
}

// divergence names an arm's trials that ended without a loss. Their accuracy counts: it is what
// training came to.
func (e evidence) divergence(a Arm) Conclusion {
	epochs := e.diverged(a.Name)
	if len(epochs) == 0 {
		return Conclusion{}
	}
	first, last := slices.Min(epochs), slices.Max(epochs)
	from := fmt.Sprintf("epoch %d", first)
	if last > first {
		from = fmt.Sprintf("epochs %d to %d", first, last)
	}
	n := len(e.trials[a.Name])
	text := fmt.Sprintf("%d of %s of %s diverged (loss is not a number from %s on): left out of the means of losses, not of accuracy.",
		len(epochs), count(n, "seed"), a.Name, from)
	return Conclusion{Verdict: Diverged, Text: text, Evidence: map[string]any{"arm": a.Name, "diverged": len(epochs), "seeds": n, "first_epoch": first, "last_epoch": last}}
}

// compared is the sentence of a comparison whose b has the higher accuracy.
func compared(c Comparison, a, b *Arm) string {
	switch {
	case c.N == 0:
		return fmt.Sprintf("%s and %s cannot be compared: no seed finished in both.", a.Name, b.Name)
	case c.N == 1:
		return fmt.Sprintf("No difference can be shown between %s and %s: one seed ranks nothing.", shown(b, c.MeanB), shown(a, c.MeanA))
	case c.Verdict == NoDifference:
		return fmt.Sprintf("No difference is shown between %s and %s: %s (%s).", shown(b, c.MeanB), shown(a, c.MeanA), signedPoints(c.Diff), tests(c))
	}
	return fmt.Sprintf("%s is better than %s by %s (%s).", shown(b, c.MeanB), shown(a, c.MeanA), points(c.Diff), tests(c))
}

// shown is an arm with its mean accuracy over the pairs of a comparison. Its interval stands in the
// table of arms.
func shown(a *Arm, mean float64) string {
	if finite(mean) == nil {
		return a.Name
	}
	return fmt.Sprintf("%s (%s)", a.Name, Percent(mean))
}

// cliffMeans says what is called a cliff.
var cliffMeans = fmt.Sprintf("a fall by more than %g points, its interval included", 100*cliff)

// stepped is the sentence of a trend's step: what the accuracy does, how large a fall is excluded
// where no cliff is shown, and what the gradient does.
func stepped(v Variable, t Trend, from, to *Arm) string {
	c := t.Accuracy
	text := fmt.Sprintf("From %s to %s", shown(from, c.MeanA), shown(to, c.MeanB))
	if c.N < 2 {
		return fmt.Sprintf("%s: %s in common shows neither rise nor fall.", text, count(c.N, "seed"))
	}
	if !v.Layers {
		switch c.Verdict {
		case Worse:
			return fmt.Sprintf("%s accuracy falls by %s (%s).", text, points(negated(c.Diff)), tests(c))
		case Better:
			return fmt.Sprintf("%s accuracy rises by %s (%s).", text, points(c.Diff), tests(c))
		}
		return fmt.Sprintf("%s no change of accuracy is shown, %s (%s).", text, signedPoints(c.Diff), tests(c))
	}
	outside := fmt.Sprintf("a fall by more than %s points lies outside the interval.", Decimal(-100*c.Diff.Low, 1))
	switch {
	case isCliff(c):
		text += fmt.Sprintf(" accuracy falls by %s, a cliff: more than %g points, interval included (%s).", points(negated(c.Diff)), 100*cliff, tests(c))
	case c.Verdict == Worse && c.Diff.Low < -cliff:
		text += fmt.Sprintf(" accuracy falls by %s (%s): a fall, but no cliff is shown (%s); %s",
			points(negated(c.Diff)), tests(c), cliffMeans, outside)
	case c.Verdict == Worse:
		text += fmt.Sprintf(" accuracy falls by %s (%s): a fall, but no cliff: %s", points(negated(c.Diff)), tests(c), outside)
	case c.Verdict == Better:
		text += fmt.Sprintf(" accuracy rises by %s (%s).", points(c.Diff), tests(c))
	default:
		text += fmt.Sprintf(" no change of accuracy is shown, %s (%s).", signedPoints(c.Diff), tests(c))
		if c.Diff.Low < 0 {
			text += " A" + outside[1:]
		}
	}
	return text + " " + gradientStep(t, from, to)
}

// vanishing tells an arm whose gradient is exactly zero where the hidden fully-connected layers
// begin: nothing before them learns.
func vanishing(a Arm) Conclusion {
	seeds := a.Vanished.some()
	if seeds == "" {
		return Conclusion{}
	}
	v := a.Vanished
	text := fmt.Sprintf("%s: the gradient vanished to exactly zero at %s in %s.", a.Name, v.Position, seeds)
	return Conclusion{Verdict: GradientVanished, Text: text, Evidence: map[string]any{"arm": a.Name, "position": v.Position, "vanished": v.Seeds, "seeds": v.Of}}
}

// comparisonEvidence is a comparison as the evidence of a conclusion.
func comparisonEvidence(c Comparison) map[string]any {
	return map[string]any{
		"test": "paired t, Holm's correction", "metric": c.Metric, "a": c.A, "b": c.B, "seeds": c.N, "comparisons": c.Corrected,
		"estimate": finite(c.Diff.Mean), "low": finite(c.Diff.Low), "high": finite(c.Diff.High),
		"t": c.T, "p": c.P, "p_holm": c.PHolm, "p_permutation": c.PPerm, "p_permutation_holm": c.PPermHolm,
	}
}
