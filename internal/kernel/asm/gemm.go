package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of kernel.tileArgs; a test of package kernel compares them.
const (
	offK1, offK2, offK3, offLeft             = 0, 8, 16, 24
	offA, offAI, offA1, offA2, offA3         = 32, 40, 48, 56, 64
	offB, offB1, offB2, offB3                = 72, 80, 88, 96
	offC, offCI                              = 104, 112
	offBias, offRowBias                      = 120, 128
	offCount                                 = 136
	offANext, offBNext, offCNext             = 144, 152, 160
	offMask, offVMask                        = 168, 176
	offLoad, offLast, offStep                = 184, 192, 200
	offAhead                                 = 208
	offAAt, offBAt, offCAt                   = 216, 224, 232
	offStepRate, offStepScale                = 240, 244
	offTileSums, offTileSumsI, offTileSumsAt = 248, 256, 264
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

// walk holds the pointers of a tile's sum: k3 times k2 runs of k1 products each.
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
	w := walk{t: Load(Param("t"), GP64()).(reg.GPVirtual), a: GP64(), b: GP64()}
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

// loop emits step k1·k2·k3 times, moving the pointers after each. The outermost count stands in memory:
// with fourteen rows there is no register left for it.
func (w walk) loop(name string, step func()) {
	k1, k2 := GP64(), GP64()
	MOVQ(Mem{Base: w.t, Disp: offK3}, k1)
	MOVQ(k1, Mem{Base: w.t, Disp: offLeft})
	MOVQ(Mem{Base: w.t, Disp: offAAt}, w.a)
	MOVQ(Mem{Base: w.t, Disp: offBAt}, w.b)
	Label(name + "_outermost")
	MOVQ(Mem{Base: w.t, Disp: offK2}, k2)
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
	ADDQ(Mem{Base: w.t, Disp: offA3}, w.a)
	ADDQ(Mem{Base: w.t, Disp: offB3}, w.b)
	DECQ(Mem{Base: w.t, Disp: offLeft})
	JNZ(LabelRef(name + "_outermost"))
}

// eachRow emits f for every row of C, with a pointer that moves down the rows.
func (w walk) eachRow(mr int, f func(i int, c reg.GPVirtual)) {
	c, ci := load(w.t, offCAt), load(w.t, offCI)
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

// vectors is what differs between instruction sets in a tile.
type vectors struct {
	acc   [][]reg.VecVirtual                             // the sums, by row
	b     []reg.VecVirtual                               // a row of B
	read  func(p reg.GPVirtual, j int, v reg.VecVirtual) // vector j of a row at p, under the mask
	write func(p reg.GPVirtual, j int, v reg.VecVirtual) // the same, back
	step  func()                                         // one product for every sum
	flush func()                                         // of all sums
	spare reg.VecVirtual                                 // free after the products, and so is free
	free  reg.VecVirtual
	zero  func(v reg.VecVirtual)
	bytes int // of a vector
}

// tile emits tiles that follow one another. For each, memory that will be wanted when it is done is
// fetched ahead, the sums are loaded where they go on, take their products, the bias and the flush, and
// are stored; or, as a gradient, move what is there.
func (w walk) tile(name string, v vectors) {
	mr := len(v.acc)
	for _, off := range [][2]int{{offA, offAAt}, {offB, offBAt}, {offC, offCAt}, {offTileSums, offTileSumsAt}} {
		MOVQ(load(w.t, off[0]), Mem{Base: w.t, Disp: off[1]})
	}
	Label(name + "_tile")
	w.ifSet(name+"_start", offAhead, func(reg.GPVirtual) {
		w.eachRow(mr, func(i int, c reg.GPVirtual) {
			for j := range v.b {
				PREFETCHT0(Mem{Base: c, Disp: v.bytes * j})
			}
		})
	})
	for i := range mr {
		for _, sum := range v.acc[i] {
			v.zero(sum)
		}
	}
	w.ifSet(name+"_sum", offLoad, func(reg.GPVirtual) {
		w.eachRow(mr, func(i int, c reg.GPVirtual) {
			for j, sum := range v.acc[i] {
				v.read(c, j, sum)
			}
		})
	})
	w.loop(name, v.step)
	w.ifSet(name+"_columns", offRowBias, func(bias reg.GPVirtual) {
		for i := range mr {
			b := v.b[0]
			VBROADCASTSS(Mem{Base: bias, Disp: 4 * i}, b)
			for j := range v.b {
				VADDPS(b, v.acc[i][j], v.acc[i][j])
			}
		}
	})
	w.ifSet(name+"_flush", offBias, func(bias reg.GPVirtual) {
		for j, b := range v.b {
			v.read(bias, j, b)
			for i := range mr {
				VADDPS(b, v.acc[i][j], v.acc[i][j])
			}
		}
	})
	w.ifSet(name+"_step", offLast, func(reg.GPVirtual) { v.flush() })
	w.ifSet(name+"_store", offStep, func(reg.GPVirtual) {
		w.squares(name+"_moved", v, 0, true)
		VBROADCASTSS(Mem{Base: w.t, Disp: offStepRate}, v.spare)
		old := v.b[0]
		w.eachRow(mr, func(i int, c reg.GPVirtual) {
			for j, sum := range v.acc[i] {
				v.read(c, j, old)
				VFNMADD213PS(old, v.spare, sum)
			}
		})
		v.flush()
		w.squares(name+"_squared", v, offTileSumsI, false)
	})
	w.eachRow(mr, func(i int, c reg.GPVirtual) {
		for j, sum := range v.acc[i] {
			v.write(c, j, sum)
		}
	})
	for _, off := range [][2]int{{offAAt, offANext}, {offBAt, offBNext}, {offCAt, offCNext}} {
		step := load(w.t, off[1])
		ADDQ(step, Mem{Base: w.t, Disp: off[0]})
	}
	ADDQ(U32(uint32(v.bytes*len(v.b))), Mem{Base: w.t, Disp: offTileSumsAt})
	DECQ(Mem{Base: w.t, Disp: offCount})
	JNZ(LabelRef(name + "_tile"))
	VZEROUPPER()
	RET()
}

// squares adds the squares of what stands in the accumulators, scaled if that is asked for, to the sums
// of their columns, if there are such; distance is the field that says how far they lie from the first.
func (w walk) squares(name string, v vectors, distance int, scaled bool) {
	w.ifSet(name, offTileSums, func(reg.GPVirtual) {
		p := load(w.t, offTileSumsAt)
		if distance != 0 {
			ADDQ(Mem{Base: w.t, Disp: distance}, p)
		}
		if scaled {
			VBROADCASTSS(Mem{Base: w.t, Disp: offStepScale}, v.spare)
		}
		for j, s := range v.b {
			v.read(p, j, s)
		}
		for i := range v.acc {
			for j, s := range v.b { // side by side: each sum waits for itself
				q := v.acc[i][j]
				if scaled {
					VMULPS(v.spare, q, v.free)
					q = v.free
				}
				VFMADD231PS(q, q, s)
			}
		}
		for j, s := range v.b {
			v.write(p, j, s)
		}
	})
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
	v := vectors{
		read: func(p reg.GPVirtual, j int, v reg.VecVirtual) {
			if masked {
				VMOVUPS_Z(Mem{Base: p, Disp: 64 * j}, mask[j], v)
			} else {
				VMOVUPS(Mem{Base: p, Disp: 64 * j}, v)
			}
		},
		write: func(p reg.GPVirtual, j int, v reg.VecVirtual) {
			if masked {
				VMOVUPS(v, mask[j], Mem{Base: p, Disp: 64 * j})
			} else {
				VMOVUPS(v, Mem{Base: p, Disp: 64 * j})
			}
		},
	}
	v.bytes = 64
	v.zero = func(x reg.VecVirtual) { VPXORD(x, x, x) }
	v.acc = grid(mr, nv, func() reg.VecVirtual { return ZMM() })
	v.b = grid(1, nv, func() reg.VecVirtual { return ZMM() })[0]
	x := []reg.VecVirtual{ZMM(), ZMM()}
	v.spare, v.free = x[1], x[0]
	v.step = func() {
		for j, b := range v.b {
			v.read(w.b, j, b)
		}
		for i := range mr {
			if nv == 1 {
				VFMADD231PS_BCST(w.rows(i), v.b[0], v.acc[i][0])
				continue
			}
			VBROADCASTSS(w.rows(i), x[i%2])
			for j, b := range v.b {
				VFMADD231PS(x[i%2], b, v.acc[i][j])
			}
		}
	}
	v.flush = func() {
		e, normal := GP32(), K()
		MOVL(U32(exponent), e)
		VPBROADCASTD(e, x[0])
		for _, row := range v.acc {
			for _, sum := range row {
				VPTESTMD(x[0], sum, normal)
				VMOVAPS_Z(sum, normal, sum)
			}
		}
	}
	w.tile(name, v)
}

// tile256 has sixteen registers: twelve sums, two of B, one of A, one spare. A masked load has its
// mask in the register that it loads.
func tile256(mr, nv int, masked bool) {
	name := begin("256", mr, nv, 8, masked)
	w := newWalk(mr)
	x := make([]reg.VecVirtual, 2)
	v := vectors{
		read: func(p reg.GPVirtual, j int, v reg.VecVirtual) {
			if masked {
				VMOVUPS(Mem{Base: load(w.t, offVMask), Disp: 32 * j}, v)
				VMASKMOVPS(Mem{Base: p, Disp: 32 * j}, v, v)
			} else {
				VMOVUPS(Mem{Base: p, Disp: 32 * j}, v)
			}
		},
		write: func(p reg.GPVirtual, j int, v reg.VecVirtual) {
			if masked {
				VMOVUPS(Mem{Base: load(w.t, offVMask), Disp: 32 * j}, x[0])
				VMASKMOVPS(v, x[0], Mem{Base: p, Disp: 32 * j})
			} else {
				VMOVUPS(v, Mem{Base: p, Disp: 32 * j})
			}
		},
	}
	v.bytes = 32
	v.zero = func(x reg.VecVirtual) { VXORPS(x, x, x) }
	v.acc = grid(mr, nv, func() reg.VecVirtual { return YMM() })
	v.b = grid(1, nv, func() reg.VecVirtual { return YMM() })[0]
	x[0], x[1] = YMM(), YMM()
	v.spare, v.free = x[1], x[0]
	v.step = func() {
		for j, b := range v.b {
			v.read(w.b, j, b)
		}
		for i := range mr {
			VBROADCASTSS(w.rows(i), x[i%2])
			for j, b := range v.b {
				VFMADD231PS(x[i%2], b, v.acc[i][j])
			}
		}
	}
	v.flush = func() {
		e, zero, bits := GP32(), x[0], x[1]
		MOVL(U32(exponent), e)
		MOVD(e, v.b[0].AsX())
		VPBROADCASTD(v.b[0].AsX(), v.b[0])
		VXORPS(zero, zero, zero)
		for _, row := range v.acc {
			for _, sum := range row {
				VPAND(v.b[0], sum, bits)
				VPCMPEQD(zero, bits, bits)
				VPANDN(sum, bits, sum)
			}
		}
	}
	w.tile(name, v)
}
