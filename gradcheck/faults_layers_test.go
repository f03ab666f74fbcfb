package gradcheck

import (
	"math"
	"slices"

	"gradlab/nn"
)

// convSlips are mistakes in the gradients of a convolution.
type convSlips struct {
	unflipped, swapped  bool // in the input's gradient: the kernel turned by half a turn; filters for channels
	unpadded, unstrided bool
}

var convFaults = []fault{
	{name: "unflipped kernel in the input's gradient", on: "conv", at: "conv2", back: convInput(convSlips{unflipped: true})},
	{name: "filters and channels swapped in the input's gradient", on: "conv", at: "conv2", back: convInput(convSlips{swapped: true})},
	{name: "padding ignored in the input's gradient", on: "conv", at: "conv2", back: convInput(convSlips{unpadded: true})},
	{name: "stride ignored in the input's gradient", on: "conv", at: "conv2", back: convInput(convSlips{unstrided: true})},
	{name: "padding ignored in the weights' gradient", on: "conv", at: "conv2", back: convWeights(convSlips{unpadded: true})},
	{name: "stride ignored in the weights' gradient", on: "conv", at: "conv2", back: convWeights(convSlips{unstrided: true})},
	{name: "rows and columns swapped in the weights' gradient", on: "conv", at: "conv1", back: func(s *site) {
		old := slices.Clone(s.dw)
		for f := range 3 {
			for i := range 3 {
				for j := range 3 {
					copy(s.dw[((f*3+i)*3+j)*2:][:2], old[((f*3+j)*3+i)*2:])
				}
			}
		}
	}},
	{name: "a convolution's bias gradient dropped", on: "conv", at: "conv1", back: func(s *site) { clear(s.db) }},
	{name: "a convolution's bias gradient of one pixel", on: "conv", at: "conv2", back: func(s *site) { copy(s.db, s.dy) }},
}

// taps calls f for every product of a convolution that lies inside the image: with the indices of the output, the
// input and the weight, and that of the weight's mirror image.
func (c convSlips) taps(s *site, f func(y, x, w, mirrored, filter, channel int)) {
	l := plantedConv
	kh, kw, h, w, channels, outH, outW := l.Kernel.H, l.Kernel.W, s.in[0], s.in[1], s.in[2], s.out[0], s.out[1]
	if c.unpadded {
		l.Padding = nn.Pair{}
	}
	if c.unstrided {
		l.Stride = nn.Square(1)
	}
	for k := range s.n {
		for p := range outH * outW {
			for q := range kh * kw {
				row, column := p/outW*l.Stride.H-l.Padding.H+q/kw, p%outW*l.Stride.W-l.Padding.W+q%kw
				if row < 0 || row >= h || column < 0 || column >= w {
					continue
				}
				for filter := range l.Filters {
					for channel := range channels {
						f((k*outH*outW+p)*l.Filters+filter, ((k*h+row)*w+column)*channels+channel,
							(filter*kh*kw+q)*channels+channel, (filter*kh*kw+kh*kw-1-q)*channels+channel, filter, channel)
					}
				}
			}
		}
	}
}

func convInput(slips convSlips) func(*site) {
	return func(s *site) {
		clear(s.dx)
		area, channels := plantedConv.Kernel.H*plantedConv.Kernel.W, s.in[2]
		slips.taps(s, func(y, x, w, mirrored, filter, channel int) {
			switch {
			case slips.unflipped:
				w = mirrored
			case slips.swapped: // there are as many of both
				w += (channel-filter)*area*channels + filter - channel
			}
			s.dx[x] += s.dy[y] * s.w[w]
		})
	}
}

func convWeights(slips convSlips) func(*site) {
	return func(s *site) {
		clear(s.dw)
		slips.taps(s, func(y, x, w, _, _, _ int) { s.dw[w] += s.dy[y] * s.x[x] })
	}
}

var poolFaults = []fault{
	{name: "max pooling's gradient to the first of the window", on: "maxpool", at: "maxpool1", back: maxPool(func(tap, winner, taps int) bool { return tap == 0 })},
	{name: "max pooling's gradient to the last of the window", on: "maxpool", at: "maxpool1", back: maxPool(func(tap, winner, taps int) bool { return tap == taps-1 })},
	{name: "max pooling's gradient to all of the window", on: "maxpool", at: "maxpool1", back: maxPool(func(tap, winner, taps int) bool { return true })},
	{name: "max pooling's gradient to the neighbour", on: "maxpool", at: "maxpool1", back: maxPool(func(tap, winner, taps int) bool { return tap == (winner+1)%taps })},
	{name: "average pooling without 1/k²", on: "avgpool", at: "avgpool1", back: scaled(dx, times(9))},
	{name: "average pooling by 1/k", on: "avgpool", at: "avgpool1", back: scaled(dx, times(3))},
	{name: "average pooling without the padding in its mean", on: "avgpool", at: "avgpool1", back: avgPool(func(inside int) float64 { return 1 / float64(inside) }, false)},
	{name: "average pooling overwrites where windows overlap", on: "avgpool", at: "avgpool1", back: avgPool(func(int) float64 { return 1. / 9 }, true)},
}

// maxPool routes gradients to the elements of each window that take says.
func maxPool(take func(tap, winner, taps int) bool) func(*site) {
	return func(s *site) {
		clear(s.dx)
		l, w, c, outW := plantedPool, s.in[1], s.in[2], s.out[1]
		for i, dy := range s.dy {
			sample, within := i/s.out.Size(), i%s.out.Size()
			row, column, channel := within/c/outW*l.H, within/c%outW*l.W, within%c
			for tap := range l.H * l.W {
				if take(tap, int(s.winners[i]), l.H*l.W) {
					s.dx[sample*s.in.Size()+((row+tap/l.W)*w+column+tap%l.W)*c+channel] += dy
				}
			}
		}
	}
}

// avgPool shares gradients out by a factor that goes by how many elements of the window lie inside the image.
func avgPool(factor func(inside int) float64, overwrites bool) func(*site) {
	return func(s *site) {
		clear(s.dx)
		l, h, w, c, outW := overlapping, s.in[0], s.in[1], s.in[2], s.out[1]
		for i, dy := range s.dy {
			sample, within := i/s.out.Size(), i%s.out.Size()
			row, column := within/c/outW*l.Stride.H-l.Padding.H, within/c%outW*l.Stride.W-l.Padding.W
			var inside []int
			for tap := range l.Kernel.H * l.Kernel.W {
				if y, x := row+tap/l.Kernel.W, column+tap%l.Kernel.W; y >= 0 && y < h && x >= 0 && x < w {
					inside = append(inside, sample*s.in.Size()+(y*w+x)*c+within%c)
				}
			}
			for _, at := range inside {
				if overwrites {
					s.dx[at] = 0
				}
				s.dx[at] += dy * factor(len(inside))
			}
		}
	}
}

// normSlips are mistakes in the gradients of a normalisation.
type normSlips struct {
	mean, variance, gamma, epsilon bool // terms that are left out
	unbiased                       bool // variance, on the way back only
	raw                            bool // γ's gradient with x for what was normalised
}

var normFaults = slices.Concat(normFaultsOf("batch norm", "batchnorm"), normFaultsOf("layer norm", "layernorm"))

func normFaultsOf(name, kind string) []fault {
	of := func(what string, slips normSlips) fault {
		return fault{name: name + what, on: kind, at: kind + "1", back: normalised(kind, slips)}
	}
	return []fault{
		of(": mean term dropped", normSlips{mean: true}),
		of(": variance term dropped", normSlips{variance: true}),
		of(": mean and variance as constants", normSlips{mean: true, variance: true}),
		of(": γ left out of the input's gradient", normSlips{gamma: true}),
		of(": ε left out on the way back", normSlips{epsilon: true}),
		of(": unbiased variance on the way back", normSlips{unbiased: true}),
		of(": γ's gradient with x not normalised", normSlips{raw: true}),
		{name: name + ": β's gradient dropped", on: kind, at: kind + "1", back: func(s *site) { clear(s.db) }},
	}
}

// normalised is the gradients of y = γ·x̂ + β, x̂ = (x − μ)/√(σ² + ε): those of γ are Σ dy·x̂, those of the input
// γ/√(σ² + ε)·(d − mean(d) − x̂·mean(d·x̂)) with d = γ·dy/γ's own, over groups of values that are normalised together.
func normalised(kind string, slips normSlips) func(*site) {
	return func(s *site) {
		weights := len(s.w)
		groups, size := weights, len(s.x)/weights // batch normalisation: a group for each channel
		at := func(g, j int) int { return j*weights + g }
		if kind == "layernorm" {
			groups, size = s.n, weights
			at = func(g, j int) int { return g*weights + j }
		}
		clear(s.dw)
		for g := range groups {
			mean, variance := 0.0, 0.0
			for j := range size {
				mean += s.x[at(g, j)] / float64(size)
			}
			for j := range size {
				d := s.x[at(g, j)] - mean
				variance += d * d / float64(size)
			}
			if slips.unbiased {
				variance *= float64(size) / float64(size-1)
			}
			epsilon := plantedEpsilon
			if slips.epsilon {
				epsilon = 0
			}
			inv := 1 / math.Sqrt(variance+epsilon)
			hat := func(j int) float64 { return (s.x[at(g, j)] - mean) * inv }
			d := func(j int) float64 {
				if slips.gamma {
					return s.dy[at(g, j)]
				}
				return s.dy[at(g, j)] * s.w[at(g, j)%weights]
			}
			first, second := 0.0, 0.0
			for j := range size {
				if !slips.mean {
					first += d(j) / float64(size)
				}
				if !slips.variance {
					second += d(j) * hat(j) / float64(size)
				}
				x := hat(j)
				if slips.raw {
					x = s.x[at(g, j)]
				}
				s.dw[at(g, j)%weights] += s.dy[at(g, j)] * x
			}
			for j := range size {
				s.dx[at(g, j)] = inv * (d(j) - first - hat(j)*second)
			}
		}
	}
}

var activationFaults = []fault{
	{name: "tanh: slope at the output for that at the input", on: "tanh", at: "tanh1", back: sloped(func(_, y float64) float64 { return 1 - math.Pow(math.Tanh(y), 2) })},
	{name: "tanh: 1 − y for 1 − y²", on: "tanh", at: "tanh1", back: sloped(func(_, y float64) float64 { return 1 - y })},
	{name: "sigmoid: y(1 − y) with the wrong sign", on: "sigmoid", at: "sigmoid1", back: sloped(func(_, y float64) float64 { return y * (1 + y) })},
	{name: "sigmoid: slope of what is saturated as 0", on: "sigmoid", at: "sigmoid1", back: sloped(func(_, y float64) float64 { return when(math.Abs(y-0.5) < 0.35, y*(1-y)) })},
	{name: "scaled sigmoid without its ½", on: "scaled-sigmoid", at: "scaled-sigmoid1", back: sloped(func(_, y float64) float64 { return 1 - y*y })},
	{name: "ReLU: slope from the wrong side", on: "relu", at: "relu1", back: sloped(func(x, _ float64) float64 { return when(x <= 0, 1) })},
	{name: "ReLU: no slope at all", on: "relu", at: "relu1", back: sloped(func(_, _ float64) float64 { return 1 })},
	{name: "leaky ReLU without its leak", on: "leaky-relu", at: "leaky-relu1", back: sloped(func(x, _ float64) float64 { return when(x > 0, 1) })},
	{name: "leaky ReLU: slope from the wrong side", on: "leaky-relu", at: "leaky-relu1", back: sloped(func(x, _ float64) float64 { return 0.2 + when(x <= 0, 0.8) })},
	{name: "GELU by its approximation with tanh", on: "gelu", at: "gelu1", back: sloped(func(x, _ float64) float64 {
		c := math.Sqrt(2 / math.Pi)
		t := math.Tanh(c * (x + 0.044715*x*x*x))
		return (1+t)/2 + x/2*(1-t*t)*c*(1+3*0.044715*x*x)
	})},
	{name: "GELU without the slope of Φ", on: "gelu", at: "gelu1", back: sloped(func(x, _ float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 })},
	{name: "SiLU without the slope of σ", on: "silu", at: "silu1", back: sloped(func(x, _ float64) float64 { return 1 / (1 + math.Exp(-x)) })},
	{name: "ELU: slope 1 below zero", on: "elu", at: "elu1", back: sloped(func(_, _ float64) float64 { return 1 })},
	{name: "ELU: y for y + α below zero", on: "elu", at: "elu1", back: sloped(func(x, y float64) float64 { return when(x > 0, 1) + when(x <= 0, y) })},
	{name: "SELU: α dropped", on: "selu", at: "selu1", back: sloped(func(x, _ float64) float64 { return 1.0507009873554804934 * math.Exp(min(0, x)) })},
	{name: "SELU: scale dropped", on: "selu", at: "selu1", back: scaled(dx, times(1/1.0507009873554804934))},
}

// sloped is the gradient of an activation with a slope, given its input and output.
func sloped(slope func(x, y float64) float64) func(*site) {
	return func(s *site) {
		for i := range s.dx {
			s.dx[i] = s.dy[i] * slope(s.x[i], s.y[i])
		}
	}
}
