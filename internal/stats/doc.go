// Package stats says how sure a result is: means with intervals, tests on differences paired by
// seed, corrections for many tests, and what a number of seeds can show at all.
//
// A comparison of two arms over the same seeds goes:
//
//	pairs := stats.Pair(a, b)                     // by seed, in ascending order of seeds
//	diffs := pairs.Diffs()                        // b − a
//	estimate := stats.Mean(diffs, 0.95)           // how large the difference is
//	t := stats.PairedT(diffs)                     // the test that is reported first
//	perm := stats.SignFlip(diffs, 100_000, seed)  // the test that assumes no normal distribution
//	holm := stats.Holm(ps)                        // over all comparisons of the study
//
// Of classifiers that saw the same pictures, McNemar tests which one is better on others like them, PicturesNeeded says
// how many would show it, Wilson gives the interval of a share, and Calibration how far confidence is to be believed.
//
// SmallestSignFlipP and SeedsForSignFlip answer, before anything runs, whether the planned seeds could
// show anything.
//
// Conventions. Samples are plain float64 and are never changed or kept. A figure that does not
// exist (an interval from one value, a test without data, anything computed from a NaN or an
// infinity) is NaN; nothing panics. Every p is two-sided. A level is the coverage of an interval,
// 0.95 for 95 %. The same arguments give the same result: random resampling takes its seed from
// the caller.
//
// stats imports gonum and nothing of gradlab.
package stats

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
)

// tieTolerance is the relative difference below which two figures that differ only by rounding are
// taken as equal. Accuracies are multiples of 1/10000 or so, and a difference of two of them
// carries an error of about 1e-16, so that equal differences agree to about 1e-12; unequal ones
// differ by far more than 1e-9.
const tieTolerance = 1e-9

// tCDF is P(T ≤ t) of Student's t with df degrees of freedom. It is accurate relative to the
// result for negative t, which is why callers ask for the lower tail; near t = 0 it is good to
// eight digits.
func tCDF(t, df float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(t)
}

// tTwoSided is P(|T| ≥ |t|) of Student's t with df degrees of freedom.
func tTwoSided(t, df float64) float64 {
	if math.IsNaN(t) || !(df > 0) {
		return math.NaN()
	}
	return math.Min(1, 2*tCDF(-math.Abs(t), df))
}

// tCritical is the t that Student's t with df degrees of freedom exceeds in size with probability
// alpha: the bound of a two-sided test, and the factor on the standard error that makes an interval
// of level 1−alpha. It bisects tTwoSided, because gonum's own quantile is wrong without notice for
// many degrees of freedom and a small alpha (81.7 in place of 6.1 for 99999 and 1e-9). Results of a thousand trials ask
// for the same few a hundred thousand times: they are remembered.
func tCritical(alpha, df float64) float64 {
	if !(alpha > 0 && alpha < 1) || !(df > 0) {
		return math.NaN()
	}
	key := [2]float64{alpha, df}
	if t, known := criticals.Load(key); known {
		return t.(float64)
	}
	t := bisectCritical(alpha, df)
	criticals.Store(key, t)
	return t
}

// criticals are the values of tCritical so far, by alpha and degrees of freedom: as many as there are sizes of samples.
var criticals sync.Map

func bisectCritical(alpha, df float64) float64 {
	low, high := 0.0, 1.0
	for tTwoSided(high, df) > alpha {
		low, high = high, 2*high
	}
	for high-low > 1e-15*high {
		middle := low + (high-low)/2
		if middle == low || middle == high {
			break
		}
		if tTwoSided(middle, df) > alpha {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// finite says whether x holds neither NaN nor an infinity.
func finite(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// constant says whether all values of x are the same number.
func constant(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}
