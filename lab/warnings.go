package lab

import (
	"fmt"

	"gradlab/data"
	"gradlab/internal/kernel"
	"gradlab/internal/stats"
	"gradlab/nn"
)

// dataWarnings says what was met while the parts' data was read, once of each set.
func dataWarnings(open []*openPart) []string {
	var all []string
	seen := map[*data.Dataset]bool{}
	for _, p := range open {
		if !seen[p.data] {
			seen[p.data] = true
			all = append(all, p.data.Warnings()...)
		}
	}
	return all
}

// modelWarnings names the arms whose training can come to nothing.
func modelWarnings(open []*openPart) []string {
	var all []string
	for _, p := range open {
		for _, a := range p.Part.Arms {
			in, err := a.Train.InputShape(p.info.H, p.info.W, p.info.C)
			if err != nil {
				continue
			}
			positions, err := nn.Positions(a.Model, in, len(p.info.Classes))
			if err != nil || min(a.Train.Batch, p.info.Train) > 1 {
				continue
			}
			for _, q := range positions {
				if q.Kind == "batchnorm" && len(q.Shape) == 1 {
					all = append(all, fmt.Sprintf("%s, %s: batches of one leave %s a single value of each feature, of which it makes zero", p.Name, a.Name, q.Name))
					break
				}
			}
		}
	}
	return all
}

// warnings is what a person should know before the trials run.
func warnings(r *Results, isa kernel.ISA, wanted string, tasks int) []string {
	var all []string
	if isa == kernel.Portable && (wanted == "" || wanted == "auto") && tasks > 0 {
		all = append(all, "this machine has neither AVX-512 nor AVX2 nor NEON for the fast kernels: portable code gives the same bits, much slower (tens of times)")
	}
	for i := range r.Parts {
		p := &r.Parts[i]
		comparisons := evidence{part: p}.largestFamily()
		enough := stats.SeedsForSignFlip(comparisons, alpha)
		if p.Seeds >= enough {
			continue
		}
		all = append(all, p.Study+": "+tooFewSeeds(p.Seeds, comparisons, enough))
	}
	return all
}

// tooFewSeeds says which test cannot show a difference, whatever the trials come to: the paired t
// test gives every verdict, and the signed permutation test stands beside it as the check that does
// without the normal distribution.
func tooFewSeeds(seeds, comparisons, enough int) string {
	text := fmt.Sprintf("the signed permutation test, which assumes no normal distribution, needs %d seeds for %s (--seeds %d)",
		enough, count(comparisons, "comparison"), enough)
	if seeds < 2 {
		return "one seed can show no difference: the paired t test needs 2 seeds; " + text
	}
	text = fmt.Sprintf("the paired t test can show a difference with %d seeds; %s: with %d ", seeds, text, seeds)
	if p := float64(comparisons) * stats.SmallestSignFlipP(seeds); p < 1 {
		return text + fmt.Sprintf("its smallest corrected p is %.2g", p)
	}
	return text + "it cannot show any"
}
