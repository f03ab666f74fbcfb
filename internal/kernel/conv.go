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
	s.conv = conv[T]{kind: forward, g: *g, y: y, x: x, weights: w, bias: bias, n: n}
	s.conv.planar = s.workers[0].prefersPlanes(g)
	if !s.conv.planar && e.recorder == nil {
		s.conv.packWeights(&s.workers[0])
	}
	divide(e, &s.conv, g.flops(n))
}

// ConvInputGrad computes dx [n, H, W, C] from dy [n, OutH, OutW, F]: every element of dy, times the
// weights of its filter, is added to the window it came from. Products of one element of dx are
// summed over the kernel's rows from the last to the first, its columns from the last to the first,
// and the filters.
func ConvInputGrad[T Float](e *Engine, g *Conv, dx, dy, w []T, n int) {
	s := spaceOf[T](e)
	s.conv = conv[T]{kind: inputGrad, g: *g, y: dx, dy: dy, weights: w, n: n}
	divide(e, &s.conv, g.flops(n))
}

// ConvWeightGrad computes dw [F, KH, KW, C] and db [F], or nil, from x and dy of a whole batch: dw is
// summed over sample, row and column, db over the samples' column sums (see ColSum).
func ConvWeightGrad[T Float](e *Engine, g *Conv, dw, db, x, dy []T, n int) {
	ConvWeightGradPart(e, g, dw, db, x, dy, 0, n, n)
}

// ConvWeightGradPart is ConvWeightGrad for n samples of a batch of total, the first of which is number
// at: dw and db hold what those before it gave. Between the first part and the last they are sums that
// go on, and not the gradient of anything.
func ConvWeightGradPart[T Float](e *Engine, g *Conv, dw, db, x, dy []T, at, n, total int) {
	s := spaceOf[T](e)
	s.conv = conv[T]{kind: weightGrad, g: *g, y: dw, bias: db, x: x, dy: dy, n: n, begin: at == 0, end: at+n == total}
	s.conv.turned = s.workers[0].prefersTurned(g)
	divide(e, &s.conv, g.flops(n))
	if s.conv.turned && s.conv.end && e.recorder == nil {
		s.conv.turn(grow(&s.turned, len(dw)))
	}
}

const (
	forward = iota
	inputGrad
	weightGrad
)

// conv is one of the three products of a convolution, divided over threads by samples (the weights'
// gradient by rows of the kernel and filters). No product is laid out as a matrix: a tile walks the
// image.
type conv[T Float] struct {
	kind    int
	g       Conv
	y, x    []T
	dy      []T
	weights []T
	bias    []T
	n       int
	planar  bool // of forward: pixels, not filters, are the columns of a tile
	packed  []T  // of forward otherwise: the weights as [panel][tap][columns of a panel]
	columns int  // of one panel

	begin, end bool // of the weights' gradient: whether these samples are the first, and the last
	turned     bool // filters, not taps, are the columns of its tiles; until the end it is [tap][filter]
}

func (v *conv[T]) part(w *worker[T], part, parts int) {
	from, to := v.n*part/parts, v.n*(part+1)/parts
	switch v.kind {
	case forward:
		v.forward(w, from, to)
	case inputGrad:
		v.inputGrad(w, from, to)
	case weightGrad:
		v.weightGrad(w, part, parts)
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
