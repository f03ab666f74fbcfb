package main

// The sequences of operations of package canon, for float32. The comments there explain them; every
// line here must round as the line there does.

// reduce is canon.reduce; n comes as a float32 and, in the low bits of t, as an integer. It uses x up.
func (v *vector) reduce(x group) (r, n, t group) {
	t = v.set(expMagic)
	v.into(t, accrue, x, v.constant(expLog2E))
	n = v.do(sub, t, v.constant(expMagic))
	v.into(x, deplete, n, v.constant(expLn2Hi))
	v.into(x, deplete, n, v.constant(expLn2Lo))
	return x, n, t
}

// horner is a polynomial in x.
func (v *vector) horner(x group, coefficients []float32) group {
	y := v.set(coefficients[0])
	for _, c := range coefficients[1:] {
		v.into(y, mulAdd, x, v.constant(c))
	}
	return y
}

// expm1Small is exp(r)−1 for a reduced r.
func (v *vector) expm1Small(r group) group {
	square := v.do(mul, r, r)
	q := v.horner(r, expPoly)
	v.into(q, mulAdd, square, r)
	return q
}

// pow2 turns t into 2ⁿ, for n in the normal range.
func (v *vector) pow2(t group) {
	v.shiftLeft(t, 23)
	v.into(t, addInt, t, v.bits(127<<23))
}

// scale is p·2ⁿ, rounded once, in place.
func (v *vector) scale(p, n, t group) {
	if v.wide {
		for i := range p {
			scalef(n[i], p[i])
		}
		return
	}
	whole := v.do(subInt, t, v.constant(expMagic))
	half := v.shiftRight(whole, 1)
	v.into(whole, subInt, whole, half)
	v.pow2(half)
	v.pow2(whole)
	v.into(p, mul, p, half)
	v.into(p, mul, p, whole)
}

// expClamped is e^x for x that is clamped already. It uses x up.
func (v *vector) expClamped(x group) group {
	r, n, t := v.reduce(x)
	p := v.expm1Small(r)
	v.into(p, add, p, v.constant(1))
	v.scale(p, n, t)
	return p
}

func (v *vector) exp(x group) group {
	return v.expClamped(v.max(v.min(x, expMax), expMin))
}

// tanhHalf is tanh(|z|/2) with the sign of x.
func (v *vector) tanhHalf(z, x group) group {
	r, _, s := v.reduce(v.min(v.do(and, z, v.bits(1<<31-1)), tanhMax))
	small := v.expm1Small(r)
	v.pow2(s)
	e := v.do(add, s, v.constant(-1))
	v.into(e, accrue, s, small)
	y := v.do(div, e, v.do(add, e, v.constant(2)))
	v.halve(y, e)
	v.withSign(y, x)
	return y
}

// halve replaces y by fma(−h, y, h), h = e/2, where e < 1, in place.
func (v *vector) halve(y, e group) {
	below := v.compare(lessThan, e, 1)
	h := v.do(mul, e, v.constant(0.5))
	if v.wide {
		for i := range y {
			negMulWhere(h[i], h[i], below[i], y[i])
		}
		return
	}
	better := v.copy(y)
	v.into(better, negMul, h, h)
	copy(y, v.choose(below, better, y))
}

func (v *vector) tanh(x group) group { return v.tanhHalf(v.do(add, x, x), x) }

func (v *vector) sigmoid(x group) group {
	e := v.expClamped(v.max(v.do(or, x, v.bits(1<<31)), expMin))
	y := v.do(div, e, v.do(add, e, v.constant(1)))
	c := v.choose(v.negative(x), e, v.all(1))
	v.into(y, negMul, c, c)
	return y
}

// normalTail is canon.normalTail, with a = |x| clamped.
func (v *vector) normalTail(x group) (tail, density, n, t, a group) {
	a = v.min(v.do(and, x, v.bits(1<<31-1)), normMax)
	d := v.do(add, a, v.constant(normK))
	ratio := v.do(div, a, d)
	rest := v.copy(a)
	v.into(rest, deplete, ratio, d)
	w := v.do(sub, v.all(1), ratio)
	v.into(w, deplete, rest, v.do(mul, w, v.constant(normInvK)))
	q := v.do(mul, v.horner(ratio, normPoly), w)
	square := v.do(mul, a, a)
	lost := v.copy(a)
	v.into(lost, mulSub, a, square)
	r, n, t := v.reduce(v.do(mul, square, v.constant(-0.5)))
	v.into(r, deplete, lost, v.constant(0.5))
	e := v.expm1Small(r)
	v.into(e, add, e, v.constant(1))
	return v.do(mul, q, e), e, n, t, a
}

// mirror is q where x is negative, 1−q elsewhere. At x = −0 both are ½.
func (v *vector) mirror(x, q group) group {
	return v.choose(v.negative(x), q, v.do(sub, v.all(1), q))
}

func (v *vector) gelu(x group) group {
	q, _, n, t, _ := v.normalTail(x)
	v.scale(q, n, t)
	return v.do(mul, x, v.mirror(x, q))
}

func (v *vector) silu(x group) group { return v.do(mul, v.sigmoid(x), x) }

func (v *vector) relu(x group) group { return v.max(x, 0) }

func (v *vector) tanhGrad(dy, y group) group {
	slope := v.set(1)
	v.into(slope, deplete, y, y)
	return v.do(mul, dy, slope)
}

func (v *vector) tanhHalfGrad(dy, y group) group {
	slope := v.set(1)
	v.into(slope, deplete, y, y)
	return v.do(mul, dy, v.do(mul, slope, v.constant(0.5)))
}

func (v *vector) sigmoidGrad(dy, y group) group {
	return v.do(mul, v.do(mul, dy, y), v.do(sub, v.all(1), y))
}

func (v *vector) reluGrad(dy, y group) group {
	return v.keep(v.compare(notLessEquals, y, 0), dy)
}

func (v *vector) geluGrad(dy, x group) group {
	w, e, n, t, a := v.normalTail(x)
	v.into(w, deplete, v.do(mul, a, v.constant(normDensity)), e)
	v.scale(w, n, t)
	return v.do(mul, dy, v.mirror(x, w))
}

func (v *vector) siluGrad(dy, x group) group {
	s := v.sigmoid(x)
	u := v.do(sub, v.all(1), s)
	v.into(u, mulAdd, x, v.constant(1))
	return v.do(mul, dy, v.do(mul, s, u))
}
