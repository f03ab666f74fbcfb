package lab

import (
	"fmt"
	"math"
	"strings"

	"gradlab/internal/stats"
)

// Decimal writes f with a true minus sign, and no negative zero.
func Decimal(f float64, digits int) string {
	s := fmt.Sprintf("%.*f", digits, f)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1)
}

// Signed is Decimal with a plus sign before what is not negative.
func Signed(f float64, digits int) string {
	s := Decimal(f, digits)
	if strings.HasPrefix(s, "−") {
		return s
	}
	return "+" + s
}

// Percent writes a fraction: "52.9 %".
func Percent(f float64) string { return Decimal(100*f, 1) + " %" }

// Range writes the interval of an estimate, "[51.8, 54.0]", each end by write; "" where there is
// none.
func Range(e Estimate, write func(float64) string) string {
	if finite(e.Low) == nil || finite(e.High) == nil {
		return ""
	}
	return fmt.Sprintf("[%s, %s]", write(e.Low), write(e.High))
}

// Clipped is the estimate of a fraction with its interval cut to [0, 1], which that of Student's t
// may leave. Mean and SD stay.
func (e Estimate) Clipped() Estimate {
	e.Low, e.High = math.Min(math.Max(e.Low, 0), 1), math.Min(math.Max(e.High, 0), 1)
	return e
}

// PValue writes a p: "0.014", "< 0.001"; "unknown" where there is none.
func PValue(p *float64) string {
	switch {
	case p == nil || finite(*p) == nil:
		return "unknown"
	case *p < 0.001:
		return "< 0.001"
	case *p < 0.1:
		return fmt.Sprintf("%.3f", *p)
	}
	return fmt.Sprintf("%.2f", *p)
}

// percent writes an accuracy with its interval: "52.9 % [51.8, 54.0]".
func percent(e *Estimate) string {
	if e == nil {
		return "no figure"
	}
	return Percent(e.Mean) + interval(e.Clipped(), 100, 1)
}

// points writes a difference of accuracies: "42.9 points [41.8, 44.0]".
func points(e Estimate) string {
	return fmt.Sprintf("%s points%s", Decimal(100*e.Mean, 1), interval(e, 100, 1))
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
	if s := Range(e, func(f float64) string { return Decimal(unit*f, digits) }); s != "" {
		return " " + s
	}
	return ""
}

// negated is the estimate of the opposite difference.
func negated(e Estimate) Estimate {
	e.Mean, e.Low, e.High = -e.Mean, -e.High, -e.Low
	return e
}

// pEquals writes "p < 0.001", "p = 0.014" or "p unknown".
func pEquals(p *float64) string {
	s := PValue(p)
	if s[0] >= '0' && s[0] <= '9' {
		s = "= " + s
	}
	return "p " + s
}

// count writes "1 seed", "10 seeds".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// list writes "a", "a and b", "a, b and c".
func list(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

// tests writes what a comparison rests on: "paired t, n = 10, Holm's correction over 7 comparisons:
// p < 0.001; signed permutation, corrected alike: p = 0.014".
func tests(c Comparison) string {
	over, alike := "", ""
	if c.Corrected > 1 {
		over, alike = fmt.Sprintf(", Holm's correction over %d comparisons", c.Corrected), ", corrected alike"
	}
	if c.noSpread() {
		return fmt.Sprintf("n = %d, the same difference in every seed, which leaves the t test nothing to go by; signed permutation%s: %s",
			c.N, over, pEquals(c.PPermHolm))
	}
	s := fmt.Sprintf("paired t, n = %d%s: %s; signed permutation%s: %s", c.N, over, pEquals(c.PHolm), alike, pEquals(c.PPermHolm))
	switch {
	case c.Verdict != NoDifference && c.N < stats.SeedsForSignFlip(c.Corrected, alpha):
		s += fmt.Sprintf(", which so few seeds cannot bring to %g", alpha)
	case c.permutationDisagrees():
		s += ", which does not agree"
	}
	return s
}

// otherNames writes the values of an arm's labels except one, numbers with their names: "depth 3".
func otherNames(p *Part, a *Arm, except string) string {
	var values []string
	for _, v := range p.Varied {
		value, ok := a.Labels[v.Name]
		switch {
		case !ok || v.Name == except:
		case v.Numeric:
			values = append(values, v.Name+" "+text(value))
		default:
			values = append(values, text(value))
		}
	}
	return strings.Join(values, " · ")
}

// together lists names of arms and says what they share once: "sigmoid · depth 3, 4 and 8".
func together(p *Part, names []string) string {
	var heads []string
	values := map[string][]string{}
	for _, name := range names {
		head, value := name, ""
		tail := name[strings.LastIndex(name, " · ")+1:]
		for _, v := range p.Varied {
			if number, ok := strings.CutPrefix(strings.TrimPrefix(tail, "· "), v.Name+" "); ok && v.Numeric {
				head, value = strings.TrimSuffix(name, number), number
			}
		}
		if values[head] == nil {
			heads = append(heads, head)
		}
		values[head] = append(values[head], value)
	}
	for i, head := range heads {
		heads[i] += list(values[head])
	}
	return list(heads)
}
