package theory

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gradlab/nn"
)

func act(name string) nn.Layer { return nn.Activation{Name: name} }

// measured is what a network's first step came to, averaged over seeds: mean squares by position.
type measured struct{ activation, second, gradient []float64 }

// measure runs the first step of a batch of random labels, on Gaussian input, for a number of seeds.
func measure(t *testing.T, m nn.Model, in nn.Shape, classes, batch, seeds int, mean float64) measured {
	t.Helper()
	var out measured
	for seed := range seeds {
		p, err := nn.Compile[float32](m, in, classes, nn.Options{Batch: batch, Seed: uint64(seed + 1)})
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		x, labels := make([]float32, batch*in.Size()), make([]int32, batch)
		for i := range x {
			x[i] = float32(mean + r.NormFloat64())
		}
		for i := range labels {
			labels[i] = r.Int32N(int32(classes))
		}
		p.Forward(x, batch)
		p.Loss(labels, batch)
		p.Backward(batch)
		n := len(p.Positions())
		if out.gradient == nil {
			out = measured{make([]float64, n), make([]float64, n), make([]float64, n)}
		}
		for i := range n {
			y, dy := p.Activation(i, batch), p.Gradient(i, batch)
			for k := range y {
				out.activation[i] += float64(y[k]) / float64(len(y)*seeds)
				out.second[i] += float64(y[k]) * float64(y[k]) / float64(len(y)*seeds)
				out.gradient[i] += float64(dy[k]) * float64(dy[k]) / float64(len(dy)*seeds)
			}
		}
	}
	return out
}

func TestScratch(t *testing.T) {
	const width, depth, batch = 512, 20, 256
	for _, c := range []struct {
		name string
		init nn.Init
	}{{"sigmoid", nn.Init{Name: "xavier"}}, {"sigmoid", nn.Init{Name: "xavier", Gain: 4}}, {"sigmoid", nn.Init{}}, {"tanh", nn.Init{Name: "xavier"}},
		{"tanh", nn.Init{Name: "xavier", Gain: 5. / 3}}, {"tanh", nn.Init{}}, {"relu", nn.Init{Name: "he"}}, {"relu", nn.Init{Name: "xavier"}}, {"relu", nn.Init{}}, {"gelu", nn.Init{Name: "he"}}, {"silu", nn.Init{Name: "orthogonal"}}} {
		m := nn.Model{Init: c.init, Layers: []nn.Layer{nn.Repeat{Times: depth, Layers: []nn.Layer{nn.Linear{Out: width}, act(c.name)}}, nn.Linear{Out: nn.Classes}}}
		got := measure(t, m, nn.Shape{width}, 10, batch, 3, 0)
		p, err := Predict(m, nn.Shape{width}, 10, batch, Moments{Second: 1})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s %+v\n", c.name, c.init)
		for i := 0; i < len(p.Positions)-1; i += 4 {
			q := p.Positions[i]
			fmt.Printf("  %-10s second %.4g %.4g  grad %.4g %.4g ratio %.3f\n", q.Name, q.Activation.Second, got.second[i], q.Gradient, math.Sqrt(got.gradient[i]), math.Sqrt(got.gradient[i])/q.Gradient)
		}
		a, b := 11, 31
		fmt.Printf("   slope theory %.4f measured %.4f\n", math.Pow(p.Positions[a-1].Gradient/p.Positions[b-1].Gradient, .1), math.Pow(got.gradient[a-1]/got.gradient[b-1], .05))
	}
}
