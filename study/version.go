package study

import "slices"

// Format is the version of the study file. It changes with what a file of before would mean otherwise; the key
// "format" of a file names its own, and Format is meant where there is none.
const Format = 1

// takeFormat takes the key "format" out of a file, before anything else of it is judged: what a newer gradlab
// understands may be a mistake to this one.
func takeFormat(root *node) error {
	at := slices.IndexFunc(root.pairs, func(p pair) bool { return p.key.value == "format" })
	if at < 0 {
		return nil
	}
	n := root.pairs[at].value
	switch v, ok := n.value.(int64); {
	case n.kind != whole || !ok || v < 1:
		return n.problem("", "expected the version of the study file's format, as 1")
	case v > Format:
		return n.problem("a newer gradlab wrote this file: take that one, or write the study anew", "the file has format %d, and this gradlab knows no format above %d", v, Format)
	}
	root.pairs = slices.Delete(root.pairs, at, at+1)
	return nil
}
