package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of kernel.updateArgs; a test of package kernel compares them.
const (
	offRows, offN       = 0, 8
	offG, offGI         = 16, 24
	offW, offWI         = 32, 40
	offV, offVI         = 48, 56
	offSums, offSumsI   = 64, 72
	offRate, offInertia = 80, 84
	offDecay, offScale  = 88, 92
)

// updates writes the kernels of stochastic gradient descent on a block of a matrix: by rule (plain,
// momentum, Nesterov), without and with weight decay, without and with sums of squares.
func (v *vector) updates() {
	for rule := range 3 {
		for _, decay := range []bool{false, true} {
			for _, sums := range []bool{false, true} {
				v.update(rule, decay, sums)
			}
		}
	}
}

func (v *vector) update(rule int, decay, sums bool) {
	name := [...]string{"update", "updateMomentum", "updateNesterov"}[rule]
	if decay {
		name += "Decay"
	}
	if sums {
		name += "Sums"
	}
	v.begin(name, "func(u *byte)")
	Doc(name + v.suffix() + " moves a block of weights; u is an *updateArgs.")
	u := pointer("u")
	field := func(off int) Mem { return Mem{Base: u, Disp: off} }
	number := func(off int) group {
		r := v.register()
		VBROADCASTSS(field(off), r)
		return v.repeat(r)
	}
	v.group = 4 // numbers are the same for every register of a group
	rate, scale := number(offRate), number(offScale)
	var momentum, lambda group
	if rule > 0 {
		momentum = number(offInertia)
	}
	if decay {
		lambda = number(offDecay)
	}
	n := load(u, offN)
	matrices := []reg.GPVirtual{load(u, offG), load(u, offW)}
	strides := []int{offGI, offWI}
	if rule > 0 {
		matrices, strides = append(matrices, load(u, offV)), append(strides, offVI)
	}
	moving := matrices
	var totals []reg.GPVirtual // sums of the squares of the gradient, the step and the weights
	if sums {
		for i := range 3 {
			p := load(u, offSums)
			for range i {
				ADDQ(field(offSumsI), p)
			}
			totals = append(totals, p)
		}
		moving = append(append([]reg.GPVirtual{}, matrices...), totals...)
	}
	registers := 2
	if sums && !v.wide { // there are but sixteen
		registers = 1
	}
	v.each(n, moving, registers, func() {
		row := v.label("row")
		var squares []group
		for _, p := range totals {
			squares = append(squares, v.load(p))
		}
		square := func(i int, x group) {
			if sums {
				v.into(squares[i], accrue, x, x)
			}
		}
		at := make([]reg.GPVirtual, len(matrices))
		for i, p := range matrices {
			at[i] = copyOf(p)
		}
		left := load(u, offRows)
		Label(row)
		d, weights := v.load(at[0]), v.load(at[1])
		if sums {
			square(0, v.do(mul, d, scale))
		}
		if decay {
			v.into(d, accrue, weights, lambda)
		}
		if rule > 0 {
			velocity := v.load(at[2])
			v.into(velocity, mulAdd, momentum, d)
			v.flush(velocity)
			v.store(velocity, at[2])
			if rule == 1 {
				d = velocity
			} else {
				v.into(d, accrue, velocity, momentum)
			}
		}
		if sums {
			square(1, v.do(mul, d, scale))
		}
		v.into(weights, deplete, d, rate)
		v.flush(weights)
		square(2, weights)
		v.store(weights, at[1])
		for i, p := range at {
			ADDQ(field(strides[i]), p)
		}
		DECQ(left)
		JNZ(LabelRef(row))
		for i, p := range totals {
			v.store(squares[i], p)
		}
	})
	end()
}
