package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vector writes sequences of float32 operations for one instruction set: AVX-512 (ZMM registers,
// constants broadcast from memory, mask registers) or AVX2 (YMM, constants in memory, masks in
// vectors). A sequence is written once, in terms of groups: one operation on a group is one
// instruction for each of its registers, so that independent chains stand side by side.
type vector struct {
	wide      bool         // AVX-512
	lanes     int          // of one register
	group     int          // registers in a group, now
	tail      reg.Register // lanes in use, in the loop's last rounds; nil otherwise
	constants map[uint32]Mem
	tables    map[[16]float32]Mem
	labels    int
}

// group is a value of the sequence: as many registers as stand side by side.
type group []reg.VecVirtual

// operand is the last operand of an instruction: a group, or a constant.
type operand interface{ at(i int) Op }

func (g group) at(i int) Op { return g[i] }

type constant struct{ Mem }

func (c constant) at(int) Op { return c.Mem }

// mask says which lanes: a mask register per register of a group, or for AVX2 a vector whose lanes'
// sign bits count.
type mask []reg.Register

// instruction is an operation, and its form with a constant broadcast from memory.
type instruction struct{ plain, broadcast func(...Op) }

var (
	add     = instruction{VADDPS, VADDPS_BCST}
	sub     = instruction{VSUBPS, VSUBPS_BCST}
	mul     = instruction{VMULPS, VMULPS_BCST}
	div     = instruction{VDIVPS, VDIVPS_BCST}
	and     = instruction{VANDPS, VANDPS_BCST}
	or      = instruction{VORPS, VORPS_BCST}
	addInt  = instruction{VPADDD, VPADDD_BCST}
	subInt  = instruction{VPSUBD, VPSUBD_BCST}
	mulAdd  = instruction{VFMADD213PS, VFMADD213PS_BCST}   // y = y·x + c
	negMul  = instruction{VFNMADD213PS, VFNMADD213PS_BCST} // y = −y·x + c
	mulSub  = instruction{VFMSUB213PS, VFMSUB213PS_BCST}   // y = y·x − c
	accrue  = instruction{VFMADD231PS, VFMADD231PS_BCST}   // y = y + x·c
	deplete = instruction{VFNMADD231PS, VFNMADD231PS_BCST} // y = y − x·c
)

func newVector(wide bool) *vector {
	lanes := 8
	if wide {
		lanes = 16
	}
	return &vector{wide: wide, lanes: lanes, constants: map[uint32]Mem{}, tables: map[[16]float32]Mem{}}
}

// suffix ends the names of an instruction set's functions.
func (v *vector) suffix() string {
	if v.wide {
		return "512"
	}
	return "256"
}

func (v *vector) register() reg.VecVirtual {
	if v.wide {
		return ZMM()
	}
	return YMM()
}

func (v *vector) fresh() group {
	g := make(group, v.group)
	for i := range g {
		g[i] = v.register()
	}
	return g
}

// bits is the constant with this bit pattern: four bytes for AVX-512, which broadcasts them, a whole
// register's worth for AVX2.
func (v *vector) bits(u uint32) constant {
	m, ok := v.constants[u]
	if !ok {
		m = GLOBL(fmt.Sprintf("c%s_%08x", v.suffix(), u), RODATA|NOPTR)
		copies := 8
		if v.wide {
			copies = 1
		}
		for i := range copies {
			DATA(4*i, U32(u))
		}
		v.constants[u] = m
	}
	return constant{m}
}

func (v *vector) constant(x float32) constant { return v.bits(math.Float32bits(x)) }

// index says which of sixteen numbers to look up.
type index struct {
	lanes group
	upper mask // for AVX2, whose tables have eight
}

// index takes the low four bits of integers.
func (v *vector) index(x group) index {
	if v.wide {
		return index{lanes: x}
	}
	upper := v.copy(x)
	v.shiftLeft(upper, 28)
	return index{x, v.negative(upper)}
}

// look gives one of sixteen numbers in each lane.
func (v *vector) look(at index, numbers []float32) group {
	y := v.fresh()
	m := v.table(numbers)
	if v.wide {
		t := v.register()
		VMOVUPS(m, t)
		for i := range y {
			VPERMPS(t, at.lanes[i], y[i])
		}
		return y
	}
	for i := range y {
		upper := v.register()
		VPERMPS(m, at.lanes[i], y[i])
		VPERMPS(m.Offset(32), at.lanes[i], upper)
		VBLENDVPS(at.upper[i], upper, y[i], y[i])
	}
	return y
}

// table is sixteen numbers in memory.
func (v *vector) table(numbers []float32) Mem {
	m, ok := v.tables[[16]float32(numbers)]
	if !ok {
		m = GLOBL(fmt.Sprintf("table%s_%d", v.suffix(), len(v.tables)), RODATA|NOPTR)
		for i, x := range numbers {
			DATA(4*i, U32(math.Float32bits(x)))
		}
		v.tables[[16]float32(numbers)] = m
	}
	return m
}

// all is a constant in a register (one for the whole group), where an instruction wants it first.
func (v *vector) all(x float32) group {
	r := v.register()
	if x == 0 {
		v.zero(r)
	} else {
		VBROADCASTSS(v.constant(x).Mem, r)
	}
	return v.repeat(r)
}

// set is a constant in registers that may be overwritten.
func (v *vector) set(x float32) group {
	g := v.fresh()
	for _, r := range g {
		VBROADCASTSS(v.constant(x).Mem, r)
	}
	return g
}

func (v *vector) repeat(r reg.VecVirtual) group {
	g := make(group, v.group)
	for i := range g {
		g[i] = r
	}
	return g
}

func (v *vector) zero(r reg.VecVirtual) {
	if v.wide {
		VPXORD(r, r, r)
	} else {
		VPXOR(r, r, r)
	}
}

func (v *vector) copy(x group) group {
	y := v.fresh()
	for i := range y {
		VMOVAPS(x[i], y[i])
	}
	return y
}

// form is the instruction for operand c.
func (v *vector) form(ins instruction, c operand) func(...Op) {
	if _, memory := c.(constant); memory && v.wide {
		return ins.broadcast
	}
	return ins.plain
}

// do gives x op c.
func (v *vector) do(ins instruction, x group, c operand) group {
	y := v.fresh()
	v.into(y, ins, x, c)
	return y
}

// into writes x op c to y, or for the fused operations changes y.
func (v *vector) into(y group, ins instruction, x group, c operand) {
	f := v.form(ins, c)
	for i := range y {
		f(c.at(i), x[i], y[i])
	}
}

// min and max clamp x to a bound; a NaN in x stays, because x stands where the instruction takes it
// from.
func (v *vector) min(x group, bound float32) group { return v.clamp(VMINPS, x, bound) }
func (v *vector) max(x group, bound float32) group { return v.clamp(VMAXPS, x, bound) }

func (v *vector) clamp(f func(...Op), x group, bound float32) group {
	b, y := v.all(bound), v.fresh()
	for i := range y {
		f(x[i], b[i], y[i])
	}
	return y
}

// clampTo moves what lies outside [low, high] to the nearer end; a NaN in x stays (see clamp).
func (v *vector) clampTo(x, low, high group) group {
	y := v.fresh()
	for i := range y {
		VMAXPS(x[i], low[i], y[i])
		VMINPS(y[i], high[i], y[i])
	}
	return y
}

// shiftLeft and shiftRight shift integers in place, the latter with the sign.
func (v *vector) shiftLeft(x group, by uint64) {
	for _, r := range x {
		VPSLLD(Imm(by), r, r)
	}
}

func (v *vector) shiftRight(x group, by uint64) group {
	y := v.fresh()
	for i := range y {
		VPSRAD(Imm(by), x[i], y[i])
	}
	return y
}

// Predicates of compare.
const (
	lessThan      = 0x11 // false for NaN
	greaterThan   = 0x1e // false for NaN
	notLessEquals = 0x16 // true for NaN
	ordered       = 0x07 // neither is NaN
	notLess       = 0x15 // true for NaN
	notGreater    = 0x1a // true for NaN
)

// compare gives the lanes where x is in the relation to the bound.
func (v *vector) compare(predicate uint64, x group, bound float32) mask {
	m := make(mask, v.group)
	b := v.all(bound)
	for i := range m {
		if v.wide {
			m[i] = K()
		} else {
			m[i] = YMM()
		}
		VCMPPS(Imm(predicate), b[i], x[i], m[i])
	}
	return m
}

// negative gives the lanes with the sign bit.
func (v *vector) negative(x group) mask {
	m := make(mask, v.group)
	for i := range m {
		if !v.wide {
			m[i] = x[i] // VBLENDVPS reads sign bits
			continue
		}
		m[i] = K()
		VPMOVD2M(x[i], m[i])
	}
	return m
}

// choose gives a where m, b elsewhere.
func (v *vector) choose(m mask, a, b group) group {
	y := v.fresh()
	for i := range y {
		if v.wide {
			VBLENDMPS(a[i], b[i], m[i], y[i])
		} else {
			VBLENDVPS(m[i], a[i], b[i], y[i])
		}
	}
	return y
}

// keep gives x where m, +0 elsewhere.
func (v *vector) keep(m mask, x group) group {
	y := v.fresh()
	for i := range y {
		if v.wide {
			VMOVAPS_Z(x[i], m[i], y[i])
		} else {
			VANDPS(m[i], x[i], y[i])
		}
	}
	return y
}

// flushWithSign flushes x (which has no sign) and gives what is not 0 the sign of s, in place.
func (v *vector) flushWithSign(x, s group) {
	signs := v.bits(1 << 31)
	if !v.wide {
		v.into(x, or, x, v.do(and, s, signs))
		v.flush(x)
		return
	}
	for i, k := range v.normal(x) {
		VPTERNLOGD_BCST_Z(U8(0xf8), signs.Mem, s[i], k, x[i]) // x | s&signs
	}
}

// exponentBits are zero in zeros and subnormal numbers.
const exponentBits = 0x7f800000

// normal gives the lanes of AVX-512 that a flush leaves as they are.
func (v *vector) normal(x group) mask {
	m := make(mask, v.group)
	for i := range m {
		m[i] = K()
		VPTESTMD_BCST(v.bits(exponentBits).Mem, x[i], m[i])
	}
	return m
}

// flush replaces zeros and subnormal numbers by +0, in place.
func (v *vector) flush(x group) {
	if v.wide {
		for i, k := range v.normal(x) {
			VMOVAPS_Z(x[i], k, x[i])
		}
		return
	}
	zero := v.all(0)
	t := v.do(and, x, v.bits(exponentBits))
	for i, r := range x {
		VPCMPEQD(zero[i], t[i], t[i])
		VPANDN(r, t[i], r)
	}
}

// load and store move a group from and to consecutive addresses at p.
func (v *vector) load(p reg.GPVirtual) group {
	g := make(group, v.group)
	for i := range g {
		g[i] = v.loadAt(Mem{Base: p, Disp: 4 * v.lanes * i})
	}
	return g
}

// loadAt reads one register's lanes, those of the tail.
func (v *vector) loadAt(m Mem) reg.VecVirtual {
	r := v.register()
	switch {
	case v.tail == nil:
		VMOVUPS(m, r)
	case v.wide:
		VMOVUPS_Z(m, v.tail, r)
	default:
		VMASKMOVPS(m, v.tail, r)
	}
	return r
}

func (v *vector) store(g group, p reg.GPVirtual) {
	for i, r := range g {
		m := Mem{Base: p, Disp: 4 * v.lanes * i}
		switch {
		case v.tail == nil:
			VMOVUPS(r, m)
		case v.wide:
			VMOVUPS(r, v.tail, m)
		default:
			VMASKMOVPS(r, v.tail, m)
		}
	}
}

// lanesBelow is a mask of the lanes whose number is below n: all of them for n >= lanes, none for
// n <= 0.
func (v *vector) lanesBelow(n reg.GPVirtual) reg.Register {
	numbers, ok := v.constants[laneNumbers]
	if !ok {
		numbers = GLOBL("lanes"+v.suffix(), RODATA|NOPTR)
		for i := range v.lanes {
			DATA(4*i, U32(i))
		}
		v.constants[laneNumbers] = numbers
	}
	count := v.register()
	if v.wide {
		k := K()
		VPBROADCASTD(n.As32(), count)
		all := v.register()
		VMOVDQU32(numbers, all)
		VPCMPD(Imm(1), count, all, k) // numbers < count
		return k
	}
	x := XMM()
	VMOVD(n.As32(), x)
	VPBROADCASTD(x, count)
	VPCMPGTD(numbers, count, count)
	return count
}

// laneNumbers is the key of the lane numbers among the constants (as a float it is a NaN that no
// sequence uses).
const laneNumbers = 0xffffffff

func (v *vector) label(name string) string {
	v.labels++
	return fmt.Sprintf("%s%d", name, v.labels)
}

// each runs body over n elements, first by groups of so many registers, then register by register
// with the lanes beyond n masked off. pointers move along; n is used up.
func (v *vector) each(n reg.GPVirtual, pointers []reg.GPVirtual, registers int, body func()) {
	groups, rest, done := v.label("groups"), v.label("rest"), v.label("done")
	step := func(lanes int) {
		for _, p := range pointers {
			ADDQ(U32(uint32(4*lanes)), p)
		}
		SUBQ(U32(uint32(lanes)), n)
	}
	Label(groups)
	CMPQ(n, U32(uint32(registers*v.lanes)))
	JLT(LabelRef(rest))
	v.group = registers
	body()
	step(registers * v.lanes)
	JMP(LabelRef(groups))

	Label(rest)
	CMPQ(n, U8(0))
	JLE(LabelRef(done))
	v.group, v.tail = 1, v.lanesBelow(n)
	body()
	v.tail = nil
	step(v.lanes)
	JMP(LabelRef(rest))
	Label(done)
}
