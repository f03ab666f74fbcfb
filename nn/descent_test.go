package nn

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

var descentRules = []optim.SGD{
	{Rate: 0.05}, {Rate: 0.05, WeightDecay: 0.01}, {Rate: 0.05, Momentum: 0.9},
	{Rate: 0.05, Momentum: 0.9, Nesterov: true, WeightDecay: 0.01},
	{Rate: 0.05, Momentum: 0.9, WeightDecay: 0.01, Decoupled: true, Penalty: optim.Penalty{L1: 1e-3, Biases: true}, MaxNorm: 0.5},
}

// TestBackwardUpdateHasTheBitsOfBoth: whether gradients are stored, positions kept, updates watched, or
// work divided over threads changes no bit of any parameter.
func TestBackwardUpdateHasTheBitsOfBoth(t *testing.T) {
	t.Run("float32", testBackwardUpdate[float32])
	t.Run("float64", testBackwardUpdate[float64])
}

func testBackwardUpdate[T kernel.Float](t *testing.T) {
	in := Shape{9, 10, 3}
	wide := Model{Layers: []Layer{
		Activation{Name: "tanh"}, Flatten{}, Linear{Out: 300}, Activation{Name: "relu"}, Activation{Name: "tanh"},
		Linear{Out: 90}, Activation{Name: "sigmoid"}, Linear{Out: Classes}, Activation{Name: "tanh"},
	}}
	relu, pool := Activation{Name: "relu"}, MaxPool2d{Kernel: Square(2)}
	pooled := Model{Layers: []Layer{
		Conv2d{Filters: 5, Kernel: Square(2)}, relu, pool, Activation{Name: "sigmoid"},
		Conv2d{Filters: 4, Kernel: Square(2), Padding: Square(1)}, relu, MaxPool2d{Kernel: Square(2), Stride: Square(1)}, relu, pool, Activation{Name: "tanh"},
		Flatten{}, Linear{Out: Classes},
	}}
	for name, m := range map[string]Model{"all kinds": allKinds(), "wide": wide, "pooled": pooled} {
		rules := descentRules
		if testing.Short() {
			rules = rules[:1]
		}
		for _, rule := range rules {
			var want []string
			for _, isa := range kernel.Available() {
				for _, threads := range []int{1, 3} {
					for _, fused := range []bool{false, true} {
						for _, watch := range []bool{false, true} {
							p := compiled[T](t, m, in, Options{Batch: 20, Seed: 3, Engine: kernel.New(isa, threads)})
							x, labels := samples[T](1, 20, in)
							p.Keep(!fused || watch)
							for _, n := range []int{20, 17} {
								p.Forward(x, n)
								p.Loss(labels, n)
								if fused {
									p.BackwardUpdate(n, rule, watch)
								} else {
									p.Backward(n)
									p.Update(rule, watch)
								}
							}
							got := []string{p.Digest()}
							p.Keep(true)
							for i := range p.Positions() {
								if fused && !watch {
									got = append(got, want[1+i]) // not kept
									continue
								}
								got = append(got, fmt.Sprint(sum(p.Activation(i, 17)), sum(p.Gradient(i, 17))))
							}
							if want == nil {
								want = got
							}
							if !slices.Equal(got, want) {
								t.Errorf("%s, %+v, %v on %d threads, fused %v, watched %v: %v, want %v", name, rule, isa, threads, fused, watch, got, want)
							}
							for _, q := range p.Params() {
								if fused && q.Grad != nil {
									t.Errorf("%s: the gradient of %s is stored", name, q.Name)
								}
							}
						}
					}
				}
			}
		}
	}
}

// TestSquares compares the squares of a watched update with sums in float64 over what was stored, also
// where a gradient has vanished or exploded, and asks that they be the same on every engine.
func TestSquares(t *testing.T) {
	in := Shape{6, 5, 2}
	for _, scale := range []float64{1, 1e-12, 1e-28, 1e12, 1e17} {
		for _, rule := range descentRules {
			rule.Rate *= 1e-3 / math.Max(1, scale)
			var want []Squares
			for _, isa := range kernel.Available() {
				for threads := 1; threads <= 2; threads++ {
					p := compiled[float32](t, Model{Layers: []Layer{Conv2d{Filters: 3, Kernel: Square(2)}, Flatten{}, Linear{Out: 40}, Linear{Out: Classes}}},
						in, Options{Batch: 8, Engine: kernel.New(isa, threads)})
					x, labels := samples[float32](1, 8, in)
					last := p.Params()[4]
					for i := range last.Data { // what stands after the others scales their gradients
						last.Data[i] *= float32(scale)
					}
					var got []Squares
					for range 3 {
						p.Forward(x, 8)
						p.Loss(labels, 8)
						p.Backward(8) // stores what BackwardUpdate computes once more
						var before [][]float32
						for _, q := range p.Params() {
							before = append(before, slices.Clone(q.Data))
						}
						p.BackwardUpdate(8, rule, true)
						for i, q := range p.Params() {
							got = append(got, q.Squares)
							checkSquares(t, fmt.Sprintf("%v, scale %g, %+v: %s", isa, scale, rule, q.Name), q, before[i], rule)
						}
					}
					if want == nil {
						want = got
					}
					if !slices.Equal(got, want) {
						t.Errorf("%v on %d threads, scale %g: other squares", isa, threads, scale)
					}
				}
			}
		}
	}
}

func checkSquares(t *testing.T, name string, q *Param[float32], before []float32, rule optim.SGD) {
	t.Helper()
	var want Squares
	for i, g := range q.Grad {
		want.Gradient += float64(g) * float64(g)
		want.Weights += float64(q.Data[i]) * float64(q.Data[i])
		step := float64(g) + rule.WeightDecay*float64(before[i])
		switch {
		case rule.Nesterov:
			step += rule.Momentum * float64(q.velocity[i])
		case rule.Momentum != 0:
			step = float64(q.velocity[i])
		}
		want.Update += rule.Rate * rule.Rate * step * step
	}
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 3e-6*want {
			t.Errorf("%s: squares of the %s %g, want %g", name, what, got, want)
		}
	}
	near("gradient", q.Squares.Gradient, want.Gradient)
	near("update", q.Squares.Update, want.Update)
	near("weights", q.Squares.Weights, want.Weights)
}
