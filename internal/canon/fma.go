package canon

import (
	"math"
	"unsafe"
)

// FMA is a*b+c rounded once, as IEEE 754's fusedMultiplyAdd.
func FMA[T Float](a, b, c T) T {
	if unsafe.Sizeof(a) == 4 {
		return T(fma32(float64(a), float64(b), float64(c)))
	}
	return T(math.FMA(float64(a), float64(b), float64(c)))
}

// fma32 takes float32 values. Their product is exact in float64, so the sum is rounded to 53 bits
// and again to 24. The second rounding goes wrong only where the first one landed on a midpoint of
// two float32 (low 29 bits 1000…0), or below the normal range, where float32 has fewer bits. There
// the sum is rounded to odd (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums",
// 2008), after which the second rounding is the correct one.
//
// It is a leaf in one piece: the compiler cannot inline it (a call on the slow path alone would cost
// more than the budget), so what can be saved is a frame of its own and a second call.
func fma32(a, b, c float64) float32 {
	p := float64(a * b)
	s := p + c
	if u := math.Float64bits(s); u<<35 == 1<<63 || u<<1 < minNormal32<<1 {
		t := s - p
		d := s * ((p - (s - t)) + (c - t)) // Knuth's TwoSum: p + c = s + d/s exactly
		if d != 0 {
			s = math.Float64frombits(u - math.Float64bits(d)>>63 | 1)
		}
	}
	return float32(s)
}

// minNormal32 is the bit pattern of 2⁻¹²⁶, the smallest normal float32, as a float64.
const minNormal32 = (1023 - 126) << 52
