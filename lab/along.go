package lab

import (
	"fmt"
	"math"
	"strings"
)

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

// scale is a line of arms along a variable with the trends of its steps.
type scale struct {
	part     *Part
	variable Variable
	line     []*Arm
	steps    []Trend // those with two pairs at least
	untold   int     // steps with fewer
	named    bool    // the cliffs have been told with what the gradient does there
	whole    *Trend  // from the first arm to the last
}

// along says what becomes of accuracy from the first arm of a scale to the last, and, where the
// variable adds layers, whether it falls off a cliff and whether the gradient falls too.
func along(p *Part, v Variable, line []*Arm, trends, overall []Trend) Conclusion {
	s := scale{part: p, variable: v, line: line}
	for i, to := range line[1:] {
		if t := between(trends, v.Name, line[i], to); t == nil || t.Accuracy.N < 2 {
			s.untold++
		} else {
			s.steps = append(s.steps, *t)
		}
	}
	first, last := line[0], line[len(line)-1]
	if s.whole = between(overall, v.Name, first, last); s.whole == nil {
		s.whole = between(trends, v.Name, first, last)
	}
	where := fmt.Sprintf("%s %s to %s", v.Name, s.value(first), s.value(last))
	if others := otherValues(p, first, v.Name); others != "" {
		where = others + ", " + where
	}
	verdict, falls, cliffs, withGradient := NoFall, 0, 0, 0
	if !v.Layers {
		verdict = NoDifference
	}
	for _, t := range s.steps {
		if t.Accuracy.Verdict == Worse {
			falls++
			if t.gradientFalls(p.arm(t.From), p.arm(t.To)) {
				withGradient++
			}
		}
		if isCliff(t.Accuracy) {
			cliffs++
		}
		if severity[t.Verdict] > severity[verdict] {
			verdict = t.Verdict
		}
	}
	evidence := map[string]any{
		"metric": MetricAccuracy, "varied": v.Name, "steps": len(s.steps), "falls": falls,
		"seeds": first.TestAccuracy.N, "test": "paired t, Holm's correction",
	}
	if v.Layers {
		evidence["cliff"], evidence["cliffs"], evidence["with_gradient"] = cliff, cliffs, withGradient
	}
	if s.whole == nil || s.whole.Accuracy.N < 2 {
		return Conclusion{Verdict: verdict, Evidence: evidence,
			Text: where + ": nothing is shown, for the two ends have fewer than two seeds in common."}
	}
	evidence["first_to_last"] = comparisonEvidence(s.whole.Accuracy)
	if !v.Layers {
		return Conclusion{Text: where + ": " + s.change() + s.peak() + " (" + tests(s.whole.Accuracy) + ").", Verdict: s.whole.Verdict, Evidence: evidence}
	}
	if verdict == NoFall && s.whole.Accuracy.Verdict == Worse {
		verdict = fallVerdict(v, s.whole.Accuracy, s.whole.gradientFalls(first, last))
		if isCliff(s.whole.Accuracy) && len(line) > 2 { // a cliff is a fall at one step
			verdict = map[string]string{CliffWithGradient: FallWithGradient, CliffWithoutGradient: FallWithoutGradient}[verdict]
		}
	}
	s.named = cliffs > 0 && len(line) > 2
	text := where + ": " + s.change()
	if !s.nothingToLose() {
		text += s.cliffs()
	}
	if s.untold > 0 {
		text += fmt.Sprintf("; %s with fewer than two seeds in common %s nothing", count(s.untold, "step"), map[bool]string{true: "tells", false: "tell"}[s.untold == 1])
	}
	return Conclusion{Text: text + s.gradient() + ".", Verdict: verdict, Evidence: evidence}
}

func (s *scale) value(a *Arm) string { return text(a.Labels[s.variable.Name]) }

// nothingToLose tells whether the first arm is at chance already and no later one is better.
func (s *scale) nothingToLose() bool {
	at, _ := atChance(*s.line[0], len(s.part.Data.Classes))
	return at == NoBetterThanGuess && s.whole.Accuracy.Verdict == NoDifference
}

// change says what accuracy does from end to end.
func (s *scale) change() string {
	c := s.whole.Accuracy
	means := fmt.Sprintf("(%s to %s)", Percent(c.MeanA), Percent(c.MeanB))
	switch {
	case c.Verdict == Worse:
		return fmt.Sprintf("accuracy falls by %s in all %s", points(negated(c.Diff)), means)
	case c.Verdict == Better:
		return fmt.Sprintf("accuracy rises by %s in all %s", points(c.Diff), means)
	case s.variable.Layers && s.nothingToLose():
		return fmt.Sprintf("accuracy is at chance from the start (%s), and there is none to lose", Percent(c.MeanA))
	}
	return fmt.Sprintf("no change of accuracy is shown in all, %s %s", signedPoints(c.Diff), means)
}

// peak names the arm with the highest mean where that is neither end: between the ends accuracy may
// rise and fall again.
func (s *scale) peak() string {
	best := s.line[0]
	for _, a := range s.line {
		if a.TestAccuracy.Mean > best.TestAccuracy.Mean {
			best = a
		}
	}
	if best == s.line[0] || best == s.line[len(s.line)-1] {
		return ""
	}
	return fmt.Sprintf("; its mean is highest at %s (%s)", s.value(best), percent(best.TestAccuracy))
}

// cliffs names the cliffs with what the gradient does there, or says that there is none and how
// large the largest fall at one step is.
func (s *scale) cliffs() string {
	var steep []string
	var largest *Trend // shown fall at one step
	deepest := 0.0     // the largest fall at one step that its interval allows
	for i, t := range s.steps {
		c := t.Accuracy
		deepest = math.Max(deepest, -c.Diff.Low)
		from, to := s.part.arm(t.From), s.part.arm(t.To)
		if isCliff(c) {
			said := fmt.Sprintf("from %s to %s", s.value(from), s.value(to))
			if len(s.line) > 2 {
				said += fmt.Sprintf(": %s points%s, where %s", Decimal(-100*c.Diff.Mean, 1), interval(negated(c.Diff), 100, 1), alongWith(t, from, to))
			}
			steep = append(steep, said)
		}
		if c.Verdict == Worse && (largest == nil || c.Diff.Mean < largest.Accuracy.Diff.Mean) {
			largest = &s.steps[i]
		}
	}
	switch {
	case len(steep) == 1:
		return ", with a cliff " + steep[0]
	case len(steep) > 1:
		return ", with cliffs " + strings.Join(steep, "; ")
	}
	none, outside := ", with no cliff", ""
	if deepest > cliff || s.untold > 0 {
		none = ", with no cliff shown"
		outside = fmt.Sprintf("; one by more than %s points is excluded", Decimal(100*deepest, 1))
	}
	switch {
	case len(s.line) == 2:
		return none
	case largest == nil:
		return none + fmt.Sprintf(": no single step is shown to fall, and a fall by more than %s points at one is excluded", Decimal(100*deepest, 1))
	}
	return none + fmt.Sprintf(": the largest fall at one step is %s, from %s to %s%s", points(negated(largest.Accuracy.Diff)),
		s.value(s.part.arm(largest.From)), s.value(s.part.arm(largest.To)), outside)
}

// gradient says in a sentence what the gradient does from end to end, where that explains a fall of
// which the cliffs do not tell, or there was nothing to lose, and what the answer rests on.
func (s *scale) gradient() string {
	first, last := s.line[0], s.line[len(s.line)-1]
	if s.whole.Accuracy.Verdict == Worse && !s.named {
		said := alongWith(*s.whole, first, last)
		return fmt.Sprintf(". %s%s (accuracy: %s)", strings.ToUpper(said[:1]), said[1:], tests(s.whole.Accuracy))
	}
	if s.nothingToLose() && s.whole.Gradient.Verdict == Worse {
		return fmt.Sprintf(". T%s falls by a factor of %s (%s)", firstHidden[1:], factor(negated(s.whole.Gradient.Diff)), tests(s.whole.Gradient))
	}
	return " (" + tests(s.whole.Accuracy) + ")"
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
