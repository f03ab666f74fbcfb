package nn

import (
	"slices"
	"testing"
)

// partialModels have every kind of stage, and residual blocks with and without a projection.
var partialModels = map[string]Model{
	"images": {Layers: []Layer{
		Conv2d{Filters: 4, Kernel: Square(3)}, Activation{Name: "relu"}, MaxPool2d{Kernel: Square(2)},
		Residual{Layers: []Layer{Conv2d{Filters: 4, Kernel: Square(3), Padding: Square(1)}, BatchNorm{}, Activation{Name: "tanh"}}},
		Residual{Layers: []Layer{Conv2d{Filters: 5, Kernel: Square(3), Stride: Square(2), Padding: Square(1), NoBias: true}, Dropout{Rate: 0.3}}},
		AvgPool2d{Kernel: Square(1)}, Flatten{}, LayerNorm{}, Linear{Out: 7}, Activation{Name: "gelu"}, Linear{Out: Classes},
	}},
	"vectors": {Layers: []Layer{
		Flatten{}, Linear{Out: 6}, Activation{Name: "silu"},
		Residual{Layers: []Layer{Linear{Out: 6}, Activation{Name: "tanh"}, Linear{Out: 8}}},
		BatchNorm{NoAffine: true}, Activation{Name: "elu"}, Dropout{Rate: 0.5}, Linear{Out: Classes, NoBias: true},
	}},
}

// TestPartsOfAStep compares with whole steps, bit by bit: from every position, after a parameter of its layer
// has been changed, forward, and backward from the gradient that stands there.
func TestPartsOfAStep(t *testing.T) {
	for name, m := range partialModels {
		t.Run(name, func(t *testing.T) {
			const n = 3
			in := Shape{8, 8, 2}
			compiled := func() *Plan[float64] {
				p, err := Compile[float64](m, in, 3, Options{Batch: n, Seed: 1})
				if err != nil {
					t.Fatal(err)
				}
				p.SetTracking(false)
				return p
			}
			x, labels := make([]float64, n*in.Size()), []int32{0, 2, 1}
			for i := range x {
				x[i] = float64(i*i%23)/23 - 0.4
			}
			part, whole := compiled(), compiled()
			part.Forward(x, n)
			part.Loss(labels, n)
			part.Backward(n)
			last := len(part.Positions())
			for i := range last {
				for k, q := range part.PositionParams(i) {
					q.Data[len(q.Data)/2] += 0.25
					whole.PositionParams(i)[k].Data[len(q.Data)/2] += 0.25
				}
				part.ForwardRange(i, i+1, n)
				part.ForwardRange(i+1, last, n)
				whole.Forward(x, n)
				if part.Loss(labels, n) != whole.Loss(labels, n) {
					t.Errorf("the loss from position %d on is not that of the whole", i+1)
				}
				whole.Backward(n)
				part.BackwardRange(i, last, n)
				part.BackwardRange(0, i, n)
				for k, q := range whole.Params() {
					if !slices.Equal(part.Params()[k].Grad, q.Grad) {
						t.Errorf("position %d: the gradient of %s is not that of the whole", i+1, q.Name)
					}
				}
			}
			if g := part.Gradient(last-2, n); g != nil { // twice the gradient at a position is twice that before it
				before := slices.Clone(part.Params()[0].Grad)
				for k := range g {
					g[k] *= 2
				}
				part.BackwardFrom(last-2, n)
				for k, v := range part.Params()[0].Grad {
					if v != 2*before[k] {
						t.Fatalf("[%d] = %v, want twice %v", k, v, before[k])
					}
				}
			}
			if got := part.Losses(n); sum(got)/n != part.Loss(labels, n) {
				t.Errorf("the losses %v do not add up", got)
			}
		})
	}
}
