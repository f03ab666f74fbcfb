package lab

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAcross pairs arms of the same name by seed: in parts of the same name, or in the only ones.
func TestAcross(t *testing.T) {
	// run has a part with some arms, each with seeds from … to; an arm's accuracy is right of 100.
	run := func(study string, from, to uint64, right map[string]int) *Results {
		r := &Results{Study: study, Parts: []Part{{Study: study}}}
		for _, name := range []string{"relu", "sigmoid", "tanh"} {
			if _, has := right[name]; !has {
				continue
			}
			r.Parts[0].Arms = append(r.Parts[0].Arms, Arm{Study: study, Name: name})
			for seed := from; seed <= to; seed++ {
				n := right[name] + int(seed)
				r.Trials = append(r.Trials, Trial{Study: study, Arm: name, Seed: seed, Status: Done, Epochs: []Epoch{{Epoch: 1, TestAccuracy: float64(n) / 100, TestCorrect: n, TestTotal: 100}}})
			}
		}
		return r
	}
	first := run("one", 1, 4, map[string]int{"tanh": 50, "relu": 60})
	for name, c := range map[string]struct {
		second *Results
		want   []string
	}{
		"the same part":        {run("one", 1, 4, map[string]int{"tanh": 55, "relu": 40, "sigmoid": 10}), []string{"relu 4 -20", "tanh 4 5"}},
		"another name":         {run("two", 1, 4, map[string]int{"tanh": 55}), []string{"tanh 4 5"}},
		"some seeds in common": {run("one", 3, 9, map[string]int{"tanh": 49}), []string{"tanh 2 -1"}},
		"no seed in common":    {run("one", 5, 9, map[string]int{"tanh": 55}), nil},
		"no arm in common":     {run("one", 1, 4, map[string]int{"sigmoid": 10}), nil},
	} {
		var got []string
		for _, x := range Across(first, c.second) {
			got = append(got, fmt.Sprintf("%s %d %.0f", x.A, x.N, 100*x.Diff.Mean))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: -want +got:\n%s", name, d)
		}
	}
	several := run("two", 1, 4, map[string]int{"tanh": 55})
	several.Parts = append(several.Parts, Part{Study: "three"})
	if got := Across(first, several); len(got) != 0 {
		t.Errorf("of several parts none is called as that of the other run, and %d arms are compared", len(got))
	}
}
