package gradcheck

import (
	"errors"
	"fmt"
	"math"
)

// Func checks a gradient that was derived by hand of any Go function of n numbers, at x: loss gives the value,
// gradient the n partial derivatives. They may keep nothing of the slice they get; x stays as it is.
//
// In the plain mode every partial derivative is the central difference's. In the full mode it is that of three
// steps, extrapolated, with the first of ever smaller steps whose differences shrink as those of a smooth function
// do; at a bend the gradient must lie between the slopes on both sides. There is no complex step of a function that
// is not known: partial derivatives too small for the arithmetic are judged by the norm of the gradient.
//
// Options that speak of networks are not looked at. An error says that x, the options or what the functions give
// make no sense; a wrong gradient is a verdict.
func Func(loss func(x []float64) float64, gradient func(x []float64) []float64, x []float64, o Options) (Tensor, error) {
	fail := func(err error) (Tensor, error) { return Tensor{}, fmt.Errorf("failed to check the gradient: %w", err) }
	if err := o.complete(); err != nil {
		return fail(err)
	}
	if loss == nil || gradient == nil || len(x) == 0 {
		return fail(errors.New("it needs a function, its gradient and a place"))
	}
	at := append([]float64(nil), x...)
	f := function{loss: loss, x: at, value: loss(at)}
	grad := append([]float64(nil), gradient(at)...)
	if len(grad) != len(x) {
		return fail(fmt.Errorf("the gradient has %d numbers, but there are %d partial derivatives", len(grad), len(x)))
	}
	if math.IsNaN(f.value) || math.IsInf(f.value, 0) {
		return fail(fmt.Errorf("the function is %v at this place", f.value))
	}
	t := target{name: "x", shape: []int{len(x)}, data: at, grad: grad, param: input}
	o.every = true
	found, size := &tally{}, norm(grad)
	for _, i := range o.sample(t) {
		e, d := f.decide(i, grad[i], size, o)
		found.add(i, e, d)
	}
	out := found.tensor(t)
	if o.Mode == Plain {
		out.plainVerdict(o)
	} else {
		out.fullVerdict(o)
		if found.worst != nil {
			out.Curve = f.curve(found.index, grad[found.index])
		}
	}
	return out, nil
}

// function is a function at a place.
type function struct {
	loss  func([]float64) float64
	x     []float64
	value float64
}

// both is the value on both sides of entry i.
func (f *function) both(i int, h float64) slope {
	old := f.x[i]
	var s slope
	f.x[i] = old + h
	s.plus = f.loss(f.x)
	f.x[i] = old - h
	s.minus = f.loss(f.x)
	f.x[i] = old
	return s
}

// noise is how far rounding may carry a central difference: nothing is known of the function but its value and that
// its argument rounds, too.
func (f *function) noise(i int, h float64) float64 {
	return 8 * epsilon * (math.Abs(f.value) + 1e-300) / h
}

// decide is rig.decide with what is there.
func (f *function) decide(i int, a, size float64, o Options) (Entry, Decided) {
	entry := func(n float64, by string) Entry { return Entry{Analytic: a, Numeric: n, Error: relative(n, a), By: by} }
	scale := math.Max(1, math.Abs(f.x[i]))
	n := f.both(i, o.Step*scale).central(o.Step * scale)
	near := relative(n, a) <= o.Tolerance
	if near {
		return entry(n, "central"), Decided{Central: 1}
	}
	noise := f.noise(i, o.Step*scale)
	if o.Mode == Plain {
		if math.Abs(n-a) <= noise {
			return entry(n, "central"), Decided{Undecided: 1}
		}
		return entry(n, "central"), Decided{Failed: 1}
	}
	best := extrapolated{value: n, error: math.Inf(1)}
	smooth := false
	for _, step := range ladder {
		h := step * scale
		var d [3]float64
		for k := range d {
			d[k] = f.both(i, h/float64(int(1)<<k)).central(h / float64(int(1)<<k))
		}
		e := extrapolated{value: (4*d[2] - d[1]) / 3}
		e.error = math.Abs(e.value-(4*d[1]-d[0])/3) + 2*f.noise(i, h/4)
		first, second := math.Abs(d[0]-d[1]), math.Abs(d[1]-d[2])
		// A smooth function's differences change four times less from step to step, unless rounding hides it.
		settles := second <= first/3 || second <= 4*f.noise(i, h/4)
		if settles && e.error < best.error {
			best, smooth = e, true
		}
		if smooth && math.Abs(best.value-a) <= o.Tolerance*math.Max(math.Abs(best.value), math.Abs(a)) {
			return entry(best.value, "richardson"), Decided{Richardson: 1}
		}
	}
	const h = 0x1p-20
	s := f.both(i, h*scale)
	right, left := (s.plus-f.value)/(h*scale), (f.value-s.minus)/(h*scale)
	bend := math.Abs(right-left) > 1e-3*(math.Abs(right)+math.Abs(left))+8*f.noise(i, h*scale)
	slack := 4*f.noise(i, h*scale) + 1e-4*(math.Abs(left)+math.Abs(right))
	off := math.Abs(best.value - a)
	switch {
	case bend && a >= min(left, right)-slack && a <= max(left, right)+slack:
		return entry(n, "bend"), Decided{Bend: 1}
	case bend, smooth && off > o.Tolerance*math.Max(math.Abs(best.value), math.Abs(a))+4*best.error:
		return entry(best.value, "richardson"), Decided{Failed: 1}
	case smooth && off <= o.Tolerance*size:
		return entry(best.value, "richardson"), Decided{Norm: 1}
	}
	return entry(best.value, "richardson"), Decided{Undecided: 1}
}

// curve is the V of an entry.
func (f *function) curve(i int, a float64) []Point {
	var all []Point
	for e := -2; e >= -30; e -= 2 {
		h := math.Ldexp(1, e)
		all = append(all, Point{h, relative(f.both(i, h).central(h), a)})
	}
	return all
}
