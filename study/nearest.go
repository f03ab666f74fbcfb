package study

import "strings"

// elsewhere are the names that other programs use for what study files call otherwise.
var elsewhere = map[string]string{
	"dense": "linear", "fc": "linear", "fully-connected": "linear",
	"conv2d": "conv", "convolution": "conv", "channels": "filters", "out-channels": "filters", "units": "out",
	"maxpool2d": "maxpool", "max-pool": "maxpool", "avgpool2d": "avgpool", "average-pool": "avgpool",
	"lr": "rate", "learning-rate": "rate", "batch-size": "batch", "optimizer": "sgd", "optimiser": "sgd",
	"wd": "weight-decay", "l2": "weight-decay", "name": "study", "dataset": "data", "layers": "model",
	"training": "train", "variables": "let", "grid": "vary", "seed": "seeds", "initialisation": "init",
	"initialization": "init", "swish": "silu", "none": "identity",
}

// nearest is the known name that was most likely meant by name, or "".
func nearest(name string, known []string) string {
	if len(name) > 64 {
		return ""
	}
	plain := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	best, least := "", 1+max(1, len([]rune(plain))/3)
	for _, k := range known {
		if elsewhere[plain] == k {
			return k
		}
		if d := distance(plain, strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

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

// didYouMean is the hint for an unknown name: the nearest known one, or all of them.
func didYouMean(name string, known []string) string {
	if k := nearest(name, known); k != "" {
		return "did you mean " + k + "?"
	}
	if len(known) == 0 {
		return ""
	}
	return "known are " + strings.Join(known, ", ")
}
