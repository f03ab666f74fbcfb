package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// exactWork is the number of additions up to which McNemar counts all signs: half a second.
const exactWork = 500_000_000

// McNemar tests two classifiers on the same pictures. d[i] is in how many seeds the second one is right about
// picture i, less the number in which the first one is. If neither is better, the sign of each d[i] could as well be
// the other one; p is the share of all sign assignments whose |sum| is at least the observed one, two-sided.
//
// With one seed every d is −1, 0 or 1, and this is McNemar's exact test (1947). With several, what the seeds say of
// one picture is no new evidence about other pictures, so the picture's outcomes move together, as the clusters of
// Durkalski et al. 2003, "Analysis of clustered matched-pair data", do. Adding up the seeds' tables instead would
// count every picture as often as there are seeds, and find differences that are none.
//
// It speaks of other pictures, with the networks as they are; that other seeds would agree is SignFlip's and
// PairedT's to say. The sum's distribution is counted exactly, and taken as normal where that would be more than 5·10⁸
// additions (as of ten thousand pictures that differ in several of ten seeds).
func McNemar(d []int) float64 {
	sum, reach, squares, differing := 0, 0, 0.0, 0
	for _, v := range d {
		sum += v
		if v != 0 {
			reach += abs(v)
			squares += float64(v) * float64(v)
			differing++
		}
	}
	if sum == 0 {
		return 1
	}
	if float64(reach)*float64(differing) > exactWork {
		return math.Erfc(math.Abs(float64(sum)) / math.Sqrt(2*squares))
	}
	// The share of signs that give each sum, from −reach to reach; picture after picture widens it.
	share, next := make([]float64, 2*reach+1), make([]float64, 2*reach+1)
	share[reach] = 1
	wide := 0
	for _, v := range d {
		m := abs(v)
		if m == 0 {
			continue
		}
		clear(next[reach-wide-m : reach+wide+m+1])
		for s := reach - wide; s <= reach+wide; s++ {
			half := share[s] / 2
			next[s-m] += half
			next[s+m] += half
		}
		share, next, wide = next, share, wide+m
	}
	p := 0.0
	for s := reach + abs(sum); s <= 2*reach; s++ {
		p += share[s]
	}
	return math.Min(1, 2*p)
}

func abs(v int) int { return max(v, -v) }

// PicturesNeeded is the number of pictures with which a difference as large as d's, between pictures that differ as
// these do, is shown by McNemar at level alpha (two-sided) with probability power; d and seeds are as in McNemar.
// It is Connor's (1987, "Sample size for testing differences in proportions for the paired-sample design"),
//
//	n = (z(1−α/2) √ψ + z(power) √(ψ − δ²))² / δ²
//
// where δ is the mean difference and ψ the mean of its square: with one seed the share of discordant pictures, of
// which the formula speaks; with several the mean square of a picture's mean difference, by the same derivation.
// It is +Inf where there is no difference, and NaN without pictures.
func PicturesNeeded(d []int, seeds int, alpha, power float64) float64 {
	if len(d) == 0 || seeds < 1 || !(alpha > 0 && alpha < 1 && power > 0 && power < 1) {
		return math.NaN()
	}
	delta, psi := 0.0, 0.0
	for _, v := range d {
		x := float64(v) / float64(seeds)
		delta += x
		psi += x * x
	}
	delta, psi = delta/float64(len(d)), psi/float64(len(d))
	if delta == 0 {
		return math.Inf(1)
	}
	z := distuv.UnitNormal.Quantile
	root := z(1-alpha/2)*math.Sqrt(psi) + z(power)*math.Sqrt(max(0, psi-delta*delta))
	return math.Ceil(root * root / (delta * delta))
}

// Share is a fraction that was counted, with its interval.
type Share struct {
	Value, Low, High float64 // NaN of none
}

// Wilson is the share k of n with Wilson's interval (1927, "Probable inference"), which stays within [0, 1] and
// keeps its level near the ends.
func Wilson(k, n int, level float64) Share {
	if n <= 0 || !(level > 0 && level < 1) {
		return Share{math.NaN(), math.NaN(), math.NaN()}
	}
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Share{p, max(0, middle-half), min(1, middle+half)}
}

// A CalibrationBin is the predictions whose confidence lies between two bounds, the upper one included.
type CalibrationBin struct {
	N          int
	Confidence float64 // mean; NaN of none, as the next
	Accuracy   float64
}

// Calibration is the expected calibration error (Naeini et al. 2015; Guo et al. 2017, "On Calibration of Modern Neural
// Networks"): predictions are put into bins of equal width by their confidence, the probability of the predicted
// class, and the error is the mean of |accuracy − confidence| over bins, by their numbers of predictions. It is NaN
// without predictions or with a confidence outside [0, 1].
func Calibration(confidence []float64, correct []bool, bins int) (float64, []CalibrationBin) {
	all := make([]CalibrationBin, max(bins, 1))
	for i, c := range confidence {
		if !(c >= 0 && c <= 1) {
			return math.NaN(), nil
		}
		b := &all[max(0, int(math.Ceil(c*float64(len(all))))-1)]
		b.N++
		b.Confidence += c
		if correct[i] {
			b.Accuracy++
		}
	}
	if len(confidence) == 0 {
		return math.NaN(), nil
	}
	e := 0.0
	for i := range all {
		b := &all[i]
		e += math.Abs(b.Accuracy - b.Confidence)
		b.Accuracy, b.Confidence = b.Accuracy/float64(b.N), b.Confidence/float64(b.N)
	}
	return e / float64(len(confidence)), all
}
