package canon

import (
	"math"
	"unsafe"
)

// Tanh is the hyperbolic tangent, by a polynomial of its own on each of the intervals of a = |x| whose
// lower ends are u = 0, ¼, ½, ¾, 1, 1½, 2, 2½, 3, 4, …: four to each power of 2 in b = a + 1, so that b's
// exponent and the first two bits after its point tell which. With a clamped to where the result is 1:
//
//	u = (b with all further bits 0) − 1, r = a − u
//	P(r) with P's constant term tanh u; where u = 0, it is 0, and the next one 1
//
// then the sign of x.
func Tanh[T Float](x T) T { return tanh(abs(x), x) }

// TanhHalf is tanh(x/2) = 2·Sigmoid(x)−1: Tanh's sequence with a = ½·|x|.
func TanhHalf[T Float](x T) T { return tanh(0.5*abs(x), x) }

// tanh is tanh(a) with the sign of x, a >= 0.
func tanh[T Float](a, x T) T {
	k := constants[T]()
	if a > k.tanhMax {
		a = k.tanhMax
	}
	if a != a {
		return a
	}
	u, i := quarter(a + 1)
	r := a - (u - 1)
	y := k.tanhPoly[0][i]
	for _, c := range k.tanhPoly[1:] {
		y = FMA(y, r, c[i])
	}
	return copySign(y, x)
}

// quarter rounds b, in [1, 32), down to two bits after its first one, and says which number of such
// form it is, counted from 1.
func quarter[T Float](b T) (T, int) {
	if unsafe.Sizeof(b) == 4 {
		u := math.Float32bits(float32(b)) >> 21
		return T(math.Float32frombits(u << 21)), int(u) - 127<<2
	}
	u := math.Float64bits(float64(b)) >> 50
	return T(math.Float64frombits(u << 50)), int(u) - 1023<<2
}
