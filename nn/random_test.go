package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gradlab/internal/kernel"
)

// TestRandomModelsAgainstNaiveInterpreter draws networks and compares logits, loss, and the gradients
// at every position and of every parameter.
func TestRandomModelsAgainstNaiveInterpreter(t *testing.T) {
	t.Run("float32", rapid.MakeCheck(testRandomModel[float32]))
	t.Run("float64", rapid.MakeCheck(testRandomModel[float64]))
}

// sigmas is the number of standard deviations of the rounding error that are tolerated: errors are
// not quite independent, and a test compares tens of thousands of numbers.
const sigmas = 10

func testRandomModel[T kernel.Float](t *rapid.T) {
	m, in, classes := drawModel(t)
	batch := rapid.IntRange(1, 5).Draw(t, "batch")
	e := kernel.New(rapid.SampledFrom(kernel.Available()).Draw(t, "isa"), rapid.IntRange(1, 2).Draw(t, "threads"))
	p, err := Compile[T](m, in, classes, Options{Batch: batch, Seed: rapid.Uint64().Draw(t, "seed"), Engine: e})
	if err != nil {
		t.Fatalf("%+v on %v: %v", m, in, err)
	}
	for _, l := range p.layers { // nothing of what was there before may survive
		if !l.aliases() {
			copy(l.y, spoiled[T](len(l.y)))
			copy(l.dy, spoiled[T](len(l.dy)))
		}
	}
	inputs := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "inputs"), 0))
	compare(t, p, inputs, batch)
	compare(t, p, inputs, rapid.IntRange(1, batch).Draw(t, "last batch"))
}

// compare runs one step of n random samples in p and in the interpreter.
func compare[T kernel.Float](t *rapid.T, p *Plan[T], r *rand.Rand, n int) {
	roundoff := precision[T](0x1p-24, 0x1p-53)
	x, labels := make([]T, n*p.in.Size()), make([]int32, n)
	var naive *interpreter
	var loss *scalar
	for try := 0; ; try++ {
		wide := make([]float64, len(x))
		for i := range x {
			x[i] = T(float32(r.NormFloat64()))
			wide[i] = float64(x[i])
		}
		for i := range labels {
			labels[i] = int32(r.IntN(p.classes))
		}
		naive = &interpreter{params: map[string][]*scalar{}}
		for _, q := range p.Params() {
			for _, v := range q.Data {
				naive.params[q.Name] = append(naive.params[q.Name], &scalar{v: float64(v)})
			}
		}
		loss = naive.run(p.model, p.in, p.classes, wide, labels)
		if naive.margin > sigmas*roundoff {
			break
		}
		if try == 100 {
			t.Fatalf("no inputs keep %+v away from the bends of its functions", p.model)
		}
	}

	p.Forward(x, n)
	near(t, "loss", []T{T(p.Loss(labels, n))}, []*scalar{loss}, false)
	p.Backward(n)
	for i, position := range p.Positions() {
		if position.Name != naive.names[i] {
			t.Fatalf("position %d is %s, want %s", i+1, position.Name, naive.names[i])
		}
		near(t, "output of "+position.Name, p.Activation(i, n), naive.positions[i], false)
		if dy := p.Gradient(i, n); dy != nil {
			near(t, "gradient at "+position.Name, dy, naive.positions[i], true)
		}
	}
	for _, q := range p.Params() {
		near(t, "gradient of "+q.Name, q.Grad, naive.params[q.Name], true)
	}
}

// near fails unless got agrees with the values of want, or their gradients, up to the errors that
// rounding makes likely.
func near[T kernel.Float](t *rapid.T, what string, got []T, want []*scalar, gradient bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	variance := 0.0
	for _, s := range want {
		if gradient {
			variance = max(variance, s.f)
		} else {
			variance = max(variance, s.e)
		}
	}
	tolerance := sigmas * precision[T](0x1p-24, 0x1p-53) * math.Sqrt(variance)
	tolerance += precision[T](0x1p-125, 0) // what is flushed to zero
	for i, s := range want {
		v := s.v
		if gradient {
			v = s.d
		}
		if !(math.Abs(float64(got[i])-v) <= tolerance) {
			t.Fatalf("%s: [%d] = %.17g, want %.17g ± %.3g", what, i, float64(got[i]), v, tolerance)
		}
	}
}

// drawModel draws a network, the shape of its input and its number of classes.
func drawModel(t *rapid.T) (Model, Shape, int) {
	between := func(low, high int, what string) int { return rapid.IntRange(low, high).Draw(t, what) }
	in := Shape{between(1, 12, "features")}
	if rapid.Bool().Draw(t, "image") {
		in = Shape{between(2, 6, "height"), between(2, 6, "width"), between(1, 3, "channels")}
	}
	activation := func() Layer {
		a := Activation{Name: rapid.SampledFrom(Activations()).Draw(t, "activation")}
		if a.Name == "leaky-relu" {
			a.Slope = rapid.SampledFrom([]float64{0, 0.2, -0.5}).Draw(t, "slope")
		}
		return a
	}
	// window draws kernel, stride and padding of a window, and gives what it leaves of shape.
	shape := in
	window := func(pool bool) (kernel, stride, padding Pair) {
		if rapid.Bool().Draw(t, "strided") {
			stride = Pair{between(1, 3, "stride"), between(1, 3, "stride")}
		}
		if pool {
			kernel = Pair{between(1, min(3, shape[0]), "kernel"), between(1, min(3, shape[1]), "kernel")}
			padding = Pair{between(0, kernel.H/2, "padding"), between(0, kernel.W/2, "padding")}
		} else {
			padding = Pair{between(0, 1, "padding"), between(0, 2, "padding")}
			kernel = Pair{between(1, min(3, shape[0]+2*padding.H), "kernel"), between(1, min(4, shape[1]+2*padding.W), "kernel")}
		}
		s := stride
		if s == (Pair{}) {
			s = Pair{1, 1}
			if pool {
				s = kernel
			}
		}
		shape = Shape{len(places(shape[0], kernel.H, s.H, padding.H)), len(places(shape[1], kernel.W, s.W, padding.W)), shape[2]}
		return kernel, stride, padding
	}

	// Of one channel, an orthogonal matrix is 1 or −1, and a block with it may give exactly 0, at a bend.
	inits := []string{"pytorch", "he-normal", "orthogonal"}
	var draw func(most, depth int) []Layer
	// block draws a residual block: what its layers make of an image must be what a stride makes of it.
	block := func(depth int) Layer {
		before := slices.Clone(shape)
		inner := draw(3, depth+1)
		fits := len(shape) == len(before)
		if fits && len(shape) == 3 {
			for i := range 2 {
				stride := (before[i] + shape[i] - 1) / shape[i]
				fits = fits && (before[i]-1)/stride+1 == shape[i]
			}
		}
		if fits && computes(inner) {
			inits = inits[:2]
			return Residual{Layers: inner}
		}
		return Repeat{Times: 1, Layers: inner}
	}
	draw = func(most, depth int) []Layer {
		var layers []Layer
		for range between(1, most, "layers") {
			var l Layer
			choice := between(0, 5, "kind")
			switch {
			case choice == 0:
				l = activation()
			case choice == 5 && depth < 3:
				l = block(depth)
			case choice == 1 && len(shape) == 1:
				same := Linear{Out: shape[0], NoBias: rapid.Bool().Draw(t, "no bias")}
				l = Repeat{Times: between(0, 3, "times"), Layers: []Layer{same, activation()}}
			case choice == 1:
				same := Conv2d{Filters: shape[2], Kernel: Square(3), Padding: Square(1)}
				l = Repeat{Times: between(0, 2, "times"), Layers: []Layer{same, activation()}}
			case len(shape) == 1:
				l = Linear{Out: between(1, 9, "out"), NoBias: rapid.Bool().Draw(t, "no bias")}
				shape = Shape{l.(Linear).Out}
			case choice == 2:
				k, s, p := window(false)
				l = Conv2d{Filters: between(1, 4, "filters"), Kernel: k, Stride: s, Padding: p, NoBias: rapid.Bool().Draw(t, "no bias")}
				shape[2] = l.(Conv2d).Filters
			case choice == 3:
				k, s, p := window(true)
				if rapid.Bool().Draw(t, "average") {
					l = AvgPool2d{k, s, p}
				} else {
					l = MaxPool2d{k, s, p}
				}
			default:
				l = Flatten{}
				shape = Shape{shape.Size()}
			}
			layers = append(layers, l)
		}
		return layers
	}
	m := Model{Layers: draw(6, 0)}
	m.Init = Init{Name: rapid.SampledFrom(inits).Draw(t, "init")}
	if len(shape) == 3 {
		m.Layers = append(m.Layers, Flatten{})
	}
	m.Layers = append(m.Layers, Linear{Out: Classes})
	return m, in, between(1, 5, "classes")
}

// computes says whether one of the layers runs something.
func computes(layers []Layer) bool {
	return slices.ContainsFunc(layers, func(l Layer) bool {
		switch l := l.(type) {
		case Flatten:
			return false
		case Activation:
			return l.Name != "identity"
		case Repeat:
			return l.Times > 0 && computes(l.Layers)
		}
		return true
	})
}
