// Package clinic is the benchmark of diagnosis: networks with a planted fault and healthy ones, whose outcome decides
// whether they are sick, and what gradlab and the published detectors say of them.
//
// Read, in this order: network.go, fault.go and round4.go (what is trained), trial.go (training, and what is kept of it),
// outcome.go (who is sick), score.go (who was told). It imports train, diagnose and internal/published.
package clinic

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"gradlab/internal/rng"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/train"
)

// Network is one network of the benchmark: how it is built and trained.
type Network struct {
	Family string // of its twin: data and architecture, "shapes mlp relu"
	Fault  string // what was planted, "" in the twin itself: "rate too low"
	Degree string // how much, "/30"
	Data   Images
	Model  nn.Model
	Config train.Config
	later  Round // than the first, if it is
}

// Images say which data a network trains on, and what was done to it.
type Images struct {
	Source   string  // "shapes" or "cifar10"
	Noise    float64 // fraction of the training labels that are drawn at random
	Contrast int     // by which pixels were divided; 0 and 1 leave them
}

// Name tells networks apart.
func (n Network) Name() string {
	if n.Fault == "" {
		return n.Family
	}
	return n.Family + ": " + n.Fault + " " + n.Degree
}

// Round says when a network was drawn. Limits were set on rounds that had been counted, and counted on the next, of
// which nothing had been trained by then.
type Round int

// The rounds; the first one has two halves.
const (
	Open   Round = iota // limits were set on it
	Apart               // held apart until limits had been set for the first time
	Second              // for the second time
	Third               // for the third time
	Fourth              // for the fourth time, and finally: other twins, degrees and seeds
)

// Rounds is how many there are.
const Rounds = int(Fourth)

// Number is 1 of both halves of the first round, 2 to 4 of the others.
func (r Round) Number() int { return max(1, int(r)) }

// Round is drawn by the network's name.
func (n Network) Round() Round {
	if n.later > 0 {
		return n.later
	}
	s := rng.New(1, "clinic", n.Name(), 0)
	if s.Uint32()&1 == 1 {
		return Apart
	}
	return Open
}

// hash names a trial's file.
func (n Network) hash(seed uint64) string {
	h := fnv.New128a()
	fmt.Fprintf(h, "%d %d %s", cacheFormat, seed, n.Name())
	return fmt.Sprintf("%x", h.Sum(nil))
}

// cacheFormat is raised when what a trial keeps, or what any name stands for, changes.
const cacheFormat = 2

// Networks lists the benchmark: twins, and of each what becomes of it with a fault planted.
func Networks() []Network {
	all := plant(architectures(), faults(), 0, drawn)
	for _, n := range plant(otherArchitectures(), otherFaults(), Fourth, drawnAgain) {
		if n.later == Fourth {
			all = append(all, n)
		}
	}
	return all
}

// Needed lists the networks of a round, by its number, and the twins that they are compared with.
func Needed(number int) []Network {
	families := map[string]bool{}
	for _, n := range Networks() {
		if n.Round().Number() == number {
			families[n.Family] = true
		}
	}
	var all []Network
	for _, n := range Networks() {
		if n.Round().Number() == number || n.Fault == "" && families[n.Family] {
			all = append(all, n)
		}
	}
	return all
}

// plant gives twins, which are of the given round, and copies with a fault, whose rounds are drawn.
func plant(archs []architecture, faults []fault, twins Round, draw func(Network, float64) Round) []Network {
	var all []Network
	for _, source := range []string{"shapes", "cifar10"} {
		for _, a := range archs {
			if source == "cifar10" && strings.HasPrefix(a.name, "convnet") {
				continue // the slowest by far: the benchmark is to take minutes
			}
			for _, act := range a.acts {
				twin := a.twin(source, act)
				twin.later = twins
				all = append(all, twin)
				for _, f := range faults {
					for _, d := range f.degrees {
						n := twin
						n.Fault, n.Degree = f.name, d.name
						if d.plant(&n, a, act) {
							n.later = draw(n, f.share)
							all = append(all, n)
						}
					}
				}
			}
		}
	}
	return all
}

// drawn keeps a share of a kind's networks for the first round, 0, and divides the others between the later ones.
func drawn(n Network, share float64) Round {
	s := rng.New(2, "clinic", n.Name(), 0)
	switch {
	case s.Float64() < share:
		return 0
	case s.Float64() < 0.5:
		return Second
	}
	return Third
}

// architecture builds networks of one kind.
type architecture struct {
	name string
	acts []string
	// build makes the layers with an activation; extra are hidden layers to add.
	build func(act nn.Layer, extra int) []nn.Layer
	rate  rates
	bare  func(act nn.Layer) []nn.Layer // without what keeps gradients alive; nil where there is none
}

func (a architecture) twin(source, act string) Network {
	init := "he-normal"
	if act == "tanh" {
		init = "xavier"
	}
	n := Network{
		Family: source + " " + a.name + " " + act,
		Data:   Images{Source: source},
		Model:  nn.Model{Layers: a.build(nn.Activation{Name: act}, 0), Init: nn.Init{Name: init}},
		Config: train.Config{Epochs: 8, Batch: 32, Inputs: "standard", Rule: optim.SGD{Rate: a.rate[source], Momentum: 0.9}},
	}
	if source == "cifar10" {
		n.Config.Epochs = 5
	}
	return n
}

// rates are learning rates by source.
type rates map[string]float64

func hidden(act nn.Layer, widths ...int) []nn.Layer {
	var all []nn.Layer
	for _, w := range widths {
		all = append(all, nn.Linear{Out: w}, act)
	}
	return all
}

func same(width, n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = width
	}
	return all
}

func architectures() []architecture {
	half := []nn.Layer{nn.AvgPool2d{Kernel: nn.Square(2)}}
	out := []nn.Layer{nn.Linear{Out: nn.Classes}}
	return []architecture{
		{"mlp", []string{"relu", "tanh"}, func(act nn.Layer, extra int) []nn.Layer {
			return slices.Concat(half, []nn.Layer{nn.Flatten{}}, hidden(act, append([]int{96, 64}, same(64, extra)...)...), out)
		}, rates{"shapes": 0.02, "cifar10": 0.005}, nil},
		{"deep-mlp", []string{"relu", "tanh"}, func(act nn.Layer, extra int) []nn.Layer {
			return slices.Concat(half, []nn.Layer{nn.Flatten{}}, hidden(act, same(64, 6+extra)...), out)
		}, rates{"shapes": 0.01, "cifar10": 0.006}, nil},
		{"lenet", []string{"relu", "tanh"}, func(act nn.Layer, extra int) []nn.Layer {
			return slices.Concat(half, []nn.Layer{
				nn.Conv2d{Filters: 8, Kernel: nn.Square(3)}, act, nn.MaxPool2d{Kernel: nn.Square(2)},
				nn.Conv2d{Filters: 16, Kernel: nn.Square(3)}, act, nn.Flatten{},
			}, hidden(act, append([]int{84}, same(84, extra)...)...), out)
		}, rates{"shapes": 0.01, "cifar10": 0.006}, nil},
		{"convnet", []string{"relu", "tanh"}, func(act nn.Layer, extra int) []nn.Layer {
			return slices.Concat(half, []nn.Layer{
				nn.Conv2d{Filters: 12, Kernel: nn.Square(3), Padding: nn.Square(1)}, act,
				nn.Conv2d{Filters: 12, Kernel: nn.Square(3), Padding: nn.Square(1)}, act, nn.MaxPool2d{Kernel: nn.Square(2)},
				nn.Conv2d{Filters: 16, Kernel: nn.Square(3), Padding: nn.Square(1)}, act,
				nn.Conv2d{Filters: 16, Kernel: nn.Square(3), Padding: nn.Square(1)}, act, nn.MaxPool2d{Kernel: nn.Square(2)}, nn.Flatten{},
			}, hidden(act, append([]int{64}, same(64, extra)...)...), out)
		}, rates{"shapes": 0.01, "cifar10": 0.006}, nil},
		{"batchnorm-mlp", []string{"relu"}, func(act nn.Layer, extra int) []nn.Layer {
			block := nn.Repeat{Times: 12 + extra, Layers: []nn.Layer{nn.Linear{Out: 64}, nn.BatchNorm{}, act}}
			return slices.Concat(half, []nn.Layer{nn.Flatten{}, block}, out)
		}, rates{"shapes": 0.02, "cifar10": 0.01}, func(act nn.Layer) []nn.Layer {
			return slices.Concat(half, []nn.Layer{nn.Flatten{}}, hidden(act, same(64, 12)...), out)
		}},
		{"resnet-mlp", []string{"relu"}, func(act nn.Layer, extra int) []nn.Layer {
			block := nn.Repeat{Times: 10 + extra, Layers: []nn.Layer{nn.Residual{Layers: []nn.Layer{nn.BatchNorm{}, act, nn.Linear{Out: 64}}}}}
			return slices.Concat(half, []nn.Layer{nn.Flatten{}, nn.Linear{Out: 64}, block, nn.BatchNorm{}, act}, out)
		}, rates{"shapes": 0.01, "cifar10": 0.005}, func(act nn.Layer) []nn.Layer {
			return slices.Concat(half, []nn.Layer{nn.Flatten{}}, hidden(act, same(64, 11)...), out)
		}},
	}
}
