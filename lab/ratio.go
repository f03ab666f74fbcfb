package lab

import (
	"fmt"
	"math"
	"strings"
)

// firstLayer is the first convolution or fully-connected layer of which a trial saw the gradient.
func firstLayer(t *Trial) *Position {
	for i := range t.Positions {
		if p := &t.Positions[i]; p.GradRMS != nil && (p.Kind == "conv" || p.Kind == "linear") {
			return p
		}
	}
	return nil
}

// ratio says, for each line of arms along a variable, by how many times the gradient that reaches
// the first layer is smaller than in the arm where it is largest. Of more than three lines it tells
// the first and the last; all are in the evidence.
func ratio(e evidence, v Variable) Conclusion {
	if len(e.part.Arms) == 0 { // results that somebody has changed
		return Conclusion{}
	}
	var position string
	gradient := func(t *Trial) float64 {
		if p := firstLayer(t); p != nil && p.Name == position {
			return logGradient(*p)
		}
		return math.NaN()
	}
	for _, t := range e.trials[e.part.Arms[0].Name] {
		if p := firstLayer(t); p != nil {
			position = p.Name
			break
		}
	}
	if position == "" {
		return Conclusion{}
	}
	var steps []step
	var starts []int // of each line's steps
	for _, line := range e.lines(v) {
		top, best := -1, math.Inf(-1)
		for i, a := range line {
			if g := e.estimate(a.Name, gradient); g != nil && g.N > 1 && g.Mean > best {
				top, best = i, g.Mean
			}
		}
		if top < 0 || len(line) < 2 {
			continue
		}
		starts = append(starts, len(steps))
		for i, a := range line {
			if i != top {
				steps = append(steps, step{v, a, line[top]})
			}
		}
	}
	compared := e.compare(steps, MetricFirstLayer, gradient)
	var clauses []string
	var all []map[string]any
	n, largest := 0, 0.0
	for k, from := range starts {
		to := len(steps)
		if k+1 < len(starts) {
			to = starts[k+1]
		}
		var told []string
		for i := from; i < to; i++ {
			c := compared[i]
			if c.N < 2 || c.Verdict != NoDifference && significant(math.Pow(10, c.Diff.Mean)) == "1.00" { // shown, and of no size
				continue
			}
			told = append(told, timesSmaller(steps[i], v, c, len(told) == 0))
			all = append(all, comparisonEvidence(c))
			n = c.N
			if c.PHolm != nil {
				largest = math.Max(largest, *c.PHolm)
			}
		}
		if told == nil {
			continue
		}
		at := " "
		if others := otherNames(e.part, steps[from].b, v.Name); others != "" && len(starts) > 1 {
			at = ", at " + others + " "
		}
		clauses = append(clauses, at+"the gradient "+list(told))
	}
	if clauses == nil {
		return Conclusion{}
	}
	if len(clauses) > 3 {
		clauses = []string{clauses[0], clauses[len(clauses)-1]}
	}
	holm := ""
	if made := compared[0].Corrected; made > 1 {
		holm = fmt.Sprintf(", Holm's correction over %d comparisons", made)
	}
	return Conclusion{Verdict: GradientRatio, Evidence: map[string]any{"position": position, "varied": v.Name, "comparisons": all},
		Text: fmt.Sprintf("At %s%s (ratios paired by seed; paired t of the logarithms, n = %d%s: largest %s).",
			position, strings.ReplaceAll(strings.Join(clauses, ";"), ";,", ";"), n, holm, pEquals(&largest))}
}

// timesSmaller says of one arm how much smaller its gradient is than the largest of its line, which
// the first of a row of such clauses names.
func timesSmaller(s step, v Variable, c Comparison, first bool) string {
	times, interval, _ := strings.Cut(factor(c.Diff), " [")
	if interval != "" {
		interval = " [" + interval
	}
	than := ""
	if first {
		than = " smaller than that of " + text(s.b.Labels[v.Name])
	}
	said := "that of " + text(s.a.Labels[v.Name])
	if first {
		said = said[len("that "):] + " is"
	}
	switch {
	case c.Verdict == NoDifference && first:
		return fmt.Sprintf("%s not shown to be%s (%s times%s)", said, than, times, interval)
	case c.Verdict == NoDifference:
		return fmt.Sprintf("%s is not shown to be smaller (%s times%s)", said, times, interval)
	}
	return fmt.Sprintf("%s %s times%s%s", said, times, than, interval)
}
