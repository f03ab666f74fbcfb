package gradcheck

import (
	"math"

	"gradlab/internal/rng"
)

// direction checks all entries of a tensor at once: the derivative along a random direction of entries ±1 is that
// of the gradient. One wrong entry among many thousands shows; halving the direction then leads to it.
func (r *rig) direction(t target, number int, o Options) Direction {
	return r.along(t, rng.New(o.Seed, "gradcheck direction", t.name, uint64(number)), o)
}

// along is direction for signs that s draws.
func (r *rig) along(t target, s rng.Stream, o Options) Direction {
	signs := make([]float64, len(t.data))
	all := make([]int, len(t.data))
	for i := range signs {
		all[i], signs[i] = i, 1
		if s.Uint32()&1 != 0 {
			signs[i] = -1
		}
	}
	l := line{t, all, func(i int) float64 { return signs[i] }}
	size := norm(t.grad)
	root := math.Sqrt(float64(len(all))) // a direction of length 1 stays as near as one entry does
	e, d, _ := r.decide(line{t, all, func(i int) float64 { return signs[i] / root }}, size, o)
	e.Analytic, e.Numeric = e.Analytic*root, e.Numeric*root
	out := Direction{Tensor: t.name, Analytic: e.Analytic, Numeric: e.Numeric, By: e.By, Verdict: Pass}
	if size > 0 {
		out.Error = math.Abs(e.Numeric-e.Analytic) / size
	}
	switch {
	case d.Failed > 0:
		out.Verdict = Fail
		if r.analytic != nil {
			out.Found = indexOf(t.shape, r.halve(l))
		}
	case d.Undecided > 0:
		out.Verdict = Inconclusive
	}
	r.restore(t.position)
	return out
}

// halve finds an entry in which the gradient is wrong, by complex steps along the half of the direction that is
// further off.
func (r *rig) halve(l line) int {
	off := func(entries []int) float64 {
		part := line{l.target, entries, l.by}
		return math.Abs(r.analytic.derivative(l.target, entries, l.by) - part.along())
	}
	entries := l.entries
	for len(entries) > 1 {
		half := len(entries) / 2
		if off(entries[:half]) >= off(entries[half:]) {
			entries = entries[:half]
		} else {
			entries = entries[half:]
		}
	}
	return entries[0]
}
