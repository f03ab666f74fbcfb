package gradcheck

import (
	"fmt"
	"math"
	"slices"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// What moves the weights is the update, which computes the gradients once more, tile by tile, and adds those of the
// penalties. A step of one huge learning rate shows what it went by: w' = w − ηd is −ηd up to rounding.
const hugeRate = 1 << 30

// steps gives what the fused update of a network goes by, for every parameter, under a rule without momentum. The
// parameters are the old ones afterwards.
func steps[T kernel.Float](net network[T], x []T, labels []int32, rule optim.SGD) [][]float64 {
	rule.Rate, rule.Momentum, rule.Nesterov, rule.MaxNorm = hugeRate, 0, false, 0
	if rule.Decoupled { // is no gradient
		rule.WeightDecay = 0
	}
	params, n := net.Params(), len(labels)
	old := make([][]T, len(params))
	for k, q := range params {
		old[k] = slices.Clone(q.Data)
	}
	net.Forward(x, n)
	net.Loss(labels, n)
	net.BackwardUpdate(n, rule, false)
	out := make([][]float64, len(params))
	for k, q := range params {
		out[k] = make([]float64, len(q.Data))
		for i, w := range q.Data {
			out[k][i] = float64(old[k][i]-w) / hugeRate
		}
		copy(q.Data, old[k])
	}
	return out
}

// penalties checks what the update goes by beside the gradients of the data's loss, against differences of the
// penalties' values. Without penalties it says only what is wrong: an update that goes by other gradients.
func (r *rig) penalties(rule optim.SGD, o Options) []Tensor {
	decay := rule.WeightDecay
	if rule.Decoupled {
		decay = 0
	}
	penalised := !rule.Penalty.IsZero() || decay != 0
	r.steps = steps(r.net, r.x, r.labels, rule)
	value := func() float64 { // of what is added to the loss; PyTorch's weight decay λ is the gradient of ½λΣw²
		sum := r.net.Penalties(rule.Penalty).Sum()
		if decay != 0 {
			for _, q := range r.net.Params() {
				for _, w := range q.Data {
					sum += decay / 2 * w * w
				}
			}
		}
		return sum
	}
	all := value()
	var out []Tensor
	for _, t := range r.targets {
		if t.param < 0 {
			continue
		}
		q := t
		q.name = "penalty on " + t.name
		q.grad = make([]float64, len(t.grad))
		for i, d := range r.steps[t.param] {
			q.grad[i] = d - t.grad[i]
		}
		found := &tally{}
		for _, i := range o.draw(q, penaltyEntries) {
			w := t.data[i]
			h := 0x1p-6
			if rule.Penalty.L1 != 0 && math.Abs(w) <= h {
				h = math.Abs(w) / 2
			}
			n, plus := 0.0, 0.0
			if h > 0 {
				t.data[i] = w + h
				plus = value()
				t.data[i] = w - h
				n = (plus - value()) / (2 * h)
				t.data[i] = w
			}
			// Both sides are sums of the same numbers but one. The step is the sum of two gradients.
			a := q.grad[i]
			noise := 8 * epsilon * (math.Abs(a) + math.Abs(t.grad[i]) + t.floor + math.Abs(w)/hugeRate)
			if h > 0 {
				noise += 4 * epsilon * math.Sqrt(float64(len(t.data))) * max(all, plus) / h
			}
			e := Entry{Analytic: a, Numeric: n, Error: relative(n, a), By: "central"}
			switch {
			case math.Abs(n-a) <= o.Tolerance*max(math.Abs(n), math.Abs(a)):
				found.add(i, e, Decided{Central: 1})
			case h == 0 && math.Abs(a) <= rule.Penalty.L1+noise:
				e.By = "bend"
				found.add(i, e, Decided{Bend: 1})
			case math.Abs(n-a) <= noise:
				e.Error = 0
				found.add(i, e, Decided{Norm: 1})
			default:
				found.add(i, e, Decided{Failed: 1})
			}
		}
		row := found.tensor(q)
		row.fullVerdict(o)
		if !penalised {
			if row.Verdict == Pass {
				continue
			}
			row.Name = "update of " + t.name
			row.Reason = fmt.Sprintf("the update goes by other gradients than Backward stores: off by %.3g of %.3g", norm(q.grad), norm(t.grad))
		}
		out = append(out, row)
	}
	r.refresh()
	return out
}
