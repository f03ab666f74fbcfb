package report

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gradlab/lab"
)

// none stands for a figure that does not exist.
const none = "–"

// percent shows a fraction: 0.5312 is "53.1 %".
func percent(f float64) string {
	if !finite(f) {
		return none
	}
	return lab.Percent(f)
}

// percentRange is the interval of a fraction alone, "[52.0, 54.2]", or "".
func percentRange(e *lab.Estimate) string {
	if e == nil || e.N < 2 {
		return ""
	}
	return lab.Range(e.Clipped(), func(f float64) string { return lab.Decimal(100*f, 1) })
}

// points shows a difference of fractions in percentage points: "+2.1 [+0.4, +3.8]".
func points(e lab.Estimate) string { return signedBy(e, 100, 1) }

// difference shows a comparison's difference in the unit of its metric.
func difference(c lab.Comparison) string {
	if isFraction(c.Metric) {
		return points(c.Diff)
	}
	return signed(c.Diff)
}

// signed shows a difference that is no fraction: "−0.410 [−0.520, −0.300]".
func signed(e lab.Estimate) string { return signedBy(e, 1, 3) }

// signedBy shows a difference with its interval in a unit, with d decimals and signs.
func signedBy(e lab.Estimate, unit float64, d int) string {
	if !finite(e.Mean) {
		return none
	}
	write := func(f float64) string { return lab.Signed(unit*f, d) }
	return strings.TrimSpace(write(e.Mean) + " " + lab.Range(e, write))
}

func isFraction(metric string) bool { return metric == lab.MetricAccuracy }

// mean shows the mean of an estimate with d decimals.
func mean(e *lab.Estimate, d int) string {
	if e == nil || !finite(e.Mean) {
		return none
	}
	if a := math.Abs(e.Mean); a >= 1e5 {
		return strconv.FormatFloat(e.Mean, 'g', 3, 64)
	}
	return strconv.FormatFloat(e.Mean, 'f', d, 64)
}

// slope shows a gradient slope with its interval: "+0.31 [+0.28, +0.34]".
func slope(s *lab.Slope) string {
	if s == nil {
		return none
	}
	return signedBy(s.Estimate, 1, 2)
}

// pValue shows a p: "0.012", "< 0.001".
func pValue(p *float64) string {
	if p == nil || !finite(*p) {
		return none
	}
	return lab.PValue(p)
}

// seeds tells how many trials of an arm ended well, and what became of the others: "8", "6 of 8".
func (a *arm) seeds() string {
	total := max(a.Finished+a.Failed, len(a.All))
	if total == a.Finished {
		return strconv.Itoa(a.Finished)
	}
	return fmt.Sprintf("%d of %d", a.Finished, total)
}

// duration shows seconds as a person says them.
func duration(s float64) string {
	switch {
	case !finite(s) || s < 0:
		return none
	case s < 10:
		return fmt.Sprintf("%.1f s", s)
	case s < 120:
		return fmt.Sprintf("%.0f s", s)
	case s < 7200:
		return fmt.Sprintf("%.0f min", s/60)
	default:
		return fmt.Sprintf("%.1f h", s/3600)
	}
}

// thousands shows a count with thin spaces between groups of three.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// fewRecords is how many records a line of evidence lists.
const fewRecords = 3

// evidence is the figures behind a conclusion in one line: what was tested first, then the rest by
// name. It goes over the map as JSON would hold it, so that results read from a file show alike.
func evidence(m map[string]any) string {
	var e encoder
	e.value(reflect.ValueOf(m), 0)
	var plain map[string]any
	if json.Unmarshal(e.Bytes(), &plain) != nil {
		return ""
	}
	low, high := plain["low"], plain["high"]
	if _, given := plain["interval"]; !given && low != nil && high != nil {
		plain["interval"] = []any{low, high}
		delete(plain, "low")
		delete(plain, "high")
	}
	first := []string{"test", "metric", "arm", "b", "a", "seeds", "pairs", "n", "mean", "estimate", "diff", "difference", "slope", "interval", "t", "p", "p_holm", "p_permutation", "p_permutation_holm"}
	var keys []string
	for k := range plain {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		i, j := slices.Index(first, a), slices.Index(first, b)
		if i < 0 {
			i = len(first)
		}
		if j < 0 {
			j = len(first)
		}
		if i != j {
			return i - j
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for _, k := range keys {
		if name, ok := plain[k].(string); ok && k == "metric" {
			plain[k] = metricName(name)
		}
		if plain[k] != nil {
			parts = append(parts, evidenceName(k)+" "+evidenceValue(plain[k]))
		}
	}
	return strings.Join(parts, " · ")
}

// evidenceName says a key of evidence in words.
func evidenceName(key string) string {
	switch key {
	case "interval":
		return "95 % interval"
	case "p_holm":
		return "p (Holm)"
	case "p_permutation":
		return "p (permutation)"
	case "p_permutation_holm":
		return "p (permutation, Holm)"
	case "a":
		return "against"
	case "b":
		return "arm"
	}
	return clean(strings.ReplaceAll(key, "_", " "))
}

// Longer lists of whole records would be read by nobody.
func evidenceValue(v any) string {
	switch v := v.(type) {
	case nil:
		return none
	case float64:
		return strconv.FormatFloat(v, 'g', 4, 64)
	case string:
		return clean(v)
	case []any:
		var list []string
		for _, x := range v {
			if _, figures := x.(map[string]any); figures && len(v) > fewRecords {
				return fmt.Sprintf("%d, one by one in results.json and the table", len(v))
			}
			list = append(list, evidenceValue(x))
		}
		return "[" + strings.Join(list, ", ") + "]"
	case map[string]any:
		return "(" + evidence(v) + ")"
	default:
		return fmt.Sprint(v)
	}
}

// clean makes any text fit to be shown in one line: control characters, which could steer a
// terminal or break an SVG file, and bytes that are no UTF-8 become a space or U+FFFD.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF:
			return utf8.RuneError
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.In(r, unicode.Bidi_Control):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// cleanLines is clean for a text of several lines.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = clean(strings.TrimRight(lines[i], "\r"))
	}
	return strings.Join(lines, "\n")
}

// shorten cuts a text to n characters, the last of them an ellipsis.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	if n < 1 {
		return ""
	}
	return string([]rune(s)[:n-1]) + "…"
}

// squeeze cuts a text to n characters in its middle, for what tells names apart stands at their
// ends; of the name of a pair it cuts both arms.
func squeeze(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	const versus = " vs "
	if a, b, ok := strings.Cut(s, against); ok && n >= len(versus)+6 {
		room := n - len(versus)
		left := max(room/2, room-utf8.RuneCountInString(b))
		a = squeeze(a, left)
		return a + versus + squeeze(b, room-utf8.RuneCountInString(a))
	}
	if n < 3 {
		return shorten(s, n)
	}
	tail := n / 2
	return string(r[:n-1-tail]) + "…" + string(r[len(r)-tail:])
}

// noBreak is the space at which no line is broken.
const noBreak = "\u00a0"

// prose is clean for a sentence, whose percentages, p and n stay whole at the end of a line.
func prose(s string) string { return whole.Replace(clean(s)) }

var whole = strings.NewReplacer(" %", noBreak+"%", "p = ", "p"+noBreak+"="+noBreak, "p < ", "p"+noBreak+"<"+noBreak, "n = ", "n"+noBreak+"="+noBreak)

// axisNumber is a number on an axis, with a true minus sign.
func axisNumber(f float64) string {
	return strings.ReplaceAll(strconv.FormatFloat(f, 'g', 4, 64), "-", "−")
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
