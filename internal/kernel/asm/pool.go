package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// windows are the registers of a function that pools by windows of 2 × 2 side by side. It gets y (or
// dy) and the winners of some rows of windows [rows, cols, channels], and the image below the first of
// them, whose rows have stride elements.
//
// The channels of a window are taken a register at a time, the last register so that it ends with the
// window: some channels are computed twice. Windows of fewer channels than a register has lanes are
// read and written beyond their end; as addresses ascend, what follows is written later.
type windows struct {
	y, from, x          reg.GPVirtual // move along
	rows                reg.GPVirtual // left
	pixel, half, stride reg.GPVirtual // bytes of a pixel of numbers, of winners; of a row of the image
	skip                reg.GPVirtual // bytes of a row of the image that are in no window
	last                reg.GPVirtual // first channel of a window's last register
	channel, column     reg.GPVirtual // counters
	place               reg.GPVirtual // of the register's channels in the image
}

func (v *vector) pooling(name string, flow func(w *windows)) {
	v.begin(name, "func(y *float32, from *uint16, x *float32, rows, cols, channels, stride int)")
	v.group = 1
	w := &windows{
		y: pointer("y"), from: pointer("from"), x: pointer("x"), rows: pointer("rows"),
		half: pointer("channels"), skip: pointer("cols"), stride: pointer("stride"),
		pixel: GP64(), last: GP64(), channel: GP64(), column: GP64(), place: GP64(),
	}
	XORL(w.last.As32(), w.last.As32())
	MOVQ(w.half, w.pixel)
	SUBQ(U8(uint8(v.lanes)), w.pixel)
	CMOVQGT(w.pixel, w.last)
	SHLQ(U8(1), w.half)
	LEAQ(Mem{Base: w.half, Index: w.half, Scale: 1}, w.pixel)
	SHLQ(U8(2), w.stride)
	IMULQ(w.pixel, w.skip)
	NEGQ(w.skip)
	LEAQ(Mem{Base: w.stride, Index: w.skip, Scale: 2}, w.skip)

	row := v.label("row")
	Label(row)
	flow(w)
	DECQ(w.rows)
	JNE(LabelRef(row))
	end()
}

// each runs body over the registers of a row of windows; y, from and x move along.
func (w *windows) each(v *vector, body func()) {
	window, registers, next := v.label("window"), v.label("registers"), v.label("next")
	Load(Param("cols"), w.column)
	Label(window)
	XORL(w.channel.As32(), w.channel.As32())
	Label(registers)
	LEAQ(Mem{Base: w.x, Index: w.channel, Scale: 4}, w.place)
	body()
	CMPQ(w.channel, w.last)
	JEQ(LabelRef(next))
	ADDQ(U8(uint8(v.lanes)), w.channel)
	CMPQ(w.channel, w.last)
	CMOVQGT(w.last, w.channel)
	JMP(LabelRef(registers))
	Label(next)
	ADDQ(w.pixel, w.y)
	ADDQ(w.half, w.from)
	LEAQ(Mem{Base: w.x, Index: w.pixel, Scale: 2}, w.x)
	DECQ(w.column)
	JNE(LabelRef(window))
}

// forward writes y from the four elements of each window.
func (v *vector) poolForward(name string, body func(w *windows, taps [4]group) group) {
	v.pooling(name, func(w *windows) {
		diagonal := GP64()
		LEAQ(Mem{Base: w.stride, Index: w.pixel, Scale: 1}, diagonal)
		w.each(v, func() {
			var taps [4]group
			for t, offset := range []Mem{{}, {Index: w.pixel}, {Index: w.stride}, {Index: diagonal}} {
				offset.Base, offset.Scale = w.place, 1
				taps[t] = v.fresh()
				VMOVUPS(offset, taps[t][0])
			}
			y := body(w, taps)
			VMOVUPS(y[0], Mem{Base: w.y, Index: w.channel, Scale: 4})
		})
		ADDQ(w.skip, w.x)
		ADDQ(w.stride, w.x)
	})
}

// poolBackward writes the gradients of the upper elements of a row of windows, then of the lower ones,
// so that addresses ascend. body gives those of the left and the right element.
func (v *vector) poolBackward(name string, body func(w *windows, lower int, dy group) (left, right group)) {
	v.pooling(name, func(w *windows) {
		for lower := range 2 {
			w.each(v, func() {
				dy := v.fresh()
				VMOVUPS(Mem{Base: w.y, Index: w.channel, Scale: 4}, dy[0])
				left, right := body(w, lower, dy)
				VMOVUPS(left[0], Mem{Base: w.place})
				VMOVUPS(right[0], Mem{Base: w.place, Index: w.pixel, Scale: 1})
			})
			ADDQ(w.skip, w.x)
			if lower == 0 { // back to the row's first window
				Load(Param("cols"), w.column)
				IMULQ(w.half, w.column)
				SUBQ(w.column, w.from)
				SHLQ(U8(1), w.column)
				SUBQ(w.column, w.y)
			}
		}
	})
}

func (v *vector) pool() {
	v.poolForward("maxPool", func(w *windows, taps [4]group) group {
		// The first row's winner against the second row's: what comes first still wins ties.
		top, bottom := v.wins(taps[1], taps[0]), v.wins(taps[3], taps[2])
		first, second := v.choose(top, taps[1], taps[0]), v.choose(bottom, taps[3], taps[2])
		below := v.wins(second, first)
		winner := v.choose(below, v.choose(bottom, v.number32(3), v.number32(2)), v.choose(top, v.number32(1), v.number32(0)))
		v.storeWords(winner, Mem{Base: w.from, Index: w.channel, Scale: 2})
		return v.choose(below, second, first)
	})
	v.poolBackward("maxPoolGrad", func(w *windows, lower int, dy group) (left, right group) {
		dy = v.do(add, dy, v.all(0)) // −0 becomes +0
		winner := v.fresh()
		VPMOVZXWD(Mem{Base: w.from, Index: w.channel, Scale: 2}, winner[0])
		return v.keep(v.equals(winner, 2*lower), dy), v.keep(v.equals(winner, 2*lower+1), dy)
	})
	v.poolForward("avgPool", func(_ *windows, taps [4]group) group {
		y := taps[0]
		for _, x := range taps[1:] {
			v.into(y, add, y, x)
		}
		v.into(y, mul, y, v.constant(0.25))
		v.flush(y)
		return y
	})
	v.poolBackward("avgPoolGrad", func(_ *windows, _ int, dy group) (left, right group) {
		v.into(dy, mul, dy, v.constant(0.25))
		v.flush(dy)
		return dy, dy
	})
}

// wins gives the lanes where x is larger than best, or NaN while best is not.
func (v *vector) wins(x, best group) mask {
	number, m := make(mask, v.group), make(mask, v.group)
	for i := range x {
		if v.wide {
			number[i], m[i] = K(), K()
			VCMPPS(Imm(ordered), best[i], best[i], number[i])
			VCMPPS(Imm(notLessEquals), best[i], x[i], number[i], m[i])
			continue
		}
		number[i], m[i] = YMM(), YMM()
		VCMPPS(Imm(ordered), best[i], best[i], number[i])
		VCMPPS(Imm(notLessEquals), best[i], x[i], m[i])
		VANDPS(number[i], m[i], m[i])
	}
	return m
}

// equals gives the lanes of integers that are n.
func (v *vector) equals(x group, n int) mask {
	m := make(mask, v.group)
	for i, y := range v.number32(n) {
		m[i] = v.register()
		if v.wide {
			m[i] = K()
		}
		VPCMPEQD(y, x[i], m[i])
	}
	return m
}

// number32 is an integer in every lane.
func (v *vector) number32(n int) group {
	if n == 0 {
		return v.all(0)
	}
	r := v.register()
	VBROADCASTSS(v.bits(uint32(n)).Mem, r)
	return v.repeat(r)
}

// storeWords writes integers as 16 bits each.
func (v *vector) storeWords(x group, to Mem) {
	if v.wide {
		VPMOVDW(x[0], to)
		return
	}
	low, high := x[0].AsX(), XMM()
	VEXTRACTI128(U8(1), x[0], high)
	VPACKUSDW(high, low, high)
	VMOVDQU(high, to)
}
