package nn

import (
	"math"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// Squares are sums of squares over the elements of a parameter, of one update of it.
type Squares struct {
	Gradient float64 // of the gradient of the data's loss, without penalties
	Update   float64 // of the step times the learning rate: what the rule moves the parameter by, a decoupled decay aside
	Weights  float64 // of the parameter after the update
}

// descent is one update of all parameters by a rule.
type descent[T kernel.Float] struct {
	rule   optim.SGD
	update kernel.Update[T] // of the parameter that is being moved
	sums   kernel.SquareSums[T]
	watch  bool    // whether squares are wanted
	rescue []T     // of one that is computed once more, because its squares left the range
	decay  float64 // of the parameter that is being moved: its part in the gradient
	data   float64 // squares of the gradient of the data's loss, where a penalty was added to it; else negative
}

// begin makes d the descent of a step by rule.
func (d *descent[T]) begin(rule optim.SGD, watch bool) {
	d.rule, d.watch, d.data = rule, watch, -1
	d.update = kernel.Update[T]{SGDCoefficients: kernel.SGDCoefficients[T]{
		Rate: T(rule.Rate), Momentum: T(rule.Momentum), Nesterov: rule.Nesterov,
	}}
	if watch {
		d.update.Sums = &d.sums
	}
}

// of gives the update of q, whose old value nobody needs any longer: a decoupled decay comes first.
func (d *descent[T]) of(e *kernel.Engine, q *Param[T]) *kernel.Update[T] {
	d.decay = d.decayOf(q)
	d.update.WeightDecay = T(d.decay)
	if d.rule.Decoupled && d.rule.WeightDecay != 0 {
		e.Mark(q.Name)
		kernel.Scale(e, q.Data, T(1-float64(d.rule.Rate*d.rule.WeightDecay)))
	}
	if d.rule.Momentum != 0 && q.velocity == nil {
		q.velocity = make([]T, len(q.Data))
	}
	d.update.W, d.update.V = q.Data, q.velocity
	d.sums.Scale = T(math.Ldexp(1, q.exponent))
	return &d.update
}

// apply updates q by its gradient.
func (d *descent[T]) apply(e *kernel.Engine, q *Param[T], grad []T) {
	rows, cols := 1, len(q.Data)
	if len(q.Shape) > 1 {
		rows, cols = q.Shape[0], len(q.Data)/q.Shape[0]
	}
	grad = d.penalise(e, q, grad)
	u := d.of(e, q)
	e.Mark(q.Name)
	kernel.SGDUpdate(e, u, grad, rows, cols)
	d.done(e, q, func(g []T) { copy(g, grad) })
}

// done ends the update of q.
func (d *descent[T]) done(e *kernel.Engine, q *Param[T], gradient func(grad []T)) {
	if d.watch {
		d.measure(e, q, gradient)
	}
	d.data = -1
	d.limit(e, q)
}

// measure sets the squares of q, which was updated. Those of single precision may leave its range where a
// gradient has vanished or exploded: then gradient computes it once more, and the squares that were lost
// are added in float64.
func (d *descent[T]) measure(e *kernel.Engine, q *Param[T], gradient func(grad []T)) {
	totals, ok := d.sums.Totals(e)
	if !ok[0] || !ok[1] {
		if len(d.rescue) < len(q.Data) {
			d.rescue = make([]T, len(q.Data))
		}
		g := d.rescue[:len(q.Data)]
		gradient(g)
		totals[0], totals[1] = kernel.SumSquares(e, g), d.exactStep(q, g)
	}
	if !ok[2] {
		totals[2] = kernel.SumSquares(e, q.Data)
	}
	q.exponent = exponentFor(totals[0] / float64(len(q.Data)))
	if d.data >= 0 {
		totals[0] = d.data
	}
	q.Squares = Squares{totals[0], totals[1] * d.rule.Rate * d.rule.Rate, totals[2]}
}

// exactStep is the sum of squares of the step d that the gradient g led to. With momentum it is the
// velocity. Otherwise d = u + λ·w with u = g, or μ·v + g for Nesterov's, and with w before the update; w' after
// it is w − η·d, so that d = (u + λ·w')/(1 − η·λ).
func (d *descent[T]) exactStep(q *Param[T], g []T) float64 {
	squares := 0.0
	for i, grad := range g {
		step := float64(grad)
		switch {
		case d.rule.Momentum != 0 && !d.rule.Nesterov:
			step = float64(q.velocity[i])
		default:
			if d.rule.Momentum != 0 {
				step += float64(d.rule.Momentum * float64(q.velocity[i]))
			}
			step = (step + float64(d.decay*float64(q.Data[i]))) / (1 - float64(d.rule.Rate*d.decay))
		}
		squares += float64(step * step)
	}
	return squares
}

// exponentFor gives the power of two that brings numbers of this mean square into the middle of the
// range; 0 for those that lie there anyway.
func exponentFor(meanSquare float64) int {
	if !(meanSquare > 0) || math.IsInf(meanSquare, 0) || meanSquare > 0x1p-40 && meanSquare < 0x1p40 {
		return 0
	}
	_, e := math.Frexp(meanSquare)
	return -e / 2
}

// room gives memory for the gradient of a bias, or of filters, which are small: it stays in the cache.
func (d *descent[T]) room(q *Param[T]) []T {
	if q == nil {
		return nil
	}
	if q.sums == nil {
		q.sums = make([]T, len(q.Data))
	}
	return q.sums
}
