package theory

import (
	"math"

	"gradlab/nn"
)

// lags are the distances, in pixels along one axis, at which the product of neighbours is followed.
var lags = [...]float64{1, 2, 4, 8, 16}

// Moments are what the theory knows of the values at one position: means over its elements, over samples,
// and over the weights that came before it.
type Moments struct {
	Mean    float64             `json:"mean"`
	Second  float64             `json:"second"`         // mean square
	Product float64             `json:"product"`        // mean product of one element in two different samples
	Near    *[len(lags)]float64 `json:"near,omitempty"` // mean product of two elements of a channel 1, 2, 4, 8 and 16 pixels apart in one sample; nil of vectors
}

// Variance is that of all values, over elements and samples.
func (m Moments) Variance() float64 { return max(0, m.Second-m.Mean*m.Mean) }

// Correlation is that of one element in two samples.
func (m Moments) Correlation() float64 { return (m.Product - m.Mean*m.Mean) / m.Variance() }

// Measure takes the moments of n samples of the shape in, as a network gets them.
func Measure[T float32 | float64](x []T, n int, in nn.Shape) Moments {
	size := in.Size()
	var m Moments
	sums := make([]float64, size)
	for s := range n {
		for i, v := range x[s*size : (s+1)*size] {
			f := float64(v)
			m.Mean += f
			m.Second += f * f
			sums[i] += f
		}
	}
	for _, f := range sums {
		m.Product += f * f
	}
	values := float64(n) * float64(size)
	m.Product = (m.Product - m.Second) / (values * float64(n-1))
	m.Mean /= values
	m.Second /= values
	if n < 2 {
		m.Product = m.Mean * m.Mean
	}
	if len(in) == 3 {
		m.Near = near(x[:n*size], n, in)
	}
	return m
}

// near is the mean product of pixels some distance apart, along both axes. What the image has no room for
// is that of the largest distance for which it has.
func near[T float32 | float64](x []T, n int, in nn.Shape) *[len(lags)]float64 {
	var out [len(lags)]float64
	h, w, c := in[0], in[1], in[2]
	for k, lag := range lags {
		d := int(lag)
		sum, count := 0.0, 0
		for s := range n {
			image := x[s*h*w*c:][:h*w*c]
			for row := range h {
				for i, v := range image[row*w*c : (row+1)*w*c] {
					if i+d*c < w*c {
						sum += float64(v) * float64(image[row*w*c+i+d*c])
						count++
					}
					if row+d < h {
						sum += float64(v) * float64(image[(row+d)*w*c+i])
						count++
					}
				}
			}
		}
		switch {
		case count > 0:
			out[k] = sum / float64(count)
		case k > 0:
			out[k] = out[k-1]
		default: // of a single pixel
			for _, v := range x {
				out[k] += float64(v) * float64(v) / float64(len(x))
			}
		}
	}
	return &out
}

// at is the mean product of two elements d pixels apart, between the distances that are followed on a
// straight line.
func (m Moments) at(d float64) float64 {
	if m.Near == nil || d <= 0 {
		return m.Second
	}
	before, value := 0.0, m.Second
	for k, lag := range lags {
		if d <= lag {
			return value + (m.Near[k]-value)*(d-before)/(lag-before)
		}
		before, value = lag, m.Near[k]
	}
	return value
}

// map2 applies a function to every mean product: of an element with itself, in two samples, and at a
// distance. apart is the factor by which distances grow, looking back.
func (m Moments) map2(apart float64, f func(product float64) float64) Moments {
	out := Moments{Second: f(m.Second), Product: f(m.Product)}
	if m.Near != nil {
		out.Near = new([len(lags)]float64)
		for k, lag := range lags {
			out.Near[k] = f(m.at(lag * apart))
		}
	}
	return out
}

// gaussian is the distribution of the values, if it is Gaussian.
func (m Moments) gaussian() normal { return normal{m.Mean, math.Sqrt(m.Variance())} }

// through gives the moments of f of the values, as if these were Gaussian.
func (m Moments) through(f func(float64) float64) Moments {
	d := m.gaussian()
	second := d.expect(func(u float64) float64 { y := f(u); return y * y })
	known := map[float64]float64{m.Second: second} // products that are the same need one integral
	out := m.map2(1, func(product float64) float64 {
		if _, ok := known[product]; !ok {
			known[product] = d.expectPair(f, (product-m.Mean*m.Mean)/m.Variance())
		}
		return known[product]
	})
	out.Mean = d.expect(f)
	return out
}

// plus gives the moments of the sum of two values that do not depend on each other but for their means.
func (m Moments) plus(o Moments) Moments {
	cross := 2 * m.Mean * o.Mean
	out := Moments{Mean: m.Mean + o.Mean, Second: m.Second + o.Second + cross, Product: m.Product + o.Product + cross}
	if m.Near != nil && o.Near != nil {
		out.Near = new([len(lags)]float64)
		for k := range lags {
			out.Near[k] = m.Near[k] + o.Near[k] + cross
		}
	}
	return out
}
