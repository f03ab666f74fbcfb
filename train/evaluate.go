package train

import (
	"context"

	"gradlab/data"
	"gradlab/probe"
)

// evaluate runs the test set, and the images that were held out.
func (r *run) evaluate(ctx context.Context, e *EpochResult) {
	e.TestLoss, e.Confusion = r.evaluateOn(ctx, r.test)
	for label, row := range e.Confusion {
		e.TestCorrect += row[label]
		for _, n := range row {
			e.TestTotal += n
		}
	}
	if r.validation != nil {
		e.Validation = r.validate(ctx)
	}
	if ctx.Err() != nil { // it saw a part of the images, and comes again
		return
	}
	if !finite(e.TestLoss) && r.result.NonFinite == nil {
		if r.locateAfter(0); r.result.NonFinite == nil {
			r.place("", probe.InLoss, r.step)
		}
	}
}

// evaluateOn gives the mean loss over a loader's images, and which class each was taken for.
func (r *run) evaluateOn(ctx context.Context, images *data.Loader[float32]) (loss float64, confusion [][]int) {
	classes := len(r.Data.Classes)
	confusion = make([][]int, classes)
	for i := range confusion {
		confusion[i] = make([]int, classes)
	}
	total := 0
	for _, b := range images.Epoch(ctx, 0, 0) {
		r.evaluation.Forward(b.X, b.N)
		loss += r.evaluation.Evaluate(b.Labels, b.N, confusion)
		total += b.N
	}
	return loss / float64(total), confusion
}

// validate runs the images that were held out.
func (r *run) validate(ctx context.Context) *Validation {
	loss, confusion := r.evaluateOn(ctx, r.validation)
	v := Validation{Loss: loss}
	for label, row := range confusion {
		v.Correct += row[label]
		for _, n := range row {
			v.Total += n
		}
	}
	return &v
}
