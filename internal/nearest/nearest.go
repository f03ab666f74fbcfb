// Package nearest finds the name that was most likely meant by one that is not known.
package nearest

import "strings"

// To is the name in known that is nearest to name, or "" where none is near: capitals do not count, "_"
// is "-", and of three characters one may be wrong.
func To(name string, known []string) string {
	if len(name) > 64 {
		return ""
	}
	plain := Plain(name)
	best, least := "", 1+max(1, len([]rune(plain))/3)
	for _, k := range known {
		if d := distance(plain, strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// Plain is name without what does not count: in lower case, with "-" for "_".
func Plain(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

// distance is the number of characters to insert, delete, replace or swap with their neighbour to
// make b of a (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			differ := 1
			if s[i-1] == t[j-1] {
				differ = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differ)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
