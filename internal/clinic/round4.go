package clinic

import (
	"fmt"
	"slices"

	"gradlab/internal/rng"
	"gradlab/nn"
	"gradlab/optim"
)

// again is the share of what would be drawn after the first round that the fourth one trains.
const again = 0.34

// drawnAgain draws the fourth round: of each kind as much as was left for the second and third, thinned.
func drawnAgain(n Network, share float64) Round {
	s := rng.New(5, "clinic", n.Name(), 0)
	if s.Float64() < again*(1-share) {
		return Fourth
	}
	return 0
}

// otherArchitectures are those of the fourth round: of the same kinds, with other widths and depths.
func otherArchitectures() []architecture {
	half := []nn.Layer{nn.AvgPool2d{Kernel: nn.Square(2)}}
	out := []nn.Layer{nn.Linear{Out: nn.Classes}}
	return []architecture{
		{"mlp-3", []string{"relu", "tanh"}, func(act nn.Layer, extra int) []nn.Layer {
			return slices.Concat(half, []nn.Layer{nn.Flatten{}}, hidden(act, append([]int{80, 80, 48}, same(48, extra)...)...), out)
		}, rates{"shapes": 0.02, "cifar10": 0.005}, nil},
		{"deep-mlp-8", []string{"relu", "tanh"}, func(act nn.Layer, extra int) []nn.Layer {
			return slices.Concat(half, []nn.Layer{nn.Flatten{}}, hidden(act, same(48, 8+extra)...), out)
		}, rates{"shapes": 0.01, "cifar10": 0.006}, nil},
		{"lenet-2", []string{"relu", "tanh"}, func(act nn.Layer, extra int) []nn.Layer {
			return slices.Concat(half, []nn.Layer{
				nn.Conv2d{Filters: 6, Kernel: nn.Square(3)}, act, nn.MaxPool2d{Kernel: nn.Square(2)},
				nn.Conv2d{Filters: 12, Kernel: nn.Square(3)}, act, nn.Flatten{},
			}, hidden(act, append([]int{64, 48}, same(48, extra)...)...), out)
		}, rates{"shapes": 0.01, "cifar10": 0.006}, nil},
		{"convnet-3", []string{"relu", "tanh"}, func(act nn.Layer, extra int) []nn.Layer {
			return slices.Concat(half, []nn.Layer{
				nn.Conv2d{Filters: 8, Kernel: nn.Square(3), Padding: nn.Square(1)}, act, nn.MaxPool2d{Kernel: nn.Square(2)},
				nn.Conv2d{Filters: 12, Kernel: nn.Square(3), Padding: nn.Square(1)}, act,
				nn.Conv2d{Filters: 12, Kernel: nn.Square(3), Padding: nn.Square(1)}, act, nn.MaxPool2d{Kernel: nn.Square(2)}, nn.Flatten{},
			}, hidden(act, append([]int{48}, same(48, extra)...)...), out)
		}, rates{"shapes": 0.01}, nil},
		{"batchnorm-mlp-9", []string{"relu"}, func(act nn.Layer, extra int) []nn.Layer {
			block := nn.Repeat{Times: 9 + extra, Layers: []nn.Layer{nn.Linear{Out: 48}, nn.BatchNorm{}, act}}
			return slices.Concat(half, []nn.Layer{nn.Flatten{}, block}, out)
		}, rates{"shapes": 0.02, "cifar10": 0.01}, nil},
		{"resnet-mlp-7", []string{"relu"}, func(act nn.Layer, extra int) []nn.Layer {
			block := nn.Repeat{Times: 7 + extra, Layers: []nn.Layer{nn.Residual{Layers: []nn.Layer{nn.BatchNorm{}, act, nn.Linear{Out: 48}}}}}
			return slices.Concat(half, []nn.Layer{nn.Flatten{}, nn.Linear{Out: 48}, block, nn.BatchNorm{}, act}, out)
		}, rates{"shapes": 0.01, "cifar10": 0.005}, nil},
	}
}

// otherFaults are the kinds of fault once more, of degrees that earlier rounds did not have.
func otherFaults() []fault {
	every := func(factors ...float64) []degree {
		var all []degree
		for _, f := range factors {
			all = append(all, simple(fmt.Sprintf("×%g an epoch", f), func(n *Network) {
				n.Config.Schedule = optim.Schedule{Name: "step", Every: 1, Factor: f}
			}))
		}
		return all
	}
	degrees := map[string][]degree{
		"another rate": times(0.8, 1.25),
		"another initialisation": inits(map[string]nn.Init{
			"he-uniform": {Name: "he-uniform"}, "orthogonal": {Name: "orthogonal", Gain: 1.3}, "pytorch": {Name: "pytorch"},
		}, "he-uniform", "orthogonal", "pytorch"),
		"another batch":         numbers("%d", func(n *Network, b int) { n.Config.Batch = b }, 24, 40),
		"another momentum":      numbers("%g", func(n *Network, m float64) { n.Config.Rule.Momentum = m }, 0.85, 0.92),
		"a little weight decay": numbers("%g", func(n *Network, d float64) { n.Config.Rule.WeightDecay = d }, 3e-4, 2e-3),
		"a cosine schedule": {
			simple("with a short warm-up", func(n *Network) { n.Config.Schedule = optim.Schedule{Name: "cosine", Warmup: 30} }),
			simple("with a long warm-up", func(n *Network) { n.Config.Schedule = optim.Schedule{Name: "cosine", Warmup: 200} }),
		},
		"few wrong labels": numbers("%g", func(n *Network, f float64) { n.Data.Noise = f }, 0.05, 0.15),

		"rate too low":             times(0.2, 0.05, 0.015, 0.003),
		"rate too high":            times(8, 25, 100, 300),
		"initialisation too small": gains(0.2, 0.06, 0.02),
		"initialisation too large": gains(4, 12, 40),
		"constant initialisation": inits(map[string]nn.Init{
			"0.003": {Name: "constant", Value: 0.003}, "0.02": {Name: "constant", Value: 0.02}, "−0.01": {Name: "constant", Value: -0.01},
		}, "0.003", "0.02", "−0.01"),
		"too deep":              depths(nn.Init{Name: "pytorch"}, 5, 10, 20),
		"momentum too high":     numbers("%g", func(n *Network, m float64) { n.Config.Rule.Momentum = m }, 0.985, 0.993, 0.998),
		"too much weight decay": numbers("%g", func(n *Network, d float64) { n.Config.Rule.WeightDecay = d }, 0.03, 0.15, 0.3),
		"batch too large":       numbers("%d", func(n *Network, b int) { n.Config.Batch = b }, 400, 1500, 3000),
		"wrong labels":          numbers("%g", func(n *Network, f float64) { n.Data.Noise = f }, 0.6, 0.7, 0.9),
		"inputs without contrast": numbers("/%d", func(n *Network, d int) {
			n.Data.Contrast, n.Config.Inputs = d, "unit"
		}, 6, 24, 48),
		"schedule too short": every(0.2, 0.03),
	}
	var all []fault
	for _, f := range faults() {
		if d := degrees[f.name]; d != nil {
			f.degrees = d
		}
		if f.name != "missing normalisation and skips" { // all of which the first round has
			all = append(all, f)
		}
	}
	return all
}
