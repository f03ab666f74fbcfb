package lab

import (
	"fmt"
	"math"
	"strings"

	"gradlab/internal/stats"
)

// percent writes an accuracy with its interval: "52.9 % [51.8, 54.0]".
func percent(e *Estimate) string {
	if e == nil {
		return "no figure"
	}
	return fmt.Sprintf("%s %%%s", decimal(100*e.Mean, 1), interval(*e, 100, 1))
}

// points writes a difference of accuracies: "42.9 points [41.8, 44.0]".
func points(e Estimate) string {
	return fmt.Sprintf("%s points%s", decimal(100*e.Mean, 1), interval(e, 100, 1))
}

// signedPoints is points with a plus sign.
func signedPoints(e Estimate) string {
	if e.Mean > 0 {
		return "+" + points(e)
	}
	return points(e)
}

// interval writes " [low, high]" in the given unit, or nothing where there is none.
func interval(e Estimate, unit float64, digits int) string {
	if math.IsNaN(e.Low) || math.IsNaN(e.High) {
		return ""
	}
	return fmt.Sprintf(" [%s, %s]", decimal(unit*e.Low, digits), decimal(unit*e.High, digits))
}

// negated is the estimate of the opposite difference.
func negated(e Estimate) Estimate {
	e.Mean, e.Low, e.High = -e.Mean, -e.High, -e.Low
	return e
}

// decimal writes f with a true minus sign, and no negative zero.
func decimal(f float64, digits int) string {
	s := fmt.Sprintf("%.*f", digits, f)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1)
}

// pValue writes "p < 0.001" or "p = 0.014".
func pValue(p *float64) string {
	switch {
	case p == nil:
		return "p unknown"
	case *p < 0.001:
		return "p < 0.001"
	default:
		return fmt.Sprintf("p = %.2g", *p)
	}
}

// count writes "1 seed", "10 seeds".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// tests writes what a comparison rests on: "paired t, n = 10, p < 0.001 after Holm's correction
// over 7 comparisons; signed permutation p = 0.014".
func tests(c Comparison, family int) string {
	over := ""
	if family > 1 {
		over = fmt.Sprintf(" after Holm's correction over %d comparisons", family)
	}
	if c.noSpread() {
		return fmt.Sprintf("n = %d, every seed gives the same difference, which leaves the t test nothing to go by; signed permutation %s%s",
			c.N, pValue(c.PPermHolm), over)
	}
	s := fmt.Sprintf("paired t, n = %d, %s%s; signed permutation %s", c.N, pValue(c.PHolm), over, pValue(c.PPermHolm))
	switch {
	case c.Verdict != NoDifference && c.N < stats.SeedsForSignFlip(family, alpha):
		s += fmt.Sprintf(", which so few seeds cannot bring to %g", alpha)
	case c.permutationDisagrees():
		s += ", which does not agree"
	}
	return s
}
