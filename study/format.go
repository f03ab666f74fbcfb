package study

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// keyOrder is the order in which a formatted study has its keys.
var keyOrder = []string{"study", "question", "data", "let", "model", "init", "remedy", "train", "vary", "also", "choose", "against", "seeds", "check"}

// format writes a plain study as YAML in one form: keys in keyOrder, a line for each layer and each
// further arm, everything else in braces, numbers as Go prints them, no comments. Reading it again
// gives the same study.
func format(root *node, question string) string {
	var b strings.Builder
	for _, key := range keyOrder {
		n := root.get(key)
		switch {
		case key == "question":
			b.WriteString("question: " + quote(question) + "\n")
		case n == nil:
		case (key == "model" || key == "also") && n.kind == list:
			b.WriteString(key + ":\n")
			for _, item := range n.items {
				b.WriteString("  - " + inline(item) + "\n")
			}
		default:
			b.WriteString(key + ": " + flow(n) + "\n")
		}
	}
	return b.String()
}

// flow writes a node in one line, with brackets and braces.
func flow(n *node) string {
	switch n.kind {
	case list:
		var items []string
		for _, item := range n.items {
			items = append(items, inline(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case mapping:
		var pairs []string
		for _, p := range n.pairs {
			pairs = append(pairs, quote(p.key.text())+": "+flow(p.value))
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case text:
		if n.isVariable() {
			return n.text()
		}
		return quote(n.text())
	case null:
		return "null"
	}
	return scalarText(n)
}

// inline is flow without the braces around a single pair: linear: 84.
func inline(n *node) string {
	if n.kind == mapping && len(n.pairs) == 1 {
		s := flow(n)
		return s[1 : len(s)-1]
	}
	return flow(n)
}

// plainText is what needs no quotes.
var plainText = regexp.MustCompile(`^[A-Za-z_./][A-Za-z0-9_./+-]*( [A-Za-z0-9_./+-]+)*$`)

// quote is a text as YAML reads it back: with quotes where it would be something else without.
func quote(s string) string {
	if k, _ := scalar(s); k == text && plainText.MatchString(s) && !strings.Contains(s, " -") && !strings.HasPrefix(s, "...") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}

// scalarText is a bool or a number as YAML reads it back; a decimal number stays one.
func scalarText(n *node) string { return labelText(n.value) }

// labelText is a label's value in an arm's name.
func labelText(value any) string {
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		switch {
		case math.IsNaN(v):
			return ".nan"
		case math.IsInf(v, 1):
			return ".inf"
		case math.IsInf(v, -1):
			return "-.inf"
		}
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		return s
	case string:
		return v
	}
	return ""
}

// labelValue is a variable's value as a label: lists and mappings as text, leaky-relu slope 0.1.
func labelValue(n *node) any {
	if n.kind == list && len(n.items) == 0 {
		return "none"
	}
	if n.kind == list || n.kind == mapping {
		return strings.Join(strings.Fields(strings.NewReplacer("{", " ", "}", " ", ": null", "", ":", " ", `"`, "").Replace(inline(n))), " ")
	}
	return n.value
}

// sameValue tells whether two values of a variable are equal: 1 and 1.0 are.
func sameValue(a, b *node) bool {
	x, xNumber := a.number()
	y, yNumber := b.number()
	if xNumber && yNumber {
		return x == y || math.IsNaN(x) && math.IsNaN(y)
	}
	if a.kind != b.kind || len(a.items) != len(b.items) || len(a.pairs) != len(b.pairs) || a.value != b.value {
		return false
	}
	return slices.EqualFunc(a.items, b.items, sameValue) &&
		slices.EqualFunc(a.pairs, b.pairs, func(p, q pair) bool {
			return p.key.value == q.key.value && sameValue(p.value, q.value)
		})
}
