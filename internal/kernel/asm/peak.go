package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peak writes the loops that a machine's limits are measured with, for both instruction sets.
func peak() {
	for _, wide := range []bool{true, false} {
		v := newVector(wide)
		sums := 12 // registers: enough to hide the latency of two multipliers, with one left over
		if wide {
			sums = 24
		}
		v.peakFMA(sums)
		v.peakRead()
		v.peakTriad()
	}
}

// peakFMA writes rounds of x = ½·x + ½ in so many registers, and returns a lane of the smallest.
func (v *vector) peakFMA(sums int) {
	v.begin("peakFMA", "func(rounds int) float32")
	rounds := pointer("rounds")
	v.group = sums
	x := v.fresh()
	for _, r := range x {
		v.zero(r)
	}
	half := v.all(0.5)
	round := v.label("round")
	Label(round)
	v.into(x, mulAdd, half, half)
	DECQ(rounds)
	JNZ(LabelRef(round))
	for _, r := range x[1:] {
		VMINPS(r, x[0], x[0])
	}
	Store(x[0].AsX(), ReturnIndex(0))
	end()
}

// peakRead writes the bitwise or of all elements.
func (v *vector) peakRead() {
	const registers = 8
	v.begin("peakRead", "func(x *float32, n int) uint32")
	x, n := pointer("x"), pointer("n")
	v.group = registers
	seen := v.fresh()
	for _, r := range seen {
		v.zero(r)
	}
	v.each(n, []reg.GPVirtual{x}, registers, func() {
		part := seen[:v.group]
		v.into(part, or, part, v.load(x))
	})
	for _, r := range seen[1:] {
		VORPS(r, seen[0], seen[0])
	}
	half := seen[0]
	if v.wide {
		half = YMM()
		VEXTRACTF64X4(Imm(1), seen[0], half)
		VORPS(seen[0].AsY(), half, half)
	}
	quarter, other := XMM(), XMM()
	VEXTRACTF128(Imm(1), half, quarter)
	VORPS(half.AsX(), quarter, quarter)
	for _, order := range []uint64{0x4e, 0xb1} { // the other pair, the other of a pair
		VPSHUFD(Imm(order), quarter, other)
		VORPS(other, quarter, quarter)
	}
	result := GP32()
	VMOVD(quarter, result)
	Store(result, ReturnIndex(0))
	end()
}

// peakTriad writes dst = x + s·y.
func (v *vector) peakTriad() {
	v.begin("peakTriad", "func(dst, x, y *float32, n int, factor float32)")
	dst, x, y, n, factor := pointer("dst"), pointer("x"), pointer("y"), pointer("n"), v.number("factor")
	v.each(n, []reg.GPVirtual{dst, x, y}, 4, func() {
		product := v.do(mul, v.load(y), v.repeat(factor))
		v.store(v.do(add, product, v.load(x)), dst)
	})
	end()
}
