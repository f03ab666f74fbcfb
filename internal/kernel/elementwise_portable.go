package kernel

import "gradlab/internal/canon"

// The scalar functions of the element-wise kernels: what assembly must reproduce bit by bit.

func tanh[T Float](x T) T     { return canon.Flush(canon.Tanh(x)) }
func tanhHalf[T Float](x T) T { return canon.Flush(canon.TanhHalf(x)) }
func sigmoid[T Float](x T) T  { return canon.Flush(canon.Sigmoid(x)) }
func gelu[T Float](x T) T     { return canon.Flush(canon.GELU(x)) }
func silu[T Float](x T) T     { return canon.Flush(x * canon.Sigmoid(x)) }

func relu[T Float](x T) T {
	if x <= 0 { // false for NaN
		return 0
	}
	return canon.Flush(x)
}

func tanhGrad[T Float](dy, y T) T     { return canon.Flush(dy * canon.FMA(-y, y, 1)) }
func tanhHalfGrad[T Float](dy, y T) T { return canon.Flush(dy * (0.5 * canon.FMA(-y, y, 1))) }
func sigmoidGrad[T Float](dy, y T) T  { return canon.Flush(dy * y * (1 - y)) }
func geluGrad[T Float](dy, x T) T     { return canon.Flush(dy * canon.GELUSlope(x)) }

func reluGrad[T Float](dy, y T) T {
	if y <= 0 {
		return 0
	}
	return canon.Flush(dy)
}

func siluGrad[T Float](dy, x T) T {
	s := canon.Sigmoid(x)
	return canon.Flush(dy * (s * canon.FMA(x, 1-s, 1)))
}
