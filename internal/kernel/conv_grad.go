package kernel

// together is the number of images whose tiles alternate in the input's gradient: a tile reads again
// what the one before it on the same image wrote, and would wait for it.
const together = 4

func (v *conv[T]) inputGrad(w *worker[T], from, to int) {
	size := v.g.H * v.g.W * v.g.C
	for i := from; i < to; i += together {
		n := min(together, to-i)
		dx := v.y[i*size:][:n*size]
		clear(dx)
		v.scatter(w, dx, v.dy[i*v.g.OutH*v.g.OutW*v.g.F:], n)
		w.flush(dx)
	}
}

// scatter adds to dx what n images of dy gave. A tile takes one column of dy (its rows are image rows,
// its inner dimension the filters) and one row of the kernel, whose columns and channels are
// neighbours in dx as they are in the weights; what would fall into the padding is left out.
// Kernel rows from the last to the first, and for each the columns of dy from the first to the last,
// give every element its products in the order of the contract. Where a kernel row is wider than a
// tile, its last columns come first for the same reason.
func (v *conv[T]) scatter(w *worker[T], dx, dy []T, n int) {
	g := &v.g
	columns, width := w.maxColumns(), g.KW*g.C
	t := tile[T]{
		k1: g.F, k2: 1, k3: 1, a1: 1, b1: g.taps(),
		ai: g.OutW * g.F, ci: g.SH * g.W * g.C, load: true,
		count: n, aNext: g.OutH * g.OutW * g.F, cNext: g.H * g.W * g.C, // from image to image, or see below
	}
	for r := g.KH - 1; r >= 0; r-- {
		// The rows of dy whose kernel row r lies in the image: 0 ≤ oy·SH + r − PH < H.
		y0, y1 := max(0, (g.PH-r+g.SH-1)/g.SH), min(g.OutH, (g.H+g.PH-r+g.SH-1)/g.SH)
		if y0 >= y1 {
			continue
		}
		rows := balance(y1-y0, w.maxRows())
		for j := (width - 1) / columns * columns; j >= 0; j -= columns {
			for ox := 0; ox < g.OutW; {
				first := ox
				from, to := v.inside(ox, j, columns)
				if ox++; n == 1 { // the columns of dy with as many neighbours follow one another
					for ox < g.OutW && v.insideAs(ox, j, columns, from, to) {
						ox++
					}
					t.count, t.aNext, t.cNext = ox-first, g.F, g.SW*g.C
				}
				if from >= to {
					continue
				}
				t.n = to - from
				for oy := y0; oy < y1; oy += rows {
					t.m = min(rows, y1-oy)
					t.b = v.weights[r*width+from:]
					t.a = dy[(oy*g.OutW+first)*g.F:]
					t.c = dx[((oy*g.SH+r-g.PH)*g.W+first*g.SW-g.PW)*g.C+from:]
					w.run(&t)
				}
			}
		}
	}
}

// inside gives the columns from ≤ k < to of a kernel row, of those that a tile at j takes, that lie in the
// image when the kernel stands at column ox of dy.
func (v *conv[T]) inside(ox, j, columns int) (from, to int) {
	g := &v.g
	start := (ox*g.SW - g.PW) * g.C
	return max(j, -start), min(j+columns, g.KW*g.C, g.W*g.C-start)
}

func (v *conv[T]) insideAs(ox, j, columns, from, to int) bool {
	f, t := v.inside(ox, j, columns)
	return f == from && t == to
}

// weightGrad computes a part of the weights' gradient. Usually filters are the rows of a tile, the
// columns and channels of one kernel row its columns; turned, the other way round. Samples are added one
// after the other, each while it is in the cache.
func (v *conv[T]) weightGrad(w *worker[T], part, parts int) {
	g := &v.g
	width, columns := g.KW*g.C, w.maxColumns()
	m, n := g.F, width
	if v.turned {
		m, n = n, m
	}
	rows := balance(m, w.maxRows())
	groups := (m + rows - 1) / rows
	from, to := g.KH*groups*part/parts, g.KH*groups*(part+1)/parts
	for i := range v.n {
		x, wide := v.padded(w, v.x[i*g.H*g.W*g.C:])
		dy := v.dy[i*g.OutH*g.OutW*g.F:][:g.OutH*g.OutW*g.F]
		begin, end := v.begin && i == 0, v.end && i == v.n-1
		t := tile[T]{
			k1: g.OutW, k2: g.OutH, k3: 1, ai: 1, load: !begin, last: end,
			a1: g.F, b1: g.SW * g.C, b2: (g.SH*wide - g.OutW*g.SW) * g.C, ci: g.taps(),
		}
		if v.turned {
			t.a1, t.a2, t.b1, t.b2, t.ci = t.b1, t.b2, g.F, 0, g.F
		}
		for unit := from; unit < to; unit++ {
			r, i := unit/groups, unit%groups*rows
			t.m = min(rows, m-i)
			for j := 0; j < n; j += columns {
				t.n = min(columns, n-j)
				if v.turned {
					t.a, t.b, t.c = x[r*wide*g.C+i:], dy[j:], v.y[(r*width+i)*g.F+j:]
				} else {
					t.a, t.b, t.c = dy[i:], x[r*wide*g.C+j:], v.y[i*g.taps()+r*width+j:]
				}
				w.run(&t)
			}
		}
		if v.bias != nil && part == parts-1 {
			v.biasGrad(w, dy, begin, end)
		}
	}
}

// biasGrad adds the column sums of one sample's dy.
func (v *conv[T]) biasGrad(w *worker[T], dy []T, begin, end bool) {
	f := v.g.F
	if begin {
		clear(v.bias[:f])
	}
	one := grow(&w.gradient, f)
	w.colSum(one, dy, v.g.OutH*v.g.OutW, f)
	for i, s := range one[:f] {
		v.bias[i] += s
	}
	if end {
		flushAll(v.bias[:f])
	}
}

// prefersTurned says whether filters as columns leave fewer lanes idle than a kernel row does.
func (w *worker[T]) prefersTurned(g *Conv) bool {
	return w.set != nil && w.idle(g.F) < w.idle(g.KW*g.C)
}

// turn makes [filter][tap] of [tap][filter].
func (v *conv[T]) turn(room []T) {
	taps, f := v.g.taps(), v.g.F
	copy(room, v.y[:taps*f])
	for i := range f {
		for t := range taps {
			v.y[i*taps+t] = room[t*f+i]
		}
	}
}
