package lab

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gradlab/internal/stats"
)

// hiddenLinear gives the positions of a trial at the outputs of its fully-connected layers except
// the last, whose outputs are the logits: there dL/d(output) is dL/d(pre-activation).
func hiddenLinear(t *Trial) []Position {
	var linear []Position
	for _, p := range t.Positions {
		if p.Kind == "linear" {
			linear = append(linear, p)
		}
	}
	return linear[:max(0, len(linear)-1)]
}

// logGradient is log10 of a position's gradient, NaN where it was not seen or vanished altogether.
func logGradient(p Position) float64 {
	if p.GradRMS == nil || *p.GradRMS <= 0 {
		return math.NaN()
	}
	return math.Log10(*p.GradRMS)
}

// firstGradient is log10 of the gradient at the first hidden fully-connected layer.
func firstGradient(t *Trial) float64 {
	hidden := hiddenLinear(t)
	if len(hidden) == 0 {
		return math.NaN()
	}
	return logGradient(hidden[0])
}

// slope fits, seed by seed, the change of log10 gradient from one hidden fully-connected layer to
// the next one. It is nil where no seed has two such layers with a gradient above zero throughout.
func (e evidence) slope(arm string) *Slope {
	var names []string // of a trial that was fitted
	fitted := e.estimate(arm, func(t *Trial) float64 {
		var x, y []float64
		var here []string
		for i, p := range hiddenLinear(t) {
			x, y, here = append(x, float64(i)), append(y, logGradient(p)), append(here, p.Name)
		}
		line, err := stats.FitLine(x, y, level)
		if err != nil || finite(line.Slope) == nil { // too few layers, or a gradient of exactly zero
			return math.NaN()
		}
		names = here
		return line.Slope
	})
	if fitted == nil {
		return nil
	}
	return &Slope{Estimate: *fitted, Positions: names}
}

// vanished counts the trials of an arm in which the gradient at the first hidden fully-connected
// layer is exactly zero. It is nil where no trial saw a gradient there.
func (e evidence) vanished(arm string) *Vanished {
	var v *Vanished
	for _, t := range e.trials[arm] {
		hidden := hiddenLinear(t)
		if len(hidden) == 0 || hidden[0].GradRMS == nil {
			continue
		}
		if v == nil {
			v = &Vanished{Position: hidden[0].Name}
		}
		v.Of++
		if *hidden[0].GradRMS == 0 {
			v.Seeds++
		}
	}
	return v
}

func (v *Vanished) all() bool  { return v != nil && v.Seeds == v.Of }
func (v *Vanished) none() bool { return v != nil && v.Seeds == 0 }

// some is how many seeds of how many saw the gradient vanish; "" where none did.
func (v *Vanished) some() string {
	if v == nil || v.Seeds == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s", v.Seeds, count(v.Of, "seed"))
}

// sloped says how the gradient changes from layer to layer in an arm.
func sloped(a Arm) Conclusion {
	s := a.Slope
	if s == nil {
		return Conclusion{}
	}
	evidence := map[string]any{
		"arm": a.Name, "metric": "slope of log10 gradient per hidden fully-connected layer",
		"estimate": finite(s.Mean), "low": finite(s.Low), "high": finite(s.High), "seeds": s.N, "positions": s.Positions,
	}
	left := ""
	if k := a.Vanished.some(); k != "" {
		left = " in which it did not vanish"
	}
	figures := fmt.Sprintf("slope of log10 gradient %s%s, %s%s, %s to %s",
		Decimal(s.Mean, 3), interval(s.Estimate, 1, 3), count(s.N, "seed"), left, s.Positions[0], s.Positions[len(s.Positions)-1])
	c := Conclusion{Evidence: evidence, Verdict: NoSlope,
		Text: fmt.Sprintf("%s: the gradient is not shown to shrink or grow from one hidden fully-connected layer to the next (%s).", a.Name, figures)}
	switch {
	case s.Low > 0:
		c.Verdict, c.Text = GradientShrinks, fmt.Sprintf("%s: towards the input, the gradient shrinks by a factor of %s per hidden fully-connected layer (%s).",
			a.Name, factor(s.Estimate), figures)
	case s.High < 0:
		c.Verdict, c.Text = GradientGrows, fmt.Sprintf("%s: towards the input, the gradient grows by a factor of %s per hidden fully-connected layer (%s).",
			a.Name, factor(negated(s.Estimate)), figures)
	}
	return c
}

const firstHidden = "the gradient at the first hidden fully-connected layer"

// gradientStep says what the gradient at the first hidden fully-connected layer does at the step,
// as a factor.
func gradientStep(t Trend, from, to *Arm) string {
	zero := zeroGradient(from, to)
	g := t.Gradient
	if g.N < 2 {
		if zero == "" {
			return "What the gradient does there was not seen."
		}
		return "The gradient at the first hidden fully-connected layer " + zero + "."
	}
	fell := t.Accuracy.Verdict == Worse
	var text string
	switch {
	case g.Verdict == Worse && fell:
		text = fmt.Sprintf("The gradient at the first hidden fully-connected layer falls along with it by a factor of %s (%s).", factor(negated(g.Diff)), tests(g))
	case g.Verdict == Worse:
		text = fmt.Sprintf("The gradient at the first hidden fully-connected layer falls by a factor of %s (%s).", factor(negated(g.Diff)), tests(g))
	case g.Verdict == Better && fell:
		text = fmt.Sprintf("The gradient at the first hidden fully-connected layer grows by a factor of %s (%s): a fading gradient explains no loss there.",
			factor(g.Diff), tests(g))
	case g.Verdict == Better:
		text = fmt.Sprintf("The gradient at the first hidden fully-connected layer grows by a factor of %s (%s).", factor(g.Diff), tests(g))
	default:
		text = fmt.Sprintf("No change of %s is shown, factor %s (%s).", firstHidden, factor(g.Diff), tests(g))
	}
	if zero != "" {
		text += " It " + zero + ", which are left out of the factor."
	}
	return text
}

// zeroGradient says in how many seeds of either arm the gradient vanished: "is exactly zero in 3 of
// 8 seeds of sigmoid · depth 60".
func zeroGradient(from, to *Arm) string {
	var where []string
	for _, a := range []*Arm{from, to} {
		if k := a.Vanished.some(); k != "" {
			where = append(where, k+" of "+a.Name)
		}
	}
	if where == nil {
		return ""
	}
	return "is exactly zero in " + list(where)
}

// alongWith says in a clause, with the factor, whether the gradient falls where accuracy does.
func alongWith(t Trend, from, to *Arm) string {
	switch {
	case t.Gradient.Verdict == Worse:
		return fmt.Sprintf("%s falls along with it by a factor of %s", firstHidden, factor(negated(t.Gradient.Diff)))
	case t.gradientFalls(from, to):
		return fmt.Sprintf("%s falls along with it to exactly zero in every seed", firstHidden)
	case t.Gradient.N > 1:
		return fmt.Sprintf("%s is not shown to fall with it, factor %s", firstHidden, factor(t.Gradient.Diff))
	}
	return "what the gradient does there was not seen"
}

// factor writes a difference of log10 as a ratio: "2.0 [1.8, 2.3]".
func factor(e Estimate) string {
	s := significant(math.Pow(10, e.Mean))
	if finite(e.Low) != nil && finite(e.High) != nil {
		s += fmt.Sprintf(" [%s, %s]", significant(math.Pow(10, e.Low)), significant(math.Pow(10, e.High)))
	}
	return s
}

// significant writes a positive ratio in about three significant digits.
func significant(f float64) string {
	switch {
	case f >= 1e5 || f < 1e-3:
		mantissa, exponent, _ := strings.Cut(fmt.Sprintf("%.1e", f), "e")
		power, _ := strconv.Atoi(exponent)
		return mantissa + "×10^" + strings.Replace(strconv.Itoa(power), "-", "−", 1)
	case f >= 1e3:
		return fmt.Sprintf("%.0f", math.Round(f/10)*10)
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}
