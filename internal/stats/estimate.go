package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Estimate is a mean with its interval, in the unit of the sample.
type Estimate struct {
	Mean float64
	Low  float64 // NaN when there is no interval
	High float64
	SD   float64 // of the sample, with n−1 in the denominator; NaN for fewer than two values
	N    int
}

// HasInterval says whether Low and High are numbers: from two finite values on.
func (e Estimate) HasInterval() bool { return !math.IsNaN(e.Low) && !math.IsNaN(e.High) }

// Mean is the mean of x with Student's interval: mean ± t·SD/√n, t from n−1 degrees of freedom. It assumes that the
// values are independent and roughly normal, or many.
//
// Of one value there is a mean and no interval; of none, nothing. Where all values are equal the
// interval has no width, which says that the sample shows no spread, not that the mean is known.
func Mean(x []float64, level float64) Estimate {
	m := moments(x)
	margin := tCritical(1-level, m.df()) * m.se()
	return Estimate{Mean: m.mean, Low: m.mean - margin, High: m.mean + margin, SD: m.sd, N: m.n}
}

// sample is what the tests on means need to know of their data.
type sample struct {
	n        int
	mean, sd float64
}

func (s sample) se() float64 { return s.sd / math.Sqrt(float64(s.n)) }
func (s sample) df() float64 { return float64(s.n - 1) }

// moments is size, mean and standard deviation of x. Equal values have exactly their own mean and
// no spread, which a rounded sum would not give.
func moments(x []float64) sample {
	s := sample{n: len(x), mean: math.NaN(), sd: math.NaN()}
	switch {
	case len(x) == 0 || !finite(x):
	case len(x) == 1:
		s.mean = x[0]
	case constant(x):
		s.mean, s.sd = x[0], 0
	default:
		s.mean, s.sd = stat.MeanStdDev(x, nil)
	}
	return s
}
