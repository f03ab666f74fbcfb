package probe

import "math"

// LossWindow is the training loss during a window of training: of every step, probed or not.
type LossWindow struct {
	First, Last, Count int     // steps, from 1
	Mean               float64 // over the steps, of their batches' mean losses
	SD                 float64 // over the steps; NaN of one
}

// Losses adds up the losses of the steps of a run, by window. Make one with NewLosses.
type Losses struct {
	steps   int
	windows [MaxWindows]struct {
		first, last int
		moments
	}
}

// NewLosses is for a run of steps steps.
func NewLosses(steps int) *Losses { return &Losses{steps: steps} }

// Add takes the loss of a step, counted from 1.
func (l *Losses) Add(step int, loss float64) {
	w := &l.windows[WindowOf(step, l.steps)]
	if w.count == 0 {
		w.first = step
	}
	w.last = step
	w.merge(moments{count: 1, mean: loss})
}

// Windows gives the windows that have steps, in order.
func (l *Losses) Windows() []LossWindow {
	var out []LossWindow
	for at := range l.windows {
		if w, ok := l.Window(at); ok {
			out = append(out, w)
		}
	}
	return out
}

// Window gives window at, from 0, as far as it has come; ok is false of one without a step.
func (l *Losses) Window(at int) (v LossWindow, ok bool) {
	w := &l.windows[at]
	if w.count == 0 {
		return LossWindow{}, false
	}
	v = LossWindow{First: w.first, Last: w.last, Count: int(w.count), Mean: w.mean, SD: math.NaN()}
	if w.count > 1 {
		v.SD = math.Sqrt(w.squares / (w.count - 1))
	}
	return v, true
}
