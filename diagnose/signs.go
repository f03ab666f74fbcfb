package diagnose

import "math"

// Signs are the figures that verdicts follow from, of one record.
type Signs struct {
	Curve      Curve
	Gradient   Gradient
	Movements  []Movement
	Activities []Activity
}

// SignsOf works them out.
func SignsOf(r Record) Signs {
	return Signs{
		Curve: curveOf(r), Gradient: gradientOf(r.Positions, recent(r.Windows)),
		Movements: movementsOf(r), Activities: activitiesOf(r),
	}
}

// Moved gives the smallest and the largest of a figure of the layers' movements; NaN without any.
func (s Signs) Moved(figure func(Movement) float64) (low, high float64) {
	low, high = math.NaN(), math.NaN()
	for _, m := range s.Movements {
		if v := figure(m); finite(v) {
			if !(low <= v) {
				low = v
			}
			if !(high >= v) {
				high = v
			}
		}
	}
	return low, high
}
