package theory

import (
	"cmp"
	"math"

	"gradlab/nn"
)

// step is one position on the way through the network.
type step struct {
	nn.Position
	layer   nn.Layer // nil of a residual's sum
	from    int      // index of the step whose output it takes; −1 is the network's input
	skip    int      // of a sum, the step whose output it adds
	weights weights
	in, out Moments
	rough   bool    // the moments are an approximation even for a wide network
	winners *normal // of an activation before max pooling: the inputs of those outputs that win
	spread  float64 // of a normalisation, the variance that it divides by
	count   int     // of a batch normalisation, the values over which it takes that
	inputs  int     // values of a sample that go in
}

// forward follows the moments through a model.
type forward struct {
	model   nn.Model
	shape   nn.Shape
	input   Moments
	batch   int
	ahead   []nn.Position // that no step has yet
	classes int
	steps   []step
}

// run makes the steps of the layers, which take the output of step from, and gives the index of the last.
func (f *forward) run(layers []nn.Layer, from int) (int, error) {
	for _, l := range layers {
		var err error
		switch l := l.(type) {
		case nn.Residual:
			from, err = f.residual(l, from)
		default:
			from, err = f.add(l, from)
		}
		if err != nil {
			return from, err
		}
	}
	return from, nil
}

// residual makes the steps of a block: its layers, the projection where shapes differ, and the sum.
func (f *forward) residual(r nn.Residual, from int) (int, error) {
	last, err := f.run(r.Layers, from)
	if err != nil {
		return last, err
	}
	skip := from
	if len(f.ahead) > 0 && f.ahead[0].Kind == "projection" {
		if skip, err = f.project(r, from); err != nil {
			return skip, err
		}
	}
	s := step{from: last, skip: skip, in: f.out(last), inputs: f.ahead[0].Shape.Size()}
	s.out = s.in.plus(f.out(skip))
	return f.place(s), nil
}

// project makes the projection of a block's input: without bias, of an image with 1 × 1 kernels.
func (f *forward) project(r nn.Residual, from int) (int, error) {
	in, out := f.shapeOf(from), f.ahead[0].Shape
	if len(in) != 3 {
		return f.add(nn.Linear{Out: out[0], NoBias: true, Init: r.Init}, from)
	}
	stride := nn.Pair{H: (in[0] + out[0] - 1) / out[0], W: (in[1] + out[1] - 1) / out[1]}
	return f.add(nn.Conv2d{Filters: out[2], Kernel: nn.Square(1), Stride: stride, NoBias: true, Init: r.Init}, from)
}

// place appends a step with the next position and gives its index.
func (f *forward) place(s step) int {
	s.Position, f.ahead = f.ahead[0], f.ahead[1:]
	f.steps = append(f.steps, s)
	return len(f.steps) - 1
}

func (f *forward) out(i int) Moments {
	if i < 0 {
		return f.input
	}
	return f.steps[i].out
}

func (f *forward) shapeOf(i int) nn.Shape {
	if i < 0 {
		return f.shape
	}
	return f.steps[i].Shape
}

// add makes the step of a layer that is no block.
func (f *forward) add(layer nn.Layer, from int) (int, error) {
	p, in, x := f.ahead[0], f.shapeOf(from), f.out(from)
	s := step{layer: layer, from: from, skip: -1, in: x, inputs: in.Size()}
	var err error
	switch l := layer.(type) {
	case nn.Linear:
		s.weights, err = linearWeights(p.Name, l, f.model.Init, in[0], p.Shape[0], x)
		s.out = s.product()
	case nn.Conv2d:
		s.weights, err = convWeights(p.Name, l, f.model.Init, in, p.Shape, x)
		s.out = s.product()
	case nn.Activation:
		g, known := newFunction(l)
		if !known {
			return 0, &ErrNoTheory{p.Name, "there is no theory of the activation " + l.Name}
		}
		s.out = x.through(g.f)
		s.rough = !f.gaussian(from)
	case nn.MaxPool2d:
		f.maxPool(&s, l)
	case nn.AvgPool2d:
		f.avgPool(&s, l, p.Shape)
	case nn.Flatten:
		s.out = x
		s.out.Near = nil
	case nn.BatchNorm:
		s.batchNorm(l, f.batch*images(in))
	case nn.LayerNorm:
		s.layerNorm(l)
	default:
		return 0, &ErrNoTheory{p.Name, "there is no theory of " + p.Kind}
	}
	if err != nil {
		return 0, err
	}
	return f.place(s), nil
}

// gaussian says whether the values at step i are Gaussian in a wide network: sums of many products are, and
// so are they after a normalisation.
func (f *forward) gaussian(i int) bool {
	if i < 0 {
		return false
	}
	s := &f.steps[i]
	switch l := s.layer.(type) {
	case nn.Linear, nn.Conv2d:
		return true
	case nn.BatchNorm, nn.LayerNorm, nn.Flatten:
		return f.gaussian(s.from)
	case nn.Activation:
		return l.Name == "identity" && f.gaussian(s.from)
	case nil:
		return f.gaussian(s.from) && f.gaussian(s.skip)
	}
	return false
}

// product is what a layer of random weights does: each mean product is multiplied by σ_w², and the bias
// adds σ_b² (Poole et al. 2016).
func (s *step) product() Moments {
	return s.in.map2(s.weights.stride, func(product float64) float64 { return s.weights.gain()*product + s.weights.bias })
}

// images is the number of places of a channel.
func images(in nn.Shape) int {
	if len(in) == 3 {
		return in[0] * in[1]
	}
	return 1
}

// batchNorm takes from each channel its mean over the batch, which two samples have in common, and divides
// by the deviation that is left: v = (s − p)(1 − 1/n) of n values.
func (s *step) batchNorm(l nn.BatchNorm, n int) {
	n = max(n, 2)
	share := 1 - 1/float64(n)
	s.count = n
	s.spread = (s.in.Second-s.in.Product)*share + cmp.Or(l.Epsilon, 1e-5)
	s.out = s.in.map2(1, func(product float64) float64 { return (product - s.in.Product) * share / s.spread })
	s.out.Product = -s.out.Second / float64(n-1)
}

// layerNorm takes from each sample its own mean, and divides by the deviation of its values.
func (s *step) layerNorm(l nn.LayerNorm) {
	square := s.in.Mean * s.in.Mean
	s.spread = s.in.Variance() + cmp.Or(l.Epsilon, 1e-5)
	s.out = s.in.map2(1, func(product float64) float64 { return (product - square) / s.spread })
}

// maxPool takes the largest of a window as if its values were Gaussian and every two of them had the mean
// correlation of the window: the largest of k such values is √(1−ρ) times that of k independent ones, plus
// √ρ times one more. After an activation that never falls it is the activation of the largest input.
func (f *forward) maxPool(s *step, l nn.MaxPool2d) {
	s.rough = true
	source, g := s.in, functions["identity"]
	if s.from >= 0 {
		if before := &f.steps[s.from]; before.layer != nil {
			if a, ok := before.layer.(nn.Activation); ok {
				if h, _ := newFunction(a); h.rises {
					source, g = before.in, h
				}
			}
		}
	}
	taps := l.Kernel.H * l.Kernel.W
	pair := source.window(l.Kernel)
	variance := source.Variance()
	rho := 0.0
	if variance > 0 {
		rho = max(0, min((pair-source.Mean*source.Mean)/variance, 1))
	}
	mean, spread := largest(taps)
	scale := rho + (1-rho)*spread // of the variance
	shift := source.Mean + math.Sqrt((1-rho)*variance)*mean
	stride := l.Stride
	if stride == (nn.Pair{}) {
		stride = l.Kernel
	}
	apart := math.Sqrt(float64(stride.H * stride.W))
	won := source.map2(apart, func(product float64) float64 {
		return shift*shift + (product-source.Mean*source.Mean)*scale
	})
	won.Mean = shift
	if g.f != nil && s.from >= 0 && !sameMoments(source, s.in) {
		d := won.gaussian()
		f.steps[s.from].winners = &d
	}
	s.out = won.through(g.f)
}

func sameMoments(a, b Moments) bool {
	return a.Second == b.Second && a.Product == b.Product && a.Mean == b.Mean
}

// avgPool takes the mean of a window; zeros of the padding count.
func (f *forward) avgPool(s *step, l nn.AvgPool2d, out nn.Shape) {
	in := f.shapeOf(s.from)
	stride := l.Stride
	if stride == (nn.Pair{}) {
		stride = l.Kernel
	}
	inside := within(in[0], out[0], l.Kernel.H, stride.H, l.Padding.H) * within(in[1], out[1], l.Kernel.W, stride.W, l.Padding.W)
	taps := float64(l.Kernel.H * l.Kernel.W)
	second := s.in.Second/taps + (1-1/taps)*s.in.window(l.Kernel)
	s.rough = inside < 1
	s.out = s.in.map2(math.Sqrt(float64(stride.H*stride.W)), func(product float64) float64 { return product * inside })
	s.out.Second = second * inside
	s.out.Mean = s.in.Mean * inside
}

// window is the mean product of two different elements of a window.
func (m Moments) window(k nn.Pair) float64 {
	sum, pairs := 0.0, 0
	for a := range k.H * k.W {
		for b := range a {
			sum += m.at(math.Hypot(float64(a/k.W-b/k.W), float64(a%k.W-b%k.W)))
			pairs++
		}
	}
	if pairs == 0 {
		return m.Second
	}
	return sum / float64(pairs)
}
