package kernel

import (
	"unsafe"

	"gradlab/internal/canon"
)

// SGDCoefficients are the numbers of one update by stochastic gradient descent.
type SGDCoefficients[T Float] struct {
	Rate        T // η, the learning rate
	Momentum    T // μ; 0 keeps no velocity
	WeightDecay T // λ of the L2 penalty ½λ|w|²; 0 leaves it out
	Nesterov    bool
}

// Update moves the weights W against a gradient, with the velocity V (nil without momentum). Per
// element, as PyTorch's SGD:
//
//	d = g, or fma(λ, w, g)
//	v = flush(fma(μ, v, d)); d = v, or fma(μ, v, d) for Nesterov's
//	w = flush(fma(−η, d, w))
type Update[T Float] struct {
	W, V []T
	SGDCoefficients[T]
	Sums *SquareSums[T] // nil where nobody wants them
}

// SquareSums are the sums of squares of the gradient, of the step d, and of the weights after the
// update, per column of the matrix and down its rows: s = fma(q, q, s) with q the element, those of
// the gradient and the step times Scale, a power of two that keeps their squares in T's range.
// Columns holds them one after the other, three times the number of columns.
type SquareSums[T Float] struct {
	Scale   T
	Columns []T
}

// reset makes room for the sums of cols columns, all +0.
func (s *SquareSums[T]) reset(cols int) {
	clear(grow(&s.Columns, 3*cols))
	s.Columns = s.Columns[:3*cols]
}

// Totals adds the columns up in float64, without the scale: the sums of squares of the gradient, the
// step and the weights. Where ok is false squares may have left T's range, and the total be wrong.
func (s *SquareSums[T]) Totals(e *Engine) (totals [3]float64, ok [3]bool) {
	cols := len(s.Columns) / 3
	scale := float64(s.Scale) * float64(s.Scale)
	for i := range totals {
		t, _ := spaceOf[T](e).workers[0].moments(s.Columns[i*cols:][:cols], 0, nil)
		// Squares below 2^−126 are rounded or lost: they must not count beside the sum.
		ok[i] = t > 0x1p-60 && t < 0x1p+120
		if i < 2 {
			t /= scale
		}
		totals[i] = t
	}
	return totals, ok
}

// updateArgs is a block of an update as the assembly reads it: strides in bytes, the fields at the
// offsets that the generator knows.
type updateArgs struct {
	rows, n                      int
	g                            *float32
	gi                           int
	w                            *float32
	wi                           int
	v                            *float32
	vi                           int
	sums                         *float32
	sumsI                        int
	rate, momentum, decay, scale float32
}

// SGDUpdate applies u to weights [rows, cols] with the gradient g, of the same shape.
func SGDUpdate[T Float](e *Engine, u *Update[T], g []T, rows, cols int) {
	s := spaceOf[T](e)
	if u.Sums != nil {
		u.Sums.reset(cols)
	}
	s.sgd = sgd[T]{u: u, g: g[:rows*cols], rows: rows, cols: cols}
	divide(e, &s.sgd, 8*rows*cols) // of memory rather than arithmetic: as long as so many operations
}

// sgd is an update divided over threads by columns.
type sgd[T Float] struct {
	u          *Update[T]
	g          []T
	rows, cols int
}

func (s *sgd[T]) part(w *worker[T], part, parts int) {
	from, to := share(s.cols, 64, part, parts)
	if from < to {
		w.update(s.u, s.g[from:], s.cols, s.rows, to-from, from, s.cols)
	}
}

// update applies u to rows rows and n columns of a matrix with cols columns, from index at on, with the
// gradient g, whose rows are gi apart.
func (w *worker[T]) update(u *Update[T], g []T, gi, rows, n, at, cols int) {
	if f := w.updateKernel(u); f != nil {
		w.updateAsm(f, u, g, gi, rows, n, at, cols)
		return
	}
	for i := range rows {
		for j := range n {
			u.one(g[i*gi+j], at+i*cols+j, (at+j)%cols)
		}
	}
}

// plain says that the update is w = fma(−η, g, w) and nothing else, which a tile can do by itself.
func (u *Update[T]) plain() bool { return u.Momentum == 0 && u.WeightDecay == 0 }

// rule numbers the kernels: plain, momentum, Nesterov; and whether weights decay.
func (c *SGDCoefficients[T]) rule() (rule, decay int) {
	if c.Momentum != 0 {
		rule = 1
		if c.Nesterov {
			rule = 2
		}
	}
	if c.WeightDecay != 0 {
		decay = 1
	}
	return rule, decay
}

// updateKernel is the assembly for u; nil for none.
func (w *worker[T]) updateKernel(u *Update[T]) func(*byte) {
	if w.set == nil || w.set.updates == nil {
		return nil
	}
	rule, decay := u.rule()
	sums := 0
	if u.Sums != nil {
		sums = 1
	}
	return w.set.updates[rule][decay][sums]
}

func (w *worker[T]) updateAsm(kernel func(*byte), u *Update[T], g []T, gi, rows, n, at, cols int) {
	a := &w.updateArgs
	a.rows, a.n = rows, n
	a.g, a.gi = first(g), 4*gi
	a.w, a.wi = first(u.W[at:]), 4*cols
	a.rate, a.momentum, a.decay = float32(u.Rate), float32(u.Momentum), float32(u.WeightDecay)
	if u.Momentum != 0 {
		a.v, a.vi = first(u.V[at:]), 4*cols
	}
	if u.Sums != nil {
		a.sums, a.sumsI, a.scale = first(u.Sums.Columns[at%cols:]), 4*cols, float32(u.Sums.Scale)
	}
	kernel((*byte)(unsafe.Pointer(a)))
}

// one moves the weight at index i, in column j, against the gradient d.
func (u *Update[T]) one(d T, i, j int) {
	rule, decay := u.rule()
	var squares []T
	if u.Sums != nil {
		squares = u.Sums.Columns
		q := d * u.Sums.Scale
		squares[j] = canon.FMA(q, q, squares[j])
	}
	w := &u.W[i]
	if decay != 0 {
		d = canon.FMA(u.WeightDecay, *w, d)
	}
	if rule != 0 {
		v := canon.Flush(canon.FMA(u.Momentum, u.V[i], d))
		u.V[i] = v
		if rule == 1 {
			d = v
		} else {
			d = canon.FMA(u.Momentum, v, d)
		}
	}
	*w = canon.Flush(canon.FMA(-u.Rate, d, *w))
	if squares != nil {
		cols := len(squares) / 3
		q := d * u.Sums.Scale
		squares[cols+j] = canon.FMA(q, q, squares[cols+j])
		squares[2*cols+j] = canon.FMA(*w, *w, squares[2*cols+j])
	}
}
