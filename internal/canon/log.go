package canon

import (
	"math"
	"unsafe"
)

// Log is the natural logarithm. With x = 2ᵏ·m, √½ <= m < √2, f = m−1:
//
//	s = f/(f+2), z = s·s, h = ½·f·f
//	ln m = f − (h − s·(h + z·R(z)))
//	ln x = k·ln2hi + (f − (h − fma(s, h + z·R(z), k·ln2lo)))
//
// k·ln2hi is exact. Log(0) is −Inf, the logarithm of a negative number NaN.
func Log[T Float](x T) T {
	c := constants[T]()
	switch {
	case x != x || x > 0 && x-x != 0: // NaN, +Inf
		return x
	case x < 0:
		return nan[T]()
	case x == 0:
		return -inf[T]()
	}
	m, exponent := split(x)
	k := T(exponent)
	f := m - 1
	s := f / (f + 2)
	z := s * s
	h := T(0.5 * T(f*f))
	b := FMA(z, horner(z, c.logPoly), h)
	lo := h - FMA(s, b, T(k*c.expLn2Lo))
	return FMA(k, c.expLn2Hi, f-lo)
}

// split gives x = m·2ᵏ with √½ <= m < √2 for a finite x > 0.
func split[T Float](x T) (m T, k int) {
	if unsafe.Sizeof(x) == 4 {
		if Flush(x) == 0 {
			x, k = x*(1<<24), -24
		}
		u := math.Float32bits(float32(x)) - 0x3f3504f4 // √½, rounded up
		k += int(int32(u) >> 23)
		return T(math.Float32frombits(u&(1<<23-1) + 0x3f3504f4)), k
	}
	if Flush(x) == 0 {
		x, k = T(float64(x)*(1<<54)), -54
	}
	u := math.Float64bits(float64(x)) - 0x3fe6a09e667f3bcd
	k += int(int64(u) >> 52)
	return T(math.Float64frombits(u&(1<<52-1) + 0x3fe6a09e667f3bcd)), k
}
