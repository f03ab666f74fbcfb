package stats

import (
	"fmt"
	"math"
)

// Line is a straight line fitted to points by least squares: y ≈ Intercept + Slope·x.
type Line struct {
	Slope       float64 // in units of y per unit of x
	Low, High   float64 // Student's interval of the slope; NaN for two points
	SE          float64 // standard error of the slope
	Intercept   float64 // y at x = 0
	InterceptSE float64
	P           float64 // two-sided, of slope 0, with n−2 degrees of freedom
	N           int
}

// FitLine fits a line to the points (x[i], y[i]) by ordinary least squares; interval and p assume
// independent, equally spread errors in y (Draper and Smith, "Applied Regression Analysis", ch. 1).
//
// It fails if x and y differ in length or if there are no two different x: there is no slope then.
// Two points give a slope without interval. Points that lie exactly on a line give an interval of
// no width, and p = 0, or 1 if the line is flat.
func FitLine(x, y []float64, level float64) (Line, error) {
	if len(x) != len(y) {
		return Line{}, fmt.Errorf("failed to fit a line: %d values of x and %d of y", len(x), len(y))
	}
	if !finite(x) || !finite(y) {
		return Line{}, fmt.Errorf("failed to fit a line: a value is not a finite number")
	}
	if len(x) < 2 || constant(x) {
		return Line{}, fmt.Errorf("failed to fit a line: %d points without two different x", len(x))
	}
	n := float64(len(x))
	mx, my := moments(x).mean, moments(y).mean
	var sxx, sxy float64
	for i := range x {
		sxx += (x[i] - mx) * (x[i] - mx)
		sxy += (x[i] - mx) * (y[i] - my)
	}
	l := Line{Slope: sxy / sxx, N: len(x)}
	l.Intercept = my - l.Slope*mx

	var residual float64 // sum of squares
	for i := range x {
		r := (y[i] - my) - l.Slope*(x[i]-mx)
		residual += r * r
	}
	variance := residual / (n - 2) // 0/0 for two points: they say nothing of the spread
	l.SE = math.Sqrt(variance / sxx)
	l.InterceptSE = math.Sqrt(variance * (1/n + mx*mx/sxx))
	if len(x) == 2 {
		l.SE, l.InterceptSE = math.NaN(), math.NaN()
	}
	slope := newTTest(l.Slope, l.SE, n-2)
	l.P = slope.P
	l.Low, l.High = slope.Interval(level)
	return l, nil
}
