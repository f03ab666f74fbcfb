package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// copyRows copies up to two vectors from each row of a matrix. Whole vectors are written, so that the
// rows of dst must follow one another and the last one have room.
func (v *vector) copyRows() {
	v.begin("copyRows", "func(dst *float32, ldd int, src *float32, lds, rows, n int)")
	Doc("copyRows" + v.suffix() + " copies n columns of rows of src; strides are in bytes. It may write beyond a row's end, up to two vectors from its beginning.")
	dst, ldd := pointer("dst"), pointer("ldd")
	src, lds := pointer("src"), pointer("lds")
	rows, n := pointer("rows"), pointer("n")
	v.group = 1
	ahead := copyOf(lds) // rows of a large matrix are far apart
	SHLQ(U8(4), ahead)
	ADDQ(src, ahead)
	for _, vectors := range []int{2, 1} {
		for _, whole := range []bool{true, false} {
			next, row, done := v.label("next"), v.label("row"), v.label("done")
			if whole {
				CMPQ(n, U32(uint32(vectors*v.lanes)))
				JNE(LabelRef(next))
			} else {
				CMPQ(n, U32(uint32((vectors-1)*v.lanes)))
				JLE(LabelRef(next))
				rest := copyOf(n)
				SUBQ(U32(uint32((vectors-1)*v.lanes)), rest)
				v.tail = v.lanesBelow(rest)
			}
			last := v.tail
			Label(row)
			CMPQ(rows, U8(0))
			JLE(LabelRef(done))
			for i := range vectors {
				v.tail = nil
				if i == vectors-1 {
					v.tail = last
				}
				x := v.loadAt(Mem{Base: src, Disp: 4 * v.lanes * i})
				VMOVUPS(x, Mem{Base: dst, Disp: 4 * v.lanes * i})
			}
			for i := range vectors {
				if i == 0 || v.wide {
					PREFETCHT0(Mem{Base: ahead, Disp: 4 * v.lanes * i})
				}
			}
			ADDQ(lds, ahead)
			ADDQ(lds, src)
			ADDQ(ldd, dst)
			DECQ(rows)
			JMP(LabelRef(row))
			Label(done)
			end()
			v.tail = nil
			Label(next)
		}
	}
	end()
}
