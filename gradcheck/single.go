package gradcheck

import (
	"fmt"
	"math"
	"slices"

	"gradlab/internal/kernel"
	"gradlab/internal/rng"
	"gradlab/optim"
)

// The float32 kernels are compared with float64, whose gradients have been checked by then, for the same
// parameters, which float32 can hold, and the same samples.

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

// nudges is how often samples are moved a little where float32 takes another side of a bend.
const nudges = 8

// singles compares the float32 networks with the first rig. A value within the rounding of float32 of a bend may fall
// on its other side, and gradients jump there: then other samples nearby are taken.
func (c *checker) singles(l *Look) {
	r, rule := c.rigs[0], c.subject.Rule
	old := slices.Clone(r.x)
	s := rng.New(c.options.Seed, "gradcheck nudge", "", 0)
	for try := 0; ; try++ {
		l.Single = l.Single[:0]
		bent := false
		expected, loss := r.expected(c.options.Seed, unit32)
		for _, isa := range c.isas {
			found, crossed := r.single(c.single[isa], isa, rule, expected, loss)
			if try > 0 && !crossed {
				found.Reason += ", at samples nearby"
			}
			l.Single = append(l.Single, found)
			bent = bent || crossed
		}
		if !bent || try == nudges {
			break
		}
		for i := range r.x {
			r.x[i] = float64(float32(old[i] + 0.01*s.Normal()))
		}
		r.look()
		r.steps = steps(r.net, r.x, r.labels, rule)
	}
	copy(r.x, old)
	r.look()
}

// single runs the float32 network and compares its loss, its gradients, and what its update goes by, with those of
// float64. It fails where one is further off than tolerated; crossed says that it cannot tell.
func (r *rig) single(net network[float32], isa string, rule optim.SGD, expected []float64, ofLoss float64) (out Single, crossed bool) {
	for k, q := range r.net.Params() {
		narrow(net.Params()[k].Data, q.Data)
	}
	x := make([]float32, len(r.x))
	narrow(x, r.x)
	net.Forward(x, r.n)
	loss := net.Loss(r.labels, r.n)
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
	// A loss is the logarithm of a sum of exponentials less a logit, each of which rounds by units of the logits.
	out.compare("loss", []float64{loss}, []float64{r.loss}, ofLoss+unit32*(math.Abs(r.loss)+r.reach))
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
	allowed := tolerated*expected + least32*math.Sqrt(float64(len(got))) // what is flushed to zero
	switch {
	case !(off <= allowed):
		if margin := allowed / off; s.Verdict != Fail || !(margin >= s.Margin) {
			s.Worst, s.Error, s.Tolerance, s.Margin = name, off/size, allowed/size, margin
		}
		s.Verdict = Fail
		s.Reason = fmt.Sprintf("%s is off by %.2g of its norm, %.2g are explained by rounding", s.Worst, s.Error, s.Tolerance)
	case off == 0 && size == 0: // no gradient, in both
	case allowed >= size:
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
