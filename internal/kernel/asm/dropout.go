package main

import (
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Constants of Philox4x32-10, as in package rng.
const (
	philoxMul0, philoxMul1   = 0xD2511F53, 0xCD9E8D57
	philoxWeyl0, philoxWeyl1 = 0x9E3779B9, 0xBB67AE85
	philoxRounds             = 10
)

// dropout writes dst = src·scale, flushed, where sixteen random bits are above last, and +0 elsewhere.
// Each lane of 64 bits makes a block of Philox, whose words are the lanes' lower halves; what the upper ones hold
// no multiplication looks at.
func (v *vector) dropout() {
	v.begin("dropout", "func(dst, src *float32, n int, block, step, key uint64, last int32, scale float32)")
	dst, src, n, block, step := pointer("dst"), pointer("src"), pointer("n"), pointer("block"), pointer("step")
	key := pointer("key")
	highKey := copyOf(key)
	SHRQ(U8(32), highKey)
	last, scale := v.register(), v.number("scale")
	x := XMM()
	VMOVD(Load(Param("last"), GP32()).(reg.GPVirtual), x)
	VPBROADCASTD(x, last)
	v.group = 1

	// Even lanes of 64 bits lie before odd ones in what the two unpackings give.
	order := []uint64{0, 2, 1, 3}
	if v.wide {
		order = []uint64{0, 4, 1, 5, 2, 6, 3, 7}
	}
	blocks := v.register()
	v.broadcast64(block, blocks)
	VPADDQ(v.longs("blocks", order), blocks, blocks)
	made := v.longs("made", slices.Repeat([]uint64{uint64(len(order))}, len(order)))

	loop, done := v.label("dropout"), v.label("dropped")
	Label(loop)
	CMPQ(n, U8(0))
	JLE(LabelRef(done))
	c := [4]reg.VecVirtual{v.register(), v.register(), v.register(), v.register()}
	VMOVAPS(blocks, c[0])
	VPSRLQ(Imm(32), blocks, c[1])
	v.broadcast64(step, c[2])
	VPSRLQ(Imm(32), c[2], c[3])
	v.philox(&c, key, highKey)
	first, second := v.pair(c[0], c[1]), v.pair(c[2], c[3])
	even, odd := v.register(), v.register()
	VPUNPCKLQDQ(second, first, even)
	VPUNPCKHQDQ(second, first, odd)
	at := 0
	for _, numbers := range []reg.VecVirtual{even, odd} {
		for half := range 2 {
			part := v.half(numbers, half)
			wide := v.register()
			VPMOVZXWD(part, wide)
			x := group{v.loadAt(Mem{Base: src, Disp: at})}
			y := v.do(mul, x, group{scale})
			v.flush(y)
			y = v.keep(mask{v.above(wide, last)}, y)
			VMOVUPS(y[0], Mem{Base: dst, Disp: at})
			at += 4 * v.lanes
		}
	}
	VPADDQ(made, blocks, blocks)
	ADDQ(U32(uint32(at)), src)
	ADDQ(U32(uint32(at)), dst)
	SUBQ(U32(uint32(at/4)), n)
	JMP(LabelRef(loop))
	Label(done)
	end()
}

// philox turns counters into random words.
func (v *vector) philox(c *[4]reg.VecVirtual, key, highKey reg.GPVirtual) {
	keys := [2]reg.VecVirtual{v.register(), v.register()}
	for i, k := range []reg.GPVirtual{key, highKey} {
		x := XMM()
		VMOVD(k.As32(), x)
		VPBROADCASTD(x, keys[i])
	}
	for round := range philoxRounds {
		low := [2]reg.VecVirtual{v.register(), v.register()}
		high := [2]reg.VecVirtual{v.register(), v.register()}
		for i, m := range []uint32{philoxMul0, philoxMul1} {
			v.multiply(m, c[2*i], low[i])
			VPSRLQ(Imm(32), low[i], high[i])
		}
		v.xor(c[1], keys[0], high[1])
		v.xor(c[3], keys[1], high[0])
		*c = [4]reg.VecVirtual{high[1], low[1], high[0], low[0]}
		if round+1 < philoxRounds {
			for i, w := range []uint32{philoxWeyl0, philoxWeyl1} {
				v.form(addInt, v.bits(w))(v.bits(w).Mem, keys[i], keys[i])
			}
		}
	}
}

// multiply is y = m·x, of the lower halves of x's lanes.
func (v *vector) multiply(m uint32, x, y reg.VecVirtual) {
	if !v.wide {
		VPMULUDQ(v.bits(m).Mem, x, y)
		return
	}
	VPBROADCASTD(v.bits(m).Mem, y)
	VPMULUDQ(y, x, y)
}

// xor is y = y ^ a ^ b.
func (v *vector) xor(a, b, y reg.VecVirtual) {
	if v.wide {
		VPTERNLOGD(U8(0x96), a, b, y)
		return
	}
	VPXOR(a, y, y)
	VPXOR(b, y, y)
}

// pair gives lanes of low in their lower halves and high in their upper ones.
func (v *vector) pair(low, high reg.VecVirtual) reg.VecVirtual {
	y := v.register()
	VPSLLQ(Imm(32), high, y)
	if !v.wide {
		VPBLENDD(Imm(0xaa), y, low, y)
		return y
	}
	lower := v.register()
	VPSLLQ(Imm(32), low, lower)
	VPSRLQ(Imm(32), lower, lower)
	VPORQ(lower, y, y)
	return y
}

// half gives the lower (0) or the upper half of a register.
func (v *vector) half(x reg.VecVirtual, which int) reg.Register {
	switch {
	case which == 0 && v.wide:
		return x.AsY()
	case which == 0:
		return x.AsX()
	case v.wide:
		y := YMM()
		VEXTRACTI64X4(Imm(1), x, y)
		return y
	}
	y := XMM()
	VEXTRACTI128(Imm(1), x, y)
	return y
}

// above gives the lanes where x, of integers, is greater than last.
func (v *vector) above(x, last reg.VecVirtual) reg.Register {
	if v.wide {
		k := K()
		VPCMPD(Imm(6), last, x, k)
		return k
	}
	VPCMPGTD(last, x, x)
	return x
}

func (v *vector) broadcast64(from reg.GPVirtual, to reg.VecVirtual) {
	x := XMM()
	VMOVQ(from, x)
	VPBROADCASTQ(x, to)
}

// longs is a register's worth of 64-bit numbers in memory.
func (v *vector) longs(name string, numbers []uint64) Mem {
	m := GLOBL(name+v.suffix(), RODATA|NOPTR)
	for i, n := range numbers {
		DATA(8*i, U64(n))
	}
	return m
}
