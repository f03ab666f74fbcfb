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
//     channel of a convolution; over kernel row and column, both from the last to the first, and
//     filter for the gradient of its input, taps outside the image left out; over sample, output row
//     and output column for the gradient of its weights. Taps in the padding of the first and the
//     last are products with +0, so that an infinite weight makes NaN of them.
//  3. Blocking over k stores the accumulator as it is, not flushed, and loads it again; partial sums
//     are never added.
//  4. A bias is added to the finished sum, with a rounding of its own, before the flush.
//  5. A sum over rows per column (ColSum) runs down the column by plain additions from +0 and is
//     flushed once, at its end. The gradient of a convolution's bias adds those of the samples, in
//     order from +0, and is flushed once more.
//  6. A reduction of a vector has one fixed shape of so many lanes: element i is added to lane i mod
//     lanes in ascending i, from +0; then the lanes of the first half and their partners in the second
//     are added, then those of the first quarter, and so on. The sum in a softmax has 16 lanes of the
//     element type. SumSquares and Moments, which gives the mean and the sum of squared distances from
//     it, work on chunks of 4096 elements, of which each adds up 32 lanes of the element type, squares
//     by fused multiply-add; the chunks' sums are added in float64, in order. A chunk whose sum of
//     squares is below 2⁻¹⁰⁰, infinite or NaN is done again in 16 lanes of float64. Moments adds up
//     distances from a pivot: from the first element (+0 if that is not finite), and where the sum of
//     squared distances from the mean comes out below a quarter of that from the pivot, once more from
//     the mean, rounded to the element type.
//  7. exp, expm1, log, tanh, sigmoid, Φ, sin and cos are those of package canon, in assembly too.
//     Nothing uses estimates (rcp, rsqrt); division and square root are IEEE 754's. What is built on
//     them rounds after each operation written here: GELU is x·Φ(x), SiLU x·σ(x); gradients are
//     dy·fma(−y, y, 1) for tanh, dy·(½·fma(−y, y, 1)) for 2σ−1, (dy·y)·(1−y) for σ, dy times
//     canon.GELUSlope(x) for GELU, dy·(s·fma(x, 1−s, 1)) with s = σ(x) for SiLU. ELU is scale·x for x > 0, else
//     c·Expm1(x) with c = scale·α; its gradient dy·scale for y > 0, else dy·(y + c).
//  8. Stores flush: numbers smaller in magnitude than the smallest normal one, and −0, become +0.
//     These are the outputs of products, of activations and their gradients, of ColSum and
//     average pooling, the gradients of pooling and softmax, velocities and weights, sums of slices, means and
//     variances, what is normalised and its gradients. Not flushed are Exp, Clamp, losses, what max pooling
//     chooses, its gradient where windows do not overlap, so that nothing is added but +0, and the gradients
//     of layer normalisation's γ and β.
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
//  14. The sums of squares of an update run down the columns: s = fma(q, q, s) from +0, with q the
//     gradient or the step d times a power of two, or the weight after the update. The columns are
//     added as Moments adds distances from 0.
//  15. Sums down the columns of a matrix of channels (ColMoments, NormalizeGrad) have a shape that is
//     accurate for any number of rows. Rows of fewer than 64 columns are taken several at a time, as many as
//     the smallest power of two that makes the width of all of them a multiple of 16 and 64 at least: so many
//     lanes has a column. A chunk is 32 such wide rows: element i is added to lane i mod width, from +0, then
//     the lanes of the first half and their partners in the second are added and flushed, and so on until
//     there is one for each column. Of m chunks those from ⌊m·s/16⌋ to below ⌊m·(s+1)/16⌋ are added in float64,
//     in order, for each s from 0 to 15; then these sixteen are. Squares of x − mean and products with it, of the
//     mean as it is stored, are fused multiply-adds.
//  16. Batch normalisation is fma(x−mean, inv·γ, β), with inv = 1/√(variance+ε); its gradient
//     (inv·γ)·fma(mean−x, inv·b, dy−a) with a = Σdy/rows and b = inv·Σdy·(x−mean)/rows, which are taken in float64
//     and rounded. Layer normalisation is fma(x̂, γ, β) with x̂ = (x−mean)·inv; its gradient
//     inv·fma(−x̂, b, dy·γ−a) with a and b the means of dy·γ and of (dy·γ)·x̂. These and the moments of a row are added up
//     as Moments adds distances from 0 and from the mean, a's and b's chunks never again in float64. The
//     gradients of γ and β run down the columns: fma(dy, x̂, ·) and + dy.
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
//   - 5: TestConvolutionsFollowTheContract, TestReductionsFollowTheContract.
//   - 6: TestReductionsFollowTheContract, TestSoftmaxFollowsTheContract.
//   - 7: TestFunctionsFollowTheContract, TestCoefficients and TestFMAFloat32 of package canon;
//     TestElementwiseFollowsTheContract, TestAssemblyHasTheCoefficientsOfCanon.
//   - 8: TestFlush of package canon; for the stores, the test of each kernel: all meet numbers about
//     the smallest normal one.
//   - 9: TestSoftmaxFollowsTheContract, TestSoftmaxEdges.
//   - 10: TestPoolingFollowsTheContract.
//   - 11: TestElementwiseFollowsTheContract, TestEdgesOfActivations; TestSpecialValues of package canon.
//   - 12, 14: TestUpdateFollowsTheContract.
//   - 15, 16: TestNormalisationFollowsTheContract, on one, two and three threads.
//   - 13: the two tests of rules 1 to 4, whose larger shapes are divided over two and three threads.
package kernel

// Numerics is the version of the contract. It changes when any bit of any result may change.
const Numerics = 2
