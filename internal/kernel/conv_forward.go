package kernel

// The forward product has two forms of the same bits. Usually filters are the columns of a tile and
// the pixels of a row its rows. Where there are few filters, most of a vector would be idle: then
// the image is laid out in planes, one per channel, pixels are the columns and filters the rows.

func (v *conv[T]) forward(w *worker[T], from, to int) {
	g := &v.g
	in, out := g.H*g.W*g.C, g.OutH*g.OutW*g.F
	for i := from; i < to; i++ {
		if v.planar {
			v.correlatePlanes(w, v.x[i*in:][:in], v.y[i*out:][:out])
			continue
		}
		x, wide := v.padded(w, v.x[i*in:])
		v.correlate(w, x, wide, v.y[i*out:])
	}
}

// packWeights lays out the weights with filters as neighbours, in panels.
func (v *conv[T]) packWeights(w *worker[T]) {
	g := &v.g
	v.columns = w.maxColumns()
	taps := g.taps()
	panels := (g.F + v.columns - 1) / v.columns
	v.packed = grow(&w.packB, (panels*taps+16)*v.columns)
	for p := range panels {
		f := p * v.columns
		w.transpose(v.packed[p*taps*v.columns:], v.columns, v.weights[f*taps:], taps, min(v.columns, g.F-f), taps)
	}
}

// correlate computes y [OutH, OutW, F] from the image x, wide pixels across: the pixels of a row of
// y are the rows of a tile, and one call takes a column of tiles.
func (v *conv[T]) correlate(w *worker[T], x []T, wide int, y []T) {
	g := &v.g
	pixels := balance(g.OutW, w.maxRows())
	t := tile[T]{
		k1: g.KW * g.C, a1: 1, b1: v.columns,
		k2: g.KH, a2: (wide - g.KW) * g.C,
		k3: 1, ai: g.SW * g.C, ci: g.F, last: true,
		count: g.OutH, aNext: g.SH * wide * g.C, cNext: g.OutW * g.F,
	}
	for p := 0; p < g.F; p += v.columns {
		t.n = min(v.columns, g.F-p)
		if v.bias != nil {
			t.bias = v.bias[p:]
		}
		for ox := 0; ox < g.OutW; ox += pixels {
			t.m = min(pixels, g.OutW-ox)
			t.b = v.packed[p*g.taps():]
			t.a = x[ox*g.SW*g.C:]
			t.c = y[ox*g.F+p:]
			w.run(&t)
		}
	}
}

// prefersPlanes says whether pixels as columns leave fewer lanes idle than filters do.
func (w *worker[T]) prefersPlanes(g *Conv) bool {
	if w.set == nil || g.SW != 1 || g.C > maxPlanes || g.F > maxPlanes {
		return false
	}
	return w.idle(g.OutW) < w.idle(g.F)
}

// idle is the fraction of the lanes of vectors that n columns leave unused.
func (w *worker[T]) idle(n int) float64 {
	vectors := (n + w.set.lanes - 1) / w.set.lanes
	return 1 - float64(n)/float64(vectors*w.set.lanes)
}

// correlatePlanes is correlate on planes: those of x are made first, those of y put together after.
func (v *conv[T]) correlatePlanes(w *worker[T], x, y []T) {
	g := &v.g
	wide, high := g.W+2*g.PW, g.H+2*g.PH
	size, out := wide*high, g.OutH*g.OutW
	room := grow(&w.image, g.C*size+g.F*out)
	in, planes := room[:g.C*size], room[g.C*size:][:g.F*out]
	if g.PH == 0 && g.PW == 0 {
		w.split(in, size, x, g.C, size)
	} else {
		clear(in)
		for row := range g.H {
			w.split(in[(row+g.PH)*wide+g.PW:], size, x[row*g.W*g.C:], g.C, g.W)
		}
	}
	columns, filters := w.maxColumns(), balance(g.F, w.maxRows())
	t := tile[T]{
		k1: g.C, b1: size, a1: 1,
		k2: g.KW, b2: 1 - g.C*size,
		k3: g.KH, b3: wide - g.KW,
		ai: g.taps(), ci: out, last: true,
		count: g.OutH, bNext: g.SH * wide, cNext: g.OutW,
	}
	for f := 0; f < g.F; f += filters {
		t.m = min(filters, g.F-f)
		if v.bias != nil {
			t.rowBias = v.bias[f:]
		}
		for ox := 0; ox < g.OutW; ox += columns {
			t.n = min(columns, g.OutW-ox)
			t.a = v.weights[f*g.taps():]
			t.b = in[ox:]
			t.c = planes[f*out+ox:]
			w.run(&t)
		}
	}
	w.join(y, planes, out, g.F, out)
}
