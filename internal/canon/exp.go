package canon

// reduce splits x = n·ln2 + r with n whole and |r| <= ln2/2:
//
//	t = fma(x, log₂e, magic), n = t − magic
//	r = fma(−n, ln2hi, x); r = fma(−n, ln2lo, r)
//
// n·ln2hi is exact, because ln2hi has few bits. A NaN gives r = NaN and any n.
func reduce[T Float](x T, k *coefficients[T]) (r T, n int64) {
	t := FMA(x, k.expLog2E, k.expMagic)
	f := t - k.expMagic
	r = FMA(-f, k.expLn2Hi, x)
	r = FMA(-f, k.expLn2Lo, r)
	return r, integer(t)
}

// expm1Small is exp(r)−1 for |r| <= ln2/2: fma(r·r, q(r), r).
func expm1Small[T Float](r T, k *coefficients[T]) T {
	return FMA(r*r, horner(r, k.expPoly), r)
}

// Exp is eˣ: (expm1Small(r) + 1)·2ⁿ with x clamped to where the result is 0 or +Inf.
// Errors: at most 1.04 ulp, subnormal results included.
func Exp[T Float](x T) T {
	k := constants[T]()
	if x > k.expMax {
		x = k.expMax
	}
	if x < k.expMin {
		x = k.expMin
	}
	r, n := reduce(x, k)
	return scale(expm1Small(r, k)+1, n)
}

// Expm1 is eˣ−1, precise near 0 too: fma(2ⁿ, expm1Small(r), 2ⁿ−1).
func Expm1[T Float](x T) T {
	k := constants[T]()
	if x > k.expMax {
		x = k.expMax
	}
	if x < k.expMin {
		x = k.expMin
	}
	r, n := reduce(x, k)
	e := expm1Small(r, k)
	switch {
	case x == 0:
		return x // keeps −0
	case n == 0:
		return e
	case n < -64: // 2ⁿ is lost against 1, and may be no normal number
		return -1
	}
	s := pow2[T](n - 1) // half of 2ⁿ, which for n = 128 (1024) is too large itself
	return 2 * FMA(s, e, s-0.5)
}

// Tanh is the hyperbolic tangent: y = e/(e+2) with e = expm1(2|x|); where e < 1, h − h·y with
// h = e/2, by fma(−h, y, h), which is the same number with less of y's error; then the sign of x.
//
// It is not inlined: the compiler makes x+x of 2*x, and would contract that with a product in x.
//
//go:noinline
func Tanh[T Float](x T) T { return tanhHalf(2*x, x) }

// TanhHalf is tanh(x/2) = 2·Sigmoid(x)−1: Tanh's sequence with e = expm1(|x|).
func TanhHalf[T Float](x T) T { return tanhHalf(x, x) }

// tanhHalf is tanh(|z|/2) with the sign of x; |z| is clamped to where the result is 1.
func tanhHalf[T Float](z, x T) T {
	k := constants[T]()
	z = abs(z)
	if z > k.tanhMax {
		z = k.tanhMax
	}
	r, n := reduce(z, k)
	s := pow2[T](n)
	e := FMA(s, expm1Small(r, k), s-1)
	y := e / (e + 2)
	if e < 1 {
		h := 0.5 * e
		y = FMA(-h, y, h)
	}
	return copySign(y, x)
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
