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
//     channel of a convolution; over the turned kernel's row and column and the filter for the
//     gradient of its input; over sample, output row and output column for the gradient of its
//     weights. Taps in the padding (and between the elements of a spread gradient) are products
//     with +0, so that an infinite weight makes NaN of them.
//  3. Blocking over k stores the accumulator as it is, not flushed, and loads it again; partial sums
//     are never added.
//  4. A bias is added to the finished sum, with a rounding of its own, before the flush.
//  5. A sum over rows per column (ColSum) runs down the column by plain additions from +0 and is
//     flushed once, at its end.
//  6. A reduction of a vector (Sum, SumSquares, the sum in a softmax) has one fixed shape: element i
//     is added to lane i mod 16 in ascending i, from +0; then lanes i and i+8 are added for i < 8, i
//     and i+4 for i < 4, i and i+2 for i < 2, 0 and 1. Sum and SumSquares add in float64, squares by
//     fused multiply-add; the sum in a softmax adds in the element type.
//  7. exp, log, tanh, sigmoid, Φ, sin and cos are those of package canon, in assembly too.
//     Nothing uses estimates (rcp, rsqrt); division and square root are IEEE 754's. What is built on
//     them rounds after each operation written here: GELU is x·Φ(x), SiLU x·σ(x); gradients are
//     dy·fma(−y, y, 1) for tanh, dy·(½·fma(−y, y, 1)) for 2σ−1, (dy·y)·(1−y) for σ, dy times
//     canon.GELUSlope(x) for GELU, dy·(s·fma(x, 1−s, 1)) with s = σ(x) for SiLU.
//  8. Stores flush: numbers smaller in magnitude than the smallest normal one, and −0, become +0.
//     These are the outputs of products, of activations and their gradients, of ColSum and
//     average pooling, the gradients of pooling and softmax, velocities and weights. Not flushed are
//     Exp, losses, what max pooling chooses, and its gradient where windows do not overlap,
//     so that nothing is added but +0.
//  9. Softmax subtracts the row's maximum m (NaN wins) and divides the exponentials by their sum s;
//     the loss is log(s) − (x[label] − m), its gradient (p − onehot)·scale with p = exp(x−m)/s.
//  10. Max pooling takes the first strict winner of a window in row-major order, NaN before every
//     number; its gradient adds to the winners in row-major order of the outputs. Average pooling
//     adds the window in row-major order and divides by its size KH·KW, padding counted; its gradient
//     adds dy/(KH·KW) to the window's elements, in row-major order of the outputs.
//  11. ReLU and its gradient are +0 where x (y) <= 0, so that NaN passes; no minimum or maximum
//     swallows a NaN.
//  12. SGD is, per element: d = fma(λ, w, g) where the weight decay λ is not 0, else g; with momentum
//     μ: v = flush(fma(μ, v, d)), d = v, or fma(μ, v, d) for Nesterov's; w = flush(fma(−η, d, w)).
//  13. Work is divided over threads by outputs, never by sums.
//
// The Go compiler contracts x*y+z to a fused multiply-add on some processors. Portable code
// therefore calls canon.FMA where it means one, and writes T(x*y)+z where it does not.
//
// # How each rule is tested
//
// Plain loops state the rules once more; every engine of the machine must give their bits. (Tests
// named …Bits compare assembly with portable code besides, at every length and offset.)
//
//   - 1 to 4: TestMatMulFollowsTheContract, TestConvolutionsFollowTheContract.
//   - 5: TestReductionsFollowTheContract.
//   - 6: TestReductionsFollowTheContract, TestSoftmaxFollowsTheContract.
//   - 7: TestFunctionsFollowTheContract, TestCoefficients and TestFMAFloat32 of package canon;
//     TestElementwiseFollowsTheContract, TestAssemblyHasTheCoefficientsOfCanon.
//   - 8: TestFlush of package canon; for the stores, the test of each kernel: all meet numbers about
//     the smallest normal one.
//   - 9: TestSoftmaxFollowsTheContract, TestSoftmaxEdges.
//   - 10: TestPoolingFollowsTheContract.
//   - 11: TestElementwiseFollowsTheContract, TestEdgesOfActivations; TestSpecialValues of package canon.
//   - 12: TestSGDFollowsTheContract.
//   - 13: the two tests of rules 1 to 4, whose larger shapes are divided over two and three threads.
package kernel

// Numerics is the version of the contract. It changes when any bit of any result may change.
const Numerics = 2
