// Package kernel is vector arithmetic on slices: products of matrices, convolutions, pooling,
// element-wise functions and reductions, in portable Go and in assembly. It imports package canon
// and nothing else of gradlab, and it holds all of the project's assembly.
//
// # The contract
//
// The bits of every result are a function of the arguments alone: not of the instruction set, the
// number of threads, or the machine. These rules say which bits; Numerics is their version, part of
// every trial's hash and of every digest. NaN is one class: its payload is not promised.
//
//  1. Every output of a product (matrix product, convolution and its gradients) is one accumulator
//     that starts at +0 and takes the products in ascending k, each by one fused multiply-add.
//  2. k runs over the inner dimension of a matrix product; over kernel row, kernel column and input
//     channel of a convolution; over the turned kernel's row, column and the filter for the
//     gradient of its input; over sample, row and column for the gradient of its weights. Taps in
//     the padding (and between the elements of a spread gradient) are products with +0.
//  3. Blocking over k stores the accumulator and loads it again; partial sums are never added.
//  4. A bias is added to the finished sum, with a rounding of its own.
//  5. A sum over rows per column (ColSum) runs down the column by plain additions from +0, once.
//  6. A reduction of a vector (Sum, SumSquares, the sum in a softmax) has one fixed shape: element i
//     is added to lane i mod 16 in ascending i, then lanes i and i+8, i+4, i+2, i+1 are added. Sum
//     and SumSquares add in float64.
//  7. exp, expm1, log, tanh, sigmoid, Φ, sin and cos are those of package canon, in assembly too.
//     Nothing uses estimates (rcp, rsqrt); division and square root are IEEE 754's.
//  8. Stores of activations, of gradients, of velocities and of weights flush: numbers smaller in
//     magnitude than the smallest normal one, and −0, become +0. Exp and Scale do not flush.
//  9. Softmax subtracts the row's maximum (NaN wins) and divides by the sum of the exponentials;
//     the loss is log(sum) − (x[label] − max).
//  10. Max pooling takes the first strict winner of a window in row-major order, NaN before every
//     number; its gradient adds to the winners in row-major order of the outputs. Average pooling
//     adds the window in row-major order and divides by its size.
//  11. ReLU(NaN) is NaN; no minimum or maximum swallows a NaN.
//  12. SGD is, per element: d = fma(λ, w, g) where the weight decay λ is not 0, else g; with momentum
//     μ: v = flush(fma(μ, v, d)), d = v, or fma(μ, v, d) for Nesterov's; w = flush(fma(−η, d, w)).
//  13. Work is divided over threads by outputs, never by sums.
//
// The Go compiler contracts x*y+z to a fused multiply-add on some processors. Portable code
// therefore calls canon.FMA where it means one, and writes T(x*y)+z where it does not.
package kernel

// Numerics is the version of the contract. It changes when any bit of any result may change.
const Numerics = 1
