package train

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"gradlab/data"
	"gradlab/internal/kernel"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/transform"
)

// patterns is a data set made of hashes: images of ten classes that differ in where they are bright.
func patterns(train, test, h, w, c int) *data.Dataset {
	d := &data.Dataset{Name: "patterns"}
	for i := range 10 {
		d.Classes = append(d.Classes, fmt.Sprint("class ", i))
	}
	draw := func(name string, tensor uint32, n int) *data.Set {
		s := &data.Set{Name: name, Classes: d.Classes, H: h, W: w, C: c}
		for i := range n {
			label := hashed(tensor, uint32(i)) % 10
			s.Labels = append(s.Labels, uint8(label))
			for j := range h * w * c {
				pixel := hashed(tensor+1, uint32(i*h*w*c+j)) % 128
				s.Pixels = append(s.Pixels, uint8(pixel+hashed(tensor+2+label, uint32(j/4))%128))
			}
		}
		return s
	}
	d.Train, d.Test = draw("patterns/train", 1000, train), draw("patterns/test", 2000, test)
	return d
}

// silent is a Recorder that does not listen.
type silent struct{}

func (silent) Begin([]Event)     {}
func (silent) Step(Progress)     {}
func (silent) Window(Window)     {}
func (silent) Epoch(EpochResult) {}

func mustRun(t *testing.T, trial Trial) *Result {
	t.Helper()
	r, err := Run(context.Background(), trial, silent{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// goldenNumerics is the version of the arithmetic for which the digests of goldenTrials hold.
const goldenNumerics = 2

// golden is a trial with the digest of its final parameters.
type golden struct {
	name, digest string
	Trial
}

// goldenTrials are small enough for an emulated processor. Together they cover every layer, every
// activation, every schedule, every scaling of inputs, and all of SGD.
func goldenTrials() []golden {
	act := func(name string) nn.Layer { return nn.Activation{Name: name} }
	return []golden{
		{"lenet tanh", "sha256:b46edba2b11913e7d8b4072f286536cd65d63d94f7745d04841c8266910d6860", Trial{
			Model: lenet("tanh"), Data: patterns(22, 7, 16, 16, 3), Seed: 1,
			Config: Config{Epochs: 1, Batch: 4, Rule: optim.SGD{Rate: 0.01}},
		}},
		{"mlp gelu momentum nesterov cosine", "sha256:4631827976021f19490823c21f652811b90517ac09b00d3079cce9b177ecdfc4", Trial{
			Model: nn.Model{Init: nn.Init{Name: "xavier"}, Layers: []nn.Layer{
				nn.Flatten{}, nn.Linear{Out: 24}, act("gelu"),
				nn.Repeat{Times: 2, Layers: []nn.Layer{nn.Linear{Out: 17}, act("gelu")}}, nn.Linear{Out: nn.Classes},
			}},
			Data: patterns(23, 5, 8, 8, 1), Seed: 2,
			Config: Config{
				Epochs: 3, Batch: 5, Inputs: "symmetric",
				Rule:     optim.SGD{Rate: 0.05, Momentum: 0.9, Nesterov: true, WeightDecay: 0.01},
				Schedule: optim.Schedule{Name: "cosine", Warmup: 3, Floor: 0.01},
			},
		}},
		{"strides padding leaky-relu silu avgpool steps", "sha256:5f73e914a28a04c02cb66fd85f175502aade337d0af629f36f335e527591acba", Trial{
			Model: nn.Model{Init: nn.Init{Name: "he"}, Layers: []nn.Layer{
				nn.Conv2d{Filters: 9, Kernel: nn.Square(3), Stride: nn.Pair{H: 2, W: 1}, Padding: nn.Square(1)},
				nn.Activation{Name: "leaky-relu", Slope: 0.2},
				nn.AvgPool2d{Kernel: nn.Pair{H: 2, W: 3}, Stride: nn.Square(1), Padding: nn.Square(1)},
				nn.Conv2d{Filters: 5, Kernel: nn.Pair{H: 2, W: 3}, NoBias: true}, act("silu"),
				nn.MaxPool2d{Kernel: nn.Square(3), Stride: nn.Square(2), Padding: nn.Square(1)}, act("relu"),
				nn.Flatten{}, nn.Linear{Out: nn.Classes},
			}},
			Data: patterns(13, 4, 9, 8, 3), Seed: 3,
			Config: Config{
				Epochs: 2, Batch: 6, Inputs: "standard",
				Rule: optim.SGD{Rate: 0.1, Momentum: 0.5}, Schedule: optim.Schedule{Name: "step", Every: 1, Factor: 0.3},
			},
		}},
		{"sigmoid orthogonal", "sha256:8396ec95c064d78bc62a4b5ca7524ddfeb4ac9afd8c76383c0d6dbe1de01c344", Trial{
			Model: nn.Model{Init: nn.Init{Name: "orthogonal", Gain: 2}, Layers: []nn.Layer{
				nn.Flatten{}, nn.Linear{Out: 31}, act("sigmoid"), nn.Linear{Out: 20, Init: nn.Init{Name: "normal", Std: 0.2}},
				act("scaled-sigmoid"), act("identity"), nn.Linear{Out: nn.Classes},
			}},
			Data: patterns(19, 6, 5, 7, 3), Seed: 4,
			Config: Config{Epochs: 4, Batch: 8, Rule: optim.SGD{Rate: 0.3, WeightDecay: 1e-3}},
		}},
		{"every regulariser", "sha256:9e86603c69e068d11c0c2be17c589daeac33a09d58f1ad969c1b7993c1474c90", Trial{
			Model: nn.Model{Layers: []nn.Layer{
				nn.Conv2d{Filters: 6, Kernel: nn.Square(3)}, act("relu"), nn.Dropout{Rate: 0.1, Spatial: true}, nn.MaxPool2d{Kernel: nn.Square(2)},
				nn.Flatten{}, nn.Linear{Out: 33}, act("tanh"), nn.Dropout{Rate: 0.3}, nn.Linear{Out: nn.Classes},
			}},
			Data: patterns(60, 12, 10, 10, 2), Seed: 5,
			Config: Config{
				Epochs: 6, Batch: 8, LabelSmoothing: 0.1, Validation: 0.2, EarlyStopping: EarlyStopping{Patience: 2},
				Rule: optim.SGD{
					Rate: 0.05, Momentum: 0.9, WeightDecay: 0.01, Decoupled: true, MaxNorm: 1.5,
					Penalty: optim.Penalty{L1: 1e-3, Biases: true},
				},
			},
		}},
		{"every transform", "sha256:c50d529640552c86e8822f5f0971d8af189de3394cd24f5d2cade90105bcf9fc", Trial{
			Model: nn.Model{Layers: []nn.Layer{
				nn.Conv2d{Filters: 6, Kernel: nn.Square(3)}, act("relu"), nn.MaxPool2d{Kernel: nn.Square(2)},
				nn.Flatten{}, nn.Linear{Out: 21}, act("tanh"), nn.Linear{Out: nn.Classes},
			}},
			Data: patterns(30, 9, 12, 12, 3), Seed: 6,
			Config: Config{
				Epochs: 5, Batch: 7, Inputs: "standard", Validation: 0.2, Rule: optim.SGD{Rate: 0.02, Momentum: 0.9},
				Transforms: transform.List{
					transform.RandomCrop{Padding: 2}, transform.Flip{}, transform.VerticalFlip{P: 0.1}, transform.Rotation{Degrees: 10},
					transform.Translation{X: 0.1}, transform.RandomResizedCrop{Height: 13, Width: 11, Scale: [2]float64{0.5, 1}},
					transform.ColourJitter{Brightness: 0.2, Contrast: 0.2, Saturation: 0.2, Hue: 0.05}, transform.Cutout{Size: 3},
					transform.Resize{Height: 12, Width: 12}, transform.CentreCrop{Height: 10, Width: 10},
				},
			},
		}},
	}
}

// TestGoldenDigests: the bits of trained weights are the same on every machine, on every one of its
// instruction sets, and from one version of gradlab to the next.
func TestGoldenDigests(t *testing.T) {
	if kernel.Numerics != goldenNumerics {
		t.Fatalf("the arithmetic is at version %d, these digests at %d: set goldenNumerics and write down the new digests", kernel.Numerics, goldenNumerics)
	}
	for _, g := range goldenTrials() {
		for _, isa := range kernel.Available() {
			g.Engine = kernel.New(isa, 1)
			r := mustRun(t, g.Trial)
			if loss := r.Epochs[len(r.Epochs)-1].TrainLoss; !(loss < 2.5) {
				t.Errorf("%s does not learn: its loss is %v", g.name, loss) // a network of NaN proves nothing
			}
			if got := r.Digest; got != g.digest {
				t.Errorf("%s on %v has the digest\n%q, want\n%q\nIf the arithmetic was meant to change, raise kernel.Numerics, so that stored results of the old one are not taken for results of the new one.",
					g.name, isa, got, g.digest)
			}
		}
	}
}

// facts are what of a result must not depend on the machine: everything but times.
func facts(r *Result) *Result {
	same := *r
	same.Epochs = slices.Clone(r.Epochs)
	for i := range same.Epochs {
		same.Epochs[i].Seconds, same.Epochs[i].ImagesPerSecond = 0, 0
	}
	return &same
}

// TestSameBits trains on shapes, in batches large enough to be divided over threads: digest, losses,
// accuracies and all figures of the probe are the same on every instruction set and number of
// threads; and the digest is the same whether every step is probed, some, or none.
func TestSameBits(t *testing.T) {
	shapes, err := data.Open(context.Background(), data.Spec{Source: "shapes", Train: 30, Test: 10}, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mlp := nn.Model{Layers: []nn.Layer{
		nn.Flatten{}, nn.Linear{Out: 130}, nn.Activation{Name: "gelu"}, nn.Linear{Out: 70}, nn.Activation{Name: "sigmoid"}, nn.Linear{Out: nn.Classes},
	}}
	for name, m := range map[string]nn.Model{"lenet": lenet("tanh"), "mlp": mlp} {
		trial := Trial{Model: m, Data: shapes, Seed: 1, Config: Config{Epochs: 1, Batch: 20, Rule: optim.SGD{Rate: 0.05, Momentum: 0.9}, Probe: 1}}
		trial.Engine = kernel.New(kernel.Portable, 1)
		want := facts(mustRun(t, trial))
		for _, isa := range kernel.Available() {
			for threads := 1; threads <= 3; threads++ {
				trial.Engine = kernel.New(isa, threads)
				if got := facts(mustRun(t, trial)); !sameResult(got, want) {
					t.Errorf("%s: %v on %d threads gives\n%+v, portable code on one thread\n%+v", name, isa, threads, got, want)
				}
			}
		}
		trial.Engine = nil
		for _, every := range []int{-1, 0, 2} {
			trial.Config.Probe = every
			if got := mustRun(t, trial).Digest; got != want.Digest {
				t.Errorf("%s: probing every %d steps changes the digest from %s to %s", name, every, want.Digest, got)
			}
		}
		trial.Seed++
		if got := mustRun(t, trial).Digest; got == want.Digest {
			t.Errorf("%s: two seeds have one digest", name)
		}
	}
}

// sameResult compares all numbers by the shortest text that gives their bits back; NaN is itself.
func sameResult(a, b *Result) bool { return fmt.Sprint(*a) == fmt.Sprint(*b) }
