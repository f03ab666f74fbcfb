package stats

import "math"

// Wilson is the score interval of a proportion of which k of n were seen (Wilson 1927), such as an
// accuracy on n test images. Unlike p ± z·√(p(1−p)/n) it stays inside [0, 1] and keeps its coverage
// near the ends. It speaks of other test images from the same source, not of other seeds.
//
// For n = 0 it is [0, 1]: nothing is known. Counts that cannot be give NaN.
func Wilson(k, n int, level float64) (low, high float64) {
	if k < 0 || k > n || !(level > 0 && level < 1) {
		return math.NaN(), math.NaN()
	}
	if n == 0 {
		return 0, 1
	}
	z := -normalQuantile((1 - level) / 2)
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	margin := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	low, high = math.Max(0, centre-margin), math.Min(1, centre+margin)
	if k == 0 {
		low = 0 // exactly, which rounding would miss
	}
	if k == n {
		high = 1
	}
	return low, high
}
