package canon

// reduce splits x = (n/16)·ln2 + r with n whole and |r| <= ln2/32:
//
//	t = fma(x, log₂e, magic), f = t − magic: the multiple of 1/16 that is nearest to x·log₂e
//	r = fma(−f, ln2hi, x); r = fma(−f, ln2lo, r)
//
// n = 16·f stands in the low bits of t. A NaN gives r = NaN and any n.
func reduce[T Float](x T, k *coefficients[T]) (r T, n int64) {
	t := FMA(x, k.expLog2E, k.expMagic)
	f := t - k.expMagic
	r = FMA(-f, k.expLn2Hi, x)
	r = FMA(-f, k.expLn2Lo, r)
	return r, integer(t, k.expMagic)
}

// expReduced is 2^((n mod 16)/16)·eʳ for a reduced r: fma(p, fma(r, P(r), d), p) with p the power of 2
// from a table, and d its relative error from another one.
func expReduced[T Float](r T, n int64, k *coefficients[T]) T {
	p := k.expTable[n&15]
	return FMA(p, FMA(r, horner(r, k.expPoly), k.expTail[n&15]), p)
}

// Exp is eˣ: expReduced(r, n)·2^⌊n/16⌋ with x clamped to where the result is 0 or +Inf.
func Exp[T Float](x T) T {
	k := constants[T]()
	if x > k.expMax {
		x = k.expMax
	}
	if x < k.expMin {
		x = k.expMin
	}
	r, n := reduce(x, k)
	return scale(expReduced(r, n, k), n>>4)
}

// Expm1 is eˣ − 1 for x <= 0, without the cancellation that Exp(x) − 1 has near 0; a positive x counts as
// 0. With p = 2^(n/16) from exp's tables, d its relative error, and P a polynomial of one term more than exp's:
//
//	eˣ − 1 = fma(p, q, p − 1) with q = fma(r, P(r), d)
//
// where p − 1 is exact for p in [½, 1], and 0 for n = 0.
func Expm1[T Float](x T) T {
	k := constants[T]()
	if x > 0 {
		x = 0
	}
	if x < k.expMin {
		x = k.expMin
	}
	r, n := reduce(x, k)
	p := scale(k.expTable[n&15], n>>4)
	return FMA(p, FMA(r, horner(r, k.expm1Poly), k.expTail[n&15]), p-1)
}

// Sigmoid is 1/(1+e⁻ˣ), as c − c·y with e = exp(−|x|), y = e/(1+e), c = e for x < 0, 1 otherwise:
// fma(−c, y, c), which halves the error that y has where e is small.
func Sigmoid[T Float](x T) T {
	e := Exp(-abs(x))
	y := e / (1 + e)
	c := T(1)
	if x < 0 {
		c = e
	}
	return FMA(-c, y, c)
}
