package nn

import (
	"fmt"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// optimVectors is testdata/optim.json, which testdata/optim.py wrote with torch.optim.SGD.
type optimVectors struct {
	Start, Rates []float64
	Gradients    [][]float64 // by step
	Kept         []int       // steps, from 1, after which the weights were kept
	Cases        []struct {
		Momentum, WeightDecay float64
		Nesterov              bool
		Weights               [][]float64
	}
}

func TestOptimisersAgainstPyTorch(t *testing.T) {
	var v optimVectors
	readJSON(t, "testdata/optim.json", &v)
	for _, isa := range kernel.Available() {
		t.Run(fmt.Sprintf("float32/%v", isa), func(t *testing.T) { testOptimisers[float32](t, v, isa) })
		t.Run(fmt.Sprintf("float64/%v", isa), func(t *testing.T) { testOptimisers[float64](t, v, isa) })
	}
}

func testOptimisers[T kernel.Float](t *testing.T, v optimVectors, isa kernel.ISA) {
	tolerance := precision[T](1e-6, 1e-14)
	for _, c := range v.Cases {
		rule := optim.SGD{Momentum: c.Momentum, Nesterov: c.Nesterov, WeightDecay: c.WeightDecay}
		t.Run(fmt.Sprintf("%+v", rule), func(t *testing.T) {
			m := Model{Layers: []Layer{Linear{Out: 1, NoBias: true}}}
			p, err := Compile[T](m, Shape{len(v.Start)}, 1, Options{Batch: 1, Engine: kernel.New(isa, 1)})
			if err != nil {
				t.Fatal(err)
			}
			q := p.Params()[0]
			copy(q.Data, converted[T](v.Start))
			kept := 0
			for step, rate := range v.Rates {
				copy(q.grad(), converted[T](v.Gradients[step]))
				rule.Rate = rate
				p.Update(rule, false)
				if step+1 == v.Kept[kept] {
					agree(t, fmt.Sprintf("weights after step %d", step+1), q.Data, c.Weights[kept], tolerance)
					kept++
				}
			}
			if kept != len(v.Kept) {
				t.Errorf("%d of %d steps compared", kept, len(v.Kept))
			}
		})
	}
}
