package gradcheck

import (
	"context"
	"fmt"
	"testing"

	"gradlab/nn"
	"gradlab/optim"
	"gradlab/remedy"
	"gradlab/train"
)

// everySubject lists networks that have among them every layer, loss, regulariser and remedy.
func everySubject(t *testing.T) map[string]Subject {
	t.Helper()
	image, vector := nn.Shape{7, 6, 2}, nn.Shape{9}
	all := map[string]Subject{}
	linear := func(n int) nn.Layer { return nn.Linear{Out: n} }
	a := func(name string) nn.Layer { return nn.Activation{Name: name} }
	for _, name := range nn.Activations() {
		all["activation "+name] = Subject{In: vector, Model: nn.Model{Layers: []nn.Layer{linear(7), a(name), linear(6), a(name), linear(nn.Classes)}}}
	}
	all["leaky-relu of another slope"] = Subject{In: vector, Model: nn.Model{Layers: []nn.Layer{linear(7), nn.Activation{Name: "leaky-relu", Slope: -0.5}, linear(nn.Classes)}}}
	for name, layers := range map[string][]nn.Layer{
		"linear without bias":  {nn.Flatten{}, nn.Linear{Out: 5, NoBias: true}, a("tanh")},
		"conv":                 {nn.Conv2d{Filters: 3, Kernel: nn.Pair{H: 3, W: 2}, Stride: nn.Pair{H: 2, W: 1}, Padding: nn.Pair{H: 1, W: 1}}, a("tanh"), nn.Flatten{}},
		"conv without bias":    {nn.Conv2d{Filters: 2, Kernel: nn.Square(3), NoBias: true}, a("sigmoid"), nn.Conv2d{Filters: 3, Kernel: nn.Square(2), Padding: nn.Square(1)}, nn.Flatten{}},
		"maxpool":              {nn.Conv2d{Filters: 3, Kernel: nn.Square(2)}, nn.MaxPool2d{Kernel: nn.Square(3), Stride: nn.Square(2), Padding: nn.Square(1)}, a("relu"), nn.MaxPool2d{Kernel: nn.Square(2)}, nn.Flatten{}},
		"maxpool of the input": {nn.MaxPool2d{Kernel: nn.Square(2)}, nn.Flatten{}, linear(5), a("gelu")},
		"avgpool":              {nn.Conv2d{Filters: 3, Kernel: nn.Square(2)}, a("silu"), nn.AvgPool2d{Kernel: nn.Square(3), Stride: nn.Square(2), Padding: nn.Square(1)}, nn.Flatten{}},
		"batchnorm":            {nn.Conv2d{Filters: 3, Kernel: nn.Square(3)}, nn.BatchNorm{}, a("relu"), nn.Flatten{}, linear(6), nn.BatchNorm{NoAffine: true}, a("tanh")},
		"batchnorm first":      {nn.BatchNorm{Epsilon: 1e-3}, nn.Flatten{}},
		"layernorm":            {nn.Conv2d{Filters: 3, Kernel: nn.Square(3)}, nn.LayerNorm{}, a("elu"), nn.Flatten{}, linear(6), nn.LayerNorm{NoAffine: true}, a("tanh")},
		"dropout":              {nn.Dropout{Rate: 0.2}, nn.Conv2d{Filters: 4, Kernel: nn.Square(3)}, nn.Dropout{Rate: 0.5, Spatial: true}, nn.Flatten{}, linear(6), a("relu"), nn.Dropout{Rate: 0.5}, nn.Dropout{}},
		"residual":             {nn.Residual{Layers: []nn.Layer{nn.Conv2d{Filters: 2, Kernel: nn.Square(3), Padding: nn.Square(1)}, a("tanh")}}, nn.Flatten{}, nn.Residual{Layers: []nn.Layer{linear(84), a("relu"), nn.Residual{Layers: []nn.Layer{linear(84), a("tanh")}}}}},
		"projections":          {nn.Residual{Layers: []nn.Layer{nn.Conv2d{Filters: 3, Kernel: nn.Square(3), Stride: nn.Square(2), Padding: nn.Square(1)}, a("tanh")}}, nn.Flatten{}, nn.Residual{Layers: []nn.Layer{linear(8), a("relu")}}},
		"repeat":               {nn.Flatten{}, nn.Repeat{Times: 3, Layers: []nn.Layer{linear(6), a("scaled-sigmoid")}}},
	} {
		all[name] = Subject{In: image, Model: nn.Model{Layers: append(layers, linear(nn.Classes))}}
	}
	plain := nn.Model{Layers: []nn.Layer{nn.Conv2d{Filters: 3, Kernel: nn.Square(3)}, nn.BatchNorm{}, a("tanh"), nn.Flatten{}, linear(8), a("tanh"), linear(nn.Classes)}}
	for name, rule := range map[string]optim.SGD{
		"L1":               {Penalty: optim.Penalty{L1: 1e-3}},
		"L2":               {Penalty: optim.Penalty{L2: 1e-2}},
		"elastic net":      {Penalty: optim.Penalty{L1: 1e-4, L2: 1e-3, Biases: true}},
		"of norms":         {Penalty: optim.Penalty{L1: 1e-3, L2: 1e-3, Biases: true, Norms: true}},
		"weight decay":     {WeightDecay: 5e-4, Momentum: 0.9, Nesterov: true},
		"decoupled decay":  {WeightDecay: 5e-4, Decoupled: true, Momentum: 0.9},
		"decay beside L1":  {WeightDecay: 1e-3, Penalty: optim.Penalty{L1: 1e-3}},
		"the largest norm": {MaxNorm: 0.5},
	} {
		rule.Rate = 0.05
		all["penalty: "+name] = Subject{In: image, Model: plain, Rule: rule}
	}
	all["label smoothing"] = Subject{In: image, Model: plain, Smoothing: 0.1}
	all["labels smoothed away"] = Subject{In: image, Model: plain, Smoothing: 1}
	sick := nn.Model{Layers: []nn.Layer{
		nn.Conv2d{Filters: 3, Kernel: nn.Square(3)}, a("sigmoid"), nn.MaxPool2d{Kernel: nn.Square(2)}, nn.Flatten{},
		linear(9), a("sigmoid"), linear(9), a("sigmoid"), linear(nn.Classes),
	}}
	for _, k := range remedy.Kinds() {
		r := remedy.Remedy{{Name: k.Name}}
		variants, err := r.Variants(sick, train.Config{Epochs: 1, Batch: 4, Rule: optim.SGD{Rate: 0.05}})
		if err != nil {
			t.Errorf("remedy %s: %v", k.Name, err)
		}
		for i, v := range variants {
			all[fmt.Sprintf("remedy %s %d", k.Name, i+1)] = Subject{In: image, Model: v.Model, Rule: v.Train.Rule, Smoothing: v.Train.LabelSmoothing}
		}
	}
	for _, init := range nn.Inits() { // some make all units alike: max pooling among equal values would be at a bend
		all["init "+init] = Subject{In: image, Model: nn.Model{Layers: plain.Layers, Init: nn.Init{Name: init}}}
	}
	return all
}

// TestEveryLayerLossRegulariserAndRemedy checks them all, at initialisation, after training and in saturation, in
// float64 and in float32.
func TestEveryLayerLossRegulariserAndRemedy(t *testing.T) {
	var decided Decided
	margin := 0.0
	for name, s := range everySubject(t) {
		s.Classes = 4
		r, err := Model(context.Background(), s, Options{Seed: 1, PerTensor: 12, Threads: 1})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Verdict != Pass {
			t.Errorf("%s: %s: %s (%s)", name, r.Verdict, r.Reason, r.Suspect)
		}
		for _, l := range r.Looks {
			decided = decided.Plus(l.Decided)
			for _, s := range l.Single {
				if s.Margin > 0 && (margin == 0 || s.Margin < margin) {
					margin = s.Margin
				}
			}
		}
	}
	t.Logf("decided %+v; the smallest margin in float32 is %.2f", decided, margin)
}
