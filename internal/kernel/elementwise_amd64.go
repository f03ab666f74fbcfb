package kernel

// elementwiseSets are the kernels in assembly, by instruction set.
var elementwiseSets = [NEON + 1]*elementwiseSet{AVX2: &elementwise256, AVX512: &elementwise512}

var elementwise256 = elementwiseSet{
	unary: [numUnary]func(dst, src *float32, n int){
		opExp:      exp256,
		opTanh:     tanh256,
		opTanhHalf: tanhHalf256,
		opSigmoid:  sigmoid256,
		opReLU:     relu256,
		opGELU:     gelu256,
		opSiLU:     silu256,
	},
	binary: [numBinary]func(dst, dy, x *float32, n int){
		opTanhGrad:     tanhGrad256,
		opTanhHalfGrad: tanhHalfGrad256,
		opSigmoidGrad:  sigmoidGrad256,
		opReLUGrad:     reluGrad256,
		opGELUGrad:     geluGrad256,
		opSiLUGrad:     siluGrad256,
	},
	leakyReLU:     leakyReLU256,
	leakyReLUGrad: leakyReLUGrad256,
	colSum:        colSum256,
	sum:           sum256,
	sumSquares:    sumSquares256,
	sgd: [3][2]func(w, g, v *float32, n int, rate, momentum, decay float32){
		{sgd256, sgdDecay256},
		{sgdMomentum256, sgdMomentumDecay256},
		{sgdNesterov256, sgdNesterovDecay256},
	},
}

var elementwise512 = elementwiseSet{
	unary: [numUnary]func(dst, src *float32, n int){
		opExp:      exp512,
		opTanh:     tanh512,
		opTanhHalf: tanhHalf512,
		opSigmoid:  sigmoid512,
		opReLU:     relu512,
		opGELU:     gelu512,
		opSiLU:     silu512,
	},
	binary: [numBinary]func(dst, dy, x *float32, n int){
		opTanhGrad:     tanhGrad512,
		opTanhHalfGrad: tanhHalfGrad512,
		opSigmoidGrad:  sigmoidGrad512,
		opReLUGrad:     reluGrad512,
		opGELUGrad:     geluGrad512,
		opSiLUGrad:     siluGrad512,
	},
	leakyReLU:     leakyReLU512,
	leakyReLUGrad: leakyReLUGrad512,
	colSum:        colSum512,
	sum:           sum512,
	sumSquares:    sumSquares512,
	sgd: [3][2]func(w, g, v *float32, n int, rate, momentum, decay float32){
		{sgd512, sgdDecay512},
		{sgdMomentum512, sgdMomentumDecay512},
		{sgdNesterov512, sgdNesterovDecay512},
	},
}
