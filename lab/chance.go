package lab

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// chanceMargin is by how much an accuracy may exceed chance and still count as chance.
const chanceMargin = 0.005

// A seed counts as one that did not learn up to unlearntMargin above chance, where those that did
// are at least learntGap above it.
const (
	unlearntMargin = 0.03
	learntGap      = 0.10
)

// atChance tells an arm that has learnt nothing: the interval of its accuracy ends at chance, or
// does not exclude it. One seed tells nothing.
func atChance(a Arm, classes int) (verdict, does string) {
	acc := a.TestAccuracy
	if acc == nil || acc.N < 2 || classes < 2 {
		return "", ""
	}
	guess := 1 / float64(classes)
	switch {
	case acc.High <= guess+chanceMargin:
		return NoBetterThanGuess, "does no better than chance"
	case acc.Low <= guess && guess <= acc.High:
		return NotShownToLearn, "is not shown to do better than chance"
	}
	return "", ""
}

// armAtChance is the detail about one arm that has learnt nothing.
func armAtChance(a Arm, classes int) Conclusion {
	verdict, does := atChance(a, classes)
	if verdict == "" {
		return Conclusion{}
	}
	acc, guess := a.TestAccuracy, 1/float64(classes)
	text := fmt.Sprintf("%s %s: %s over %s; guessing among %d classes gives %s.",
		a.Name, does, percent(acc), count(acc.N, "seed"), classes, Percent(guess))
	evidence := map[string]any{
		"arm": a.Name, "metric": MetricAccuracy, "estimate": acc.Mean, "low": finite(acc.Low), "high": finite(acc.High),
		"seeds": acc.N, "chance": guess, "margin": chanceMargin,
	}
	if l := a.TrainLoss; l != nil {
		cost := math.Log(float64(classes))
		text += fmt.Sprintf(" Its training loss ends at %s%s; guessing costs ln %d = %s.",
			Decimal(l.Mean, 3), interval(*l, 1, 3), classes, Decimal(cost, 3))
		maps.Copy(evidence, map[string]any{"train_loss": l.Mean, "guessing_loss": cost})
	}
	return Conclusion{Text: text, Verdict: verdict, Evidence: evidence}
}

// chance names all arms that have learnt nothing in one sentence, and those of which it cannot be
// told in another.
func chance(p *Part) []Conclusion {
	classes := len(p.Data.Classes)
	var all []Conclusion
	for _, c := range []struct{ verdict, head string }{
		{NoBetterThanGuess, "No better than chance"}, {NotShownToLearn, "Not shown to be better than chance"},
	} {
		var names []string
		var losses []float64
		for _, a := range p.Arms {
			if verdict, _ := atChance(a, classes); verdict != c.verdict {
				continue
			}
			names = append(names, a.Name)
			if a.TrainLoss != nil {
				losses = append(losses, a.TrainLoss.Mean)
			}
		}
		if names == nil || len(p.Arms) == 1 { // which has its sentence
			continue
		}
		guess, cost := 1/float64(classes), math.Log(float64(classes))
		text := fmt.Sprintf("%s (%s): %s", c.head, Percent(guess), together(p, names))
		evidence := map[string]any{"arms": names, "metric": MetricAccuracy, "chance": guess, "margin": chanceMargin}
		if len(losses) > 0 {
			text += fmt.Sprintf("; %s training loss ends at %s, guessing costs ln %d = %s",
				map[bool]string{true: "its", false: "their"}[len(names) == 1],
				lowToHigh(losses, func(f float64) string { return Decimal(f, 3) }, ""), classes, Decimal(cost, 3))
			evidence["guessing_loss"] = cost
		}
		all = append(all, Conclusion{Text: text + ".", Verdict: c.verdict, Evidence: evidence})
	}
	return all
}

// alone is the answer of a study of one arm: does it learn?
func alone(p *Part) Conclusion {
	a, classes := p.Arms[0], len(p.Data.Classes)
	acc := a.TestAccuracy
	if acc == nil || classes < 2 {
		return Conclusion{}
	}
	if verdict, _ := atChance(a, classes); verdict != "" {
		return armAtChance(a, classes)
	}
	guess := 1 / float64(classes)
	c := Conclusion{Verdict: NotShownToLearn, Evidence: map[string]any{
		"arm": a.Name, "metric": MetricAccuracy, "estimate": acc.Mean, "low": finite(acc.Low), "high": finite(acc.High), "seeds": acc.N, "chance": guess,
	}}
	figures := fmt.Sprintf("%s over %s; guessing among %d classes gives %s", percent(acc), count(acc.N, "seed"), classes, Percent(guess))
	switch {
	case acc.N < 2:
		c.Text = fmt.Sprintf("%s: %s. One seed has no interval.", a.Name, figures)
	case acc.High < guess:
		c.Verdict, c.Text = NoBetterThanGuess, fmt.Sprintf("%s does worse than chance: %s.", a.Name, figures)
	default:
		c.Verdict, c.Text = BetterThanGuess, fmt.Sprintf("%s does better than chance: %s.", a.Name, figures)
	}
	return c
}

// split tells an arm of which some seeds learn and the others stay at chance: their mean describes
// neither.
func (e evidence) split(a Arm) Conclusion {
	classes := len(e.part.Data.Classes)
	if classes < 2 {
		return Conclusion{}
	}
	guess := 1 / float64(classes)
	var learn, stay []float64
	var seeds []uint64
	for seed, f := range e.by(a.Name, testAccuracy) {
		if f <= guess+unlearntMargin {
			stay, seeds = append(stay, f), append(seeds, seed)
		} else {
			learn = append(learn, f)
		}
	}
	if len(stay) == 0 || len(learn) == 0 || slices.Min(learn)-slices.Max(stay) < learntGap {
		return Conclusion{}
	}
	slices.Sort(seeds)
	var names []string
	for _, s := range seeds {
		names = append(names, fmt.Sprint(s))
	}
	one := len(stay) == 1
	tenth := func(f float64) string { return Decimal(100*f, 1) }
	text := fmt.Sprintf("%s: %d of %s %s (%s); %s %s %s at chance (%s).", a.Name,
		len(learn), count(len(learn)+len(stay), "seed"), map[bool]string{true: "learns", false: "learn"}[len(learn) == 1], lowToHigh(learn, tenth, " %"),
		map[bool]string{true: "seed", false: "seeds"}[one], list(names), map[bool]string{true: "stays", false: "stay"}[one], lowToHigh(stay, tenth, " %"))
	return Conclusion{Text: text, Verdict: SomeDoNotLearn, Evidence: map[string]any{
		"arm": a.Name, "metric": MetricAccuracy, "seeds": len(learn) + len(stay), "at_chance": names, "chance": guess, "margin": unlearntMargin, "gap": learntGap,
	}}
}

// lowToHigh writes the range of some figures, "64.0 to 77.0 %", or the one that all are written as.
func lowToHigh(figures []float64, write func(float64) string, unit string) string {
	low, high := write(slices.Min(figures)), write(slices.Max(figures))
	if low == high {
		return low + unit
	}
	return low + " to " + high + unit
}
