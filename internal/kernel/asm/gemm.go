package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of kernel.tileArgs; a test of package kernel compares them.
const (
	offK1, offK2              = 0, 8
	offA, offAI, offA1, offA2 = 16, 24, 32, 40
	offB, offB1, offB2        = 48, 56, 64
	offC, offCI               = 72, 80
	offBias                   = 88
	offMask, offVMask         = 96, 104
	offLoad, offLast          = 112, 120
)

// exponent covers the exponent bits of a float32: where they are all zero, the number is zero or
// subnormal.
const exponent = 0x7f800000

func gemmAVX512() {
	for _, masked := range []bool{false, true} {
		for nv := 1; nv <= 2; nv++ {
			for mr := 1; mr <= 14; mr++ {
				tile512(mr, nv, masked)
			}
		}
	}
	transpose512()
}

func gemmAVX2() {
	for _, masked := range []bool{false, true} {
		for nv := 1; nv <= 2; nv++ {
			for mr := 1; mr <= 6; mr++ {
				tile256(mr, nv, masked)
			}
		}
	}
	transpose256()
}

// walk holds the pointers of a tile's sum: k2 runs of k1 products each.
type walk struct {
	t, a, b, a1, b1 reg.GPVirtual
	rows            func(i int) Mem // of A's element in row i
}

func load(t reg.GPVirtual, off int) reg.GPVirtual {
	r := GP64()
	MOVQ(Mem{Base: t, Disp: off}, r)
	return r
}

// newWalk loads the pointers and makes the multiples of A's row stride that x86 cannot form in an
// address: row i is at a + o·2ˢ·stride with o odd and s ≤ 3.
func newWalk(mr int) walk {
	w := walk{t: Load(Param("t"), GP64()).(reg.GPVirtual)}
	w.a, w.b = load(w.t, offA), load(w.t, offB)
	w.a1, w.b1 = load(w.t, offA1), load(w.t, offB1)
	odd := map[int]reg.GPVirtual{1: load(w.t, offAI)}
	multiple := func(n int, base, index reg.GPVirtual, scale uint8) {
		if n < mr {
			odd[n] = GP64()
			LEAQ(Mem{Base: base, Index: index, Scale: scale}, odd[n])
		}
	}
	multiple(3, odd[1], odd[1], 2)
	multiple(5, odd[1], odd[1], 4)
	multiple(9, odd[1], odd[1], 8)
	if 7 < mr {
		multiple(7, odd[5], odd[1], 2)
	}
	if 11 < mr {
		multiple(11, odd[9], odd[1], 2)
	}
	if 13 < mr {
		multiple(13, odd[9], odd[1], 4)
	}
	w.rows = func(i int) Mem {
		if i == 0 {
			return Mem{Base: w.a}
		}
		o, s := i, 1
		for o%2 == 0 {
			o, s = o/2, s*2
		}
		return Mem{Base: w.a, Index: odd[o], Scale: uint8(s)}
	}
	return w
}

// loop emits step k1·k2 times, moving the pointers after each.
func (w walk) loop(name string, step func()) {
	k2 := load(w.t, offK2)
	k1 := GP64()
	Label(name + "_outer")
	MOVQ(Mem{Base: w.t, Disp: offK1}, k1)
	Label(name + "_inner")
	step()
	ADDQ(w.a1, w.a)
	ADDQ(w.b1, w.b)
	DECQ(k1)
	JNZ(LabelRef(name + "_inner"))
	ADDQ(Mem{Base: w.t, Disp: offA2}, w.a)
	ADDQ(Mem{Base: w.t, Disp: offB2}, w.b)
	DECQ(k2)
	JNZ(LabelRef(name + "_outer"))
}

// eachRow emits f for every row of C, with a pointer that moves down the rows.
func (w walk) eachRow(mr int, f func(i int, c reg.GPVirtual)) {
	c, ci := load(w.t, offC), load(w.t, offCI)
	for i := range mr {
		f(i, c)
		if i+1 < mr {
			ADDQ(ci, c)
		}
	}
}

// ifSet emits f to run where the field at off is not zero.
func (w walk) ifSet(label string, off int, f func(field reg.GPVirtual)) {
	field := load(w.t, off)
	TESTQ(field, field)
	JZ(LabelRef(label))
	f(field)
	Label(label)
}

func begin(isa string, mr, nv, lanes int, masked bool) string {
	name := fmt.Sprintf("tile%s_%dx%d", isa, mr, nv*lanes)
	if masked {
		name += "m"
	}
	TEXT(name, NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes a tile of %d rows and %d columns; t is a *tileArgs.", name, mr, nv*lanes))
	return name
}

func grid(mr, nv int, one func() reg.VecVirtual) [][]reg.VecVirtual {
	g := make([][]reg.VecVirtual, mr)
	for i := range g {
		for range nv {
			g[i] = append(g[i], one())
		}
	}
	return g
}

func tile512(mr, nv int, masked bool) {
	name := begin("512", mr, nv, 16, masked)
	w := newWalk(mr)
	mask := make([]reg.OpmaskVirtual, nv)
	if masked {
		m := load(w.t, offMask)
		for j := range mask {
			mask[j] = K()
			KMOVW(m.As32(), mask[j])
			SHRQ(Imm(16), m)
		}
	}
	read := func(p reg.GPVirtual, j int, v reg.VecVirtual) {
		if masked {
			VMOVUPS_Z(Mem{Base: p, Disp: 64 * j}, mask[j], v)
		} else {
			VMOVUPS(Mem{Base: p, Disp: 64 * j}, v)
		}
	}
	acc := grid(mr, nv, func() reg.VecVirtual { v := ZMM(); VPXORD(v, v, v); return v })
	w.ifSet(name+"_sum", offLoad, func(reg.GPVirtual) {
		w.eachRow(mr, func(i int, c reg.GPVirtual) {
			for j := range nv {
				read(c, j, acc[i][j])
			}
		})
	})
	b := grid(1, nv, func() reg.VecVirtual { return ZMM() })[0]
	x := []reg.VecVirtual{ZMM(), ZMM()}
	w.loop(name, func() {
		for j := range nv {
			read(w.b, j, b[j])
		}
		for i := range mr {
			if nv == 1 {
				VFMADD231PS_BCST(w.rows(i), b[0], acc[i][0])
				continue
			}
			VBROADCASTSS(w.rows(i), x[i%2])
			for j := range nv {
				VFMADD231PS(x[i%2], b[j], acc[i][j])
			}
		}
	})
	w.ifSet(name+"_flush", offBias, func(bias reg.GPVirtual) {
		for j := range nv {
			read(bias, j, b[j])
			for i := range mr {
				VADDPS(b[j], acc[i][j], acc[i][j])
			}
		}
	})
	w.ifSet(name+"_store", offLast, func(reg.GPVirtual) {
		e, normal := GP32(), K()
		MOVL(U32(exponent), e)
		VPBROADCASTD(e, x[0])
		for i := range mr {
			for j := range nv {
				VPTESTMD(x[0], acc[i][j], normal)
				VMOVAPS_Z(acc[i][j], normal, acc[i][j])
			}
		}
	})
	w.eachRow(mr, func(i int, c reg.GPVirtual) {
		for j := range nv {
			if masked {
				VMOVUPS(acc[i][j], mask[j], Mem{Base: c, Disp: 64 * j})
			} else {
				VMOVUPS(acc[i][j], Mem{Base: c, Disp: 64 * j})
			}
		}
	})
	VZEROUPPER()
	RET()
}

// tile256 has sixteen registers: twelve sums, two of B, one of A, one spare. A masked load has its
// mask in the register that it loads.
func tile256(mr, nv int, masked bool) {
	name := begin("256", mr, nv, 8, masked)
	w := newWalk(mr)
	read := func(p reg.GPVirtual, j int, v reg.VecVirtual) {
		if masked {
			m := load(w.t, offVMask)
			VMOVUPS(Mem{Base: m, Disp: 32 * j}, v)
			VMASKMOVPS(Mem{Base: p, Disp: 32 * j}, v, v)
		} else {
			VMOVUPS(Mem{Base: p, Disp: 32 * j}, v)
		}
	}
	acc := grid(mr, nv, func() reg.VecVirtual { v := YMM(); VXORPS(v, v, v); return v })
	w.ifSet(name+"_sum", offLoad, func(reg.GPVirtual) {
		w.eachRow(mr, func(i int, c reg.GPVirtual) {
			for j := range nv {
				read(c, j, acc[i][j])
			}
		})
	})
	b := grid(1, nv, func() reg.VecVirtual { return YMM() })[0]
	x := []reg.VecVirtual{YMM(), YMM()}
	w.loop(name, func() {
		for j := range nv {
			read(w.b, j, b[j])
		}
		for i := range mr {
			VBROADCASTSS(w.rows(i), x[i%2])
			for j := range nv {
				VFMADD231PS(x[i%2], b[j], acc[i][j])
			}
		}
	})
	w.ifSet(name+"_flush", offBias, func(bias reg.GPVirtual) {
		for j := range nv {
			read(bias, j, b[j])
			for i := range mr {
				VADDPS(b[j], acc[i][j], acc[i][j])
			}
		}
	})
	w.ifSet(name+"_store", offLast, func(reg.GPVirtual) {
		e, zero, bits := GP32(), x[0], x[1]
		MOVL(U32(exponent), e)
		MOVD(e, b[0].AsX())
		VPBROADCASTD(b[0].AsX(), b[0])
		VXORPS(zero, zero, zero)
		for i := range mr {
			for j := range nv {
				VPAND(b[0], acc[i][j], bits)
				VPCMPEQD(zero, bits, bits)
				VPANDN(acc[i][j], bits, acc[i][j])
			}
		}
	})
	w.eachRow(mr, func(i int, c reg.GPVirtual) {
		for j := range nv {
			if masked {
				m := load(w.t, offVMask)
				VMOVUPS(Mem{Base: m, Disp: 32 * j}, x[0])
				VMASKMOVPS(acc[i][j], x[0], Mem{Base: c, Disp: 32 * j})
			} else {
				VMOVUPS(acc[i][j], Mem{Base: c, Disp: 32 * j})
			}
		}
	})
	VZEROUPPER()
	RET()
}

// transpose512: blocks of 16 × 16. Row i of block t is read from src + i·lds + 16·t under mask i,
// column j is written to dst + (16·t + j)·ldd.
func transpose512() {
	TEXT("transpose512", NOSPLIT, "func(dst *float32, ldd int, src *float32, lds int, blocks int, masks *[16]uint16)")
	Pragma("noescape")
	Doc("transpose512 writes blocks of 16 columns of 16 rows of src as rows of dst; strides are in elements.")
	dst := Load(Param("dst"), GP64()).(reg.GPVirtual)
	ldd := Load(Param("ldd"), GP64()).(reg.GPVirtual)
	src := Load(Param("src"), GP64()).(reg.GPVirtual)
	lds := Load(Param("lds"), GP64()).(reg.GPVirtual)
	n := Load(Param("blocks"), GP64()).(reg.GPVirtual)
	masks := Load(Param("masks"), GP64()).(reg.GPVirtual)
	SHLQ(Imm(2), ldd)
	SHLQ(Imm(2), lds)
	Label("transpose512_block")
	in, p, k := grid(1, 16, func() reg.VecVirtual { return ZMM() })[0], GP64(), K()
	MOVQ(src, p)
	for i := range in {
		KMOVW(Mem{Base: masks, Disp: 2 * i}, k)
		VMOVUPS_Z(Mem{Base: p}, k, in[i])
		if i < 15 {
			ADDQ(lds, p)
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
