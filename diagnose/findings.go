package diagnose

import (
	"math"
)

// Kinds of trouble.
const (
	NotFinite      = "not finite"
	NotLearning    = "not learning"
	Vanishing      = "vanishing gradient"
	Exploding      = "exploding gradient"
	Alike          = "units that are alike"
	DeadUnits      = "dead units"
	Saturated      = "saturated units"
	StartsTooLarge = "starts too large"
	TooLarge       = "steps too large"
	Unstable       = "unstable loss"
	TooSlow        = "too slow"
	WrongLabels    = "labels that contradict"
	Overfitting    = "overfitting"
)

// kinds in the order in which they are told: what explains most comes first.
var kinds = []string{NotFinite, Vanishing, Exploding, Alike, DeadUnits, Saturated, StartsTooLarge, TooLarge, Unstable, TooSlow, WrongLabels, NotLearning, Overfitting}

// Finding is trouble that was found in one record.
type Finding struct {
	Kind      string
	Problem   bool // otherwise a remark
	Positions []string
	Figures   []measured
	Cause     string
	Try       []string

	detail, first, last string // of the kind, and of the depth: for the words
}

// measured is a figure of a finding. With Log it is a natural logarithm, whose exponential is shown.
type measured struct {
	Name string
	Interval
	Log bool
}

func (f Finding) figure(name string) (Interval, bool) {
	for _, m := range f.Figures {
		if m.Name == name {
			return m.Interval, true
		}
	}
	return Interval{}, false
}

func value(name string, v float64) measured {
	return measured{Name: name, Interval: Interval{v, math.NaN(), math.NaN()}}
}
