package gradcheck

import (
	"gradlab/nn"
	"gradlab/optim"
)

// Layers of the networks into which faults are planted, whose geometry the faults have to know.
var (
	plantedConv  = nn.Conv2d{Filters: 3, Kernel: nn.Pair{H: 3, W: 2}, Stride: nn.Pair{H: 2, W: 1}, Padding: nn.Pair{H: 1, W: 1}}
	plantedPool  = nn.Pair{H: 2, W: 3} // of max pooling
	overlapping  = nn.AvgPool2d{Kernel: nn.Square(3), Stride: nn.Square(2), Padding: nn.Square(1)}
	plantedNoise = nn.Dropout{Rate: 0.3}
)

// plantedEpsilon is large, so that it counts where it is left out.
const plantedEpsilon = 0.1

// networks are what faults are planted into. They are as small as they can be with odd shapes, strides and paddings.
func networks() map[string]Subject {
	vector, image := nn.Shape{6}, nn.Shape{6, 7, 2}
	linear := func(n int) nn.Layer { return nn.Linear{Out: n} }
	a := func(name string) nn.Layer { return nn.Activation{Name: name} }
	last := linear(nn.Classes)
	conv := nn.Conv2d{Filters: 3, Kernel: nn.Square(3), Padding: nn.Square(1)}
	all := map[string]Subject{}
	add := func(name string, in nn.Shape, layers ...nn.Layer) {
		all[name] = Subject{In: in, Model: nn.Model{Layers: layers}}
	}
	add("linear", vector, linear(6), a("tanh"), linear(6), a("tanh"), last)
	add("large", nn.Shape{60}, linear(80), a("tanh"), last)
	add("conv", image, conv, a("tanh"), plantedConv, a("tanh"), nn.Flatten{}, last)
	add("maxpool", image, conv, nn.MaxPool2d{Kernel: plantedPool}, a("tanh"), nn.Flatten{}, last)
	add("avgpool", image, conv, overlapping, a("tanh"), nn.Flatten{}, last)
	add("batchnorm", image, conv, nn.BatchNorm{Epsilon: plantedEpsilon}, a("tanh"), nn.Flatten{}, last)
	add("layernorm", vector, linear(9), nn.LayerNorm{Epsilon: plantedEpsilon}, a("tanh"), last)
	add("dropout", vector, linear(20), a("tanh"), plantedNoise, last)
	add("residual", vector, linear(6), nn.Residual{Layers: []nn.Layer{linear(6), a("tanh")}}, last)
	add("projection", vector, linear(6), nn.Residual{Layers: []nn.Layer{linear(8), a("tanh")}}, last)
	for _, name := range nn.Activations() {
		if name != "identity" {
			add(name, vector, linear(15), a(name), last)
		}
	}
	add("leaky-relu", vector, linear(15), nn.Activation{Name: "leaky-relu", Slope: 0.2}, last)
	for name, rule := range map[string]optim.SGD{
		"weight decay": {WeightDecay: 0.01},
		"L1":           {Penalty: optim.Penalty{L1: 0.01}},
		"L2":           {Penalty: optim.Penalty{L2: 0.01}},
		"elastic net":  {Penalty: optim.Penalty{L1: 0.01, L2: 0.01, Biases: true, Norms: true}},
	} {
		all[name] = Subject{In: image, Rule: rule, Model: all["batchnorm"].Model}
	}
	smoothed := all["linear"]
	smoothed.Smoothing = 0.2
	all["smoothed"] = smoothed
	for name, s := range all {
		s.Classes = 4
		all[name] = s
	}
	return all
}
