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

// sum writes the sixteen lanes of a sum of x, or of its squares, in float64.
func (v *vector) sum(name string, squares bool) {
	v.begin(name, "func(lanes *[16]float64, x *float32, n int)")
	lanes, x, n := pointer("lanes"), pointer("x"), pointer("n")
	v.group = 16 / v.lanes // one round takes sixteen elements
	sums := make(group, 2*v.group)
	for i := range sums {
		sums[i] = v.register()
		v.zero(sums[i])
	}
	take := func(parts group) {
		for i, d := range parts {
			if squares {
				VFMADD231PD(d, d, sums[i])
			} else {
				VADDPD(d, sums[i], sums[i])
			}
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
