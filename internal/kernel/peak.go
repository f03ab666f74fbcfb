package kernel

import (
	"math"
	"slices"

	"gradlab/internal/canon"
)

// The functions of this file do one thing as fast as the engine's instruction set can, on the calling
// goroutine: they measure the limits that kernels are held against. Like all kernels they have the
// same bits on every engine.

// peakSet is these functions in the assembly of one instruction set; their arguments as in
// elementwiseSet.
type peakSet struct {
	sums, lanes int                      // registers that fma multiplies, elements of one
	fma         func(rounds int) float32 // rounds >= 1
	read        func(x *float32, n int) uint32
	triad       func(dst, x, y *float32, n int, factor float32)
}

// portableSums is the number of fused multiply-adds of portable code that do not wait for each other.
const portableSums = 8

// PeakFMA does rounds (at least one) of fused multiply-adds x = ½·x + ½ from +0, as many independent
// ones side by side as keep the processor busy. It gives the smallest x, 1 − 2^−rounds rounded to
// float32 as all of them, and the number of floating-point operations: two for each.
func PeakFMA(e *Engine, rounds int) (x float32, flops int) {
	if a := peakSets[e.isa]; a != nil {
		return a.fma(rounds), 2 * rounds * a.sums * a.lanes
	}
	var sums [portableSums]float32
	for range rounds {
		for i, x := range sums {
			sums[i] = canon.FMA(0.5, x, 0.5)
		}
	}
	return slices.Min(sums[:]), 2 * rounds * portableSums
}

// PeakRead reads x and gives the bitwise or of its elements.
func PeakRead(e *Engine, x []float32) uint32 {
	if a := peakSets[e.isa]; a != nil && a.read != nil {
		return a.read(first(x), len(x))
	}
	all := uint32(0)
	for _, v := range x {
		all |= math.Float32bits(v)
	}
	return all
}

// PeakTriad computes dst = x + factor·y, for slices as long as dst, with a rounding after each
// operation and no flush: the triad of the STREAM benchmark.
func PeakTriad(e *Engine, dst, x, y []float32, factor float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	if a := peakSets[e.isa]; a != nil && a.triad != nil {
		a.triad(first(dst), first(x), first(y), len(dst), factor)
		return
	}
	for i, v := range y {
		dst[i] = float32(factor*v) + x[i]
	}
}
