package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// norms writes the kernels of normalisation. The sequences are those of package kernel's portable code
// (columns_loops.go, layernorm_loops.go): every line must round as the line there does.
func (v *vector) norms() {
	v.columnSums()
	v.columnSquares()
	v.columnProducts()
	v.addTotals()
	v.normalize()
	v.normalizeGrad()
	for _, gamma := range []bool{true, false} {
		v.standardize(gamma)
		v.layerChunk(gamma)
		v.layerGrad(gamma)
	}
	v.layerParams()
}

// numbersIn are parameters in registers, the same for every register of a group.
func (v *vector) numbersIn(names ...string) []group {
	var gs []group
	v.group = 4
	for _, name := range names {
		gs = append(gs, v.repeat(v.number(name)))
	}
	return gs
}

// down goes down rows rows of matrices, at lies a register of each's next row.
func (v *vector) down(rows, stride reg.GPVirtual, matrices []reg.GPVirtual, body func(at []reg.GPVirtual)) {
	row, done := v.label("row"), v.label("rows")
	at := make([]reg.GPVirtual, len(matrices))
	for i, p := range matrices {
		at[i] = copyOf(p)
	}
	left := copyOf(rows)
	Label(row)
	CMPQ(left, U8(0))
	JLE(LabelRef(done))
	body(at)
	for _, p := range at {
		ADDQ(stride, p)
	}
	DECQ(left)
	JMP(LabelRef(row))
	Label(done)
}

// matrix is the number of rows and columns, and of bytes from one row to the next.
func matrix() (rows, cols, stride reg.GPVirtual) {
	rows, cols = pointer("rows"), pointer("cols")
	stride = copyOf(cols)
	SHLQ(U8(2), stride)
	return rows, cols, stride
}

// columnSums adds the columns to sums.
func (v *vector) columnSums() {
	v.begin("columnSums", "func(sums, x *float32, rows, cols int)")
	to, x := pointer("sums"), pointer("x")
	rows, cols, stride := matrix()
	v.each(cols, []reg.GPVirtual{to, x}, 4, func() {
		sums := v.load(to)
		v.down(rows, stride, []reg.GPVirtual{x}, func(at []reg.GPVirtual) {
			v.into(sums, add, sums, v.load(at[0]))
		})
		v.store(sums, to)
	})
	end()
}

// columnSquares adds the squared distances from the columns' means to sums.
func (v *vector) columnSquares() {
	v.begin("columnSquares", "func(sums, x, mean *float32, rows, cols int)")
	to, x, mean := pointer("sums"), pointer("x"), pointer("mean")
	rows, cols, stride := matrix()
	v.each(cols, []reg.GPVirtual{to, x, mean}, 4, func() {
		sums, middle := v.load(to), v.load(mean)
		v.down(rows, stride, []reg.GPVirtual{x}, func(at []reg.GPVirtual) {
			d := v.load(at[0])
			v.into(d, sub, d, middle)
			v.into(sums, accrue, d, d)
		})
		v.store(sums, to)
	})
	end()
}

// columnProducts adds dy to sums, and its products with the distances of x from the means to products.
func (v *vector) columnProducts() {
	v.begin("columnProducts", "func(sums, products, dy, x, mean *float32, rows, cols int)")
	to, toProducts := pointer("sums"), pointer("products")
	dy, x, mean := pointer("dy"), pointer("x"), pointer("mean")
	rows, cols, stride := matrix()
	registers := 4
	if !v.wide {
		registers = 2
	}
	v.each(cols, []reg.GPVirtual{to, toProducts, dy, x, mean}, registers, func() {
		sums, products, middle := v.load(to), v.load(toProducts), v.load(mean)
		v.down(rows, stride, []reg.GPVirtual{dy, x}, func(at []reg.GPVirtual) {
			d, g := v.load(at[1]), v.load(at[0])
			v.into(d, sub, d, middle)
			v.into(sums, add, sums, g)
			v.into(products, accrue, g, d)
		})
		v.store(sums, to)
		v.store(products, toProducts)
	})
	end()
}

// addTotals adds n numbers to as many of float64.
func (v *vector) addTotals() {
	v.begin("addTotals", "func(totals *float64, x *float32, n int)")
	totals, x, n := pointer("totals"), pointer("x"), pointer("n")
	groups, rest, done := v.label("groups"), v.label("rest"), v.label("done")
	v.group = 1
	half := v.lanes / 2
	Label(groups)
	CMPQ(n, U8(uint8(v.lanes)))
	JLT(LabelRef(rest))
	for i, d := range v.widen(v.load(x)) {
		m := Mem{Base: totals, Disp: 8 * half * i}
		VADDPD(m, d, d)
		VMOVUPD(d, m)
	}
	ADDQ(U32(uint32(4*v.lanes)), x)
	ADDQ(U32(uint32(8*v.lanes)), totals)
	SUBQ(U8(uint8(v.lanes)), n)
	JMP(LabelRef(groups))

	Label(rest)
	CMPQ(n, U8(0))
	JLE(LabelRef(done))
	d := XMM()
	VMOVSS(Mem{Base: x}, d)
	VCVTSS2SD(d, d, d)
	VADDSD(Mem{Base: totals}, d, d)
	VMOVSD(d, Mem{Base: totals})
	ADDQ(U8(4), x)
	ADDQ(U8(8), totals)
	DECQ(n)
	JMP(LabelRef(rest))
	Label(done)
	end()
}

// normalize writes y = fma(x − mean, scale, shift).
func (v *vector) normalize() {
	v.begin("normalize", "func(y, x, mean, scale, shift *float32, rows, cols int)")
	y, x := pointer("y"), pointer("x")
	mean, scale, shift := pointer("mean"), pointer("scale"), pointer("shift")
	rows, cols, stride := matrix()
	registers := 4
	if !v.wide {
		registers = 2
	}
	v.each(cols, []reg.GPVirtual{y, x, mean, scale, shift}, registers, func() {
		m, a, b := v.load(mean), v.load(scale), v.load(shift)
		v.down(rows, stride, []reg.GPVirtual{y, x}, func(at []reg.GPVirtual) {
			d := v.load(at[1])
			v.into(d, sub, d, m)
			v.into(d, mulAdd, a, b)
			v.flush(d)
			v.store(d, at[0])
		})
	})
	end()
}

// normalizeGrad writes dx = scale·fma(mean − x, slope, dy − shift).
func (v *vector) normalizeGrad() {
	v.begin("normalizeGrad", "func(dx, dy, x, mean, shift, slope, scale *float32, rows, cols int)")
	dx, dy, x := pointer("dx"), pointer("dy"), pointer("x")
	mean, shift, slope, scale := pointer("mean"), pointer("shift"), pointer("slope"), pointer("scale")
	rows, cols, stride := matrix()
	registers := 4
	if !v.wide {
		registers = 1
	}
	v.each(cols, []reg.GPVirtual{dx, dy, x, mean, shift, slope, scale}, registers, func() {
		m, a, b, s := v.load(mean), v.load(shift), v.load(slope), v.load(scale)
		v.down(rows, stride, []reg.GPVirtual{dx, dy, x}, func(at []reg.GPVirtual) {
			d, g := v.load(at[2]), v.load(at[1])
			v.into(d, sub, m, d)
			v.into(g, sub, g, a)
			v.into(d, mulAdd, b, g)
			v.into(d, mul, d, s)
			v.flush(d)
			v.store(d, at[0])
		})
	})
	end()
}

// named begins a kernel of rows: with γ, or of that name and Plain without, whose argument is not used.
func (v *vector) named(name, signature string, gamma bool) {
	if !gamma {
		name += "Plain"
	}
	v.begin(name, signature)
}

// standardize writes y = fma((x − mean)·inv, gamma, beta), or without parameters the product alone.
func (v *vector) standardize(gamma bool) {
	v.named("standardize", "func(y, x, gamma, beta *float32, n int, mean, inv float32)", gamma)
	y, x, n := pointer("y"), pointer("x"), pointer("n")
	moving := []reg.GPVirtual{y, x}
	if gamma {
		moving = append(moving, pointer("gamma"), pointer("beta"))
	}
	numbers := v.numbersIn("mean", "inv")
	v.each(n, moving, 4, func() {
		d := v.load(x)
		v.into(d, sub, d, numbers[0])
		v.into(d, mul, d, numbers[1])
		if gamma {
			g := v.load(moving[2])
			v.into(d, mulAdd, g, v.load(moving[3]))
		}
		v.flush(d)
		v.store(d, y)
	})
	end()
}

// layerChunk gives the sums of g = dy·gamma and of g·(x − mean)·inv in chunkLanes lanes.
func (v *vector) layerChunk(gamma bool) {
	v.named("layerChunk", "func(dy, x, gamma *float32, n int, mean, inv float32) (sum, product float32)", gamma)
	dy, x, n := pointer("dy"), pointer("x"), pointer("n")
	moving := []reg.GPVirtual{dy, x}
	if gamma {
		moving = append(moving, pointer("gamma"))
	}
	numbers := v.numbersIn("mean", "inv")
	v.group = chunkLanes / v.lanes
	registers := v.group
	sums, products := v.fresh(), v.fresh()
	for i := range sums {
		v.zero(sums[i])
		v.zero(products[i])
	}
	take := func(first int) {
		g, d := v.load(dy), v.load(x)
		if gamma {
			v.into(g, mul, g, v.load(moving[2]))
		}
		v.into(d, sub, d, numbers[0])
		v.into(d, mul, d, numbers[1])
		if v.tail != nil {
			g, d = v.keep(mask{v.tail}, g), v.keep(mask{v.tail}, d)
		}
		v.into(sums[first:][:v.group], add, sums[first:][:v.group], g)
		v.into(products[first:][:v.group], accrue, g, d)
		for _, p := range moving {
			ADDQ(U32(uint32(4*v.lanes*v.group)), p)
		}
		SUBQ(U8(uint8(v.lanes*v.group)), n)
	}
	v.chunked(n, registers, take)
	Store(v.fold(sums), Return("sum"))
	Store(v.fold(products), Return("product"))
	end()
}

// layerGrad writes dx = inv·fma((mean − x)·inv, product, dy·gamma − sum).
func (v *vector) layerGrad(gamma bool) {
	v.named("layerGrad", "func(dx, dy, x, gamma *float32, n int, mean, inv, sum, product float32)", gamma)
	dx, dy, x, n := pointer("dx"), pointer("dy"), pointer("x"), pointer("n")
	moving := []reg.GPVirtual{dx, dy, x}
	if gamma {
		moving = append(moving, pointer("gamma"))
	}
	numbers := v.numbersIn("mean", "inv", "sum", "product")
	v.each(n, moving, 2, func() {
		g, d := v.load(dy), v.load(x)
		if gamma {
			v.into(g, mul, g, v.load(moving[3]))
		}
		v.into(d, sub, numbers[0][:v.group], d)
		v.into(d, mul, d, numbers[1])
		v.into(g, sub, g, numbers[2])
		v.into(d, mulAdd, numbers[3], g)
		v.into(d, mul, d, numbers[1])
		v.flush(d)
		v.store(d, dx)
	})
	end()
}

// layerParams adds dy·(x − mean)·inv to dgamma and dy to dbeta, with the mean and 1/σ of each row.
func (v *vector) layerParams() {
	v.begin("layerParams", "func(dgamma, dbeta, dy, x, mean, inv *float32, rows, cols, stride int)")
	dgamma, dbeta, dy, x := pointer("dgamma"), pointer("dbeta"), pointer("dy"), pointer("x")
	mean, inv := pointer("mean"), pointer("inv")
	rows, cols, stride := pointer("rows"), pointer("cols"), pointer("stride")
	registers := 4
	if !v.wide {
		registers = 2
	}
	v.each(cols, []reg.GPVirtual{dgamma, dbeta, dy, x}, registers, func() {
		products, sums := v.load(dgamma), v.load(dbeta)
		// The moments' addresses move by a number, the matrices' by a row.
		r := GP64()
		XORQ(r, r)
		v.down(rows, stride, []reg.GPVirtual{dy, x}, func(at []reg.GPVirtual) {
			m, s := v.register(), v.register()
			VBROADCASTSS(Mem{Base: mean, Index: r, Scale: 4}, m)
			VBROADCASTSS(Mem{Base: inv, Index: r, Scale: 4}, s)
			g, d := v.load(at[0]), v.load(at[1])
			v.into(d, sub, d, v.repeat(m))
			v.into(d, mul, d, v.repeat(s))
			v.into(products, accrue, g, d)
			v.into(sums, add, sums, g)
			INCQ(r)
		})
		v.store(products, dgamma)
		v.store(sums, dbeta)
	})
	end()
}
