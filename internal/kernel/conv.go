package kernel

// Conv is the geometry of a two-dimensional cross-correlation over images [H, W, C] that gives
// images [OutH, OutW, F]. Weights are [F, KH, KW, C]: the order in which products are summed.
type Conv struct {
	H, W, C    int
	F          int // filters
	KH, KW     int // kernel
	SH, SW     int // stride
	PH, PW     int // zeros on each side
	OutH, OutW int // (H + 2·PH − KH)/SH + 1, and so for W
}

// taps is the number of products in one output.
func (g *Conv) taps() int { return g.KH * g.KW * g.C }

func (g *Conv) flops(n int) int { return 2 * n * g.OutH * g.OutW * g.F * g.taps() }

// ConvForward computes y [n, OutH, OutW, F] from x [n, H, W, C], weights w and bias [F] or nil.
// Products are summed over kernel row, kernel column and channel, those of the padding with +0.
func ConvForward[T Float](e *Engine, g *Conv, y, x, w, bias []T, n int) {
	s := spaceOf[T](e)
	s.conv = conv[T]{kind: forward, g: *g, y: y, x: x, bias: bias, n: n}
	s.conv.packWeights(&s.workers[0], w, false)
	divide(e, &s.conv, g.flops(n))
}

// ConvInputGrad computes dx [n, H, W, C] from dy [n, OutH, OutW, F]. It is a cross-correlation too:
// of dy, with SH−1 and SW−1 zeros between its elements and zeros around it, with the kernel turned
// by half a circle. Products are summed over the turned kernel's row, column, and filter.
func ConvInputGrad[T Float](e *Engine, g *Conv, dx, dy, w []T, n int) {
	s := spaceOf[T](e)
	s.conv = conv[T]{kind: inputGrad, g: *g, y: dx, x: dy, n: n}
	s.conv.packWeights(&s.workers[0], w, true)
	divide(e, &s.conv, g.flops(n))
}

// ConvWeightGrad computes dw [F, KH, KW, C] from x and dy, summed over sample, row and column.
func ConvWeightGrad[T Float](e *Engine, g *Conv, dw, x, dy []T, n int) {
	s := spaceOf[T](e)
	s.conv = conv[T]{kind: weightGrad, g: *g, y: dw, x: x, dy: dy, n: n}
	divide(e, &s.conv, g.flops(n))
}

const (
	forward = iota
	inputGrad
	weightGrad
)

// conv is one of the three products of a convolution, divided over threads by samples (or by kernel
// rows for the weights' gradient). No product is laid out as a matrix: a tile walks the image.
type conv[T Float] struct {
	kind    int
	g       Conv
	y, x    []T
	dy      []T
	bias    []T
	n       int
	weights []T // [panel][tap][columns of a panel]
	columns int // of one panel
}

// packWeights lays out the weights with filters (or, turned, channels) as neighbours, in panels.
func (v *conv[T]) packWeights(w *worker[T], weights []T, turned bool) {
	g := &v.g
	v.columns = w.maxColumns()
	if !turned {
		taps := g.taps()
		panels := (g.F + v.columns - 1) / v.columns
		v.weights = grow(&w.packB, (panels*taps+16)*v.columns)
		for p := range panels {
			f := p * v.columns
			w.transpose(v.weights[p*taps*v.columns:], v.columns, weights[f*taps:], taps, min(v.columns, g.F-f), taps)
		}
		return
	}
	taps := g.KH * g.KW * g.F
	panels := (g.C + v.columns - 1) / v.columns
	v.weights = grow(&w.packB, panels*taps*v.columns)
	for p := range panels {
		c := p * v.columns
		n := min(v.columns, g.C-c)
		tap := v.weights[p*taps*v.columns:]
		for r := g.KH - 1; r >= 0; r-- {
			for s := g.KW - 1; s >= 0; s-- {
				for f := range g.F {
					copy(tap[:n], weights[((f*g.KH+r)*g.KW+s)*g.C+c:])
					tap = tap[min(v.columns, len(tap)):]
				}
			}
		}
	}
}

func (v *conv[T]) part(w *worker[T], part, parts int) {
	g := &v.g
	switch v.kind {
	case forward:
		for i := v.n * part / parts; i < v.n*(part+1)/parts; i++ {
			x, wide := v.padded(w, v.x[i*g.H*g.W*g.C:])
			v.correlate(w, x, wide, g.C, g.SH, g.SW, v.y[i*g.OutH*g.OutW*g.F:], g.OutH, g.OutW, g.F)
		}
	case inputGrad:
		for i := v.n * part / parts; i < v.n*(part+1)/parts; i++ {
			x, wide := v.spread(w, v.x[i*g.OutH*g.OutW*g.F:])
			v.correlate(w, x, wide, g.F, 1, 1, v.y[i*g.H*g.W*g.C:], g.H, g.W, g.C)
		}
	case weightGrad:
		from, to := g.KH*part/parts, g.KH*(part+1)/parts
		for i := range v.n {
			x, wide := v.padded(w, v.x[i*g.H*g.W*g.C:])
			v.weightRows(w, x, wide, v.dy[i*g.OutH*g.OutW*g.F:], from, to, i)
		}
	}
}

// padded gives the image x with its zeros around it, and the width of what it gives.
func (v *conv[T]) padded(w *worker[T], x []T) ([]T, int) {
	g := &v.g
	if g.PH == 0 && g.PW == 0 {
		return x, g.W
	}
	wide, high := g.W+2*g.PW, g.H+2*g.PH
	image := grow(&w.image, wide*high*g.C)[:wide*high*g.C]
	clear(image)
	for row := range g.H {
		copy(image[((row+g.PH)*wide+g.PW)*g.C:], x[row*g.W*g.C:][:g.W*g.C])
	}
	return image, wide
}

// spread gives dy with zeros between and around its elements, such that the window at (y, x) of the
// turned kernel covers what the input's element (y, x) went into.
func (v *conv[T]) spread(w *worker[T], dy []T) ([]T, int) {
	g := &v.g
	wide, high := g.W+g.KW-1, g.H+g.KH-1
	image := grow(&w.image, wide*high*g.F)[:wide*high*g.F]
	clear(image)
	for oy := range g.OutH {
		row := oy*g.SH + g.KH - 1 - g.PH
		if row < 0 || row >= high {
			continue
		}
		for ox := range g.OutW {
			if col := ox*g.SW + g.KW - 1 - g.PW; col >= 0 && col < wide {
				copy(image[(row*wide+col)*g.F:][:g.F], dy[(oy*g.OutW+ox)*g.F:])
			}
		}
	}
	return image, wide
}

// correlate computes y [outH, outW, f] from the image x, wide pixels of c channels across, with the
// packed weights: the pixels of a row of y are the rows of a tile.
func (v *conv[T]) correlate(w *worker[T], x []T, wide, c, sh, sw int, y []T, outH, outW, f int) {
	kh, kw := v.g.KH, v.g.KW
	pixels := balance(outW, w.maxRows())
	t := tile[T]{
		k1: kw * c, a1: 1, b1: v.columns,
		k2: kh, k3: 1, a2: (wide - kw) * c,
		ai: sw * c, ci: f, last: true,
	}
	for p := 0; p < f; p += v.columns {
		t.n = min(v.columns, f-p)
		t.b = v.weights[p*kh*kw*c:]
		if v.bias != nil {
			t.bias = v.bias[p:]
		}
		for oy := range outH {
			for ox := 0; ox < outW; ox += pixels {
				t.m = min(pixels, outW-ox)
				t.a = x[(oy*sh*wide+ox*sw)*c:]
				t.c = y[(oy*outW+ox)*f+p:]
				w.run(&t)
			}
		}
	}
}

// weightRows adds sample i to the kernel rows from … to of the weights' gradient: filters are the
// rows of a tile, the columns and channels of one kernel row its columns.
func (v *conv[T]) weightRows(w *worker[T], x []T, wide int, dy []T, from, to, i int) {
	g := &v.g
	filters, columns := balance(g.F, w.maxRows()), w.maxColumns()
	t := tile[T]{
		k1: g.OutW, a1: g.F, b1: g.SW * g.C,
		k2: g.OutH, k3: 1, b2: (g.SH*wide - g.OutW*g.SW) * g.C,
		ai: 1, ci: g.taps(), load: i > 0, last: i == v.n-1,
	}
	for r := from; r < to; r++ {
		for j := 0; j < g.KW*g.C; j += columns {
			t.n = min(columns, g.KW*g.C-j)
			t.b = x[r*wide*g.C+j:]
			for f := 0; f < g.F; f += filters {
				t.m = min(filters, g.F-f)
				t.a = dy[f:]
				t.c = v.y[f*g.taps()+r*g.KW*g.C+j:]
				w.run(&t)
			}
		}
	}
}
