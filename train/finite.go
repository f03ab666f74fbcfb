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
	layer, what, found := probe.Locate(r.plan, b.N)
	if !found {
		what = probe.InLoss
	}
	r.place(layer, what, r.step)
}

// locateParameters finds which parameters the newest update has made not finite.
func (r *run) locateParameters() {
	if layer, what, found := probe.Locate(r.plan, 0); found {
		r.place(layer, what, r.step+1) // as the next step's loss would find them
	}
}

// place notes where numbers ceased to be finite. Parameters that a step finds so were made by the update
// before it, or have started so.
func (r *run) place(layer, what string, step int) {
	if what == probe.InGradient {
		step = max(1, step-1)
	}
	r.result.NonFinite = &probe.Place{Step: step, Epoch: 1 + (step-1)/r.train.Batches(), Layer: layer, What: what}
}
