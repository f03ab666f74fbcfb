package train

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"gradlab/nn"
)

// TestAnEvaluatorSeesWhatTheTrialSaw: with the weights that a trial ended with, the test set and the images that were held
// out have the loss, to the bit, and the confusion that the trial recorded, whatever it was trained like.
func TestAnEvaluatorSeesWhatTheTrialSaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		trial := randomTrial(rt)
		r, err := Run(context.Background(), trial, silent{})
		if err != nil {
			rt.Fatal(err)
		}
		e, err := NewEvaluator(trial, r.Weights)
		if err != nil {
			rt.Fatal(err)
		}
		final := r.Final()
		if trial.Config.Test != TestNever {
			n := 0
			loss, confusion, err := e.Test(context.Background(), nil, func([]float32) { n++ })
			if err != nil || n != trial.Data.Test.N() || !cmp.Equal(loss, final.TestLoss, cmpopts.EquateNaNs()) || !cmp.Equal(confusion, final.Confusion) {
				rt.Errorf("%d images with loss %v and confusion %v (%v), the trial had %v and %v", n, loss, confusion, err, final.TestLoss, final.Confusion)
			}
		}
		if final.Validation == nil {
			if _, _, err := e.Validate(context.Background(), nil, nil); err == nil || e.HeldOut() != nil {
				rt.Error("images are held out of a trial that trained on all")
			}
			return
		}
		loss, confusion, err := e.Validate(context.Background(), nil, nil)
		correct, total := tally(confusion)
		if err != nil || total != len(e.HeldOut()) || !cmp.Equal(Validation{loss, correct, total}, *final.Validation, cmpopts.EquateNaNs()) {
			rt.Errorf("of what was held out, loss %v and %d of %d right (%v), the trial had %+v", loss, correct, total, err, *final.Validation)
		}
	})
}

func TestAnEvaluatorShowsWhatItIsAsked(t *testing.T) {
	trial := regularised()
	r := mustRun(t, trial)
	e, err := NewEvaluator(trial, r.Weights)
	if err != nil {
		t.Fatal(err)
	}
	all := map[int][]float32{}
	if _, _, err := e.Test(context.Background(), nil, func(logits []float32) { all[len(all)] = slices.Clone(logits) }); err != nil {
		t.Fatal(err)
	}
	asked := []int{7, 2, 19}
	var some [][]float32
	_, confusion, err := e.Test(context.Background(), asked, func(logits []float32) { some = append(some, slices.Clone(logits)) })
	if _, total := tally(confusion); err != nil || total != len(asked) || !cmp.Equal(some, [][]float32{all[7], all[2], all[19]}) {
		t.Errorf("of images %v it shows %v (%v)", asked, some, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if loss, _, err := e.Test(ctx, nil, nil); err == nil {
		t.Errorf("it was stopped, and gives the loss %v", loss)
	}
	for name, damage := range map[string]func(w []nn.Tensor[float32]) []nn.Tensor[float32]{
		"one is missing": func(w []nn.Tensor[float32]) []nn.Tensor[float32] { return w[1:] },
		"another shape": func(w []nn.Tensor[float32]) []nn.Tensor[float32] {
			w[0].Shape = append(nn.Shape{1}, w[0].Shape...)
			return w
		},
		"another name": func(w []nn.Tensor[float32]) []nn.Tensor[float32] { w[0].Name = "other"; return w },
	} {
		if _, err := NewEvaluator(trial, damage(slices.Clone(r.Weights))); err == nil {
			t.Errorf("%s, and it is evaluated", name)
		}
	}
	for _, v := range all[0] {
		if math.IsNaN(float64(v)) {
			t.Fatal("the network has diverged, and tests nothing")
		}
	}
}
