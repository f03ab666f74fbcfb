package stats

import (
	"cmp"
	"math"
	"slices"
)

// RankTest is the outcome of a signed-rank test.
type RankTest struct {
	W float64 // sum of the ranks of the positive differences
	N int     // differences other than 0
	P float64 // two-sided, exact
}

// Wilcoxon is the signed-rank test (Wilcoxon 1945): SignFlip on the ranks of |d| in place of d, so
// that one large difference cannot decide. It stands here for reference, because much of the
// literature uses it.
//
// Differences of 0 are dropped, as Wilcoxon did. Absolute values that agree to 1e-9 of themselves
// are tied and share the mean of their ranks; p is then exact for the ranks at hand. Time grows
// with n³, a second for about a thousand differences.
func Wilcoxon(diffs []float64) RankTest {
	if !finite(diffs) {
		return RankTest{W: math.NaN(), P: math.NaN()}
	}
	ranks, positive := doubledRanks(diffs)
	total, w := 0, 0
	for i, r := range ranks {
		total += r
		if positive[i] {
			w += r
		}
	}
	return RankTest{W: float64(w) / 2, N: len(ranks), P: rankSumP(ranks, total, w)}
}

// doubledRanks is twice the rank of |d| for each difference other than 0, and whether it is
// positive, in ascending order of |d|. Doubled, shared ranks are whole numbers.
func doubledRanks(diffs []float64) (ranks []int, positive []bool) {
	d := slices.DeleteFunc(slices.Clone(diffs), func(v float64) bool { return v == 0 })
	slices.SortFunc(d, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	for start := 0; start < len(d); {
		end := start + 1
		for end < len(d) && math.Abs(d[end])-math.Abs(d[end-1]) <= tieTolerance*math.Abs(d[end]) {
			end++
		}
		for _, v := range d[start:end] {
			ranks = append(ranks, start+1+end) // twice the mean of start+1 … end
			positive = append(positive, v > 0)
		}
		start = end
	}
	return ranks, positive
}

// rankSumP is the probability that the doubled rank sum, each rank taken with probability ½, lies
// at least as far from its centre total/2 as w.
func rankSumP(ranks []int, total, w int) float64 {
	probability := make([]float64, total+1) // of each rank sum
	probability[0] = 1
	top := 0
	for _, r := range ranks {
		top += r
		for s := top; s >= 0; s-- {
			taken := 0.0
			if s >= r {
				taken = probability[s-r]
			}
			probability[s] = (probability[s] + taken) / 2
		}
	}
	p := 0.0
	for s := 0; s <= min(w, total-w); s++ {
		p += probability[s]
	}
	return math.Min(1, 2*p) // both tails; the centre itself would be counted twice
}
