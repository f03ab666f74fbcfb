package kernel

// elementwiseSets are the kernels in assembly, by instruction set.
var elementwiseSets = [NEON + 1]*elementwiseSet{NEON: &elementwise128}

var elementwise128 = elementwiseSet{
	unary: [numUnary]func(dst, src *float32, n int){
		opExp:      exp128,
		opTanh:     tanh128,
		opTanhHalf: tanhHalf128,
		opSigmoid:  sigmoid128,
		opReLU:     relu128,
		opGELU:     gelu128,
		opSiLU:     silu128,
	},
	binary: [numBinary]func(dst, dy, x *float32, n int){
		opTanhGrad:     tanhGrad128,
		opTanhHalfGrad: tanhHalfGrad128,
		opSigmoidGrad:  sigmoidGrad128,
		opReLUGrad:     reluGrad128,
		opGELUGrad:     geluGrad128,
		opSiLUGrad:     siluGrad128,
	},
	leakyReLU:     leakyReLU128,
	leakyReLUGrad: leakyReLUGrad128,
	colSum:        colSum128,
	sum:           sum128,
	sumSquares:    sumSquares128,
	sgd: [3][2]func(w, g, v *float32, n int, rate, momentum, decay float32){
		{sgd128, sgdDecay128},
		{sgdMomentum128, sgdMomentumDecay128},
		{sgdNesterov128, sgdNesterovDecay128},
	},
}

// neonNumbers are the numbers of the functions in assembly, four to a register: their places have names
// in functions_neon_arm64.h.
var neonNumbers = func() (n [32]float32) {
	copy(n[0:11], normPoly)
	copy(n[11:16], []float32{normK, normInvK, normMax, normDensity, 0.5})
	copy(n[16:20], []float32{expLog2E, expLn2Hi, expLn2Lo, expMagic})
	copy(n[20:25], expPoly)
	copy(n[25:29], []float32{expMax, expMin, tanhMax, 2})
	return n
}()
