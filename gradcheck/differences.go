package gradcheck

import (
	"math"
	"strconv"

	"gradlab/nn"
)

const epsilon = 0x1p-52 // of float64

// rig is a network on its samples, ready to be asked for the loss beside where it stands. It serves one goroutine.
type rig struct {
	net      network[float64]
	analytic *analytic
	in       nn.Shape
	x        []float64
	labels   []int32
	n, last  int
	bends    *bends
	epsilons map[int]float64 // of normalisations, by position
	targets  []target
	floors   []float64   // of the targets; set by scale
	steps    [][]float64 // by which the update moves each parameter, by its rate; set by penalties
	loss     float64
	shaky    float64 // how far rounding on the way may carry the loss
	reach    float64 // the largest logit
	apart    bool    // whether the interpreter, which rounds otherwise, stands on another side of a bend
	broad    *broad  // nil until it is needed
	narrow   bool    // whether many perturbations may not be computed together
}

func newRig(s *Subject, net network[float64], a *analytic) *rig {
	n := len(s.Labels)
	return &rig{
		net: net, analytic: a, in: s.In, x: append([]float64(nil), s.X...), labels: s.Labels, n: n,
		last: len(net.Positions()), bends: newBends(net, n), epsilons: epsilonsOf(s.Model, net.Positions()),
	}
}

// look computes the loss and all gradients for the parameters and samples as they are. The floors of the gradients
// stay until scale sets them.
func (r *rig) look() {
	logits := r.net.Forward(r.x, r.n)
	r.reach = 0
	for _, v := range logits {
		r.reach = max(r.reach, math.Abs(v))
	}
	r.loss = r.net.Loss(r.labels, r.n)
	r.net.Backward(r.n)
	r.targets = targets(r.net, r.x, r.in, r.n)
	for k, floor := range r.floors {
		r.targets[k].floor = floor
	}
	r.bends.remember()
	if r.analytic != nil {
		r.analytic.set(r.net, r.x, r.masks())
		r.net.Forward(r.x, r.n)
		r.apart = r.bends.differ(r.analytic)
	}
}

// refresh computes the loss and all gradients once more.
func (r *rig) refresh() {
	r.net.Forward(r.x, r.n)
	r.net.Loss(r.labels, r.n)
	r.net.Backward(r.n)
}

// masks are the factors of dropout in this step, by the layer's name: what it makes of ones.
func (r *rig) masks() map[string][]float64 {
	masks := map[string][]float64{}
	for i, p := range r.net.Positions() {
		if p.Kind != "dropout" {
			continue
		}
		x := r.net.Activation(i-1, r.n)
		for j := range x {
			x[j] = 1
		}
		r.net.ForwardRange(i, i+1, r.n)
		masks[p.Name] = append([]float64(nil), r.net.Activation(i, r.n)...)
	}
	return masks
}

// noise is how far rounding may carry a central difference with step h: each loss is off by some units of itself
// and of the logits it was made of, once for every layer, as independent errors add up, and by what errors grow to on the way.
func (r *rig) noise(h float64) float64 {
	return (4*math.Sqrt(float64(r.last))*epsilon*(math.Abs(r.loss)+r.reach) + r.shaky) / h
}

// slope is the loss on both sides of an entry, or of entries along a direction u.
type slope struct {
	plus, minus float64
	crossed     bool
}

// central is the difference quotient for step h.
func (s slope) central(h float64) float64 { return (s.plus - s.minus) / (2 * h) }

// line is a way to move the entries of a target: entry entries[k] by step·by(k).
type line struct {
	target
	entries []int
	by      func(entry int) float64
}

// entry is the line along one entry.
func (t target) entry(i int) line { return line{t, []int{i}, func(int) float64 { return 1 }} }

// along is the gradient that was claimed, along the line.
func (l line) along() float64 {
	g := 0.0
	for _, i := range l.entries {
		g += l.grad[i] * l.by(i)
	}
	return g
}

// both computes the loss at ± h on the line. The outputs of the network are those of the minus side afterwards.
func (r *rig) both(l line, h float64) (s slope) {
	old := make([]float64, len(l.entries))
	for k, i := range l.entries {
		old[k] = l.data[i]
	}
	for _, sign := range []float64{1, -1} {
		for k, i := range l.entries {
			l.data[i] = old[k] + sign*h*l.by(i)
		}
		r.net.ForwardRange(l.position, r.last, r.n)
		loss := r.net.Loss(r.labels, r.n)
		s.crossed = s.crossed || r.bends.crossed(l.position)
		if sign > 0 {
			s.plus = loss
		} else {
			s.minus = loss
		}
	}
	for k, i := range l.entries {
		l.data[i] = old[k]
	}
	return s
}

// restore brings the outputs from a position on back to where the network stands.
func (r *rig) restore(from int) {
	r.net.ForwardRange(from, r.last, r.n)
	r.net.Loss(r.labels, r.n)
}

// relative is |n − a|/(|n| + |a|), 0 of two zeros, and 1 where one of them is no number.
func relative(n, a float64) float64 {
	switch {
	case n == a:
		return 0
	case math.IsNaN(n-a) || math.IsInf(n-a, 0):
		return 1
	}
	return math.Abs(n-a) / (math.Abs(n) + math.Abs(a))
}

func norm(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return math.Sqrt(s)
}

func itoa(n int) string { return strconv.Itoa(n) }

// couples says whether samples, or other positions than the one before, have a part in what is computed behind a
// position: then perturbed copies cannot be computed as samples of one batch.
func couples(positions []nn.Position, from int) bool {
	for _, p := range positions[from+1:] {
		if p.Kind == "batchnorm" || p.Kind == "dropout" || p.Kind == "residual" || p.Kind == "projection" {
			return true
		}
	}
	return false
}
