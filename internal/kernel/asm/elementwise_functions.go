package main

// The sequences of operations of package canon, for float32. The comments there explain them; every
// line here must round as the line there does.

// reduce is canon.reduce; f comes as a float32 and, in the low bits of t, as a number of sixteenths. It
// uses x up.
func (v *vector) reduce(x group) (r, f, t group) {
	t = v.set(expMagic)
	v.into(t, accrue, x, v.constant(expLog2E))
	f = v.do(sub, t, v.constant(expMagic))
	v.into(x, deplete, f, v.constant(expLn2Hi))
	v.into(x, deplete, f, v.constant(expLn2Lo))
	return x, f, t
}

// horner is a polynomial in x.
func (v *vector) horner(x group, coefficients []float32) group {
	y := v.set(coefficients[0])
	for _, c := range coefficients[1:] {
		v.into(y, mulAdd, x, v.constant(c))
	}
	return y
}

// expReduced is canon.expReduced.
func (v *vector) expReduced(r, t group) group {
	sixteenth := v.index(t)
	q := v.horner(r, expPoly)
	v.into(q, mulAdd, r, v.look(sixteenth, expTail))
	p := v.look(sixteenth, expTable)
	v.into(q, mulAdd, p, p)
	return q
}

// pow2 turns n into 2ⁿ, for n in the normal range.
func (v *vector) pow2(n group) {
	v.into(n, addInt, n, v.bits(127))
	v.shiftLeft(n, 23)
}

// scale is p·2^⌊f⌋, rounded once, in place.
func (v *vector) scale(p, f, t group) {
	if v.wide {
		for i := range p {
			scalef(f[i], p[i])
		}
		return
	}
	whole := v.shiftRight(v.do(subInt, t, v.constant(expMagic)), 4)
	half := v.shiftRight(whole, 1)
	v.into(whole, subInt, whole, half)
	v.pow2(half)
	v.pow2(whole)
	v.into(p, mul, p, half)
	v.into(p, mul, p, whole)
}

// expClamped is e^x for x that is clamped already. It uses x up.
func (v *vector) expClamped(x group) group {
	r, f, t := v.reduce(x)
	p := v.expReduced(r, t)
	v.scale(p, f, t)
	return p
}

func (v *vector) exp(x group) group {
	return v.expClamped(v.max(v.min(x, expMax), expMin))
}

// expm1 is canon.Expm1.
func (v *vector) expm1(x group) group {
	r, f, t := v.reduce(v.max(v.min(x, 0), expMin))
	sixteenth := v.index(t)
	q := v.horner(r, expm1Poly)
	v.into(q, mulAdd, r, v.look(sixteenth, expTail))
	p := v.look(sixteenth, expTable)
	v.scale(p, f, t)
	y := v.do(sub, p, v.constant(1))
	v.into(y, accrue, q, p)
	return y
}

// elu is scale·x where x > 0, depth·expm1(x) elsewhere.
func (v *vector) elu(x, depth, scale group) group {
	below := v.do(mul, v.expm1(x), depth)
	return v.choose(v.compare(greaterThan, x, 0), v.do(mul, x, scale), below)
}

func (v *vector) tanh(x group) group { return v.tanhOf(v.magnitude(x), x) }

func (v *vector) tanhHalf(x group) group {
	return v.tanhOf(v.do(mul, v.magnitude(x), v.constant(0.5)), x)
}

func (v *vector) magnitude(x group) group { return v.do(and, x, v.bits(1<<31-1)) }

// tanhOf is canon.tanh. Intervals are counted by the four bits above the lowest 21 of a+1, for which
// the first one's are 12.
func (v *vector) tanhOf(a, x group) group {
	a = v.min(a, tanhMax)
	b := v.do(add, a, v.constant(1))
	interval := v.index(v.shiftRight(b, 21))
	u := v.do(sub, v.do(and, b, v.bits(0xffffffff<<21&0xffffffff)), v.constant(1))
	r := v.do(sub, a, u)
	var y group
	for i, powers := range tanhPoly {
		var turned [16]float32
		for j, c := range powers {
			turned[(j+12)%16] = c
		}
		if c := v.look(interval, turned[:]); i == 0 {
			y = c
		} else {
			v.into(y, mulAdd, r, c)
		}
	}
	v.flushWithSign(y, x)
	return y
}

// sigmoidParts gives c and y of canon.Sigmoid, which is c − c·y.
func (v *vector) sigmoidParts(x group) (c, y group) {
	e := v.expClamped(v.max(v.do(or, x, v.bits(1<<31)), expMin))
	y = v.do(div, e, v.do(add, e, v.constant(1)))
	return v.choose(v.negative(x), e, v.all(1)), y
}

func (v *vector) sigmoid(x group) group {
	c, y := v.sigmoidParts(x)
	v.into(y, negMul, c, c)
	return y
}

// sigmoidFlushed is sigmoid, flushed. Where c − c·y is subnormal it is c, so that c tells.
func (v *vector) sigmoidFlushed(x group) group {
	if !v.wide {
		y := v.sigmoid(x)
		v.flush(y)
		return y
	}
	c, y := v.sigmoidParts(x)
	for i, k := range v.normal(c) {
		negMulOrZero(c[i], c[i], k, y[i])
	}
	return y
}

// normalTail is canon.normalTail, with a = |x| clamped.
func (v *vector) normalTail(x group) (tail, density, f, t, a group) {
	a = v.min(v.magnitude(x), normMax)
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
	r, f, t := v.reduce(v.do(mul, square, v.constant(-0.5)))
	v.into(r, deplete, lost, v.constant(0.5))
	e := v.expReduced(r, t)
	return v.do(mul, q, e), e, f, t, a
}

// mirror is q where x is negative, 1−q elsewhere. At x = −0 both are ½.
func (v *vector) mirror(x, q group) group {
	return v.choose(v.negative(x), q, v.do(sub, v.all(1), q))
}

func (v *vector) gelu(x group) group {
	q, _, f, t, _ := v.normalTail(x)
	v.scale(q, f, t)
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
	w, e, f, t, a := v.normalTail(x)
	v.into(w, deplete, v.do(mul, a, v.constant(normDensity)), e)
	v.scale(w, f, t)
	return v.do(mul, dy, v.mirror(x, w))
}

func (v *vector) siluGrad(dy, x group) group {
	s := v.sigmoid(x)
	u := v.do(sub, v.all(1), s)
	v.into(u, mulAdd, x, v.constant(1))
	return v.do(mul, dy, v.do(mul, s, u))
}
