package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// colSum writes the sums down the columns, a group of columns at a time.
func (v *vector) colSum() {
	v.begin("colSum", "func(dst, src *float32, rows, cols int)")
	dst, src, rows, cols := pointer("dst"), pointer("src"), pointer("rows"), pointer("cols")
	stride := copyOf(cols)
	SHLQ(U8(2), stride)
	v.each(cols, []reg.GPVirtual{dst, src}, 4, func() {
		row, done := v.label("row"), v.label("rows")
		sums := v.fresh()
		for _, r := range sums {
			v.zero(r)
		}
		p, left := copyOf(src), copyOf(rows)
		Label(row)
		CMPQ(left, U8(0))
		JLE(LabelRef(done))
		v.into(sums, add, sums, v.load(p))
		ADDQ(stride, p)
		DECQ(left)
		JMP(LabelRef(row))
		Label(done)
		v.flush(sums)
		v.store(sums, dst)
	})
	end()
}

// within adds to the counts of columns those of their elements that lie in [low, high] or are NaN.
func (v *vector) within() {
	v.begin("within", "func(counts *int32, src *float32, rows, cols int, low, high float32)")
	counts, src, rows, cols := pointer("counts"), pointer("src"), pointer("rows"), pointer("cols")
	low, high := v.number("low"), v.number("high")
	one := v.number32(1)[0]
	stride := copyOf(cols)
	SHLQ(U8(2), stride)
	v.each(cols, []reg.GPVirtual{counts, src}, 4, func() {
		row, done := v.label("row"), v.label("rows")
		sums := v.load(counts)
		p, left := copyOf(src), copyOf(rows)
		Label(row)
		CMPQ(left, U8(0))
		JLE(LabelRef(done))
		for i, x := range v.load(p) {
			if v.wide {
				k := K()
				VCMPPS(Imm(notLess), low, x, k)
				VCMPPS(Imm(notGreater), high, x, k, k)
				VPADDD(one, sums[i], k, sums[i])
				continue
			}
			above, below := YMM(), YMM()
			VCMPPS(Imm(notLess), low, x, above)
			VCMPPS(Imm(notGreater), high, x, below)
			VANDPS(above, below, below)
			VPSUBD(below, sums[i], sums[i]) // all ones is −1
		}
		ADDQ(stride, p)
		DECQ(left)
		JMP(LabelRef(row))
		Label(done)
		v.store(sums, counts)
	})
	end()
}

// chunkLanes is the number of partial sums in a chunk of Moments and SumSquares.
const chunkLanes = 32

// chunk writes the sum of x's squares in float32, or with a pivot the sums of x − pivot and of its squares.
func (v *vector) chunk(name string, pivoted bool) {
	var pivot reg.VecVirtual
	if pivoted {
		v.begin(name, "func(x *float32, n int, pivot float32) (sum, squares float32)")
		pivot = v.number("pivot")
	} else {
		v.begin(name, "func(x *float32, n int) (squares float32)")
	}
	x, n := pointer("x"), pointer("n")
	v.group = chunkLanes / v.lanes
	registers := v.group
	zeros := func() group {
		g := v.fresh()
		for _, r := range g {
			v.zero(r)
		}
		return g
	}
	squares, sums := zeros(), group(nil)
	if pivoted {
		sums = zeros()
	}
	take := func(first int) { // into the accumulators from the first one on
		d := v.load(x)
		to := squares[first:][:v.group]
		if pivoted {
			v.into(d, sub, d, v.repeat(pivot))
			if v.tail != nil {
				d = v.keep(mask{v.tail}, d)
			}
			v.into(sums[first:][:v.group], add, sums[first:][:v.group], d)
		}
		v.into(to, accrue, d, d)
		ADDQ(U8(uint8(4*v.lanes*v.group)), x)
		SUBQ(U8(uint8(v.lanes*v.group)), n)
	}
	v.chunked(n, registers, take)
	if pivoted {
		Store(v.fold(sums), Return("sum"))
	}
	Store(v.fold(squares), Return("squares"))
	end()
}

// chunked takes n elements, chunkLanes at a time in so many registers, then register by register with the
// lanes beyond n masked off. take gets the first of them, moves along and uses n up.
func (v *vector) chunked(n reg.GPVirtual, registers int, take func(first int)) {
	rounds, rest, done := v.label("rounds"), v.label("rest"), v.label("done")
	Label(rounds)
	CMPQ(n, U8(chunkLanes))
	JLT(LabelRef(rest))
	take(0)
	JMP(LabelRef(rounds))

	Label(rest)
	CMPQ(n, U8(0))
	JLE(LabelRef(done))
	v.group = 1
	for i := range registers {
		v.tail = v.lanesBelow(n)
		take(i)
	}
	v.tail = nil
	Label(done)
}

// fold adds all lanes up: i and i+16, then i+8, i+4, i+2, i+1.
func (v *vector) fold(g group) reg.VecVirtual {
	for ; len(g) > 1; g = g[:len(g)/2] {
		for i, r := range g[len(g)/2:] {
			VADDPS(r, g[i], g[i])
		}
	}
	y := g[0]
	if v.wide {
		y = YMM()
		VEXTRACTF64X4(U8(1), g[0], y)
		VADDPS(y, g[0].AsY(), y)
	}
	x, upper := y.AsX(), XMM()
	VEXTRACTF128(U8(1), y, upper)
	VADDPS(upper, x, upper)
	half := XMM()
	VMOVHLPS(upper, upper, half)
	VADDPS(half, upper, upper)
	VMOVSHDUP(upper, half)
	VADDSS(half, upper, upper)
	return upper
}

// sumSquares writes the sixteen lanes of a sum of x's squares in float64.
func (v *vector) sumSquares() {
	v.begin("sumSquares", "func(lanes *[16]float64, x *float32, n int)")
	lanes, x, n := pointer("lanes"), pointer("x"), pointer("n")
	v.group = 16 / v.lanes // one round takes sixteen elements
	sums := make(group, 2*v.group)
	for i := range sums {
		sums[i] = v.register()
		v.zero(sums[i])
	}
	take := func(parts group) {
		for i, d := range parts {
			VFMADD231PD(d, d, sums[i])
		}
	}
	rounds, rest, done := v.label("rounds"), v.label("rest"), v.label("done")
	Label(rounds)
	CMPQ(n, U8(16))
	JLT(LabelRef(rest))
	take(v.widen(v.load(x)))
	ADDQ(U8(64), x)
	SUBQ(U8(16), n)
	JMP(LabelRef(rounds))

	Label(rest)
	CMPQ(n, U8(0))
	JLE(LabelRef(done))
	registers := v.group
	v.group = 1
	var last group
	for range registers { // masked: +0, which changes no sum, beyond n
		v.tail = v.lanesBelow(n)
		last = append(last, v.load(x)...)
		ADDQ(U8(uint8(4*v.lanes)), x)
		SUBQ(U8(uint8(v.lanes)), n)
	}
	v.tail = nil
	take(v.widen(last))
	Label(done)
	for i, s := range sums {
		VMOVUPD(s, Mem{Base: lanes, Disp: 4 * v.lanes * i})
	}
	end()
}

// widen turns registers of float32 into twice as many of float64.
func (v *vector) widen(g group) group {
	var y group
	for _, r := range g {
		low, high := v.register(), v.register()
		if v.wide {
			upper := YMM()
			VCVTPS2PD(r.AsY(), low)
			VEXTRACTF64X4(U8(1), r, upper)
			VCVTPS2PD(upper, high)
		} else {
			upper := XMM()
			VCVTPS2PD(r.AsX(), low)
			VEXTRACTF128(U8(1), r, upper)
			VCVTPS2PD(upper, high)
		}
		y = append(y, low, high)
	}
	return y
}
