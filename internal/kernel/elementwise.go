package kernel

import (
	"unsafe"

	"gradlab/internal/canon"
)

// The functions of this file work element by element: dst[i] depends on src[i] alone, so that dst
// may be src. Slices are as long as src (or dy); a shorter one panics as a slice expression does.
// Everything but Exp flushes its results.
//
// float32 runs in the assembly of the engine's instruction set where there is one, float64 and
// other machines run the portable loop. Both apply the sequence of operations that package canon
// writes down, so that the bits agree.

// Names of the kernels with one argument, and with two: indices into elementwiseSet.
const (
	opExp = iota
	opTanh
	opTanhHalf
	opSigmoid
	opReLU
	opGELU
	opSiLU
	opFlush
	numUnary
)

const (
	opTanhGrad = iota
	opTanhHalfGrad
	opSigmoidGrad
	opReLUGrad
	opGELUGrad
	opSiLUGrad
	opAdd
	numBinary
)

// Names of the kernels of pooling.
const (
	opMaxPool = iota
	opMaxPoolGrad
	opAvgPool
	opAvgPoolGrad
	numPool
)

// elementwiseSet holds the kernels of one instruction set. All of them take any n >= 0 and unaligned
// addresses. Their arguments are assembly's, hence pointers. One that is nil is left to portable code.
type elementwiseSet struct {
	lanes       int             // elements in a register
	narrower    *elementwiseSet // that of narrower registers, if there is one
	narrowerISA ISA

	unary  [numUnary]func(dst, src *float32, n int)
	binary [numBinary]func(dst, dy, x *float32, n int)

	numbered      [numNumbered]func(dst, src *float32, n int, a, b float32)
	eluGrad       func(dst, dy, y *float32, n int, depth, scale float32)
	norm          *normSet // nil for none
	leakyReLU     func(dst, src *float32, n int, slope float32)
	leakyReLUGrad func(dst, dy, x *float32, n int, slope float32)
	dropout       func(dst, src *float32, n int, block, step, key uint64, last int32, scale float32) // n a multiple of dropoutGroup
	addSign       func(dst, grad, w *float32, n int, lambda float32)
	colSum        func(dst, src *float32, rows, cols int)
	within        func(counts *int32, src *float32, rows, cols int, low, high float32)
	momentsChunk  func(x *float32, n int, pivot float32) (sum, squares float32)
	squaresChunk  func(x *float32, n int) (squares float32)
	sumSquares    func(lanes *[sumLanes]float64, x *float32, n int)

	// Of windows of 2 × 2 side by side: rows rows of cols windows, y (dy) and winners [rows, cols, channels],
	// x (dx) the image below the first of them, stride the elements of its rows. See halve for what is
	// written beyond the end.
	pool [numPool]func(y *float32, from *uint16, x *float32, rows, cols, channels, stride int)
}

// assembly gives the engine's kernels if there are any and T is float32.
func assembly[T Float](e *Engine) *elementwiseSet {
	var zero T
	if unsafe.Sizeof(zero) != 4 {
		return nil
	}
	return elementwiseSets[e.isa]
}

// elementwise is assembly for a worker.
func (w *worker[T]) elementwise() *elementwiseSet {
	if w.set == nil {
		return nil
	}
	return elementwiseSets[w.isa]
}

// first is the address that assembly takes of a slice of float32.
func first[T Float](x []T) *float32 { return (*float32)(unsafe.Pointer(unsafe.SliceData(x))) }

// unary runs dst = f(src).
func unary[T Float](e *Engine, dst, src []T, op int, f func(T) T) {
	dst = dst[:len(src)]
	a := assembly[T](e)
	present := a != nil && a.unary[op] != nil
	if e.recorder != nil {
		e.recorder.elements(unaryNames[op], e.runs(present), len(src), of(dst), of(src))
		return
	}
	if present {
		a.unary[op](first(dst), first(src), len(src))
		return
	}
	for i, x := range src {
		dst[i] = f(x)
	}
}

// binary runs dst = f(dy, x).
func binary[T Float](e *Engine, dst, dy, x []T, op int, f func(dy, x T) T) {
	dst, x = dst[:len(dy)], x[:len(dy)]
	a := assembly[T](e)
	present := a != nil && a.binary[op] != nil
	if e.recorder != nil {
		e.recorder.elements(binaryNames[op], e.runs(present), len(dy), of(dst), of(dy), of(x))
		return
	}
	if present {
		a.binary[op](first(dst), first(dy), first(x), len(dy))
		return
	}
	for i, d := range dy {
		dst[i] = f(d, x[i])
	}
}

// Exp computes dst = e^src. It does not flush.
func Exp[T Float](e *Engine, dst, src []T) { unary(e, dst, src, opExp, canon.Exp[T]) }

// Tanh computes dst = tanh(src).
func Tanh[T Float](e *Engine, dst, src []T) { unary(e, dst, src, opTanh, tanh[T]) }

// ScaledSigmoid computes dst = 2σ(src)−1 = tanh(src/2), the sigmoid with the range of tanh.
func ScaledSigmoid[T Float](e *Engine, dst, src []T) { unary(e, dst, src, opTanhHalf, tanhHalf[T]) }

// Sigmoid computes dst = σ(src) = 1/(1+e^−src).
func Sigmoid[T Float](e *Engine, dst, src []T) { unary(e, dst, src, opSigmoid, sigmoid[T]) }

// ReLU computes dst = max(0, src); NaN stays NaN.
func ReLU[T Float](e *Engine, dst, src []T) { unary(e, dst, src, opReLU, relu[T]) }

// GELU computes dst = src·Φ(src), the exact form.
func GELU[T Float](e *Engine, dst, src []T) { unary(e, dst, src, opGELU, gelu[T]) }

// SiLU computes dst = src·σ(src), also known as swish.
func SiLU[T Float](e *Engine, dst, src []T) { unary(e, dst, src, opSiLU, silu[T]) }

// flush replaces zeros and subnormal numbers in x by +0.
func (w *worker[T]) flush(x []T) {
	if a := w.elementwise(); a != nil && a.unary[opFlush] != nil {
		a.unary[opFlush](first(x), first(x), len(x))
		return
	}
	flushAll(x)
}

// LeakyReLU computes dst = src where src > 0, slope·src elsewhere.
func LeakyReLU[T Float](e *Engine, dst, src []T, slope T) {
	dst = dst[:len(src)]
	a := assembly[T](e)
	present := a != nil && a.leakyReLU != nil
	if e.recorder != nil {
		e.recorder.elements("LeakyReLU", e.runs(present), len(src), of(dst), of(src))
		return
	}
	if present {
		a.leakyReLU(first(dst), first(src), len(src), float32(slope))
		return
	}
	for i, x := range src {
		if !(x > 0) {
			x = slope * x
		}
		dst[i] = canon.Flush(x)
	}
}

// TanhGrad computes dx = dy·(1−y²) from y = tanh(x).
func TanhGrad[T Float](e *Engine, dx, dy, y []T) { binary(e, dx, dy, y, opTanhGrad, tanhGrad[T]) }

// ScaledSigmoidGrad computes dx = dy·½(1−y²) from y = 2σ(x)−1.
func ScaledSigmoidGrad[T Float](e *Engine, dx, dy, y []T) {
	binary(e, dx, dy, y, opTanhHalfGrad, tanhHalfGrad[T])
}

// SigmoidGrad computes dx = dy·y·(1−y) from y = σ(x).
func SigmoidGrad[T Float](e *Engine, dx, dy, y []T) {
	binary(e, dx, dy, y, opSigmoidGrad, sigmoidGrad[T])
}

// ReLUGrad computes dx = 0 where y <= 0, dy elsewhere (where y is NaN too), from y = ReLU(x).
func ReLUGrad[T Float](e *Engine, dx, dy, y []T) { binary(e, dx, dy, y, opReLUGrad, reluGrad[T]) }

// GELUGrad computes dx = dy·(Φ(x) + x·φ(x)) from x.
func GELUGrad[T Float](e *Engine, dx, dy, x []T) { binary(e, dx, dy, x, opGELUGrad, geluGrad[T]) }

// SiLUGrad computes dx = dy·σ(x)·(1 + x·(1−σ(x))) from x.
func SiLUGrad[T Float](e *Engine, dx, dy, x []T) { binary(e, dx, dy, x, opSiLUGrad, siluGrad[T]) }

// LeakyReLUGrad computes dx = dy where x > 0, slope·dy elsewhere.
func LeakyReLUGrad[T Float](e *Engine, dx, dy, x []T, slope T) {
	dx, x = dx[:len(dy)], x[:len(dy)]
	a := assembly[T](e)
	present := a != nil && a.leakyReLUGrad != nil
	if e.recorder != nil {
		e.recorder.elements("LeakyReLUGrad", e.runs(present), len(dy), of(dx), of(dy), of(x))
		return
	}
	if present {
		a.leakyReLUGrad(first(dx), first(dy), first(x), len(dy), float32(slope))
		return
	}
	for i, d := range dy {
		if !(x[i] > 0) {
			d = slope * d
		}
		dx[i] = canon.Flush(d)
	}
}
