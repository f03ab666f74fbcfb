package train

import (
	"context"
	"fmt"

	"gradlab/data"
	"gradlab/internal/canon"
)

// When the test set is run: the values of Config.Test.
const (
	TestEachEpoch = ""      // after each epoch
	TestOnce      = "once"  // once, with the weights that the trial ends with, and then closely: Result.Outcome
	TestNever     = "never" // not at all, so that a choice that rests on the trial knows nothing of it
)

// SmallWeight is the magnitude below which a weight counts as near zero. Gradient descent never makes one exactly
// zero: under an L1 penalty of factor λ a weight without use swings about zero by the learning rate times λ, and
// by up to 1/(1−momentum) times that with momentum, which for common values is well below.
const SmallWeight = 1e-3

// An Outcome is what the final weights make of every image. All of it is measured in evaluation: without dropout,
// with the running statistics of normalisations, without smoothing.
type Outcome struct {
	Test         []Answer // by image of the test set
	TrainLoss    float64  // mean cross-entropy over the images that were trained on
	TrainCorrect int
	TrainTotal   int
	Small        int // weights of a magnitude below SmallWeight, biases and normalisations left out
	Weights      int // of all
}

// An Answer is what a network takes an image for.
type Answer struct {
	Class      int     // with the largest logit, the first of equal ones
	Confidence float64 // its probability by the softmax; NaN where the network has diverged
}

// checkTest says what of c makes no sense for when the test set is run.
func (c Config) checkTest() error {
	switch c.Test {
	case TestEachEpoch, TestOnce, TestNever:
		return nil
	}
	return fmt.Errorf("the test set is run %q, but it must be %q, %q, or nothing for after each epoch", c.Test, TestOnce, TestNever)
}

// conclude runs the test set where it is run but once: its figures become those of the epoch whose weights the
// trial ended with.
func (r *run) conclude(ctx context.Context) error {
	if r.Config.Test != TestOnce {
		return nil
	}
	o := &Outcome{}
	loss, confusion := r.evaluateOn(ctx, r.test, func(b data.Batch[float32], logits []float32) {
		o.Test = append(o.Test, answersOf(logits, b.N)...)
	})
	var seen [][]int
	o.TrainLoss, seen = r.evaluateOn(ctx, r.seen, nil)
	if err := ctx.Err(); err != nil { // they saw a part of the images, and come again
		return err
	}
	o.TrainCorrect, o.TrainTotal = tally(seen)
	o.Small, o.Weights = r.plan.Small(SmallWeight)
	r.result.Outcome = o
	e := r.result.final()
	e.TestLoss, e.Confusion = loss, confusion
	e.count()
	r.checkTestLoss(e)
	return nil
}

// answersOf reads the answers of n images in their logits.
func answersOf(logits []float32, n int) []Answer {
	classes := len(logits) / n
	answers := make([]Answer, n)
	for i := range answers {
		row := logits[i*classes:][:classes]
		best := 0
		for c, v := range row {
			if v > row[best] {
				best = c
			}
		}
		sum := 0.0
		for _, v := range row {
			sum += canon.Exp(float64(v) - float64(row[best]))
		}
		answers[i] = Answer{best, 1 / sum}
	}
	return answers
}

// tally adds a confusion matrix up.
func tally(confusion [][]int) (correct, total int) {
	for label, row := range confusion {
		correct += row[label]
		for _, n := range row {
			total += n
		}
	}
	return correct, total
}

// count fills in what follows from the confusion matrix of the test set.
func (r *EpochResult) count() { r.TestCorrect, r.TestTotal = tally(r.Confusion) }
