package train

import (
	"context"
	"errors"
	"fmt"

	"gradlab/data"
	"gradlab/nn"
)

// An Evaluator shows images to a network whose weights are given, in the way in which a trial evaluates it: scaled as
// in training, through the form without chance of its transforms, without dropout, by running statistics. What it sees
// has the bits that the trial's own evaluation has. It serves one goroutine at a time.
type Evaluator struct{ r run }

// NewEvaluator makes one of a trial, of which Model, Data, Config, Seed and Engine count, and its weights, as Result has
// them. It fails for the weights of another model.
func NewEvaluator(t Trial, weights []nn.Tensor[float32]) (*Evaluator, error) {
	e := &Evaluator{run{Trial: t}}
	if err := e.prepare(weights); err != nil {
		return nil, fmt.Errorf("failed to evaluate: %w", err)
	}
	return e, nil
}

func (e *Evaluator) prepare(weights []nn.Tensor[float32]) error {
	r := &e.r
	if err := r.hold(); err != nil {
		return err
	}
	set := r.Data.Train
	in, err := r.Config.InputShape(set.H, set.W, set.C)
	if err != nil {
		return err
	}
	_, batch := batches(r.Data.Info(), r.Config)
	if r.plan, err = nn.Compile[float32](r.Model, in, len(r.Data.Classes), nn.Options{Batch: batch, Engine: r.Engine}); err != nil {
		return err
	}
	var values nn.Snapshot[float32]
	if err := r.plan.SetTensors(&values, weights); err != nil {
		return err
	}
	r.plan.Restore(&values)
	r.plan.Keep(false)
	r.plan.SetTraining(false)
	r.evaluation = r.plan
	return r.load()
}

// HeldOut are the numbers of the training images that the trial held out, ascending; nil where it trained on all.
func (e *Evaluator) HeldOut() []int { return e.r.held }

// Test shows the images of the test set whose numbers are in only (nil is all of them), in that order. each, which may be
// nil, gets the logits of one image after the other, valid during the call. It gives their mean loss, and by label which
// class each was taken for. It fails when ctx is done.
func (e *Evaluator) Test(ctx context.Context, only []int, each func(logits []float32)) (loss float64, confusion [][]int, err error) {
	return e.show(ctx, e.r.test, only, each)
}

// Validate is Test for images that were held out, by their numbers in the training set; nil is all that were.
func (e *Evaluator) Validate(ctx context.Context, only []int, each func(logits []float32)) (loss float64, confusion [][]int, err error) {
	if e.r.validation == nil {
		return 0, nil, errors.New("failed to evaluate: the trial holds no images out")
	}
	return e.show(ctx, e.r.validation, only, each)
}

func (e *Evaluator) show(ctx context.Context, images *data.Loader[float32], only []int, each func(logits []float32)) (float64, [][]int, error) {
	if only != nil {
		images = images.Only(only)
	}
	loss, confusion := e.r.evaluateOn(ctx, images, func(b data.Batch[float32], logits []float32) {
		for classes := len(e.r.Data.Classes); each != nil && len(logits) > 0; logits = logits[classes:] {
			each(logits[:classes])
		}
	})
	return loss, confusion, ctx.Err()
}
