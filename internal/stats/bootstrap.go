package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Bootstrap is the bias-corrected and accelerated bootstrap interval (BCa) of a statistic of x
// (Efron 1987, "Better bootstrap confidence intervals"). It assumes no distribution, and serves
// statistics that have no formula of their own, such as a median or a ratio; for a mean over a
// handful of seeds it is too narrow, and Mean is the better one.
//
// The resamples are drawn from a generator seeded with seed. The statistic is given a slice that it
// must not keep. The interval is NaN for fewer than two values, no resamples, a statistic that is
// not finite everywhere, or one that lies outside all its resamples.
func Bootstrap(x []float64, statistic func([]float64) float64, level float64, resamples int, seed uint64) (low, high float64) {
	if len(x) < 2 || resamples < 1 || !finite(x) || !(level > 0 && level < 1) {
		return math.NaN(), math.NaN()
	}
	random := rand.New(rand.NewPCG(seed, 0))
	distribution := make([]float64, resamples)
	resample := make([]float64, len(x))
	for b := range distribution {
		for i := range resample {
			resample[i] = x[random.IntN(len(x))]
		}
		distribution[b] = statistic(resample)
	}
	leftOut := make([]float64, len(x)) // the statistic without x[i]
	for i := range x {
		rest := append(append(resample[:0], x[:i]...), x[i+1:]...)
		leftOut[i] = statistic(rest)
	}
	return bca(distribution, leftOut, statistic(slices.Clone(x)), level)
}

// bca turns a bootstrap distribution, the leave-one-out values and the statistic itself into an
// interval. The distribution is sorted in place.
func bca(distribution, leftOut []float64, observed, level float64) (low, high float64) {
	if !finite(distribution) || !finite(leftOut) || math.IsNaN(observed) {
		return math.NaN(), math.NaN()
	}
	slices.Sort(distribution)
	below, notAbove := 0, 0
	for _, v := range distribution {
		if v < observed {
			below++
		}
		if v <= observed {
			notAbove++
		}
	}
	bias := normalQuantile(float64(below+notAbove) / float64(2*len(distribution)))
	if math.IsInf(bias, 0) {
		return math.NaN(), math.NaN()
	}
	a := acceleration(leftOut)
	bound := func(p float64) float64 {
		z := bias + normalQuantile(p)
		return percentile(distribution, normalCDF(bias+z/(1-a*z)))
	}
	return bound((1 - level) / 2), bound((1 + level) / 2)
}

// acceleration is how fast the statistic's standard error changes with its value: a sixth of the
// skewness of the jackknife's influence values, 0 where nothing has any influence.
func acceleration(leftOut []float64) float64 {
	mean := moments(leftOut).mean
	var squares, cubes float64
	for _, v := range leftOut {
		u := mean - v
		squares += u * u
		cubes += u * u * u
	}
	if squares == 0 {
		return 0
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}

// percentile interpolates linearly between the sorted values, as NumPy's default does.
func percentile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-2)
	if i < 0 {
		return sorted[0]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
