// Package canon is scalar arithmetic whose bits are the same on every machine: fused
// multiply-add, the flush of subnormals, and the elementary functions, each as one sequence of
// operations, of polynomials and small tables. Go's math package differs between processors for
// everything but a few functions (Sqrt, Abs, Floor, FMA and the like), so nothing that reaches a
// weight, a schedule or a built-in picture calls another function of it.
//
// Largest errors in units of the last place, float32 over all inputs and float64 over samples: Exp 0.6
// (0.8 where it is subnormal), Expm1 1.3, Tanh 1.1, Sigmoid 1.6, Log 0.8, Erf 1.3, Sin and Cos 1.5 (up to 1e4);
// NormCDF 4.5 between −3 and 3, 8 in the far tail, because Φ(−x) is a product of two functions there.
//
// canon imports nothing of gradlab. Package kernel applies the same sequences to slices, in Go and
// in assembly.
package canon

// Float is an element type of the engine.
type Float interface{ float32 | float64 }
