package lab

import (
	"fmt"
	"math"
)

// Clipping is what clipping came to over the steps of a trial. Norms are those of all gradients together.
type Clipping struct {
	Steps     int   `json:"steps"`
	Cut       int   `json:"cut"`        // steps in which something was above the limit
	NotFinite int   `json:"not_finite"` // steps whose gradient held a NaN or an infinity: left out of the norms
	Before    Norms `json:"before"`
	After     Norms `json:"after"`
}

// Norms are those of the gradients of many steps.
type Norms struct {
	Mean float64 `json:"mean"`
	Max  float64 `json:"max"`
}

// ArmClipping is what clipping came to in the trials of an arm.
type ArmClipping struct {
	Cut    Estimate `json:"cut"`    // fraction of steps
	Before Estimate `json:"before"` // mean norm over a trial's steps
	After  Estimate `json:"after"`

	LargestBefore float64 `json:"largest_before"` // norm of any step of any trial
	LargestAfter  float64 `json:"largest_after"`
}

// clipping averages over the trials of an arm, nil where none was clipped.
func (e evidence) clipping(arm string) *ArmClipping {
	figure := func(f func(c *Clipping) float64) *Estimate {
		return e.estimate(arm, func(t *Trial) float64 {
			if t.Clipping == nil || t.Clipping.Steps == 0 {
				return math.NaN()
			}
			return f(t.Clipping)
		})
	}
	cut := figure(func(c *Clipping) float64 { return float64(c.Cut) / float64(c.Steps) })
	if cut == nil {
		return nil
	}
	a := &ArmClipping{
		Cut:    *cut,
		Before: *figure(func(c *Clipping) float64 { return c.Before.Mean }),
		After:  *figure(func(c *Clipping) float64 { return c.After.Mean }),
	}
	for _, t := range e.trials[arm] {
		if t.Clipping != nil {
			a.LargestBefore = math.Max(a.LargestBefore, t.Clipping.Before.Max)
			a.LargestAfter = math.Max(a.LargestAfter, t.Clipping.After.Max)
		}
	}
	return a
}

// clipped is a sentence for each arm whose gradients were clipped, and one on what clipping can do.
func clipped(e evidence) []Conclusion {
	var all []Conclusion
	for _, a := range e.part.Arms {
		c := a.Clipping
		if c == nil {
			continue
		}
		text := fmt.Sprintf("%s: gradients were clipped in %s. Their norm was %s on the mean and %s at most before, %s and %s after.",
			a.Name, fractionOf(c.Cut), significant(c.Before.Mean), significant(c.LargestBefore), significant(c.After.Mean), significant(c.LargestAfter))
		text += " Clipping bounds gradients from above, and keeps a single step from going too far; it cannot enlarge one, so it is no cure of vanishing ones"
		switch {
		case c.Cut.Mean == 0:
			text += ", and here it changed nothing"
		case c.Cut.Mean < 0.01:
			text += ", and here it had next to nothing to do"
		}
		all = append(all, Conclusion{Verdict: ClippingSeen, Text: text + ".", Evidence: map[string]any{
			"arm": a.Name, "steps_cut": c.Cut.Mean, "low": finite(c.Cut.Low), "high": finite(c.Cut.High), "seeds": c.Cut.N,
			"norm_before": c.Before.Mean, "norm_after": c.After.Mean, "largest_before": c.LargestBefore, "largest_after": c.LargestAfter,
		}})
	}
	return all
}

// fractionOf writes a fraction of steps, with figures enough that a few of many are not none.
func fractionOf(e Estimate) string {
	switch {
	case e.Mean == 0:
		return "no step"
	case e.Mean == 1:
		return "every step"
	case e.Mean < 0.0005:
		return "less than 0.1 % of the steps"
	case e.Mean > 0.9995:
		return "more than 99.9 % of the steps"
	}
	return percent(&e) + " of the steps"
}
