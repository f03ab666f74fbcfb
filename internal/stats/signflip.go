package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// exactPairs is the number of pairs up to which SignFlip goes through all 2ⁿ signs. They are
// counted as pairs out of two lists of 2^(n/2) sums, which takes milliseconds.
const exactPairs = 32

// Permutation is the outcome of a signed permutation test.
type Permutation struct {
	Sum   float64 // of the differences: the statistic
	P     float64 // two-sided
	Exact bool    // all signs were counted, none drawn
}

// SignFlip tests whether paired differences are symmetric about 0 (Fisher 1935, "The Design of
// Experiments", section 21). If the two arms do not differ, each difference could as well have had
// the other sign; p is the share of all 2ⁿ sign assignments whose |sum| is at least the observed
// one. No distribution is assumed.
//
// Up to 32 pairs p is exact. Beyond, signs are drawn resamples times from a generator seeded with
// seed, and p = (b+1)/(resamples+1), b being the number that reached the observed |sum|, so that p
// is never below what the draws can show and the test keeps its level (Phipson and Smyth 2010,
// "Permutation p-values should never be zero"). Without resamples p is then 1.
//
// A |sum| that falls short of the observed one by at most 1e-9·Σ|d| counts as reaching it: sums
// that are equal in exact arithmetic differ by rounding, and missing one would make p too small.
// Differences of 0 change nothing, and if all are 0, or there are none, p = 1.
func SignFlip(diffs []float64, resamples int, seed uint64) Permutation {
	if !finite(diffs) {
		return Permutation{Sum: math.NaN(), P: math.NaN()}
	}
	var sum, total float64
	for _, d := range diffs {
		sum += d
		total += math.Abs(d)
	}
	reach := math.Abs(sum) - tieTolerance*total
	switch {
	case math.IsInf(total, 0):
		return Permutation{Sum: math.NaN(), P: math.NaN()}
	case reach <= 0:
		return Permutation{Sum: sum, P: 1, Exact: true}
	case len(diffs) <= exactPairs:
		return Permutation{Sum: sum, P: exactSignFlip(diffs, reach), Exact: true}
	}
	return Permutation{Sum: sum, P: drawnSignFlip(diffs, reach, resamples, seed)}
}

// exactSignFlip is the share of sign assignments with |sum| ≥ reach, for reach > 0. Each sum is
// one of the first half's plus one of the second half's; as both lists are sorted, one sweep
// counts the pairs that reach, and the assignments at or below −reach are their mirror images.
func exactSignFlip(d []float64, reach float64) float64 {
	first, second := signedSums(d[:len(d)/2]), signedSums(d[len(d)/2:])
	var count uint64
	j := len(second)
	for _, s := range first {
		for j > 0 && s+second[j-1] >= reach {
			j--
		}
		count += uint64(len(second) - j)
	}
	return math.Ldexp(2*float64(count), -len(d))
}

// signedSums is the sorted list of all 2ⁿ sums ±d₁ ±d₂ … ±dₙ.
func signedSums(d []float64) []float64 {
	sums := make([]float64, 1, 1<<len(d))
	for _, v := range d {
		for i, s := range sums {
			sums[i] = s - v
			sums = append(sums, s+v)
		}
	}
	slices.Sort(sums)
	return sums
}

// drawnSignFlip estimates the same share from drawn signs.
func drawnSignFlip(d []float64, reach float64, resamples int, seed uint64) float64 {
	random := rand.New(rand.NewPCG(seed, 0))
	reached := 0
	for range resamples {
		var sum float64
		var bits uint64
		for i, v := range d {
			if i%64 == 0 {
				bits = random.Uint64()
			}
			if bits&1 == 0 {
				v = -v
			}
			bits >>= 1
			sum += v
		}
		if math.Abs(sum) >= reach {
			reached++
		}
	}
	return float64(reached+1) / float64(max(resamples, 0)+1)
}
