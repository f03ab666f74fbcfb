package stats

import "math"

// TTest is the outcome of a t test.
type TTest struct {
	Diff float64 // the difference of means that was tested against 0
	SE   float64 // its standard error
	T    float64 // Diff/SE
	DF   float64 // degrees of freedom
	P    float64 // two-sided
}

// Interval is Student's interval of the tested difference.
func (t TTest) Interval(level float64) (low, high float64) {
	margin := tCritical(1-level, t.DF) * t.SE
	return t.Diff - margin, t.Diff + margin
}

// PairedT tests whether paired differences have mean 0 (Student 1908): t = mean/(SD/√n) with n−1
// degrees of freedom. It needs two pairs.
//
// Without spread t does not exist, and the convention is: if all differences are 0, t = 0 and
// p = 1; if all are the same other number, t = ±Inf and p = 0. That p is what the formula gives,
// and is no certainty: a sample of equal values says nothing of the spread of what it was drawn
// from. SignFlip gives 2^(1−n) there, which is what n equal signs can show.
func PairedT(diffs []float64) TTest {
	m := moments(diffs)
	return newTTest(m.mean, m.se(), m.df())
}

func newTTest(diff, se, df float64) TTest {
	t := TTest{Diff: diff, SE: se, T: diff / se, DF: df}
	switch {
	case math.IsNaN(diff) || math.IsNaN(se):
		t.T, t.DF, t.P = math.NaN(), math.NaN(), math.NaN()
	case diff == 0 && se == 0:
		t.T, t.P = 0, 1
	default:
		t.P = tTwoSided(t.T, df)
	}
	return t
}
