package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose512: blocks of 16 × 16. Row i of block t is read from src + i·lds + 16·t under the mask,
// column j is written to dst + (16·t + j)·ldd. Rows beyond the last are read as the last: a masked
// load of what may not be mapped would take hundreds of cycles.
func transpose512() {
	TEXT("transpose512", NOSPLIT, "func(dst *float32, ldd int, src *float32, lds, rows, blocks int, mask uint16)")
	Pragma("noescape")
	Doc("transpose512 writes blocks of 16 columns of up to 16 rows of src as rows of dst; strides are in elements.")
	dst := Load(Param("dst"), GP64()).(reg.GPVirtual)
	ldd := Load(Param("ldd"), GP64()).(reg.GPVirtual)
	src := Load(Param("src"), GP64()).(reg.GPVirtual)
	lds := Load(Param("lds"), GP64()).(reg.GPVirtual)
	rows := Load(Param("rows"), GP64()).(reg.GPVirtual)
	n := Load(Param("blocks"), GP64()).(reg.GPVirtual)
	bits := Load(Param("mask"), GP32()).(reg.GPVirtual)
	SHLQ(Imm(2), ldd)
	SHLQ(Imm(2), lds)
	k := K()
	KMOVW(bits, k)
	Label("transpose512_block")
	in, p, next := grid(1, 16, func() reg.VecVirtual { return ZMM() })[0], GP64(), GP64()
	MOVQ(src, p)
	for i := range in {
		VMOVUPS_Z(Mem{Base: p}, k, in[i])
		PREFETCHT1(Mem{Base: p, Disp: 256}) // rows of a large matrix are far apart
		if i < 15 {
			LEAQ(Mem{Base: p, Index: lds, Scale: 1}, next)
			CMPQ(rows, Imm(uint64(i+1)))
			CMOVQGT(next, p)
		}
	}
	// Within the 128-bit lanes: q[4g+c] holds, in lane L, column 4L+c of rows 4g … 4g+3.
	q := make([]reg.VecVirtual, 16)
	for g := range 4 {
		a, b, c, d := in[4*g], in[4*g+1], in[4*g+2], in[4*g+3]
		ab, AB, cd, CD := ZMM(), ZMM(), ZMM(), ZMM()
		VUNPCKLPS(b, a, ab)
		VUNPCKHPS(b, a, AB)
		VUNPCKLPS(d, c, cd)
		VUNPCKHPS(d, c, CD)
		for c, h := range [][2]reg.VecVirtual{{ab, cd}, {AB, CD}} {
			lo, hi := ZMM(), ZMM()
			VUNPCKLPD(h[1], h[0], lo)
			VUNPCKHPD(h[1], h[0], hi)
			q[4*g+2*c], q[4*g+2*c+1] = lo, hi
		}
	}
	// Across the lanes: column 4L+c is lane L of the four q[4g+c].
	out := make([]reg.VecVirtual, 16)
	for c := range 4 {
		a, b, x, y := q[c], q[4+c], q[8+c], q[12+c]
		abEven, abOdd, xyEven, xyOdd := ZMM(), ZMM(), ZMM(), ZMM()
		VSHUFF32X4(Imm(0x88), b, a, abEven) // lanes 0 and 2 of a, then of b
		VSHUFF32X4(Imm(0xdd), b, a, abOdd)  // lanes 1 and 3
		VSHUFF32X4(Imm(0x88), y, x, xyEven)
		VSHUFF32X4(Imm(0xdd), y, x, xyOdd)
		out[c], out[8+c], out[4+c], out[12+c] = ZMM(), ZMM(), ZMM(), ZMM()
		VSHUFF32X4(Imm(0x88), xyEven, abEven, out[c])
		VSHUFF32X4(Imm(0xdd), xyEven, abEven, out[8+c])
		VSHUFF32X4(Imm(0x88), xyOdd, abOdd, out[4+c])
		VSHUFF32X4(Imm(0xdd), xyOdd, abOdd, out[12+c])
	}
	for j := range out {
		VMOVUPS(out[j], Mem{Base: dst})
		ADDQ(ldd, dst)
	}
	ADDQ(Imm(64), src)
	DECQ(n)
	JNZ(LabelRef("transpose512_block"))
	VZEROUPPER()
	RET()
}

// transpose256: blocks of 8 × 8, all of them whole.
func transpose256() {
	TEXT("transpose256", NOSPLIT, "func(dst *float32, ldd int, src *float32, lds int, blocks int)")
	Pragma("noescape")
	Doc("transpose256 writes blocks of 8 columns of 8 rows of src as rows of dst; strides are in elements.")
	dst := Load(Param("dst"), GP64()).(reg.GPVirtual)
	ldd := Load(Param("ldd"), GP64()).(reg.GPVirtual)
	src := Load(Param("src"), GP64()).(reg.GPVirtual)
	lds := Load(Param("lds"), GP64()).(reg.GPVirtual)
	n := Load(Param("blocks"), GP64()).(reg.GPVirtual)
	SHLQ(Imm(2), ldd)
	SHLQ(Imm(2), lds)
	Label("transpose256_block")
	p, p4 := GP64(), GP64()
	MOVQ(src, p)
	LEAQ(Mem{Base: src, Index: lds, Scale: 4}, p4)
	// Rows i and i+4 share a register, so that what remains is a transposition within lanes.
	lo := grid(1, 4, func() reg.VecVirtual { return YMM() })[0] // columns 0–3
	hi := grid(1, 4, func() reg.VecVirtual { return YMM() })[0] // columns 4–7
	for i := range 4 {
		VMOVUPS(Mem{Base: p}, lo[i].AsX())
		VINSERTF128(Imm(1), Mem{Base: p4}, lo[i], lo[i])
		VMOVUPS(Mem{Base: p, Disp: 16}, hi[i].AsX())
		VINSERTF128(Imm(1), Mem{Base: p4, Disp: 16}, hi[i], hi[i])
		if i < 3 {
			ADDQ(lds, p)
			ADDQ(lds, p4)
		}
	}
	for _, r := range [][]reg.VecVirtual{lo, hi} {
		ab, AB, cd, CD, v := YMM(), YMM(), YMM(), YMM(), YMM()
		VUNPCKLPS(r[1], r[0], ab)
		VUNPCKHPS(r[1], r[0], AB)
		VUNPCKLPS(r[3], r[2], cd)
		VUNPCKHPS(r[3], r[2], CD)
		for _, h := range [][2]reg.VecVirtual{{ab, cd}, {AB, CD}} {
			VUNPCKLPD(h[1], h[0], v)
			VMOVUPS(v, Mem{Base: dst})
			ADDQ(ldd, dst)
			VUNPCKHPD(h[1], h[0], v)
			VMOVUPS(v, Mem{Base: dst})
			ADDQ(ldd, dst)
		}
	}
	ADDQ(Imm(32), src)
	DECQ(n)
	JNZ(LabelRef("transpose256_block"))
	VZEROUPPER()
	RET()
}
