package kernel

// The kernels of elementwise_neon_arm64.s, sgd_neon_arm64.s and reduce_neon_arm64.s: see elementwiseSet.

//go:noescape
func exp128(dst, src *float32, n int)

//go:noescape
func tanh128(dst, src *float32, n int)

//go:noescape
func tanhHalf128(dst, src *float32, n int)

//go:noescape
func sigmoid128(dst, src *float32, n int)

//go:noescape
func silu128(dst, src *float32, n int)

//go:noescape
func gelu128(dst, src *float32, n int)

//go:noescape
func relu128(dst, src *float32, n int)

//go:noescape
func flush128(dst, src *float32, n int)

//go:noescape
func tanhGrad128(dst, dy, x *float32, n int)

//go:noescape
func tanhHalfGrad128(dst, dy, x *float32, n int)

//go:noescape
func sigmoidGrad128(dst, dy, x *float32, n int)

//go:noescape
func reluGrad128(dst, dy, x *float32, n int)

//go:noescape
func siluGrad128(dst, dy, x *float32, n int)

//go:noescape
func geluGrad128(dst, dy, x *float32, n int)

//go:noescape
func leakyReLU128(dst, src *float32, n int, slope float32)

//go:noescape
func leakyReLUGrad128(dst, dy, x *float32, n int, slope float32)

//go:noescape
func sgd128(w, grad, v *float32, n int, rate, momentum, decay float32)

//go:noescape
func sgdDecay128(w, grad, v *float32, n int, rate, momentum, decay float32)

//go:noescape
func sgdMomentum128(w, grad, v *float32, n int, rate, momentum, decay float32)

//go:noescape
func sgdMomentumDecay128(w, grad, v *float32, n int, rate, momentum, decay float32)

//go:noescape
func sgdNesterov128(w, grad, v *float32, n int, rate, momentum, decay float32)

//go:noescape
func sgdNesterovDecay128(w, grad, v *float32, n int, rate, momentum, decay float32)

//go:noescape
func colSum128(dst, src *float32, rows, cols int)

//go:noescape
func sumSquares128(lanes *[16]float64, x *float32, n int)

// moments128 adds x − pivot to the first half of lanes, and its squares to the second, of rounds times
// chunkLanes elements, from +0.
//
//go:noescape
func moments128(lanes *[2 * chunkLanes]float32, x *float32, rounds int, pivot float32)
