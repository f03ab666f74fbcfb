package gradcheck

import (
	"math"
	"math/cmplx"

	"gradlab/nn"
)

// activation is a layer's function of one complex number; nil for one it does not know.
func activation(a nn.Activation) func(z complex128) complex128 {
	switch a.Name {
	case "identity":
		return func(z complex128) complex128 { return z }
	case "sigmoid":
		return sigmoid
	case "tanh":
		return tanh
	case "scaled-sigmoid": // 2σ(z) − 1
		return func(z complex128) complex128 { return tanh(z / 2) }
	case "relu":
		return leaky(0)
	case "leaky-relu":
		if a.Slope == 0 {
			a.Slope = 0.01
		}
		return leaky(a.Slope)
	case "gelu":
		return func(z complex128) complex128 { return z / 2 * erfc(-z/math.Sqrt2) }
	case "silu":
		return func(z complex128) complex128 { return z * sigmoid(z) }
	case "elu":
		return elu(1, 1)
	case "selu": // constants of Klambauer et al. 2017
		return elu(1.6732632423543772848, 1.0507009873554804934)
	}
	return nil
}

// leaky is z on the positive side and slope·z elsewhere.
func leaky(slope float64) func(complex128) complex128 {
	return func(z complex128) complex128 {
		if real(z) > sideless {
			return z
		}
		return z * complex(slope, 0)
	}
}

// elu is scale·z on the positive side and scale·alpha·(eᶻ − 1) elsewhere.
func elu(alpha, scale float64) func(complex128) complex128 {
	return func(z complex128) complex128 {
		if real(z) > sideless {
			return z * complex(scale, 0)
		}
		return expm1(z) * complex(scale*alpha, 0)
	}
}

// expm1 is eᶻ − 1, exact for small z: with z = x + iy it is (eˣ − 1)·cos y − 2·sin²(y/2) + i·eˣ·sin y.
func expm1(z complex128) complex128 {
	sin, cos := math.Sincos(imag(z))
	half := math.Sin(imag(z) / 2)
	return complex(math.Expm1(real(z))*cos-2*half*half, math.Exp(real(z))*sin)
}

func sigmoid(z complex128) complex128 {
	if real(z) < 0 { // e⁻ᶻ would leave the range
		e := cmplx.Exp(z)
		return e / (1 + e)
	}
	return 1 / (1 + cmplx.Exp(-z))
}

func tanh(z complex128) complex128 {
	switch {
	case real(z) > 20:
		return 2*sigmoid(2*z) - 1 // cmplx.Tanh leaves the range
	case real(z) < -20:
		return 1 - 2*sigmoid(-2*z)
	}
	return cmplx.Tanh(z)
}

// erfc is the complementary error function. Near 0 it is 1 − 2/√π·e^(−z²)·Σ 2ᵏz²ᵏ⁺¹/(2k+1)!! (Abramowitz and Stegun
// 7.1.6), further out e^(−z²)/√π times a continued fraction (7.1.14), whose parts have one sign on the real axis: value
// and slope keep their figures where they are small.
func erfc(z complex128) complex128 {
	switch {
	case real(z) < -2:
		return 2 - erfc(-z)
	case real(z) > 2:
		const terms = 120
		tail := z
		for k := terms; k > 0; k-- {
			tail = z + complex(float64(k)/2, 0)/tail
		}
		return cmplx.Exp(-z*z) / (tail * complex(math.Sqrt(math.Pi), 0))
	}
	term, sum := z, z
	for k := 1; k < 100 && cmplx.Abs(term) > 1e-18*cmplx.Abs(sum); k++ {
		term *= 2 * z * z / complex(float64(2*k+1), 0)
		sum += term
	}
	return 1 - sum*cmplx.Exp(-z*z)*complex(2/math.SqrtPi, 0)
}
