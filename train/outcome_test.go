package train

import (
	"context"
	"math"
	"testing"

	"gradlab/nn"
)

// A test set that is run once changes no weight, and its figures are those that running it after the last epoch gives.
func TestTestSetRunOnce(t *testing.T) {
	each := smallTrial()
	each.Config.Epochs = 2
	once, never := each, each
	once.Config.Test, never.Config.Test = TestOnce, TestNever
	var results []*Result
	for _, trial := range []Trial{each, once, never} {
		r, err := Run(context.Background(), trial, &listener{})
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	a, b, c := results[0], results[1], results[2]
	if a.Digest != b.Digest || a.Digest != c.Digest {
		t.Error("when the test set is run changes the weights")
	}
	if x, y := a.Final(), b.Final(); x.TestLoss != y.TestLoss || x.TestCorrect != y.TestCorrect || x.TestTotal != y.TestTotal {
		t.Errorf("the test set once gives %v, %d of %d, after each epoch %v, %d of %d", y.TestLoss, y.TestCorrect, y.TestTotal, x.TestLoss, x.TestCorrect, x.TestTotal)
	}
	if first := b.Epochs[0]; first.TestTotal != 0 || !math.IsNaN(first.TestLoss) || first.Confusion != nil {
		t.Errorf("the test set was run after the first epoch: %+v", first)
	}
	if last := c.Final(); last.TestTotal != 0 || !math.IsNaN(last.TestLoss) || c.Outcome != nil || a.Outcome != nil {
		t.Errorf("the test set was run: %+v", last)
	}
	o, classes := b.Outcome, len(once.Data.Classes)
	confusion := make([][]int, classes)
	for i := range confusion {
		confusion[i] = make([]int, classes)
	}
	for i, answer := range o.Test {
		confusion[once.Data.Test.Labels[i]][answer.Class]++
		if !(answer.Confidence >= 1/float64(classes)-1e-12 && answer.Confidence <= 1) {
			t.Errorf("image %d: confidence %v in one of %d classes", i, answer.Confidence, classes)
		}
	}
	for i, row := range confusion {
		for k, n := range row {
			if n != b.Final().Confusion[i][k] {
				t.Fatalf("the answers give the confusion matrix %v, counted was %v", confusion, b.Final().Confusion)
			}
		}
	}
	if o.TrainTotal != once.Data.Train.N() || o.Weights == 0 || o.Small > o.Weights {
		t.Errorf("outcome %+v", *o)
	}
	wrong := each
	wrong.Config.Test = "twice"
	if _, err := Run(context.Background(), wrong, &listener{}); err == nil {
		t.Error("a test set that is run twice is no error")
	}
}

// softmax(0, ln 3) is (1/4, 3/4); of equal logits the first is taken; and a logit that is no number gives no confidence.
func TestAnswers(t *testing.T) {
	a := answersOf([]float32{0, float32(math.Log(3)), 2, 2, float32(math.NaN()), 0}, 3)
	if a[0].Class != 1 || math.Abs(a[0].Confidence-0.75) > 1e-7 || a[1].Class != 0 || a[1].Confidence != 0.5 || !math.IsNaN(a[2].Confidence) {
		t.Errorf("answers are %+v", a)
	}
}

// Weights set to a thousandth are not below it, smaller ones are, and biases do not count.
func TestSmallWeights(t *testing.T) {
	plan, err := nn.Compile[float32](nn.Model{Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: 3}}}, nn.Shape{2, 1, 1}, 3, nn.Options{Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plan.Params() {
		for i := range p.Data {
			p.Data[i] = []float32{0, -0.0009, 0.002, -0.002, 1, float32(math.NaN())}[i%6]
		}
	}
	if small, all := plan.Small(SmallWeight); small != 2 || all != 6 {
		t.Errorf("%d of %d weights are small, want 2 of 6", small, all)
	}
}
