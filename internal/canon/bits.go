package canon

import (
	"math"
	"unsafe"
)

// constants are the coefficients of T.
func constants[T Float]() *coefficients[T] {
	var zero T
	if unsafe.Sizeof(zero) == 4 {
		return (*coefficients[T])(unsafe.Pointer(&coefficients32))
	}
	return (*coefficients[T])(unsafe.Pointer(&coefficients64))
}

// horner evaluates a polynomial, highest coefficient first, by one fused multiply-add a step.
func horner[T Float](x T, c []T) T {
	y := c[0]
	for _, a := range c[1:] {
		y = FMA(y, x, a)
	}
	return y
}

// integer reads n out of t = magic + n, in units of magic's last bit: adding 1.5·2ᵏ rounds to a multiple
// of that bit, half to even, and leaves n in the low bits.
func integer[T Float](t, magic T) int64 {
	if unsafe.Sizeof(t) == 4 {
		return int64(int32(math.Float32bits(float32(t)) - math.Float32bits(float32(magic))))
	}
	return int64(math.Float64bits(float64(t)) - math.Float64bits(float64(magic)))
}

// pow2 is 2ⁿ for n in the range of normal numbers. For any other n it is some number.
func pow2[T Float](n int64) T {
	var zero T
	if unsafe.Sizeof(zero) == 4 {
		return T(math.Float32frombits(uint32(n+127) << 23))
	}
	return T(math.Float64frombits(uint64(n+1023) << 52))
}

// scale is p·2ⁿ by two multiplications, so that n may lie beyond the normal range: the first product
// is exact, the second rounds once, to a subnormal, 0 or infinity where need be.
func scale[T Float](p T, n int64) T {
	half := n >> 1
	return T(p * pow2[T](half) * pow2[T](n-half))
}

// abs is |x|.
func abs[T Float](x T) T {
	if unsafe.Sizeof(x) == 4 {
		return T(math.Float32frombits(math.Float32bits(float32(x)) &^ (1 << 31)))
	}
	return T(math.Abs(float64(x)))
}

// copySign is |x| with the sign of s.
func copySign[T Float](x, s T) T {
	return T(math.Copysign(float64(x), float64(s))) // exact both ways for float32
}

// nan and inf are the special values.
func nan[T Float]() T { return T(math.NaN()) }
func inf[T Float]() T { return T(math.Inf(1)) }

// Flush replaces subnormal numbers and both zeros by +0; NaN and infinities pass. It is done by
// comparison, because hardware modes differ between processors.
func Flush[T Float](x T) T {
	if unsafe.Sizeof(x) == 4 {
		if math.Float32bits(float32(x))&(1<<31-1) < 1<<23 {
			return 0
		}
		return x
	}
	if math.Float64bits(float64(x))&(1<<63-1) < 1<<52 {
		return 0
	}
	return x
}
