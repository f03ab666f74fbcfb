package gradcheck

import (
	"slices"

	"gradlab/internal/kernel"
	"gradlab/nn"
	"gradlab/optim"
)

// fault is a mistake that is planted into a network's step. One of the functions says what is wrong; whatever is
// computed from a wrong gradient further back follows it, as it would if the mistake stood in the layer's code.
type fault struct {
	name   string
	on     string                               // of networks
	at     string                               // the layer whose backward pass is wrong; "loss"; "" where it is none of these
	back   func(s *site)                        // spoils s.dx, s.dw or s.db
	grads  func(grads [][]float64, s *stateful) // spoils the gradients of the parameters
	rule   func(rule *optim.SGD)                // spoils what the update goes by
	value  func(loss float64, n int) float64    // spoils the value of the loss
	larger bool                                 // whether the batch could hold one sample more than are there
}

// site is a layer on its way back, with the numbers of either precision as float64: what a fault sees and spoils.
type site struct {
	n, batch   int // samples, and how many the batch could hold
	in, out    nn.Shape
	x, y, dy   []float64 // input [n, in], output and its gradient [n, out]; x is the logits where the site is the loss
	w, b       []float64
	labels     []int32
	winners    []uint16
	dx, dw, db []float64             // the right gradients, to be spoiled
	half       func(float64) float64 // rounds to a number of half the precision
	*stateful
}

// stateful is what a faulty network carries from step to step.
type stateful struct {
	stale []float64   // input of the layer at the forward pass before the newest; nil at the first
	sums  [][]float64 // of gradients
}

// faulty is a network with a planted fault.
type faulty[T kernel.Float] struct {
	*nn.Plan[T]
	fault  *fault
	at     int // position of the layer; the loss stands behind the last one
	labels []int32
	ran    bool
	stateful
}

// plant gives a plan the fault. It is what Options.fault64 and fault32 are made of.
func plant[T kernel.Float](p *nn.Plan[T], f *fault, smoothing float64) network[T] {
	if f.larger {
		q, err := p.WithBatch(p.Batch() + 1)
		if err != nil {
			panic(err) // of a network that has just been compiled
		}
		q.SetTracking(false)
		q.SetSmoothing(smoothing)
		p = q
	}
	positions := p.Positions()
	at := len(positions)
	for i := range positions {
		if i > 0 && named(positions, i) == f.at {
			at = i
		}
	}
	return &faulty[T]{Plan: p, fault: f, at: at}
}

func (f *faulty[T]) Forward(x []T, n int) []T {
	f.stale = nil
	if f.ran {
		f.stale = wide(f.Activation(f.at-1, n))
	}
	f.ran = true
	return f.Plan.Forward(x, n)
}

func (f *faulty[T]) Loss(labels []int32, n int) float64 {
	f.labels = labels
	loss := f.Plan.Loss(labels, n)
	if f.fault.value != nil {
		loss = f.fault.value(loss, n)
	}
	return loss
}

func (f *faulty[T]) Backward(n int) {
	f.Plan.Backward(n)
	if f.fault.back != nil {
		f.spoil(n)
	}
	if f.fault.grads != nil {
		var grads [][]float64
		for _, q := range f.Params() {
			grads = append(grads, wide(q.Grad))
		}
		f.fault.grads(grads, &f.stateful)
		for k, q := range f.Params() {
			put(q.Grad, grads[k])
		}
	}
}

// BackwardUpdate goes by the same wrong gradients.
func (f *faulty[T]) BackwardUpdate(n int, rule optim.SGD, watch bool) {
	if f.fault.rule != nil {
		f.fault.rule(&rule)
	}
	f.Backward(n)
	f.Update(rule, watch)
}

// spoil applies the fault at its layer and computes everything before it once more.
func (f *faulty[T]) spoil(n int) {
	positions, k := f.Positions(), f.at-1
	s := &site{
		n: n, batch: f.Batch(), in: positions[k].Shape, x: wide(f.Activation(k, n)), dx: wide(f.Gradient(k, n)),
		labels: f.labels, half: halved32, stateful: &f.stateful,
	}
	if _, double := any(f.Plan).(*nn.Plan[float64]); double {
		s.half = halved64
	}
	var weight, bias []T
	if f.at < len(positions) {
		s.out, s.y, s.dy = positions[f.at].Shape, wide(f.Activation(f.at, n)), wide(f.Gradient(f.at, n))
		s.winners = f.Winners(f.at, n)
		for _, q := range f.PositionParams(f.at) {
			if weight == nil {
				weight, s.w, s.dw = q.Grad, wide(q.Data), wide(q.Grad)
			} else {
				bias, s.b, s.db = q.Grad, wide(q.Data), wide(q.Grad)
			}
		}
	}
	right := slices.Clone(s.dx)
	f.fault.back(s)
	put(weight, s.dw)
	put(bias, s.db)
	if !slices.Equal(s.dx, right) {
		put(f.Gradient(k, n), s.dx)
		f.BackwardFrom(k, n)
	}
}

// halved64 and halved32 round to numbers of about half as many bits: float32 for float64, float16's eleven for
// float32's twenty-four.
func halved64(v float64) float64 { return float64(float32(v)) }

func halved32(v float64) float64 {
	const cut = 1<<13 + 1 // Veltkamp's splitting
	x := float32(v)
	c := float32(cut * x)
	return float64(c - float32(c-x))
}

func wide[T kernel.Float](x []T) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

func put[T kernel.Float](dst []T, src []float64) {
	for i, v := range src {
		dst[i] = T(v)
	}
}
