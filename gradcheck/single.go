package gradcheck

import (
	"fmt"
	"math"

	"gradlab/internal/kernel"
	"gradlab/internal/rng"
	"gradlab/nn"
	"gradlab/optim"
)

// The float32 kernels are compared with float64, whose gradients have been checked by then, for the same
// parameters, which float32 can hold, and the same samples.
//
// The tolerance follows from the lengths of the sums. A sum of k products, added one after the other, is off by
// about √k units in the last place of its size, where errors of single additions are independent (Higham and Mary
// 2019). So every output of every layer, and every gradient at a position, is given an error of that size, drawn at
// random, and the float64 network itself carries it on to the gradients: through saturated units, normalisations
// and logits it is as much enlarged or lost there as in float32. What that comes to is the expected error of each
// tensor; the tolerance is a multiple of it.
const (
	unit32    = 0x1p-24 // roundoff of float32
	draws     = 3       // of errors
	tolerated = 8       // times the expected error
)

// narrowed rounds every parameter, and the samples, to float32.
func (r *rig) narrowed() {
	for _, q := range r.net.Params() {
		for i, v := range q.Data {
			q.Data[i] = float64(float32(v))
		}
	}
	for i, v := range r.x {
		r.x[i] = float64(float32(v))
	}
}

// expected is the expected error in float32 of the gradient of each target, as a Euclidean norm.
func (r *rig) expected(seed uint64) []float64 {
	out := make([]float64, len(r.targets))
	s := rng.New(seed, "gradcheck float32", "", 0)
	positions := r.net.Positions()
	for range draws {
		r.net.Forward(r.x, r.n)
		for i := range positions {
			if i > 0 {
				r.net.ForwardRange(i, i+1, r.n)
			}
			disturb(&s, r.net.Activation(i, r.n), r.units(positions, i))
		}
		r.net.Loss(r.labels, r.n)
		top := r.net.Gradient(len(positions)-1, r.n)
		for j := range top { // p − t, where p is off by units of 1 and not of the difference
			top[j] += float64(2 * unit32 / float64(r.n) * s.Normal())
		}
		for i := len(positions) - 1; i >= 0; i-- {
			r.net.BackwardRange(i, i+1, r.n)
			if i > 0 {
				disturb(&s, r.net.Gradient(i-1, r.n), r.units(positions, i))
			}
		}
		for k, t := range r.targets {
			g := r.net.Gradient(0, r.n)
			if t.param >= 0 {
				g = r.net.Params()[t.param].Grad
			}
			for i, v := range g {
				out[k] += (v - t.grad[i]) * (v - t.grad[i]) / draws
			}
		}
	}
	for k, t := range r.targets {
		out[k] = math.Sqrt(out[k]) + r.own(t)
	}
	r.look()
	return out
}

// units is the error of an element at position i, in units in the last place.
func (r *rig) units(positions []nn.Position, i int) float64 {
	switch positions[i].Kind {
	case "relu", "maxpool", "flatten", "identity":
		return 0
	case "linear", "conv", "projection", "avgpool", "batchnorm", "layernorm":
		return math.Sqrt(float64(r.sumLength(i)))
	}
	return 2 // of functions
}

// disturb adds errors of some units in the last place of the size of the numbers.
func disturb(s *rng.Stream, x []float64, units float64) {
	if units == 0 || len(x) == 0 {
		return
	}
	size := norm(x) / math.Sqrt(float64(len(x)))
	for i := range x {
		x[i] += units * unit32 * size * s.Normal()
	}
}

// own is the error that the sum over samples and pixels of a parameter's gradient makes itself.
func (r *rig) own(t target) float64 {
	if t.param < 0 || t.position == 0 {
		return 0
	}
	dy, x := r.net.Gradient(t.position, r.n), r.net.Activation(t.position-1, r.n)
	terms, factor := float64(len(dy))/float64(len(t.grad)), 1.0
	if t.weight && len(t.shape) > 1 { // an output's gradient goes into all of its row
		terms = float64(len(dy)) / float64(t.shape[0])
		factor = norm(x) / math.Sqrt(float64(len(x)))
	}
	return unit32 * terms * factor * norm(dy) / math.Sqrt(float64(len(dy))) * math.Sqrt(float64(len(t.grad)))
}

// single runs the float32 network and compares its gradients, and what its update goes by, with those of float64. It
// fails where a tensor is further off than tolerated; crossed says that it cannot tell.
func (r *rig) single(net network[float32], isa string, rule optim.SGD, expected []float64) (out Single, crossed bool) {
	for k, q := range r.net.Params() {
		narrow(net.Params()[k].Data, q.Data)
	}
	x := make([]float32, len(r.x))
	narrow(x, r.x)
	net.Forward(x, r.n)
	net.Loss(r.labels, r.n)
	net.Backward(r.n)
	out = Single{ISA: isa, Margin: math.Inf(1), Verdict: Pass, Reason: "every tensor agrees within the tolerance"}
	for i := range r.net.Positions() {
		out.Sums = max(out.Sums, r.sumLength(i))
	}
	if at := sides(r.net, net, r.n); at != "" {
		out.Verdict, out.Margin = Inconclusive, 0
		out.Reason = fmt.Sprintf("a value at %s lies on another side of its bend in float32, as near as other samples lie", at)
		return out, true
	}
	lost := 0
	for k, t := range r.targets {
		g := net.Gradient(0, r.n)
		if t.param >= 0 {
			g = net.Params()[t.param].Grad
		}
		if !out.compare(t.name, widened(g), t.grad, expected[k]) {
			lost++
		}
	}
	moved := steps(net, x, r.labels, rule)
	for k, t := range r.targets {
		if t.param < 0 {
			continue
		}
		d := r.steps[t.param]
		// The product with the rate, the difference of two weights and the sum with the penalty's gradient round once more.
		out.compare("update of "+t.name, moved[t.param], d, expected[k]+4*unit32*(norm(d)+norm(t.data)/hugeRate+norm(t.grad)))
	}
	switch {
	case out.Verdict == Fail:
	case lost == len(r.targets):
		out.Verdict, out.Margin, out.Reason = Inconclusive, 0, "every gradient is smaller than the rounding of float32"
	case lost > 0:
		out.Reason += fmt.Sprintf(", but for %d that rounding leaves nothing of", lost)
	}
	if math.IsInf(out.Margin, 0) || math.IsNaN(out.Margin) {
		out.Margin = 0
	}
	return out, false
}

// compare takes a tensor in float32 beside the one it should be, up to a multiple of the expected error. It gives
// false where rounding may leave nothing of it.
func (s *Single) compare(name string, got, want []float64, expected float64) bool {
	size, off := norm(want), 0.0
	for i, v := range got {
		off += (v - want[i]) * (v - want[i])
	}
	off = math.Sqrt(off)
	allowed := tolerated*expected + 0x1p-126*math.Sqrt(float64(len(got))) // what is flushed to zero
	switch {
	case !(off <= allowed):
		if margin := allowed / off; s.Verdict != Fail || !(margin >= s.Margin) {
			s.Worst, s.Error, s.Tolerance, s.Margin = name, off/size, allowed/size, margin
		}
		s.Verdict = Fail
		s.Reason = fmt.Sprintf("%s is off by %.2g of its norm, %.2g are explained by rounding", s.Worst, s.Error, s.Tolerance)
	case allowed >= size: // also where there is no gradient at all
		return false
	case s.Verdict == Pass && allowed/off < s.Margin:
		s.Worst, s.Error, s.Tolerance, s.Margin = name, off/size, allowed/size, allowed/off
	}
	return true
}

func widened(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

func narrow(dst []float32, src []float64) {
	for i, v := range src {
		dst[i] = float32(v)
	}
}

// machine lists the instruction sets of this machine, or the one that was asked for.
func machine(isa string) ([]kernel.ISA, error) {
	if isa == "" || isa == "all" {
		return kernel.Available(), nil
	}
	one, err := kernel.ParseISA(isa)
	return []kernel.ISA{one}, err
}
