package gradcheck

import (
	"context"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/nn"
)

// small is a network with a convolution, pooling and linear layers.
func small(activation string) nn.Model {
	a := nn.Activation{Name: activation}
	return nn.Model{Layers: []nn.Layer{
		nn.Conv2d{Filters: 3, Kernel: nn.Square(3)}, a, nn.MaxPool2d{Kernel: nn.Square(2)},
		nn.Flatten{}, nn.Linear{Out: 8}, a, nn.Linear{Out: nn.Classes},
	}}
}

func smallSubject(activation string) Subject {
	return Subject{Model: small(activation), In: nn.Shape{8, 8, 2}, Classes: 4}
}

// halved is a network whose backward pass halves the gradient at a position; what is before it follows.
type halved[T kernel.Float] struct {
	*nn.Plan[T]
	at int
}

func (f halved[T]) Backward(n int) {
	f.Plan.Backward(n)
	g := f.Gradient(f.at, n)
	for i := range g {
		g[i] /= 2
	}
	f.BackwardFrom(f.at, n)
}

// TestNamesTheFirstLayerThatDisagrees plants a fault into the backward pass of one layer.
func TestNamesTheFirstLayerThatDisagrees(t *testing.T) {
	s := smallSubject("tanh")
	positions, err := nn.Positions(s.Model, s.In, s.Classes)
	if err != nil {
		t.Fatal(err)
	}
	for at := range len(positions) - 1 {
		want := positions[at].Name // whose input's gradient is that at position at of the plan, with the identity in front
		if want == "flatten1" {
			continue
		}
		o := Options{Steps: -1, Saturate: -1, ISA: "portable", Threads: 1}
		o.fault64 = func(p *nn.Plan[float64]) network[float64] { return halved[float64]{p, at} }
		r, err := Model(context.Background(), s, o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != Fail || r.Suspect != want {
			t.Errorf("gradient at %d halved: %s, suspect %q, want fail and %q", at, r.Verdict, r.Suspect, want)
		}
		o = Options{Steps: -1, Saturate: -1, ISA: "portable", Threads: 1}
		o.fault32 = func(p *nn.Plan[float32]) network[float32] { return halved[float32]{p, at} }
		r, err = Model(context.Background(), s, o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != Fail || r.Looks[0].Single[0].Verdict != Fail {
			t.Errorf("gradient at %d halved in float32: %s", at, r.Verdict)
		}
	}
}
