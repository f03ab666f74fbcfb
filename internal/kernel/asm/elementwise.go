package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

func elementwiseAVX512() { elementwise(newVector(true)) }
func elementwiseAVX2()   { elementwise(newVector(false)) }

// scalef is p = p·2^⌊f⌋; negMulOrZero is y = −x·y + c in the lanes of k, +0 elsewhere.
func scalef(f, p reg.Register)             { VSCALEFPS(f, p, p) }
func negMulOrZero(c, x, k, y reg.Register) { VFNMADD213PS_Z(c, x, k, y) }

// elementwise writes all kernels of package kernel's elementwiseSet, and the table of them.
func elementwise(v *vector) {
	unroll := func(wide, narrow int) int { // registers side by side: as many as fit
		if v.wide {
			return wide
		}
		return narrow
	}
	v.unary("exp", unroll(4, 2), v.exp, false)
	v.unary("tanh", unroll(4, 2), v.tanh, false)
	v.unary("tanhHalf", unroll(4, 2), v.tanhHalf, false)
	v.unary("sigmoid", unroll(4, 2), v.sigmoidFlushed, false)
	v.unary("relu", 4, v.relu, true)
	v.unary("flush", 4, func(x group) group { return x }, true)
	v.unary("gelu", unroll(2, 1), v.gelu, true)
	v.unary("silu", unroll(4, 2), v.silu, true)

	v.binary("tanhGrad", unroll(4, 2), v.tanhGrad)
	v.binary("tanhHalfGrad", unroll(4, 2), v.tanhHalfGrad)
	v.binary("sigmoidGrad", unroll(4, 2), v.sigmoidGrad)
	v.binary("reluGrad", unroll(4, 2), v.reluGrad)
	v.binary("geluGrad", unroll(2, 1), v.geluGrad)
	v.binary("siluGrad", unroll(2, 2), v.siluGrad)

	v.binary("add", 4, func(a, b group) group { return v.do(add, a, b) })

	v.numbered("scale", 4, func(x, a, _ group) group { return v.do(mul, x, a) }, true)
	v.numbered("clamp", 4, v.clampTo, false)
	v.numbered("elu", unroll(2, 2), v.elu, true)
	v.eluGrad()
	v.leaky()
	v.pool()
	v.addSign()
	v.dropout()
	v.colSum()
	v.within()
	v.chunk("momentsChunk", true)
	v.chunk("squaresChunk", false)
	v.sumSquares()
	v.norms()
	v.updates()
}

// pointer, count and number load a parameter of the function being written.
func pointer(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

func (v *vector) number(name string) reg.VecVirtual {
	x := Load(Param(name), XMM()).(reg.VecVirtual)
	y := v.register()
	VBROADCASTSS(x, y)
	return y
}

func (v *vector) begin(name, signature string) {
	TEXT(name+v.suffix(), NOSPLIT, signature)
	Pragma("noescape")
}

func end() {
	VZEROUPPER()
	RET()
}

// unary writes dst = f(src).
func (v *vector) unary(name string, registers int, f func(x group) group, flush bool) {
	v.begin(name, "func(dst, src *float32, n int)")
	dst, src, n := pointer("dst"), pointer("src"), pointer("n")
	v.each(n, []reg.GPVirtual{dst, src}, registers, func() {
		y := f(v.load(src))
		if flush {
			v.flush(y)
		}
		v.store(y, dst)
	})
	end()
}

// binary writes dst = f(dy, x), flushed.
func (v *vector) binary(name string, registers int, f func(dy, x group) group) {
	v.begin(name, "func(dst, dy, x *float32, n int)")
	dst, dy, x, n := pointer("dst"), pointer("dy"), pointer("x"), pointer("n")
	v.each(n, []reg.GPVirtual{dst, dy, x}, registers, func() {
		y := f(v.load(dy), v.load(x))
		v.flush(y)
		v.store(y, dst)
	})
	end()
}

// numbered writes dst = f(src, a, b) with numbers a and b.
func (v *vector) numbered(name string, registers int, f func(x, a, b group) group, flush bool) {
	v.begin(name, "func(dst, src *float32, n int, a, b float32)")
	dst, src, n, a, b := pointer("dst"), pointer("src"), pointer("n"), v.number("a"), v.number("b")
	v.each(n, []reg.GPVirtual{dst, src}, registers, func() {
		y := f(v.load(src), v.repeat(a), v.repeat(b))
		if flush {
			v.flush(y)
		}
		v.store(y, dst)
	})
	end()
}

// eluGrad writes dst = dy·scale where y > 0, dy·(y + depth) elsewhere.
func (v *vector) eluGrad() {
	v.begin("eluGrad", "func(dst, dy, y *float32, n int, depth, scale float32)")
	dst, dy, in, n, depth, scale := pointer("dst"), pointer("dy"), pointer("y"), pointer("n"), v.number("depth"), v.number("scale")
	v.each(n, []reg.GPVirtual{dst, dy, in}, 2, func() {
		y := v.load(in)
		slope := v.choose(v.compare(greaterThan, y, 0), v.repeat(scale), v.do(add, y, v.repeat(depth)))
		d := v.do(mul, v.load(dy), slope)
		v.flush(d)
		v.store(d, dst)
	})
	end()
}

// leaky writes LeakyReLU and its gradient: the value where x > 0, slope times it elsewhere.
func (v *vector) leaky() {
	v.begin("leakyReLU", "func(dst, src *float32, n int, slope float32)")
	dst, src, n, slope := pointer("dst"), pointer("src"), pointer("n"), v.number("slope")
	v.each(n, []reg.GPVirtual{dst, src}, 2, func() {
		x := v.load(src)
		y := v.choose(v.compare(greaterThan, x, 0), x, v.do(mul, x, v.repeat(slope)))
		v.flush(y)
		v.store(y, dst)
	})
	end()

	v.begin("leakyReLUGrad", "func(dst, dy, x *float32, n int, slope float32)")
	dst, dy, in, n, slope := pointer("dst"), pointer("dy"), pointer("x"), pointer("n"), v.number("slope")
	v.each(n, []reg.GPVirtual{dst, dy, in}, 2, func() {
		d := v.load(dy)
		y := v.choose(v.compare(greaterThan, v.load(in), 0), d, v.do(mul, d, v.repeat(slope)))
		v.flush(y)
		v.store(y, dst)
	})
	end()
}

// addSign writes dst = g + lambda·sign(w).
func (v *vector) addSign() {
	v.begin("addSign", "func(dst, grad, w *float32, n int, lambda float32)")
	dst, grad, weight, n, up := pointer("dst"), pointer("grad"), pointer("w"), pointer("n"), v.number("lambda")
	down := v.register()
	v.zero(down)
	VSUBPS(up, down, down)
	v.each(n, []reg.GPVirtual{dst, grad, weight}, 2, func() {
		w := v.load(weight)
		above, below := v.compare(greaterThan, w, 0), v.compare(lessThan, w, 0)
		sign := v.do(or, v.keep(above, v.repeat(up)), v.keep(below, v.repeat(down)))
		y := v.do(add, v.load(grad), sign)
		v.flush(y)
		v.store(y, dst)
	})
	end()
}

// copyOf is a pointer that may move while p stays.
func copyOf(p reg.GPVirtual) reg.GPVirtual {
	q := GP64()
	MOVQ(p, q)
	return q
}
