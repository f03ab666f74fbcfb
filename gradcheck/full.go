package gradcheck

import (
	"fmt"
	"math"
)

// ladder is the steps from which Richardson's extrapolation starts, the largest first: a larger step loses less to
// rounding, a smaller one crosses fewer bends.
var ladder = []float64{0x1p-8, 0x1p-11, 0x1p-14, 0x1p-17, 0x1p-20}

// extrapolated is what three central differences say, with steps h, h/2 and h/4.
type extrapolated struct {
	value   float64 // Richardson's: the error in h² taken out
	error   float64 // that is left: of truncation, as the two extrapolations differ, and of rounding
	order   float64 // observed: log₂ of the ratio of successive changes; NaN where rounding hides it
	crossed bool
}

// richardson extrapolates along a line.
func (r *rig) richardson(l line, h float64) (e extrapolated) {
	var d [3]float64
	for k := range d {
		s := r.both(l, h)
		d[k] = s.central(h)
		if e.crossed = s.crossed; e.crossed {
			return e
		}
		h /= 2
	}
	noise := r.noise(2 * h) // of the last one
	e.value = (4*d[2] - d[1]) / 3
	e.error = math.Abs(e.value-(4*d[1]-d[0])/3) + 2*noise
	e.order = math.NaN()
	if first, second := math.Abs(d[0]-d[1]), math.Abs(d[1]-d[2]); second > 8*noise {
		e.order = math.Log2(first / second)
	}
	return e
}

// decide finds out whether the gradient that was claimed along a line is the derivative. size is that of the
// gradient of which it is a part.
func (r *rig) decide(l line, size float64, o Options) (Entry, Decided, float64) {
	a, order := l.along(), math.NaN()
	entry := func(n float64, by string) Entry {
		return Entry{Analytic: a, Numeric: n, Error: relative(n, a), By: by}
	}
	agrees := func(n float64) bool { return math.Abs(n-a) <= o.Tolerance*max(math.Abs(n), math.Abs(a)) }

	s := r.both(l, o.Step)
	if n := s.central(o.Step); !s.crossed && agrees(n) {
		return entry(n, "central"), Decided{Central: 1}, order
	}
	if n := s.central(o.Step); o.Brief && r.analytic != nil && !s.crossed && math.Abs(n-a) <= r.noise(o.Step) {
		if c := r.analytic.derivative(l.target, l.entries, l.by); agrees(c) { // one evaluation in place of six
			return entry(c, "complex"), Decided{Complex: 1}, order
		}
	}
	seen := false
	var e extrapolated
	for _, h := range ladder {
		if e = r.richardson(l, h); e.crossed {
			continue
		}
		seen, order = true, e.order
		if agrees(e.value) {
			return entry(e.value, "richardson"), Decided{Richardson: 1}, order
		}
		off := math.Abs(e.value - a)
		if off > o.Tolerance*max(math.Abs(e.value), math.Abs(a))+4*e.error+l.floor {
			// A small step tells another story, or none, where the function is rough, and even that is too large for a
			// gradient by which the loss would change as much as it can: there the complex step decides.
			smallest := ladder[len(ladder)-1]
			again := r.richardson(l, smallest)
			steep := math.Abs(a)*smallest > 1e-3*(math.Abs(r.loss)+r.reach)
			differs := func(from, error float64) bool {
				return math.Abs(again.value-from) > o.Tolerance*math.Abs(from)+4*error+l.floor
			}
			if steep || again.crossed || !differs(a, again.error) || differs(e.value, again.error+e.error) {
				e = again
				break
			}
			return entry(e.value, "richardson"), Decided{Failed: 1}, order
		}
		break
	}
	if r.analytic != nil && !r.apart {
		c := r.analytic.derivative(l.target, l.entries, l.by)
		switch off := math.Abs(c - a); {
		case agrees(c):
			return entry(c, "complex"), Decided{Complex: 1}, order
		case off <= l.floor*math.Sqrt(float64(len(l.entries))) || off <= o.Tolerance*o.Tolerance*size:
			return entry(c, "complex"), Decided{Norm: 1}, order
		case seen || !r.bracket(l, a):
			return entry(c, "complex"), Decided{Failed: 1}, order
		}
	}
	if !seen {
		n := r.both(l, ladder[len(ladder)-1]).central(ladder[len(ladder)-1])
		if r.bracket(l, a) {
			return entry(n, "bend"), Decided{Bend: 1}, order
		}
		return entry(n, "bend"), Decided{Undecided: 1}, order
	}
	if off := math.Abs(e.value - a); off <= o.Tolerance*size {
		return entry(e.value, "richardson"), Decided{Norm: 1}, order
	}
	return entry(e.value, "richardson"), Decided{Undecided: 1}, order
}

// bracket says whether a lies between the slopes on both sides, up to rounding.
func (r *rig) bracket(l line, a float64) bool {
	const h = 0x1p-20
	s := r.both(l, h)
	right, left := (s.plus-r.loss)/h, (r.loss-s.minus)/h
	slack := 4*r.noise(h) + 1e-4*(math.Abs(left)+math.Abs(right)) // the sides curve a little over h
	return a >= min(left, right)-slack && a <= max(left, right)+slack
}

// full checks entries of a target by whatever can decide each of them. It also gives the largest observed order.
func (r *rig) full(t target, entries []int, o Options) (*tally, float64) {
	found, size, order := &tally{}, norm(t.grad), 0.0
	for _, i := range entries {
		e, d, p := r.decide(t.entry(i), size, o)
		if !math.IsNaN(p) && math.Abs(p-2) < math.Abs(order-2) {
			order = p
		}
		found.add(i, e, d)
	}
	r.restore(t.position)
	return found, order
}

// curve is the V of an entry: the relative error of the central difference over step sizes.
func (r *rig) curve(t target, i int) []Point {
	var all []Point
	for e := -2; e >= -30; e -= 2 {
		h := math.Ldexp(1, e)
		all = append(all, Point{h, relative(r.both(t.entry(i), h).central(h), t.grad[i])})
	}
	r.restore(t.position)
	return all
}

// judged gives the verdict that no mode differs about: nothing was checked, or something is wrong. It tells whether
// there is one.
func (t *Tensor) judged(o Options) bool {
	switch d := t.Decided; {
	case t.Checked == 0:
		t.Verdict, t.Reason = Inconclusive, "no time was left for it"
	case d.Failed > 0:
		t.Verdict = Fail
		t.Reason = fmt.Sprintf("%d of %d entries differ by more than %.0e and more than rounding explains", d.Failed, t.Checked, o.Tolerance)
	default:
		return false
	}
	return true
}

// fullVerdict judges a tensor in the full mode.
func (t *Tensor) fullVerdict(o Options) {
	d := t.Decided
	switch {
	case t.judged(o):
	case d.Undecided > 0:
		t.Verdict = Inconclusive
		t.Reason = fmt.Sprintf("%d of %d entries cannot be decided: at a bend, or too small for the arithmetic", d.Undecided, t.Checked)
	default:
		t.Verdict, t.Reason = Pass, "every entry checked agrees"
	}
}
