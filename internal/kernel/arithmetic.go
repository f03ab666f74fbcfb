package kernel

import "gradlab/internal/canon"

// Element-wise kernels with numbers that are the same for all elements, and the sum of two slices.

// Names of the kernels with numbers.
const (
	opScale = iota
	opClamp
	opELU
	numNumbered
)

var numberedNames = [numNumbered]string{opScale: "Scale", opClamp: "Clamp", opELU: "ELU"}

// numbered runs dst = f(src, a, b).
func numbered[T Float](e *Engine, dst, src []T, op int, a, b T, f func(x, a, b T) T) {
	dst = dst[:len(src)]
	set := assembly[T](e)
	present := set != nil && set.numbered[op] != nil
	if e.recorder != nil {
		e.recorder.elements(numberedNames[op], e.runs(present), len(src), of(dst), of(src))
		return
	}
	if present {
		set.numbered[op](first(dst), first(src), len(src), float32(a), float32(b))
		return
	}
	for i, x := range src {
		dst[i] = f(x, a, b)
	}
}

// Add computes dst = a + b, either of which dst may be.
func Add[T Float](e *Engine, dst, a, b []T) { binary(e, dst, a, b, opAdd, add[T]) }

// Scale multiplies x by factor.
func Scale[T Float](e *Engine, x []T, factor T) { numbered(e, x, x, opScale, factor, 0, scale[T]) }

// Clamp moves what lies outside [−limit, limit] to the nearer end; NaN stays NaN. It does not flush.
func Clamp[T Float](e *Engine, x []T, limit T) { numbered(e, x, x, opClamp, -limit, limit, clamp[T]) }

// ELU computes y = scale·x where x > 0 and scale·alpha·(eˣ−1) elsewhere: ELU for scale 1 (Clevert et al.,
// "Fast and accurate deep network learning by exponential linear units", 2016), SELU for the constants of
// Klambauer et al. ("Self-normalizing neural networks", 2017). alpha and scale are positive.
func ELU[T Float](e *Engine, y, x []T, alpha, scale T) {
	numbered(e, y, x, opELU, scale*alpha, scale, elu[T])
}

// ELUGrad computes dx = scale·dy where y > 0 and dy·(y + scale·alpha) elsewhere, from y = ELU(x).
func ELUGrad[T Float](e *Engine, dx, dy, y []T, alpha, scale T) {
	dx, y = dx[:len(dy)], y[:len(dy)]
	set := assembly[T](e)
	present := set != nil && set.eluGrad != nil
	if e.recorder != nil {
		e.recorder.elements("ELUGrad", e.runs(present), len(dy), of(dx), of(dy), of(y))
		return
	}
	depth := T(scale * alpha) // rounded before anything is added to it
	if present {
		set.eluGrad(first(dx), first(dy), first(y), len(dy), float32(depth), float32(scale))
		return
	}
	for i, d := range dy {
		dx[i] = eluGrad(d, y[i], depth, scale)
	}
}

// add is Add for a worker.
func (w *worker[T]) add(dst, a, b []T) {
	if set := w.elementwise(); set != nil && set.binary[opAdd] != nil {
		set.binary[opAdd](first(dst), first(a), first(b), len(a))
		return
	}
	for i, x := range a {
		dst[i] = add(x, b[i])
	}
}

func add[T Float](a, b T) T { return canon.Flush(a + b) }

func scale[T Float](x, factor, _ T) T { return canon.Flush(x * factor) }

func clamp[T Float](x, low, high T) T {
	switch { // both false for NaN
	case x < low:
		return low
	case x > high:
		return high
	}
	return x
}

func elu[T Float](x, depth, scale T) T {
	if x > 0 {
		return canon.Flush(scale * x)
	}
	return canon.Flush(depth * canon.Expm1(x))
}

func eluGrad[T Float](dy, y, depth, scale T) T {
	if y > 0 {
		return canon.Flush(dy * scale)
	}
	return canon.Flush(dy * (y + depth))
}
