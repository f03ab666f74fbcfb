package kernel

// elementwiseSets are the kernels in assembly, by instruction set.
var elementwiseSets = [NEON + 1]*elementwiseSet{AVX2: &elementwise256, AVX512: &elementwise512}

var elementwise256 = elementwiseSet{
	lanes: 8,
	unary: [numUnary]func(dst, src *float32, n int){
		opExp:      exp256,
		opTanh:     tanh256,
		opTanhHalf: tanhHalf256,
		opSigmoid:  sigmoid256,
		opReLU:     relu256,
		opGELU:     gelu256,
		opSiLU:     silu256,
		opFlush:    flush256,
	},
	binary: [numBinary]func(dst, dy, x *float32, n int){
		opTanhGrad:     tanhGrad256,
		opTanhHalfGrad: tanhHalfGrad256,
		opSigmoidGrad:  sigmoidGrad256,
		opReLUGrad:     reluGrad256,
		opGELUGrad:     geluGrad256,
		opSiLUGrad:     siluGrad256,
		opAdd:          add256,
	},
	numbered: [numNumbered]func(dst, src *float32, n int, a, b float32){
		opScale: scale256,
		opClamp: clamp256,
		opELU:   elu256,
	},
	eluGrad:       eluGrad256,
	norm:          &norm256,
	leakyReLU:     leakyReLU256,
	leakyReLUGrad: leakyReLUGrad256,
	dropout:       dropout256,
	addSign:       addSign256,
	colSum:        colSum256,
	within:        within256,
	momentsChunk:  momentsChunk256,
	squaresChunk:  squaresChunk256,
	sumSquares:    sumSquares256,
	pool: [numPool]func(y *float32, from *uint16, x *float32, rows, cols, channels, stride int){
		opMaxPool:     maxPool256,
		opMaxPoolGrad: maxPoolGrad256,
		opAvgPool:     avgPool256,
		opAvgPoolGrad: avgPoolGrad256,
	},
}

var elementwise512 = elementwiseSet{
	lanes: 16, narrower: &elementwise256, narrowerISA: AVX2,
	unary: [numUnary]func(dst, src *float32, n int){
		opExp:      exp512,
		opTanh:     tanh512,
		opTanhHalf: tanhHalf512,
		opSigmoid:  sigmoid512,
		opReLU:     relu512,
		opGELU:     gelu512,
		opSiLU:     silu512,
		opFlush:    flush512,
	},
	binary: [numBinary]func(dst, dy, x *float32, n int){
		opTanhGrad:     tanhGrad512,
		opTanhHalfGrad: tanhHalfGrad512,
		opSigmoidGrad:  sigmoidGrad512,
		opReLUGrad:     reluGrad512,
		opGELUGrad:     geluGrad512,
		opSiLUGrad:     siluGrad512,
		opAdd:          add512,
	},
	numbered: [numNumbered]func(dst, src *float32, n int, a, b float32){
		opScale: scale512,
		opClamp: clamp512,
		opELU:   elu512,
	},
	eluGrad:       eluGrad512,
	norm:          &norm512,
	leakyReLU:     leakyReLU512,
	leakyReLUGrad: leakyReLUGrad512,
	dropout:       dropout512,
	addSign:       addSign512,
	colSum:        colSum512,
	within:        within512,
	momentsChunk:  momentsChunk512,
	squaresChunk:  squaresChunk512,
	sumSquares:    sumSquares512,
	pool: [numPool]func(y *float32, from *uint16, x *float32, rows, cols, channels, stride int){
		opMaxPool:     maxPool512,
		opMaxPoolGrad: maxPoolGrad512,
		opAvgPool:     avgPool512,
		opAvgPoolGrad: avgPoolGrad512,
	},
}

var norm256 = normSet{
	sums: columnSums256, squares: columnSquares256, products: columnProducts256, addTotals: addTotals256,
	normalize: normalize256, normalizeGrad: normalizeGrad256,
	standardize: [2]func(y, x, gamma, beta *float32, n int, mean, inv float32){standardizePlain256, standardize256},
	layerChunk:  [2]func(dy, x, gamma *float32, n int, mean, inv float32) (sum, product float32){layerChunkPlain256, layerChunk256},
	layerGrad:   [2]func(dx, dy, x, gamma *float32, n int, mean, inv, sum, product float32){layerGradPlain256, layerGrad256},
	layerParams: layerParams256,
}

var norm512 = normSet{
	sums: columnSums512, squares: columnSquares512, products: columnProducts512, addTotals: addTotals512,
	normalize: normalize512, normalizeGrad: normalizeGrad512,
	standardize: [2]func(y, x, gamma, beta *float32, n int, mean, inv float32){standardizePlain512, standardize512},
	layerChunk:  [2]func(dy, x, gamma *float32, n int, mean, inv float32) (sum, product float32){layerChunkPlain512, layerChunk512},
	layerGrad:   [2]func(dx, dy, x, gamma *float32, n int, mean, inv, sum, product float32){layerGradPlain512, layerGrad512},
	layerParams: layerParams512,
}
