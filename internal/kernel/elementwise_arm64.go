package kernel

import (
	"math"
	"slices"
	"unsafe"

	"gradlab/internal/canon"
)

// elementwiseSets are the kernels in assembly, by instruction set.
var elementwiseSets = [NEON + 1]*elementwiseSet{NEON: &elementwise128}

var elementwise128 = elementwiseSet{
	lanes: 4,
	unary: [numUnary]func(dst, src *float32, n int){
		opExp:      exp128,
		opTanh:     tanh128,
		opTanhHalf: tanhHalf128,
		opSigmoid:  sigmoid128,
		opReLU:     relu128,
		opGELU:     gelu128,
		opSiLU:     silu128,
		opFlush:    flush128,
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
	momentsChunk:  momentsChunk128,
	squaresChunk:  squaresChunk128,
	sumSquares:    sumSquares128,
}

// neonNumbers are the numbers of the functions in assembly, four to a register: their places have names
// in functions_neon_arm64.h.
var neonNumbers = func() (n [32]float32) {
	copy(n[0:11], normPoly)
	copy(n[11:16], []float32{normK, normInvK, normMax, normDensity, 0.5})
	copy(n[16:20], []float32{expLog2E, expLn2Hi, expLn2Lo, expMagic})
	copy(n[20:23], expPoly)
	copy(n[23:25], []float32{math.Float32frombits(0x03020100), math.Float32frombits(0x04040404)})
	copy(n[25:28], []float32{expMax, expMin, tanhMax})
	return n
}()

// neonExp are the tables of exp.
var neonExp = [32]float32(slices.Concat(expTable, expTail))

// neonTanh are the coefficients of tanh by power, then by interval, of which the first is number 12.
var neonTanh = func() (tables [7][16]float32) {
	for power, coefficients := range tanhPoly {
		for i, c := range coefficients {
			tables[power][(i+12)%16] = c
		}
	}
	return tables
}()

// momentsChunk128 leaves to assembly what is whole rounds of all lanes.
func momentsChunk128(x *float32, n int, pivot float32) (sum, squares float32) {
	var lanes [2 * chunkLanes]float32
	moments128(&lanes, x, n/chunkLanes, pivot)
	sums, all := lanes[:chunkLanes], lanes[chunkLanes:]
	whole := n &^ (chunkLanes - 1)
	for i, v := range unsafe.Slice(x, n)[whole:] {
		d := v - pivot
		sums[i] += d
		all[i] = canon.FMA(d, d, all[i])
	}
	return fold(sums), fold(all)
}

// squaresChunk128 is momentsChunk128 about 0: x − 0 is x.
func squaresChunk128(x *float32, n int) float32 {
	_, squares := momentsChunk128(x, n, 0)
	return squares
}
