package lab

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// conclude writes the sentences that follow from a part's figures: the answers, the trials that are
// missing or diverged, the comparisons, the steps of the trends, the arms that do no better than
// chance, and what the gradient does in each arm.
func conclude(e evidence, comparisons []Comparison, trends []Trend, command string) []Conclusion {
	var all []Conclusion
	add := func(verdict, text string, evidence map[string]any) {
		if text != "" {
			all = append(all, Conclusion{Study: e.part.Study, Text: text, Verdict: verdict, Evidence: evidence, Command: command})
		}
	}
	for _, c := range answers(e, comparisons, trends) {
		add(c.Verdict, c.Text, c.Evidence)
	}
	for _, a := range e.part.Arms {
		add(missing(a))
		add(e.divergence(a))
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
			add(c.Verdict, compared(c, e.part.arm(c.A), e.part.arm(c.B)), comparisonEvidence(c))
		}
	}
	for _, t := range trends {
		evidence := comparisonEvidence(t.Accuracy)
		evidence["gradient"] = comparisonEvidence(t.Gradient)
		add(t.Verdict, stepped(t, e.part.arm(t.From), e.part.arm(t.To)), evidence)
	}
	for _, a := range e.part.Arms {
		add(atChance(a, len(e.part.Data.Classes)))
	}
	for _, a := range e.part.Arms {
		add(vanishing(a))
		add(sloped(a))
	}
	return all
}

// missing says which trials of an arm its figures leave out.
func missing(a Arm) (verdict, text string, evidence map[string]any) {
	if a.Failed == 0 {
		return "", "", nil
	}
	text = fmt.Sprintf("%s: %s of %d failed and %s left out of every figure.",
		a.Name, count(a.Failed, "trial"), a.Finished+a.Failed, map[bool]string{true: "is", false: "are"}[a.Failed == 1])
	return TrialsMissing, text, map[string]any{"arm": a.Name, "finished": a.Finished, "failed": a.Failed}
}

// divergence names an arm's trials that ended without a loss. Their accuracy counts: it is what
// training came to.
func (e evidence) divergence(a Arm) (verdict, text string, evidence map[string]any) {
	epochs := e.diverged(a.Name)
	if len(epochs) == 0 {
		return "", "", nil
	}
	first, last := slices.Min(epochs), slices.Max(epochs)
	from := fmt.Sprintf("epoch %d", first)
	if last > first {
		from = fmt.Sprintf("epochs %d to %d", first, last)
	}
	n := len(e.trials[a.Name])
	text = fmt.Sprintf("%d of %s of %s diverged (loss is not a number from %s on): left out of the means of losses, not of accuracy.",
		len(epochs), count(n, "seed"), a.Name, from)
	return Diverged, text, map[string]any{"arm": a.Name, "diverged": len(epochs), "seeds": n, "first_epoch": first, "last_epoch": last}
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

// stepped is the sentence of a trend's step: what the accuracy does, how large a fall is excluded
// where no cliff is shown, and what the gradient does.
func stepped(t Trend, from, to *Arm) string {
	c := t.Accuracy
	text := fmt.Sprintf("From %s to %s", shown(from, c.MeanA), shown(to, c.MeanB))
	if c.N < 2 {
		return fmt.Sprintf("%s: %s in common shows neither rise nor fall.", text, count(c.N, "seed"))
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

// chanceMargin is by how much an accuracy may exceed chance and still count as chance.
const chanceMargin = 0.005

// atChance tells an arm that has learnt nothing: the interval of its accuracy ends at chance, or
// does not exclude it. One seed tells nothing.
func atChance(a Arm, classes int) (verdict, text string, evidence map[string]any) {
	acc := a.TestAccuracy
	if acc == nil || acc.N < 2 || classes < 2 {
		return "", "", nil
	}
	chance := 1 / float64(classes)
	var does string
	switch {
	case acc.High <= chance+chanceMargin:
		verdict, does = NoBetterThanGuess, "does no better than chance"
	case acc.Low <= chance && chance <= acc.High:
		verdict, does = NotShownToLearn, "is not shown to do better than chance"
	default:
		return "", "", nil
	}
	text = fmt.Sprintf("%s %s: %s over %s; guessing among %d classes gives %s.",
		a.Name, does, percent(acc), count(acc.N, "seed"), classes, Percent(chance))
	evidence = map[string]any{
		"arm": a.Name, "metric": MetricAccuracy, "estimate": acc.Mean, "low": finite(acc.Low), "high": finite(acc.High),
		"seeds": acc.N, "chance": chance, "margin": chanceMargin,
	}
	if l := a.TrainLoss; l != nil {
		guess := math.Log(float64(classes))
		text += fmt.Sprintf(" Its training loss ends at %s%s; guessing costs ln %d = %s.",
			Decimal(l.Mean, 3), interval(*l, 1, 3), classes, Decimal(guess, 3))
		maps.Copy(evidence, map[string]any{"train_loss": l.Mean, "guessing_loss": guess})
	}
	return verdict, text, evidence
}

// vanishing tells an arm whose gradient is exactly zero where the hidden fully-connected layers
// begin: nothing before them learns.
func vanishing(a Arm) (verdict, text string, evidence map[string]any) {
	seeds := a.Vanished.some()
	if seeds == "" {
		return "", "", nil
	}
	v := a.Vanished
	text = fmt.Sprintf("%s: the gradient vanished to exactly zero at %s in %s.", a.Name, v.Position, seeds)
	return GradientVanished, text, map[string]any{"arm": a.Name, "position": v.Position, "vanished": v.Seeds, "seeds": v.Of}
}

// comparisonEvidence is a comparison as the evidence of a conclusion.
func comparisonEvidence(c Comparison) map[string]any {
	return map[string]any{
		"test": "paired t, Holm's correction", "metric": c.Metric, "a": c.A, "b": c.B, "seeds": c.N, "comparisons": c.Corrected,
		"estimate": finite(c.Diff.Mean), "low": finite(c.Diff.Low), "high": finite(c.Diff.High),
		"t": c.T, "p": c.P, "p_holm": c.PHolm, "p_permutation": c.PPerm, "p_permutation_holm": c.PPermHolm,
	}
}
