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
		count: n, aNext: g.OutH * g.OutW * g.F, cNext: g.H * g.W * g.C, // from image to image
	}
	for r := g.KH - 1; r >= 0; r-- {
		// The rows of dy whose kernel row r lies in the image: 0 ≤ oy·SH + r − PH < H.
		y0, y1 := max(0, (g.PH-r+g.SH-1)/g.SH), min(g.OutH, (g.H+g.PH-r+g.SH-1)/g.SH)
		if y0 >= y1 {
			continue
		}
		rows := balance(y1-y0, w.maxRows())
		for j := (width - 1) / columns * columns; j >= 0; j -= columns {
			for ox := range g.OutW {
				start := (ox*g.SW - g.PW) * g.C // of the kernel row in the image row
				from, to := max(j, -start), min(j+columns, width, g.W*g.C-start)
				if from >= to {
					continue
				}
				t.n = to - from
				for oy := y0; oy < y1; oy += rows {
					t.m = min(rows, y1-oy)
					t.b = v.weights[r*width+from:]
					t.a = dy[(oy*g.OutW+ox)*g.F:]
					t.c = dx[(oy*g.SH+r-g.PH)*g.W*g.C+start+from:]
					w.run(&t)
				}
			}
		}
	}
}

// weightGrad computes a part of the weights' gradient: filters are the rows of a tile, the columns and
// channels of one kernel row its columns. Samples are added one after the other, each while it is in
// the cache.
func (v *conv[T]) weightGrad(w *worker[T], part, parts int) {
	g := &v.g
	filters, columns := balance(g.F, w.maxRows()), w.maxColumns()
	groups := (g.F + filters - 1) / filters
	from, to := g.KH*groups*part/parts, g.KH*groups*(part+1)/parts
	t := tile[T]{
		k1: g.OutW, a1: g.F, b1: g.SW * g.C,
		k2: g.OutH, k3: 1,
		ai: 1, ci: g.taps(),
	}
	for i := range v.n {
		x, wide := v.padded(w, v.x[i*g.H*g.W*g.C:])
		dy := v.dy[i*g.OutH*g.OutW*g.F:]
		t.b2 = (g.SH*wide - g.OutW*g.SW) * g.C
		t.load, t.last = i > 0, i == v.n-1
		for unit := from; unit < to; unit++ {
			r, f := unit/groups, unit%groups*filters
			t.m = min(filters, g.F-f)
			for j := 0; j < g.KW*g.C; j += columns {
				t.n = min(columns, g.KW*g.C-j)
				t.b = x[r*wide*g.C+j:]
				t.a = dy[f:]
				t.c = v.y[f*g.taps()+r*g.KW*g.C+j:]
				w.run(&t)
			}
		}
	}
}
