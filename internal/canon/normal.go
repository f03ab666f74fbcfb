package canon

// normalTail gives Φ(−|x|)·2⁻ⁿ and exp(−x²/2)·2⁻ⁿ for the distribution function Φ of the standard
// normal distribution, |x| clamped to where Φ(−|x|) is 0. In the manner of Schonfelder, "Chebyshev
// expansions for the error and related functions" (1978), with a = |x|:
//
//	d = a+K, v = a/d, ρ = fma(−v, d, a): what the division left over
//	w = 1−v, t = fma(−ρ, w/K, w): K/(a+K), precise where v is near 1
//	Φ(−a)·exp(a²/2) = t·Q(v)
//	s = a·a, l = fma(a, a, −s): the rounding error of the square
//	r, m = reduce(−s/2); r = fma(−½, l, r); n = ⌊m/16⌋, exp(−a²/2) = expReduced(r, m)·2ⁿ
//
// 2ⁿ is left to the caller, so that a subnormal result is rounded once.
func normalTail[T Float](x T) (tail, density T, n int64) {
	k := constants[T]()
	a := abs(x)
	if a > k.normMax {
		a = k.normMax
	}
	d := a + k.normK
	v := a / d
	rest := FMA(-v, d, a)
	w := 1 - v
	t := FMA(-rest, w*k.normInvK, w)
	q := t * horner(v, k.normPoly)
	s := a * a
	l := FMA(a, a, -s)
	r, m := reduce(-0.5*s, k)
	e := expReduced(FMA(-0.5, l, r), m, k)
	return q * e, e, m >> 4
}

// NormCDF is Φ(x), the standard normal distribution function, precise in both tails.
func NormCDF[T Float](x T) T {
	tail, _, n := normalTail(x)
	q := scale(tail, n)
	if x < 0 {
		return q
	}
	return 1 - q
}

// GELU is x·Φ(x), the Gaussian error linear unit (Hendrycks and Gimpel, 2016), in its exact form.
func GELU[T Float](x T) T { return T(x * NormCDF(x)) }

// GELUSlope is the derivative of GELU, Φ(x) + x·φ(x). With a = |x|, Φ(−a) = q·e and
// φ(a) = φ(0)·e:
//
//	w = fma(−φ(0)·a, e, q·e)·2ⁿ; w for x < 0, 1−w otherwise
func GELUSlope[T Float](x T) T {
	k := constants[T]()
	tail, e, n := normalTail(x)
	a := abs(x)
	if a > k.normMax {
		a = k.normMax
	}
	w := scale(FMA(-(a*k.normDensity), e, tail), n)
	if x < 0 {
		return w
	}
	return 1 - w
}

// Erf is the error function: fma(x, E(x²), x) for |x| <= 1, and 1 − 2Φ(−√2·|x|) with the sign of x
// beyond.
func Erf[T Float](x T) T {
	k := constants[T]()
	if a := abs(x); a > 1 {
		tail, _, n := normalTail(a * k.sqrt2)
		return copySign(1-scale(tail, n+1), x)
	}
	if x == 0 {
		return x // keeps −0
	}
	return FMA(x, horner(x*x, k.erfPoly), x)
}
