package clinic

import (
	"fmt"

	"gradlab/nn"
	"gradlab/optim"
)

// fault is a kind of change to a healthy network, from harmless to gross.
type fault struct {
	name    string
	share   float64 // of the networks that are in the first round
	degrees []degree
}

// degree plants a fault of one severity; false where it does not apply.
type degree struct {
	name  string
	plant func(n *Network, a architecture, act string) bool
}

// simple is a degree that always applies.
func simple(name string, plant func(n *Network)) degree {
	return degree{name, func(n *Network, _ architecture, _ string) bool {
		plant(n)
		return true
	}}
}

// times multiplies the learning rate.
func times(factors ...float64) []degree {
	var all []degree
	for _, f := range factors {
		all = append(all, simple(fmt.Sprintf("×%g", f), func(n *Network) { n.Config.Rule.Rate *= f }))
	}
	return all
}

func inits(all map[string]nn.Init, order ...string) []degree {
	var out []degree
	for _, name := range order {
		out = append(out, simple(name, func(n *Network) { n.Model.Init = all[name] }))
	}
	return out
}

// gains initialises with He's standard deviation times a factor.
func gains(factors ...float64) []degree {
	var all []degree
	for _, f := range factors {
		all = append(all, simple(fmt.Sprintf("×%g", f), func(n *Network) {
			gain := 1.4142135623730951
			if n.Model.Init.Name == "xavier" {
				gain = 1
			}
			n.Model.Init = nn.Init{Name: "lecun-normal", Gain: gain * f}
		}))
	}
	return all
}

// activations replaces the activation.
func activations(names ...string) []degree {
	var all []degree
	for _, name := range names {
		all = append(all, degree{name, func(n *Network, a architecture, act string) bool {
			n.Model.Layers = a.build(nn.Activation{Name: name}, 0)
			return name != act
		}})
	}
	return all
}

// depths adds hidden layers.
func depths(init nn.Init, counts ...int) []degree {
	var all []degree
	for _, c := range counts {
		all = append(all, degree{fmt.Sprintf("+%d", c), func(n *Network, a architecture, act string) bool {
			n.Model.Layers = a.build(nn.Activation{Name: act}, c)
			if init.Name != "" {
				n.Model.Init = init
			}
			return true
		}})
	}
	return all
}

// bares leaves out normalisation and skip connections, with another initialisation.
func bares(inits ...string) []degree {
	var all []degree
	for _, init := range inits {
		all = append(all, degree{init, func(n *Network, a architecture, act string) bool {
			if a.bare == nil {
				return false
			}
			n.Model = nn.Model{Layers: a.bare(nn.Activation{Name: act}), Init: nn.Init{Name: init}}
			return true
		}})
	}
	return all
}

func numbers[T float64 | int](format string, set func(*Network, T), values ...T) []degree {
	var all []degree
	for _, v := range values {
		all = append(all, simple(fmt.Sprintf(format, v), func(n *Network) { set(n, v) }))
	}
	return all
}

// faults lists what is planted. The first ones are meant to be harmless; whether any of them is sick is
// decided by outcome.
func faults() []fault {
	setMomentum := func(n *Network, m float64) { n.Config.Rule.Momentum = m }
	setDecay := func(n *Network, d float64) { n.Config.Rule.WeightDecay = d }
	setBatch := func(n *Network, b int) { n.Config.Batch = b }
	setNoise := func(n *Network, f float64) { n.Data.Noise = f }
	return []fault{
		{"another rate", 0.6, times(0.7, 1.4)},
		{"another initialisation", 0.6, inits(map[string]nn.Init{
			"pytorch": {Name: "pytorch"}, "he-uniform": {Name: "he-uniform"}, "orthogonal": {Name: "orthogonal", Gain: 1.2},
		}, "pytorch", "he-uniform", "orthogonal")},
		{"another activation", 0.6, activations("leaky-relu", "gelu", "silu")},
		{"another batch", 0.6, numbers("%d", setBatch, 16, 48)},
		{"another momentum", 0.6, numbers("%g", setMomentum, 0.8, 0.93)},
		{"a little weight decay", 0.6, numbers("%g", setDecay, 1e-4, 1e-3)},
		{"another scaling of inputs", 0.6, []degree{
			simple("unit", func(n *Network) { n.Config.Inputs = "unit" }),
			simple("symmetric", func(n *Network) { n.Config.Inputs = "symmetric" }),
		}},
		{"a cosine schedule", 0.6, []degree{
			simple("to zero", func(n *Network) { n.Config.Schedule = optim.Schedule{Name: "cosine"} }),
			simple("with warm-up", func(n *Network) { n.Config.Schedule = optim.Schedule{Name: "cosine", Warmup: 100} }),
		}},
		{"few wrong labels", 0.6, numbers("%g", setNoise, 0.1)},

		{"rate too low", 0.5, times(0.1, 0.03, 0.01, 0.001)},
		{"rate too high", 0.5, times(5, 15, 50, 500)},
		{"initialisation too small", 0.4, gains(0.3, 0.1, 0.03)},
		{"initialisation too large", 0.4, gains(3, 8, 25)},
		{"constant initialisation", 0.4, inits(map[string]nn.Init{
			"0": {Name: "zeros"}, "0.01": {Name: "constant", Value: 0.01}, "−0.02": {Name: "constant", Value: -0.02},
		}, "0", "0.01", "−0.02")},
		{"wrong activation", 0.7, activations("sigmoid", "identity")},
		{"too deep", 0.5, depths(nn.Init{Name: "pytorch"}, 6, 14, 26)},
		{"momentum too high", 0.4, numbers("%g", setMomentum, 0.98, 0.995, 0.999)},
		{"too much weight decay", 0.4, numbers("%g", setDecay, 0.02, 0.1, 0.5)},
		{"batch too large", 0.4, numbers("%d", setBatch, 256, 1000, 4000)},
		{"wrong labels", 0.5, numbers("%g", setNoise, 0.5, 0.8, 1)},
		{"inputs without contrast", 0.4, numbers("/%d", func(n *Network, d int) {
			n.Data.Contrast, n.Config.Inputs = d, "unit"
		}, 4, 16, 64)},
		{"schedule too short", 0.4, []degree{
			simple("/10 an epoch", func(n *Network) { n.Config.Schedule = optim.Schedule{Name: "step", Every: 1, Factor: 0.1} }),
			simple("/100 an epoch", func(n *Network) { n.Config.Schedule = optim.Schedule{Name: "step", Every: 1, Factor: 0.01} }),
		}},
		{"missing normalisation and skips", 1, bares("pytorch", "xavier", "he")},
	}
}
