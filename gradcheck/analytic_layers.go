package gradcheck

import (
	"math"
	"math/cmplx"

	"gradlab/nn"
)

// build gives the kind of a layer and what makes its function, once its name is known; nil for a layer it does
// not know. It moves a.in on to the shape of what the layer gives.
func (a *analytic) build(l nn.Layer) (kind string, function func(name string) func(x []complex128) []complex128) {
	in := a.in
	switch l := l.(type) {
	case nn.Linear:
		out := l.Out
		if out == nn.Classes {
			out = a.classes
		}
		a.in = nn.Shape{out}
		return "linear", a.linear(in.Size(), out)
	case nn.Conv2d:
		return "conv", a.conv(l, in)
	case nn.MaxPool2d:
		return "maxpool", a.pool(in, l.Kernel, l.Stride, l.Padding, func(window []complex128, _ int) complex128 {
			best := window[0]
			for _, v := range window {
				if real(v) > real(best)+sideless {
					best = v
				}
			}
			return best
		})
	case nn.AvgPool2d:
		return "avgpool", a.pool(in, l.Kernel, l.Stride, l.Padding, func(window []complex128, area int) complex128 {
			sum := complex128(0)
			for _, v := range window {
				sum += v
			}
			return sum / complex(float64(area), 0)
		})
	case nn.Flatten:
		a.in = nn.Shape{in.Size()}
		return "flatten", unnamed(func(x []complex128) []complex128 { return x })
	case nn.Activation:
		f := activation(l)
		if f == nil {
			return l.Name, nil
		}
		return l.Name, unnamed(func(x []complex128) []complex128 {
			y := make([]complex128, len(x))
			for i, v := range x {
				y[i] = f(v)
			}
			return y
		})
	case nn.BatchNorm: // the values of one feature lie a pixel's channels apart, over all samples
		features := in[len(in)-1]
		return "batchnorm", a.normalise(orDefault(l.Epsilon), func(total int) (groups, size int, at func(g, j int) int, weight func(g, j int) int) {
			return features, total / features, func(g, j int) int { return j*features + g }, func(g, _ int) int { return g }
		})
	case nn.LayerNorm: // those of one sample lie together
		size := in.Size()
		return "layernorm", a.normalise(orDefault(l.Epsilon), func(total int) (groups, values int, at func(g, j int) int, weight func(g, j int) int) {
			return total / size, size, func(g, j int) int { return g*size + j }, func(_, j int) int { return j }
		})
	case nn.Dropout:
		return "dropout", func(name string) func(x []complex128) []complex128 {
			return func(x []complex128) []complex128 {
				y := make([]complex128, len(x))
				for i, v := range x {
					y[i] = v
					if mask := a.masks[name]; mask != nil {
						y[i] *= complex(mask[i], 0)
					}
				}
				return y
			}
		}
	}
	return "", nil
}

// unnamed is a function that has no parameters.
func unnamed(f func(x []complex128) []complex128) func(string) func([]complex128) []complex128 {
	return func(string) func([]complex128) []complex128 { return f }
}

func orDefault(epsilon float64) float64 {
	if epsilon == 0 {
		return 1e-5
	}
	return epsilon
}

// linear is x·Wᵀ + b with W [out, in].
func (a *analytic) linear(in, out int) func(string) func([]complex128) []complex128 {
	return func(name string) func([]complex128) []complex128 {
		return func(x []complex128) []complex128 {
			w, b := a.params[name+".weight"], a.params[name+".bias"]
			y := make([]complex128, a.n*out)
			for s := range a.n {
				for o := range out {
					sum := complex128(0)
					row := w[o*in:][:in]
					for i, v := range x[s*in:][:in] {
						sum += v * row[i]
					}
					if b != nil {
						sum += b[o]
					}
					y[s*out+o] = sum
				}
			}
			return y
		}
	}
}

// starts lists where a window may begin so that it does not reach over the far edge.
func starts(size, kernel, stride, padding int) (all []int) {
	for at := -padding; at+kernel <= size+padding; at += stride {
		all = append(all, at)
	}
	return all
}

// conv is a cross-correlation with W [filters, height, width, channels].
func (a *analytic) conv(l nn.Conv2d, in nn.Shape) func(string) func([]complex128) []complex128 {
	if l.Stride == (nn.Pair{}) {
		l.Stride = nn.Square(1)
	}
	h, w, c := in[0], in[1], in[2]
	rows, columns := starts(h, l.Kernel.H, l.Stride.H, l.Padding.H), starts(w, l.Kernel.W, l.Stride.W, l.Padding.W)
	a.in = nn.Shape{len(rows), len(columns), l.Filters}
	return func(name string) func([]complex128) []complex128 {
		return func(x []complex128) []complex128 {
			weight, bias := a.params[name+".weight"], a.params[name+".bias"]
			var y []complex128
			for s := range a.n {
				image := x[s*h*w*c:][:h*w*c]
				for _, row := range rows {
					for _, column := range columns {
						for f := range l.Filters {
							sum := complex128(0)
							for i := max(0, -row); i < min(l.Kernel.H, h-row); i++ {
								for j := max(0, -column); j < min(l.Kernel.W, w-column); j++ {
									taps := weight[((f*l.Kernel.H+i)*l.Kernel.W+j)*c:][:c]
									for k, v := range image[((row+i)*w+column+j)*c:][:c] {
										sum += v * taps[k]
									}
								}
							}
							if bias != nil {
								sum += bias[f]
							}
							y = append(y, sum)
						}
					}
				}
			}
			return y
		}
	}
}

// pool applies of to the values of each window that lie inside the image; area is that of the whole window.
func (a *analytic) pool(in nn.Shape, kernel, stride, padding nn.Pair, of func(window []complex128, area int) complex128) func(string) func([]complex128) []complex128 {
	if stride == (nn.Pair{}) {
		stride = kernel
	}
	h, w, c := in[0], in[1], in[2]
	rows, columns := starts(h, kernel.H, stride.H, padding.H), starts(w, kernel.W, stride.W, padding.W)
	a.in = nn.Shape{len(rows), len(columns), c}
	return unnamed(func(x []complex128) []complex128 {
		var y, window []complex128
		for s := range a.n {
			image := x[s*h*w*c:][:h*w*c]
			for _, row := range rows {
				for _, column := range columns {
					for k := range c {
						window = window[:0]
						for i := max(0, row); i < min(h, row+kernel.H); i++ {
							for j := max(0, column); j < min(w, column+kernel.W); j++ {
								window = append(window, image[(i*w+j)*c+k])
							}
						}
						y = append(y, of(window, kernel.H*kernel.W))
					}
				}
			}
		}
		return y
	})
}

// normalise is γ·(x − μ)/√(σ² + ε) + β over groups of values, with the mean and the biased variance of each group.
// divide says of a number of values in all how they are grouped: value j of group g stands at at(g, j), and its
// weight at weight(g, j).
func (a *analytic) normalise(epsilon float64, divide func(total int) (groups, size int, at, weight func(g, j int) int)) func(string) func([]complex128) []complex128 {
	return func(name string) func([]complex128) []complex128 {
		return func(x []complex128) []complex128 {
			gamma, beta := a.params[name+".weight"], a.params[name+".bias"]
			y := make([]complex128, len(x))
			groups, size, at, weight := divide(len(x))
			for g := range groups {
				// From the first value on, so that the mean of equal ones is exact.
				mean, variance := complex128(0), complex128(0)
				first := x[at(g, 0)]
				for j := range size {
					mean += x[at(g, j)] - first
				}
				mean = first + mean/complex(float64(size), 0)
				for j := range size {
					d := x[at(g, j)] - mean
					variance += d * d
				}
				variance /= complex(float64(size), 0)
				spread := cmplx.Sqrt(variance + complex(epsilon, 0))
				for j := range size {
					v := (x[at(g, j)] - mean) / spread
					if gamma != nil {
						v = v*gamma[weight(g, j)] + beta[weight(g, j)]
					}
					y[at(g, j)] = v
				}
			}
			return y
		}
	}
}

// loss is the mean over the samples of −Σ t·log softmax(logits), with targets t that may be smoothed.
func (a *analytic) loss(logits []complex128) complex128 {
	total := complex128(0)
	for s, label := range a.labels {
		z := logits[s*a.classes:][:a.classes]
		largest := math.Inf(-1)
		for _, v := range z {
			largest = max(largest, real(v))
		}
		sum := complex128(0)
		for _, v := range z {
			sum += cmplx.Exp(v - complex(largest, 0))
		}
		log := cmplx.Log(sum) + complex(largest, 0)
		for k, v := range z {
			t := a.smoothing / float64(a.classes)
			if k == int(label) {
				t += 1 - a.smoothing
			}
			total += complex(t, 0) * (log - v)
		}
	}
	return total / complex(float64(len(a.labels)), 0)
}
