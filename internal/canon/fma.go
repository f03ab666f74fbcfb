package canon

import (
	"math"
	"unsafe"
)

// FMA is a*b+c rounded once, as IEEE 754's fusedMultiplyAdd.
func FMA[T Float](a, b, c T) T {
	if unsafe.Sizeof(a) == 4 {
		return T(fma32(float32(a), float32(b), float32(c)))
	}
	return T(math.FMA(float64(a), float64(b), float64(c)))
}

// fma32 uses that the product of two float32 is exact in float64: the sum is then rounded to 53
// bits and again to 24. The second rounding goes wrong only where the first one landed on a
// midpoint of two float32 (low 29 bits 1000…0), or below the normal range, where float32 has fewer
// bits; those cases are decided again with the rounding error of the sum.
func fma32(a, b, c float32) float32 {
	p := float64(a) * float64(b)
	s := p + float64(c)
	if u := math.Float64bits(s); u&(1<<29-1) == 1<<28 || u&(1<<63-1) < minNormal32in64 {
		return fma32Slow(p, float64(c), s)
	}
	return float32(s)
}

// minNormal32in64 is the bit pattern of 2⁻¹²⁶ as a float64.
const minNormal32in64 = (1023 - 126) << 52

// fma32Slow rounds p+c, of which s is the float64 sum, to odd (Boldo and Melquiond, "Emulation of
// FMA and correctly rounded sums", 2008): with two spare bits or more, the second rounding is then
// the correct one.
//
//go:noinline
func fma32Slow(p, c, s float64) float32 {
	if s == 0 {
		return float32(s)
	}
	// Knuth's TwoSum. p and c are exact values, so a contraction by the compiler changes nothing.
	t := s - p
	err := (p - (s - t)) + (c - t)
	if u := math.Float64bits(s); err != 0 && u&1 == 0 {
		if (err > 0) == (s > 0) {
			s = math.Float64frombits(u + 1)
		} else {
			s = math.Float64frombits(u - 1)
		}
	}
	return float32(s)
}

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
