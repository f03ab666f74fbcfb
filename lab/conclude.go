package lab

import (
	"fmt"
	"maps"
	"math"
)

// conclude writes the sentences that follow from a part's figures: the answers first, then its
// comparisons, its trends, the
// arms that do no better than chance, and the gradient's slope in each arm.
func conclude(e evidence, comparisons []Comparison, trends []Trend, command string) []Conclusion {
	var all []Conclusion
	add := func(verdict, text string, evidence map[string]any) {
		all = append(all, Conclusion{Study: e.part.Study, Text: text, Verdict: verdict, Evidence: evidence, Command: command})
	}
	for _, c := range answers(e, comparisons, trends) {
		add(c.Verdict, c.Text, c.Evidence)
	}
	arms := map[string]*Arm{}
	for i := range e.part.Arms {
		arms[e.part.Arms[i].Name] = &e.part.Arms[i]
	}
	for _, a := range e.part.Arms {
		if text := missing(a); text != "" {
			add("trials missing", text, map[string]any{"arm": a.Name, "finished": a.Finished, "failed": a.Failed})
		}
	}
	alongTrend := map[string]bool{}
	for _, v := range e.part.Varied {
		alongTrend[v.Name] = v.trend()
	}
	for _, c := range comparisons {
		if !alongTrend[c.Varied] {
			if c.Diff.Mean < 0 { // the sentence names the better arm first
				c = c.swapped()
			}
			add(c.Verdict, compared(c, arms[c.A], arms[c.B], len(comparisons)), comparisonEvidence(c, len(comparisons)))
		}
	}
	for _, t := range trends {
		evidence := comparisonEvidence(t.Accuracy, len(comparisons))
		evidence["gradient"] = comparisonEvidence(t.Gradient, len(trends))
		add(t.Verdict, stepped(t, arms[t.From], arms[t.To], len(comparisons), len(trends)), evidence)
	}
	for _, a := range e.part.Arms {
		if verdict, text, evidence := atChance(a, len(e.part.Data.Classes)); text != "" {
			add(verdict, text, evidence)
		}
	}
	for _, a := range e.part.Arms {
		if verdict, text := sloped(a); text != "" {
			add(verdict, text, map[string]any{
				"arm": a.Name, "metric": "slope of log10 gradient per hidden fully-connected layer",
				"estimate": a.Slope.Mean, "low": finite(a.Slope.Low), "high": finite(a.Slope.High),
				"seeds": a.Slope.N, "positions": a.Slope.Positions,
			})
		}
	}
	return all
}

// missing says which trials of an arm its figures leave out.
func missing(a Arm) string {
	if a.Failed == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %s of %d failed and %s left out of every figure.",
		a.Name, count(a.Failed, "trial"), a.Finished+a.Failed, map[bool]string{true: "is", false: "are"}[a.Failed == 1])
}

// compared is the sentence of a comparison whose b has the higher accuracy.
func compared(c Comparison, a, b *Arm, family int) string {
	switch {
	case c.N == 0:
		return fmt.Sprintf("%s and %s cannot be compared: no seed finished in both.", a.Name, b.Name)
	case c.N == 1:
		return fmt.Sprintf("No difference can be shown between %s (%s) and %s (%s): one seed ranks nothing.",
			b.Name, percent(b.TestAccuracy), a.Name, percent(a.TestAccuracy))
	case c.Verdict == NoDifference:
		return fmt.Sprintf("No difference is shown between %s (%s) and %s (%s): %s (%s).",
			b.Name, percent(b.TestAccuracy), a.Name, percent(a.TestAccuracy), signedPoints(c.Diff), tests(c, family))
	}
	return fmt.Sprintf("%s reaches %s, %s %s: %s is better by %s (%s).",
		b.Name, percent(b.TestAccuracy), a.Name, percent(a.TestAccuracy), b.Name, points(c.Diff), tests(c, family))
}

// stepped is the sentence of a trend's step: what the accuracy does, how large a fall is excluded
// where none is shown, and what the gradient does.
func stepped(t Trend, from, to *Arm, accuracies, gradients int) string {
	c, g := t.Accuracy, t.Gradient
	if c.N < 2 {
		return fmt.Sprintf("From %s (%s) to %s (%s): %s in common shows neither rise nor fall.",
			from.Name, percent(from.TestAccuracy), to.Name, percent(to.TestAccuracy), count(c.N, "seed"))
	}
	var accuracy string
	switch {
	case c.Verdict == Worse:
		accuracy = fmt.Sprintf("accuracy falls by %s", points(negated(c.Diff)))
	case c.Verdict == Better:
		accuracy = fmt.Sprintf("accuracy rises by %s", points(c.Diff))
	default:
		accuracy = fmt.Sprintf("no change of accuracy is shown, %s", signedPoints(c.Diff))
	}
	text := fmt.Sprintf("From %s (%s) to %s (%s) %s (%s).",
		from.Name, percent(from.TestAccuracy), to.Name, percent(to.TestAccuracy), accuracy, tests(c, accuracies))
	if c.Verdict != Worse && c.Diff.Low < 0 {
		text += fmt.Sprintf(" A fall by more than %s points lies outside the interval.", decimal(-100*c.Diff.Low, 1))
	}
	return text + " " + gradientStep(t, g, gradients)
}

// gradientStep says what the gradient at the first hidden fully-connected layer does at the step,
// as a factor.
func gradientStep(t Trend, g Comparison, family int) string {
	if g.N < 2 {
		return "What the gradient does there was not seen."
	}
	const where = "the gradient at the first hidden fully-connected layer"
	switch g.Verdict {
	case Worse:
		joint := "along with it "
		if t.Accuracy.Verdict != Worse {
			joint = ""
		}
		return fmt.Sprintf("%s%s falls %sby a factor of %s (%s).", "T", where[1:], joint, factor(negated(g.Diff)), tests(g, family))
	case Better:
		return fmt.Sprintf("%s%s grows by a factor of %s (%s): a fading gradient explains no loss there.",
			"T", where[1:], factor(g.Diff), tests(g, family))
	}
	return fmt.Sprintf("No change of %s is shown, factor %s (%s).", where, factor(g.Diff), tests(g, family))
}

// factor writes a difference of log10 as a ratio: "2.0 [1.8, 2.3]".
func factor(e Estimate) string {
	s := significant(math.Pow(10, e.Mean))
	if !math.IsNaN(e.Low) && !math.IsNaN(e.High) {
		s += fmt.Sprintf(" [%s, %s]", significant(math.Pow(10, e.Low)), significant(math.Pow(10, e.High)))
	}
	return s
}

// significant writes a positive ratio in about three significant digits.
func significant(f float64) string {
	switch {
	case f >= 1e5 || f < 1e-3:
		return fmt.Sprintf("%.1e", f)
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// chanceMargin is how near to chance a mean accuracy counts as chance.
const chanceMargin = 0.005

// atChance tells an arm that has learnt nothing to be seen: its mean accuracy is chance, or its
// interval does not exclude chance.
func atChance(a Arm, classes int) (verdict, text string, evidence map[string]any) {
	acc := a.TestAccuracy
	if acc == nil || classes < 2 {
		return "", "", nil
	}
	chance := 1 / float64(classes)
	within := acc.Low <= chance && chance <= acc.High // false for NaN
	if !within && math.Abs(acc.Mean-chance) > chanceMargin {
		return "", "", nil
	}
	verdict, does := "no better than chance", "does no better than chance"
	if math.Abs(acc.Mean-chance) > chanceMargin {
		verdict, does = "not shown better than chance", "is not shown to do better than chance"
	}
	text = fmt.Sprintf("%s %s: %s over %s, where guessing among %d classes gives %s %%.",
		a.Name, does, percent(acc), count(acc.N, "seed"), classes, decimal(100*chance, 1))
	evidence = map[string]any{
		"arm": a.Name, "metric": MetricAccuracy, "estimate": acc.Mean, "low": finite(acc.Low), "high": finite(acc.High),
		"seeds": acc.N, "chance": chance,
	}
	if l := a.TrainLoss; l != nil {
		guess := math.Log(float64(classes))
		text += fmt.Sprintf(" Its training loss ends at %s%s; guessing costs ln %d = %s.",
			decimal(l.Mean, 3), interval(*l, 1, 3), classes, decimal(guess, 3))
		maps.Copy(evidence, map[string]any{"train_loss": l.Mean, "guessing_loss": guess})
	}
	return verdict, text, evidence
}

// sloped says how the gradient changes from layer to layer in an arm.
func sloped(a Arm) (verdict, text string) {
	s := a.Slope
	if s == nil {
		return "", ""
	}
	span := fmt.Sprintf("%s to %s", s.Positions[0], s.Positions[len(s.Positions)-1])
	figures := fmt.Sprintf("slope of log10 gradient per layer towards the output %s%s, %s, %s",
		decimal(s.Mean, 3), interval(s.Estimate, 1, 3), count(s.N, "seed"), span)
	switch {
	case s.Low > 0:
		return "gradient shrinks towards the input", fmt.Sprintf(
			"%s: going back towards the input, the gradient shrinks by a factor of %s at each hidden fully-connected layer (%s).",
			a.Name, factor(s.Estimate), figures)
	case s.High < 0:
		return "gradient grows towards the input", fmt.Sprintf(
			"%s: going back towards the input, the gradient grows by a factor of %s at each hidden fully-connected layer (%s).",
			a.Name, factor(negated(s.Estimate)), figures)
	}
	return "no slope shown", fmt.Sprintf(
		"%s: the gradient is not shown to shrink or grow from one hidden fully-connected layer to the next (%s).", a.Name, figures)
}

// comparisonEvidence is a comparison as the evidence of a conclusion.
func comparisonEvidence(c Comparison, family int) map[string]any {
	return map[string]any{
		"test": "paired t, Holm's correction", "metric": c.Metric, "a": c.A, "b": c.B, "seeds": c.N, "comparisons": family,
		"estimate": finite(c.Diff.Mean), "low": finite(c.Diff.Low), "high": finite(c.Diff.High),
		"t": c.T, "p": c.P, "p_holm": c.PHolm, "p_permutation": c.PPerm, "p_permutation_holm": c.PPermHolm,
	}
}
