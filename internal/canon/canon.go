// Package canon is scalar arithmetic whose bits are the same on every machine: fused
// multiply-add, the flush of subnormals, and the elementary functions, each as one polynomial in
// one order of operations. Go's math package differs between processors for everything but a few
// functions (Sqrt, Abs, Floor, FMA and the like), so nothing that reaches a weight, a schedule or
// a built-in picture calls another function of it.
//
// canon imports nothing of gradlab. Package kernel applies the same sequences to slices, in Go and
// in assembly.
package canon

// Float is an element type of the engine.
type Float interface{ float32 | float64 }
