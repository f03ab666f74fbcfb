package canon

// TrigMax is the largest |x| for which Sin and Cos are defined.
const TrigMax = 1e5

// Sin is the sine of x (radians) for |x| <= TrigMax. Beyond it is NaN, rather than a number whose
// digits mean nothing. The error is stated up to |x| = 1e4.
//
//	t = fma(x, 2/π, magic), n = t − magic; r = x − n·π/2 in three parts of π/2, by fma
//	z = r·r; sin r = fma(r·z, S(z), r); cos r = w + fma(z·z, C(z), (1−w) − z/2), w = 1 − z/2
//
// and n mod 4 says which of the two, and its sign.
func Sin[T Float](x T) T {
	if x == 0 {
		return x // keeps −0
	}
	return sinQuarter(x, 0)
}

// Cos is the cosine of x (radians): see Sin.
func Cos[T Float](x T) T { return sinQuarter(x, 1) }

// sinQuarter is sin(x + quarters·π/2).
func sinQuarter[T Float](x T, quarters int64) T {
	k := constants[T]()
	if !(abs(x) <= TrigMax) {
		return nan[T]()
	}
	t := FMA(x, k.trigTwoOverPi, k.magic)
	n := t - k.magic
	r := FMA(-n, k.trigPio2A, x)
	r = FMA(-n, k.trigPio2B, r)
	r = FMA(-n, k.trigPio2C, r)
	z := r * r
	var y T
	if n := integer(t, k.magic) + quarters; n&1 == 0 {
		y = FMA(r*z, horner(z, k.sinPoly), r)
	} else {
		w := FMA(-0.5, z, 1)
		y = w + FMA(z*z, horner(z, k.cosPoly), FMA(-0.5, z, 1-w))
	}
	if (integer(t, k.magic)+quarters)&2 != 0 {
		return -y
	}
	return y
}
