package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// lenet is a convolutional network that ends in three fully-connected layers.
func lenet(activation string) Model {
	act := Activation{Name: activation}
	return Model{Layers: []Layer{
		Conv2d{Filters: 6, Kernel: Square(5)}, act, MaxPool2d{Kernel: Square(2)},
		Conv2d{Filters: 16, Kernel: Square(5)}, act, MaxPool2d{Kernel: Square(2)},
		Flatten{}, Linear{Out: 120}, act, Linear{Out: 84}, act, Linear{Out: Classes},
	}}
}

// allKinds has a layer of every kind.
func allKinds() Model {
	m := Model{Layers: []Layer{
		Conv2d{Filters: 5, Kernel: Square(3), Stride: Pair{2, 1}, Padding: Square(1)}, BatchNorm{}, AvgPool2d{Kernel: Square(2), Padding: Square(1)},
		Residual{Layers: []Layer{Conv2d{Filters: 4, Kernel: Square(3), Stride: Square(2), Padding: Square(1)}, LayerNorm{}}},
		MaxPool2d{Kernel: Square(2)}, Flatten{},
	}}
	for _, name := range Activations() {
		m.Layers = append(m.Layers, Linear{Out: 12}, Activation{Name: name})
	}
	m.Layers = append(m.Layers, Linear{Out: Classes, NoBias: true})
	return m
}

func compiled[T kernel.Float](t testing.TB, m Model, in Shape, o Options) *Plan[T] {
	t.Helper()
	p, err := Compile[T](m, in, 10, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// samples draws n inputs of a shape, and labels of ten classes.
func samples[T kernel.Float](seed uint64, n int, in Shape) ([]T, []int32) {
	r := rand.New(rand.NewPCG(seed, 0))
	x, labels := make([]T, n*in.Size()), make([]int32, n)
	for i := range x {
		x[i] = T(r.Float64())
	}
	for i := range labels {
		labels[i] = int32(r.IntN(10))
	}
	return x, labels
}

// TestShortBatch: n samples give the same bits in a plan for more as in a plan for n, whatever a
// larger batch left behind.
func TestShortBatch(t *testing.T) {
	in := Shape{9, 10, 3}
	large := compiled[float32](t, allKinds(), in, Options{Batch: 7, Seed: 1})
	for _, n := range []int{7, 3, 1, 5} {
		before, labels := samples[float32](99, 7, in)
		large.Forward(before, 7)
		large.Loss(labels, 7)
		large.Backward(7)
		exact := compiled[float32](t, allKinds(), in, Options{Batch: n, Seed: 1})
		x, labels := samples[float32](uint64(n), n, in)
		a, b := slices.Clone(large.Forward(x, n)), exact.Forward(x, n)
		if !slices.Equal(a, b) {
			t.Fatalf("%d of 7 samples: logits %v, want %v", n, a, b)
		}
		if a, b := large.Loss(labels, n), exact.Loss(labels, n); a != b {
			t.Errorf("%d of 7 samples: loss %v, want %v", n, a, b)
		}
		large.Backward(n)
		exact.Backward(n)
		for i, q := range exact.Params() {
			if !slices.Equal(large.Params()[i].Grad, q.Grad) {
				t.Errorf("%d of 7 samples: another gradient of %s", n, q.Name)
			}
		}
		for i, position := range exact.Positions() {
			if !slices.Equal(large.Activation(i, n), exact.Activation(i, n)) || !slices.Equal(large.Gradient(i, n), exact.Gradient(i, n)) {
				t.Errorf("%d of 7 samples: another activation or gradient at %s", n, position.Name)
			}
		}
	}
}

// TestWithBatch: a plan that shares its parameters gives the same logits in batches of any size,
// sees every update, and changes nothing.
func TestWithBatch(t *testing.T) {
	in := Shape{9, 10, 3}
	p := compiled[float32](t, allKinds(), in, Options{Batch: 4, Seed: 1})
	x, labels := samples[float32](1, 20, in)
	size := in.Size()
	for step := range 3 {
		p.Forward(x[:4*size], 4)
		p.Loss(labels[:4], 4)
		p.Backward(4)
		p.Update(optim.SGD{Rate: 0.1, Momentum: 0.9}, false)
		digest := p.Digest()
		var want []float32
		var wantLoss float64
		for _, batch := range []int{20, 1, 3, 7, 64} {
			q, err := p.WithBatch(batch)
			if err != nil {
				t.Fatal(err)
			}
			q.SetTraining(false)
			confusion := make([][]int, 10)
			for i := range confusion {
				confusion[i] = make([]int, 10)
			}
			var logits []float32
			loss, total := 0.0, 0
			for from := 0; from < 20; from += batch {
				n := min(batch, 20-from)
				logits = append(logits, q.Forward(x[from*size:(from+n)*size], n)...)
				loss += q.Evaluate(labels[from:from+n], n, confusion)
			}
			for _, row := range confusion {
				for _, k := range row {
					total += k
				}
			}
			if want == nil {
				want, wantLoss = logits, loss
			}
			if !slices.Equal(logits, want) {
				t.Errorf("step %d: other logits in batches of %d", step, batch)
			}
			if math.Abs(loss-wantLoss) > 1e-12*wantLoss || total != 20 {
				t.Errorf("step %d: batches of %d: loss %v over %d samples, want %v over 20", step, batch, loss, total, wantLoss)
			}
		}
		if p.Digest() != digest {
			t.Errorf("step %d: evaluation changed the parameters", step)
		}
	}
	if _, err := p.WithBatch(0); err == nil || err.Error() != "the batch is 0, but must be at least 1" {
		t.Errorf("a batch of 0: %v", err)
	}
}

// TestStepAllocatesNothing covers every kind of layer, on one thread.
func TestStepAllocatesNothing(t *testing.T) {
	for _, isa := range kernel.Available() {
		t.Run(fmt.Sprintf("float32/%v", isa), func(t *testing.T) { testAllocations[float32](t, isa) })
		t.Run(fmt.Sprintf("float64/%v", isa), func(t *testing.T) { testAllocations[float64](t, isa) })
	}
}

func testAllocations[T kernel.Float](t *testing.T, isa kernel.ISA) {
	in := Shape{9, 10, 3}
	p := compiled[T](t, allKinds(), in, Options{Batch: 4, Engine: kernel.New(isa, 1)})
	x, labels := samples[T](1, 4, in)
	step := func() {
		for _, n := range []int{4, 3} {
			p.Forward(x, n)
			p.Loss(labels, n)
			p.Backward(n)
			p.Update(optim.SGD{Rate: 0.01, Momentum: 0.9, WeightDecay: 1e-3}, false)
		}
	}
	step() // the first one makes velocities and the engine's workspace
	if n := testing.AllocsPerRun(10, step); n != 0 {
		t.Errorf("a step allocates %v times", n)
	}
}

// TestDigest: it covers names, values and their order, takes all NaN for one, and depends on nothing
// else.
func TestDigest(t *testing.T) {
	make := func() *Plan[float32] {
		return compiled[float32](t, allKinds(), Shape{9, 10, 3}, Options{Batch: 2, Seed: 1})
	}
	want := make().Digest()
	if got := make().Digest(); got != want {
		t.Errorf("two equal networks have the digests %s and %s", got, want)
	}
	seen := map[string]string{want: "the network itself"}
	for name, change := range map[string]func(p *Plan[float32]){
		"the first weight":    func(p *Plan[float32]) { p.Params()[0].Data[0] += 1e-6 },
		"the last weight":     func(p *Plan[float32]) { q := p.Params()[len(p.Params())-1]; q.Data[len(q.Data)-1] = 0 },
		"two weights' order":  func(p *Plan[float32]) { d := p.Params()[0].Data; d[0], d[1] = d[1], d[0] },
		"a NaN":               func(p *Plan[float32]) { p.Params()[0].Data[0] = float32(math.NaN()) },
		"another NaN's place": func(p *Plan[float32]) { p.Params()[0].Data[1] = float32(math.NaN()) },
	} {
		p := make()
		change(p)
		if other, ok := seen[p.Digest()]; ok {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[p.Digest()] = name
	}
	a, b := make(), make()
	a.Params()[0].Data[0] = math.Float32frombits(0x7fc00000)
	b.Params()[0].Data[0] = math.Float32frombits(0xffc00123)
	if a.Digest() != b.Digest() {
		t.Error("two patterns of NaN have two digests")
	}
	a.Params()[0].grad()[0] = 5
	if a.Digest() != b.Digest() {
		t.Error("the digest depends on a gradient")
	}
}

// TestDescribe: the first line of what is printed of a network.
func TestDescribe(t *testing.T) {
	p := compiled[float32](t, lenet("tanh"), Shape{32, 32, 3}, Options{Batch: 1})
	lines := p.Describe()
	if want := "conv1            28×28×6      456 parameters"; lines[0] != want || len(lines) != 12 {
		t.Errorf("%d lines, the first one %q, want %q", len(lines), lines[0], want)
	}
	if got := p.Parameters(); got != 62006 {
		t.Errorf("%d parameters, want 62006", got)
	}
}
