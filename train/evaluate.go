package train

import (
	"context"
	"math"

	"gradlab/data"
	"gradlab/probe"
)

// evaluate runs the test set, unless that is run later or never, and the images that were held out.
func (r *run) evaluate(ctx context.Context, e *EpochResult) {
	e.TestLoss = math.NaN()
	if r.Config.Test == TestEachEpoch {
		e.TestLoss, e.Confusion = r.evaluateOn(ctx, r.test, nil)
		e.count()
	}
	if r.validation != nil {
		e.Validation = r.validate(ctx)
	}
	if ctx.Err() != nil { // it saw a part of the images, and comes again
		return
	}
	r.checkTestLoss(e)
}

// checkTestLoss finds what ceased to be finite where the loss on the test set is not.
func (r *run) checkTestLoss(e *EpochResult) {
	if e.TestTotal == 0 || finite(e.TestLoss) || r.result.NonFinite != nil {
		return
	}
	if r.locateAfter(0); r.result.NonFinite == nil {
		r.place("", probe.InLoss, r.step)
	}
}

// evaluateOn gives the mean loss over a loader's images, and which class each was taken for. each, which may be
// nil, sees the logits of every batch.
func (r *run) evaluateOn(ctx context.Context, images *data.Loader[float32], each func(data.Batch[float32], []float32)) (loss float64, confusion [][]int) {
	classes := len(r.Data.Classes)
	confusion = make([][]int, classes)
	for i := range confusion {
		confusion[i] = make([]int, classes)
	}
	total := 0
	for _, b := range images.Epoch(ctx, 0, 0) {
		logits := r.evaluation.Forward(b.X, b.N)
		loss += r.evaluation.Evaluate(b.Labels, b.N, confusion)
		total += b.N
		if each != nil {
			each(b, logits)
		}
	}
	return loss / float64(total), confusion
}

// validate runs the images that were held out.
func (r *run) validate(ctx context.Context) *Validation {
	loss, confusion := r.evaluateOn(ctx, r.validation, nil)
	v := Validation{Loss: loss}
	v.Correct, v.Total = tally(confusion)
	return &v
}
