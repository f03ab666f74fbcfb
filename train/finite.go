package train

import (
	"math"

	"gradlab/data"
	"gradlab/probe"
)

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// locate finds where the loss of the step that is under way ceased to be finite. What the step has overwritten
// is computed once more from the same batch, before the update, and kept: the step goes on with the same bits.
func (r *run) locate(b data.Batch[float32]) {
	r.plan.Keep(true)
	r.plan.SetTracking(false)
	defer r.plan.SetTracking(true)
	r.plan.Forward(b.X, b.N)
	r.plan.Loss(b.Labels, b.N)
	if layer, found := probe.SpoiltParameter(r.plan); found {
		r.place(layer, probe.InGradient, max(1, r.step-1)) // the update before this step made them so, or they began so
	} else if layer, found := probe.SpoiltActivation(r.plan, b.N); found {
		r.place(layer, probe.InActivation, r.step)
	} else {
		r.place("", probe.InLoss, r.step)
	}
}

// locateAfter finds what ceased to be finite in the step that has just ended, where its loss was finite: an output,
// if the step kept n samples of every position, or else what the update has made.
func (r *run) locateAfter(n int) {
	if n > 0 {
		if layer, found := probe.SpoiltActivation(r.plan, n); found {
			r.place(layer, probe.InActivation, r.step)
			return
		}
	}
	if layer, found := probe.SpoiltParameter(r.plan); found {
		r.place(layer, probe.InGradient, r.step)
	}
}

// place notes where numbers ceased to be finite.
func (r *run) place(layer, what string, step int) {
	r.result.NonFinite = &probe.Place{Step: step, Epoch: 1 + (step-1)/r.train.Batches(), Layer: layer, What: what}
}
