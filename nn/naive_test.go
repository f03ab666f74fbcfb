package nn

import (
	"fmt"
	"math"
	"slices"
)

// The naive interpreter runs a Model in float64 as plainly as it can be written: sample by sample,
// number by number, each with the partial derivatives by the numbers it was made of. It shares
// nothing with the engine but the Model: it infers shapes and names for itself, and its backward pass
// is the chain rule on scalars.
//
// It also follows how far rounding may carry a value: e and f are variances of the errors of v and d
// in units of the squared unit roundoff, every operation adding an independent error as large as its
// result. Tolerances are derived from them.

// scalar is one number of the interpreter.
type scalar struct {
	v, d float64 // value, and dLoss/dvalue
	e, f float64 // variances of their rounding errors
	from []edge
}

// edge is the partial derivative of a scalar by another one.
type edge struct {
	to *scalar
	by float64
	e  float64 // variance of by's rounding error
}

type interpreter struct {
	tape      []*scalar // in the order of computation
	params    map[string][]*scalar
	positions [][]*scalar // outputs of each layer, sample after sample
	names     []string    // of the positions
	shape     Shape       // of the sample on its way
	layer     int
	kinds     map[string]int
	// margin is the smallest distance from a bend (ReLU at 0, two candidates of a maximum) in standard
	// deviations of the rounding error: too near, and another precision takes the other side.
	margin float64
}

// add puts s behind what it was made of.
func (p *interpreter) add(s *scalar) *scalar {
	p.tape = append(p.tape, s)
	return s
}

// term adds x·w to s.
func (s *scalar) term(x, w *scalar) {
	s.v += x.v * w.v
	s.e += w.v*w.v*x.e + s.v*s.v
	s.from = append(s.from, edge{x, w.v, 0}, edge{w, x.v, x.e})
}

// plus adds x·factor to s.
func (s *scalar) plus(x *scalar, factor float64) {
	s.v += x.v * factor
	s.e += factor*factor*x.e + s.v*s.v
	s.from = append(s.from, edge{x, factor, 0})
}

// run computes loss and gradients of n samples.
func (p *interpreter) run(m Model, in Shape, classes int, x []float64, labels []int32) *scalar {
	p.margin = math.Inf(1)
	n := len(labels)
	loss := &scalar{}
	size := in.Size()
	for i, label := range labels {
		sample := make([]*scalar, size)
		for j := range sample {
			sample[j] = p.add(&scalar{v: x[i*size+j]})
		}
		p.shape, p.layer, p.kinds = append(Shape{}, in...), 0, map[string]int{}
		loss.plus(p.crossEntropy(p.layers(m.Layers, sample, classes), int(label)), 1/float64(n))
	}
	p.add(loss).d = 1
	for i := len(p.tape) - 1; i >= 0; i-- {
		s := p.tape[i]
		for _, g := range s.from {
			g.to.d += s.d * g.by
			g.to.f += g.by*g.by*s.f + s.d*s.d*g.e + g.to.d*g.to.d
		}
	}
	return loss
}

func (p *interpreter) layers(layers []Layer, x []*scalar, classes int) []*scalar {
	for _, l := range layers {
		if r, ok := l.(Repeat); ok {
			for range r.Times {
				x = p.layers(r.Layers, x, classes)
			}
			continue
		}
		if r, ok := l.(Residual); ok {
			x = p.residual(r, x, classes)
			continue
		}
		var kind string
		switch l := l.(type) {
		case Linear:
			kind = "linear"
			out := l.Out
			if out == Classes {
				out = classes
			}
			x = p.linear(x, out, p.name(kind))
		case Conv2d:
			kind = "conv"
			x = p.conv(x, l, p.name(kind))
		case MaxPool2d:
			kind = "maxpool"
			x = p.pool(x, l.Kernel, l.Stride, l.Padding, p.largest)
		case AvgPool2d:
			kind = "avgpool"
			area := float64(l.Kernel.H * l.Kernel.W)
			x = p.pool(x, l.Kernel, l.Stride, l.Padding, func(window []*scalar) *scalar {
				s := &scalar{}
				for _, v := range window {
					s.plus(v, 1/area)
				}
				return s
			})
		case Flatten:
			kind = "flatten"
			p.shape = Shape{len(x)}
		case Activation:
			kind = l.Name
			x = p.activation(x, l)
		}
		p.place(kind, x)
	}
	return x
}

// place notes x as the output of the next layer of a kind.
func (p *interpreter) place(kind string, x []*scalar) {
	p.kinds[kind]++
	if p.layer == len(p.positions) {
		p.positions = append(p.positions, nil)
		p.names = append(p.names, fmt.Sprint(kind, p.kinds[kind]))
	}
	p.positions[p.layer] = append(p.positions[p.layer], x...)
	p.layer++
}

func (p *interpreter) residual(r Residual, x []*scalar, classes int) []*scalar {
	in := slices.Clone(p.shape)
	f := p.layers(r.Layers, x, classes)
	if out := slices.Clone(p.shape); !slices.Equal(in, out) {
		p.shape = in
		if len(in) == 1 {
			x = p.linear(x, out[0], p.name("projection"))
		} else {
			stride := Pair{(in[0] + out[0] - 1) / out[0], (in[1] + out[1] - 1) / out[1]}
			x = p.conv(x, Conv2d{Filters: out[2], Kernel: Square(1), Stride: stride}, p.name("projection"))
		}
		p.place("projection", x)
	}
	y := make([]*scalar, len(f))
	for i := range y {
		s := &scalar{}
		s.plus(f[i], 1)
		s.plus(x[i], 1)
		y[i] = p.add(s)
	}
	p.place("residual", y)
	return y
}

// name is that of the layer of this kind which comes next.
func (p *interpreter) name(kind string) string { return fmt.Sprint(kind, p.kinds[kind]+1) }

func (p *interpreter) linear(x []*scalar, out int, name string) []*scalar {
	weight, bias := p.params[name+".weight"], p.params[name+".bias"]
	y := make([]*scalar, out)
	for o := range y {
		s := &scalar{}
		for i := range x {
			s.term(x[i], weight[o*len(x)+i])
		}
		if bias != nil {
			s.plus(bias[o], 1)
		}
		y[o] = p.add(s)
	}
	p.shape = Shape{out}
	return y
}

// places lists where a window may start so that it does not reach over the far edge.
func places(size, kernel, stride, padding int) (starts []int) {
	for at := -padding; at+kernel <= size+padding; at += stride {
		starts = append(starts, at)
	}
	return starts
}

func (p *interpreter) conv(x []*scalar, l Conv2d, name string) []*scalar {
	if l.Stride == (Pair{}) {
		l.Stride = Pair{1, 1}
	}
	weight, bias := p.params[name+".weight"], p.params[name+".bias"]
	h, w, channels := p.shape[0], p.shape[1], p.shape[2]
	rows, columns := places(h, l.Kernel.H, l.Stride.H, l.Padding.H), places(w, l.Kernel.W, l.Stride.W, l.Padding.W)
	var y []*scalar
	for _, row := range rows {
		for _, column := range columns {
			for f := range l.Filters {
				s := &scalar{}
				for i := range l.Kernel.H {
					for j := range l.Kernel.W {
						if row+i < 0 || row+i >= h || column+j < 0 || column+j >= w {
							continue
						}
						for c := range channels {
							s.term(x[((row+i)*w+column+j)*channels+c], weight[((f*l.Kernel.H+i)*l.Kernel.W+j)*channels+c])
						}
					}
				}
				if bias != nil {
					s.plus(bias[f], 1)
				}
				y = append(y, p.add(s))
			}
		}
	}
	p.shape = Shape{len(rows), len(columns), l.Filters}
	return y
}

func (p *interpreter) pool(x []*scalar, kernel, stride, padding Pair, of func(window []*scalar) *scalar) []*scalar {
	if stride == (Pair{}) {
		stride = kernel
	}
	h, w, channels := p.shape[0], p.shape[1], p.shape[2]
	rows, columns := places(h, kernel.H, stride.H, padding.H), places(w, kernel.W, stride.W, padding.W)
	var y []*scalar
	for _, row := range rows {
		for _, column := range columns {
			for c := range channels {
				var window []*scalar
				for i := max(0, row); i < min(h, row+kernel.H); i++ {
					for j := max(0, column); j < min(w, column+kernel.W); j++ {
						window = append(window, x[(i*w+j)*channels+c])
					}
				}
				y = append(y, p.add(of(window)))
			}
		}
	}
	p.shape = Shape{len(rows), len(columns), channels}
	return y
}

// largest is the first one of the largest.
func (p *interpreter) largest(window []*scalar) *scalar {
	best := window[0]
	for _, v := range window {
		if v.v > best.v {
			best = v
		}
	}
	for _, v := range window {
		if v.v != best.v { // equal ones (zeros of a ReLU) are equal in every precision
			p.bend(best.v-v.v, best.e+v.e)
		}
	}
	return &scalar{v: best.v, e: best.e, from: []edge{{best, 1, 0}}}
}

// bend notes that a value of the stated variance lies at the stated distance from a bend. Values
// without an error (zeros of a ReLU) are on the same side in every precision.
func (p *interpreter) bend(distance, variance float64) {
	if variance > 0 {
		p.margin = min(p.margin, math.Abs(distance)/math.Sqrt(variance))
	}
}

func (p *interpreter) activation(x []*scalar, a Activation) []*scalar {
	if a.Name == "identity" {
		return x
	}
	y := make([]*scalar, len(x))
	for i, x := range x {
		v, slope := function(a, x.v)
		if a.Name == "relu" || a.Name == "leaky-relu" || a.Name == "selu" {
			p.bend(x.v, x.e)
		}
		// Functions err by a few units; their slopes are computed from numbers near 1, and no second
		// derivative exceeds 1.8.
		y[i] = p.add(&scalar{v: v, e: slope*slope*x.e + 16*v*v, from: []edge{{x, slope, 4*x.e + 64}}})
	}
	return y
}

// function is an activation's value and derivative at x.
func function(a Activation, x float64) (y, slope float64) {
	sigmoid := 1 / (1 + math.Exp(-x))
	switch a.Name {
	case "sigmoid":
		return sigmoid, sigmoid * (1 - sigmoid)
	case "scaled-sigmoid":
		return -math.Expm1(-x) * sigmoid, 2 * sigmoid * (1 - sigmoid) // (1 − e⁻ˣ)σ = 2σ − 1, without cancellation
	case "tanh":
		return math.Tanh(x), 1 / (math.Cosh(x) * math.Cosh(x))
	case "relu":
		if x > 0 {
			return x, 1
		}
		return 0, 0
	case "leaky-relu":
		if x > 0 {
			return x, 1
		}
		if a.Slope == 0 {
			a.Slope = 0.01
		}
		return a.Slope * x, a.Slope
	case "gelu":
		normal := math.Erfc(-x/math.Sqrt2) / 2
		return x * normal, normal + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
	case "elu", "selu":
		alpha, scale := 1.0, 1.0
		if a.Name == "selu" {
			alpha, scale = 1.6732632423543772, 1.0507009873554805
		}
		if x > 0 {
			return scale * x, scale
		}
		return scale * alpha * math.Expm1(x), scale * alpha * math.Exp(x)
	case "silu":
		return x * sigmoid, sigmoid * (1 + x*(1-sigmoid))
	}
	return math.NaN(), math.NaN()
}

// crossEntropy is −log softmax(logits)[label].
func (p *interpreter) crossEntropy(logits []*scalar, label int) *scalar {
	largest, e, sum := logits[0].v, 0.0, 0.0
	for _, z := range logits {
		largest, e = max(largest, z.v), max(e, z.e)
	}
	for _, z := range logits {
		sum += math.Exp(z.v - largest)
	}
	s := &scalar{v: math.Log(sum) + largest - logits[label].v}
	s.e = e + largest*largest + 16*(1+s.v*s.v)
	for c, z := range logits {
		softmax := math.Exp(z.v-largest) / sum
		slope := softmax
		if c == label {
			slope = softmax - 1
		}
		s.from = append(s.from, edge{z, slope, softmax*softmax*(2*e+64) + slope*slope})
	}
	return p.add(s)
}
