package stats

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// SmallestSignFlipP is the smallest two-sided p that SignFlip can give with n pairs, 2^(1−n): all
// differences have one sign, and only the mirror image reaches the same |sum|. The exact Wilcoxon
// test has the same bound. No result, however clear, goes below it: with five seeds p ≥ 0.0625.
func SmallestSignFlipP(n int) float64 {
	return math.Ldexp(1, 1-max(n, 1))
}

// SeedsForSignFlip is the smallest number of pairs with which Holm's correction over the given
// number of comparisons can still leave p ≤ alpha: comparisons·2^(1−n) ≤ alpha. It is what must
// hold for a study to be able to show anything, not what suffices. It is 0 where no such number
// exists: no comparison, or an alpha outside (0, 1).
func SeedsForSignFlip(comparisons int, alpha float64) int {
	if comparisons < 1 || !(alpha > 0 && alpha < 1) {
		return 0
	}
	n := 1
	for float64(comparisons)*SmallestSignFlipP(n) > alpha {
		n++
	}
	return n
}

// PairedTPower is the probability that PairedT gives p ≤ alpha with n pairs, if differences are
// normal with a mean of effect standard deviations: the tails beyond the critical value of the
// noncentral t distribution with n−1 degrees of freedom and noncentrality effect·√n (Johnson, Kotz
// and Balakrishnan, "Continuous Univariate Distributions" 2, ch. 31). For a family of m tests under
// Holm, alpha/m gives the power of the hardest one.
func PairedTPower(n int, effect, alpha float64) float64 {
	df := float64(n - 1)
	critical := tCritical(alpha, df)
	shift := effect * math.Sqrt(float64(n))
	if math.IsNaN(critical) || math.IsNaN(shift) {
		return math.NaN()
	}
	return math.Min(1, noncentralTail(critical, df, shift)+noncentralTail(critical, df, -shift))
}

// DetectableEffect is the effect, as the mean of the differences in units of their standard
// deviation (Cohen's d for pairs), that PairedT with n pairs finds at alpha with the given power.
// It is NaN for fewer than two pairs or for an alpha or power outside (0, 1).
//
// With ten pairs, alpha 0.05 and power 0.8 it is 1.0: a difference as large as its own spread from
// seed to seed is found four times out of five.
func DetectableEffect(n int, alpha, power float64) float64 {
	if n < 2 || !(alpha > 0 && alpha < 1) || !(power > 0 && power < 1) {
		return math.NaN()
	}
	if power <= alpha {
		return 0 // no effect at all is "found" that often
	}
	low, high := 0.0, 1.0
	for PairedTPower(n, high, alpha) < power {
		low, high = high, 2*high
	}
	for high-low > 1e-9*high {
		if middle := (low + high) / 2; PairedTPower(n, middle, alpha) < power {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// noncentralTail is P((Z+shift)/√(X/df) > t) for t > 0, with Z standard normal and X chi-squared
// with df degrees of freedom: the integral over z of φ(z)·P(X < df·((z+shift)/t)²). The integrand
// is smooth, and beyond |z| = 9 there is less than 1e-18 of Z.
func noncentralTail(t, df, shift float64) float64 {
	const reach, nodes = 9, 400
	from := math.Max(-reach, -shift)
	if from >= reach {
		return 0
	}
	density := func(z float64) float64 {
		root := (z + shift) / t
		return distuv.UnitNormal.Prob(z) * mathext.GammaIncReg(df/2, df*root*root/2)
	}
	return quad.Fixed(density, from, reach, nodes, quad.Legendre{}, 1)
}
