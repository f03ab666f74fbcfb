package nn

import (
	"math"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// Penalties are the parts of what a penalty adds to the loss.
type Penalties struct {
	L1 float64 // λ·Σ|w|
	L2 float64 // λ·Σw²
}

// Sum is what is added.
func (p Penalties) Sum() float64 { return p.L1 + p.L2 }

// Penalties are what the penalty adds to the loss of the data, for the parameters as they are. The sums are
// added up in float64, parameter by parameter in forward order.
func (p *Plan[T]) Penalties(penalty optim.Penalty) Penalties {
	var absolute, squares float64
	for _, q := range p.Params() {
		if !q.penalised(penalty) {
			continue
		}
		if penalty.L1 != 0 {
			for _, w := range q.Data {
				absolute += math.Abs(float64(w))
			}
		}
		if penalty.L2 != 0 {
			squares += kernel.SumSquares(p.engine, q.Data)
		}
	}
	return Penalties{float64(penalty.L1 * absolute), float64(penalty.L2 * squares)}
}

// penalised says whether a penalty is over q.
func (q *Param[T]) penalised(p optim.Penalty) bool {
	return (p.Biases || !q.bias) && (p.Norms || !q.normalises())
}

// normalises says whether q is a weight or a bias of a normalisation: these begin at a number of their own.
func (q *Param[T]) normalises() bool { return q.begins != nil }

// absolute says whether the penalty's L1 is over q. Its gradient is added to that of the data's loss, which is
// therefore stored for a while. L2 needs no such thing: it rides on the update's weight decay.
func (d *descent[T]) absolute(q *Param[T]) bool {
	return d.rule.Penalty.L1 != 0 && q.penalised(d.rule.Penalty)
}

// decayOf is the factor of the weights in their own gradient: of the decay, where it is coupled, and of L2.
func (d *descent[T]) decayOf(q *Param[T]) float64 {
	decay := d.rule.WeightDecay
	if d.rule.Decoupled {
		decay = 0
	}
	if q.penalised(d.rule.Penalty) {
		decay += float64(2 * d.rule.Penalty.L2)
	}
	return decay
}

// penalise gives grad with the gradient of the penalty's L1, in memory of its own where grad is q's stored one.
func (d *descent[T]) penalise(e *kernel.Engine, q *Param[T], grad []T) []T {
	if !d.absolute(q) {
		return grad
	}
	if d.watch {
		d.data = kernel.SumSquares(e, grad)
	}
	sum := d.room(q)
	e.Mark(q.Name)
	kernel.AddSign(e, sum, grad, q.Data, T(d.rule.Penalty.L1))
	return sum
}

// limit brings rows of weights that are longer than the rule allows down to that. A row is what a unit or a
// filter weighs its inputs by; biases and the weights of normalisations are none.
func (d *descent[T]) limit(e *kernel.Engine, q *Param[T]) {
	if d.rule.MaxNorm == 0 || q.bias || q.normalises() {
		return
	}
	rows := q.Shape[0]
	e.Mark(q.Name)
	if kernel.LimitRows(e, q.Data, rows, len(q.Data)/rows, d.rule.MaxNorm) && d.watch {
		q.Squares.Weights = kernel.SumSquares(e, q.Data)
	}
}
