package stats

import "math"

// SmallestSignFlipP is the smallest two-sided p that SignFlip can give with n pairs, 2^(1−n): all
// differences have one sign, and only the mirror image reaches the same |sum|. No
// result, however clear, goes below it: with five seeds p ≥ 0.0625.
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
