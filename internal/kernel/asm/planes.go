package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// maxPlanes is kernel.maxPlanes.
const maxPlanes = 8

// planes writes, for every number of vectors up to maxPlanes, a kernel that picks the lanes of that
// many vectors out of as many others, as a table says; the kernels of package kernel's planeSet.
func (v *vector) planes() {
	for c := 2; c <= maxPlanes; c++ {
		v.pick(c)
	}
}

func (v *vector) pick(c int) {
	name := fmt.Sprintf("pick%d_", c)
	v.begin(name, "func(dst *float32, dstI, dstStep int, src *float32, srcI, srcStep, blocks int, table *int32)")
	Doc(fmt.Sprintf("%s picks the lanes of %d vectors out of %d others; strides are in bytes.", name+v.suffix(), c, c))
	dst, dstI, dstStep := pointer("dst"), pointer("dstI"), pointer("dstStep")
	src, srcI, srcStep := pointer("src"), pointer("srcI"), pointer("srcStep")
	blocks, table := pointer("blocks"), pointer("table")
	block, done := v.label("block"), v.label("done")
	in := make([]reg.VecVirtual, c)
	for i := range in {
		in[i] = v.register()
	}
	Label(block)
	CMPQ(blocks, U8(0))
	JLE(LabelRef(done))
	from, to := copyOf(src), copyOf(dst)
	for _, r := range in {
		VMOVUPS(Mem{Base: from}, r)
		ADDQ(srcI, from)
	}
	for o := range c {
		out := v.register()
		entry := func(i, of, part int) Mem { return Mem{Base: table, Disp: 4 * v.lanes * (of*(o*c+i) + part)} }
		if v.wide {
			VMOVDQU32(entry(0, 1, 0), out)
			VPERMI2PS(in[1], in[0], out)
			for i := 2; i < c; i++ {
				lanes := v.register()
				VMOVDQU32(entry(i, 1, 0), lanes)
				VPERMT2PS(in[i], lanes, out)
			}
		} else {
			lanes := v.register()
			VMOVUPS(entry(0, 2, 0), lanes)
			VPERMPS(in[0], lanes, out)
			for i := 1; i < c; i++ {
				lanes, picked, mask := v.register(), v.register(), v.register()
				VMOVUPS(entry(i, 2, 0), lanes)
				VPERMPS(in[i], lanes, picked)
				VMOVUPS(entry(i, 2, 1), mask)
				VBLENDVPS(mask, picked, out, out)
			}
		}
		VMOVUPS(out, Mem{Base: to})
		ADDQ(dstI, to)
	}
	ADDQ(srcStep, src)
	ADDQ(dstStep, dst)
	DECQ(blocks)
	JMP(LabelRef(block))
	Label(done)
	end()
}
