package nn

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gradlab/internal/canon"
	"gradlab/internal/rng"
)

// initialiser draws a tensor of weights. Values are drawn in float64 and rounded once, so that
// float32 and float64 networks start alike.
type initialiser func(s *rng.Stream, w []float64, f fans, i Init)

// fans are the numbers of inputs and outputs of a unit, and the shape as a matrix.
type fans struct{ in, out, rows, columns int }

// initialisers is the table of them. Gains multiply the standard deviation; 0 stands for the one
// that the name implies.
var initialisers = map[string]initialiser{
	// PyTorch's default for Linear and Conv2d, kaiming_uniform with a = √5: uniform in ±1/√fan_in.
	"pytorch": func(s *rng.Stream, w []float64, f fans, i Init) { uniform(s, w, gain(i, 1)/math.Sqrt(float64(f.in))) },
	// Glorot and Bengio 2010: variance 2/(fan_in + fan_out).
	"xavier-uniform": func(s *rng.Stream, w []float64, f fans, i Init) {
		uniform(s, w, gain(i, 1)*math.Sqrt(6/float64(f.in+f.out)))
	},
	"xavier-normal": func(s *rng.Stream, w []float64, f fans, i Init) {
		normal(s, w, gain(i, 1)*math.Sqrt(2/float64(f.in+f.out)))
	},
	// He et al. 2015: variance 2/fan_in.
	"he-uniform": func(s *rng.Stream, w []float64, f fans, i Init) {
		uniform(s, w, gain(i, math.Sqrt2)*math.Sqrt(3/float64(f.in)))
	},
	"he-normal": func(s *rng.Stream, w []float64, f fans, i Init) {
		normal(s, w, gain(i, math.Sqrt2)/math.Sqrt(float64(f.in)))
	},
	// LeCun et al. 1998: variance 1/fan_in.
	"lecun-uniform": func(s *rng.Stream, w []float64, f fans, i Init) { uniform(s, w, gain(i, 1)*math.Sqrt(3/float64(f.in))) },
	"lecun-normal":  func(s *rng.Stream, w []float64, f fans, i Init) { normal(s, w, gain(i, 1)/math.Sqrt(float64(f.in))) },
	"orthogonal":    orthogonal,
	"lsuv":          orthogonal, // and then Plan.LSUV
	"normal": func(s *rng.Stream, w []float64, _ fans, i Init) {
		if i.Std == 0 {
			i.Std = 0.01
		}
		normal(s, w, i.Std)
	},
	"constant": func(_ *rng.Stream, w []float64, _ fans, i Init) {
		for j := range w {
			w[j] = i.Value
		}
	},
	"zeros": func(_ *rng.Stream, w []float64, _ fans, _ Init) { clear(w) },
}

// initNames are other names of the same thing.
var initNames = map[string]string{
	"": "pytorch", "xavier": "xavier-uniform", "he": "he-normal", "lecun": "lecun-normal",
	"glorot": "xavier-uniform", "glorot-uniform": "xavier-uniform", "glorot-normal": "xavier-normal",
	"kaiming": "he-normal", "kaiming-uniform": "he-uniform", "kaiming-normal": "he-normal",
}

// Inits lists the names that Init takes.
func Inits() []string {
	all := slices.Collect(maps.Keys(initialisers))
	for name := range initNames {
		if name != "" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

func gain(i Init, implied float64) float64 {
	if i.Gain == 0 {
		return implied
	}
	return i.Gain
}

func uniform(s *rng.Stream, w []float64, bound float64) {
	for i := range w {
		w[i] = canon.FMA(2*bound, s.Float64(), -bound)
	}
}

func normal(s *rng.Stream, w []float64, std float64) {
	for i := range w {
		w[i] = std * s.Normal()
	}
}

// orthogonal draws a matrix with orthonormal rows, or columns where it is taller than wide, times
// the gain (Saxe et al. 2013): Gram and Schmidt's process on a Gaussian matrix, run twice over each
// vector to lose what rounding left.
func orthogonal(s *rng.Stream, w []float64, f fans, i Init) {
	n, size := f.rows, f.columns
	if f.rows > f.columns {
		n, size = f.columns, f.rows
	}
	vectors := make([]float64, n*size)
	for j := range n {
		v := vectors[j*size:][:size]
		for {
			normal(s, v, 1)
			for range 2 {
				for k := range j {
					u := vectors[k*size:][:size]
					along := dot(u, v)
					for x := range v {
						v[x] -= float64(along * u[x])
					}
				}
			}
			if norm := math.Sqrt(dot(v, v)); norm > 1e-6 { // else it lay in the span of the others: draw again
				for x := range v {
					v[x] /= norm
				}
				break
			}
		}
	}
	g := gain(i, 1)
	for r := range f.rows {
		for c := range f.columns {
			if f.rows > f.columns {
				w[r*f.columns+c] = g * vectors[c*size+r]
			} else {
				w[r*f.columns+c] = g * vectors[r*size+c]
			}
		}
	}
}

// dot is the inner product of two vectors, in four sums that do not wait for each other. The
// conversions keep products and sums apart on processors that could fuse them.
func dot(u, v []float64) float64 {
	var s [4]float64
	x := 0
	for ; x+4 <= len(v); x += 4 {
		a, b := u[x:][:4], v[x:][:4]
		s[0] += float64(a[0] * b[0])
		s[1] += float64(a[1] * b[1])
		s[2] += float64(a[2] * b[2])
		s[3] += float64(a[3] * b[3])
	}
	for ; x < len(v); x++ {
		s[0] += float64(u[x] * v[x])
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}

// or is i, or where i has no name the model's own initialisation with what i sets in place of its.
func (i Init) or(model Init) Init {
	if i.Name != "" {
		return i
	}
	if i.Gain != 0 {
		model.Gain = i.Gain
	}
	if i.Value != 0 {
		model.Value = i.Value
	}
	if i.Std != 0 {
		model.Std = i.Std
	}
	return model
}

// initialisation is that of q's layer, or the model's where the layer names none, under the name
// that initialisers has.
func (q *Param[T]) initialisation(model Init) (Init, error) {
	i := q.init.or(model)
	if other, ok := initNames[i.Name]; ok {
		i.Name = other
	}
	if _, ok := initialisers[i.Name]; !ok {
		return Init{}, fmt.Errorf("there is no initialisation %q", i.Name)
	}
	for _, v := range []float64{i.Gain, i.Std, i.Value} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Init{}, fmt.Errorf("%s: %v is no usable number", i.Name, v)
		}
	}
	return i, nil
}

// initialise sets q's values. The stream is keyed by the parameter's name, so that models which share
// it start alike.
func (q *Param[T]) initialise(model Init, seed uint64) error {
	if q.begins != nil {
		for j := range q.Data {
			q.Data[j] = T(*q.begins)
		}
		return nil
	}
	i, err := q.initialisation(model)
	if err != nil {
		return err
	}
	if q.bias && i.Name != "pytorch" {
		return nil // biases start at zero
	}
	w := make([]float64, len(q.Data))
	s := rng.New(seed, "init", q.Name, 0)
	initialisers[i.Name](&s, w, fans{q.fanIn, q.fanOut, q.Shape[0], len(w) / q.Shape[0]}, i)
	for j, v := range w {
		q.Data[j] = canon.Flush(T(v))
	}
	return nil
}
