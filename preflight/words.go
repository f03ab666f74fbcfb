package preflight

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// short writes a number in three significant digits: "0.141", "2.3×10^−6".
func short(n Number) string {
	f := float64(n)
	switch {
	case math.IsNaN(f):
		return "unknown"
	case math.IsInf(f, 0):
		return "∞"
	case f == 0:
		return "0"
	case math.Abs(f) < 1e-3 || math.Abs(f) >= 1e5:
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', 1, 64), "e")
		power, _ := strconv.Atoi(exponent)
		return fmt.Sprintf("%s×10^%s", mantissa, strings.Replace(strconv.Itoa(power), "-", "−", 1))
	}
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(f)))))
	s := strconv.FormatFloat(f, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Short is short, for whoever writes a report.
func (n Number) Short() string { return short(n) }

// between writes an interval, " [0.13, 0.15]"; nothing where there is none.
func between(e Estimate) string {
	if !e.Low.Finite() || !e.High.Finite() {
		return ""
	}
	return fmt.Sprintf(" [%s, %s]", short(e.Low), short(e.High))
}

func percent(n Number) string { return fmt.Sprintf("%.0f %%", 100*float64(n)) }

// percents writes the interval of a fraction, cut to what a fraction can be.
func percents(e Estimate) string {
	if !e.Low.Finite() || !e.High.Finite() {
		return ""
	}
	return fmt.Sprintf(" [%.0f, %.0f]", 100*math.Max(0, float64(e.Low)), 100*math.Min(1, float64(e.High)))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
