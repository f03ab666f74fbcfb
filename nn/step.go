package nn

import (
	"gradlab/internal/kernel"
	"gradlab/optim"
)

// Forward computes the logits [n, classes] of n samples, n at most the plan's batch. The plan keeps
// x until Backward.
func (p *Plan[T]) Forward(x []T, n int) []T {
	p.input = x[:n*p.in.Size()]
	for _, l := range p.layers {
		if l.dy == nil { // it shows the model's input
			l.y = p.input
		}
	}
	for _, s := range p.stages {
		p.runForward(s, n)
	}
	last := p.layers[len(p.layers)-1]
	return part(last.y, last.Shape, 0, n)
}

// Loss is the mean cross-entropy of the newest Forward for labels of its n samples, which SetSmoothing may smooth,
// and sets the gradient of the logits.
func (p *Plan[T]) Loss(labels []int32, n int) float64 {
	last := p.layers[len(p.layers)-1]
	p.engine.Mark("loss")
	kernel.SmoothedCrossEntropy(p.engine, last.dy[:n*p.classes], last.y[:n*p.classes], labels[:n], p.losses[:n], n, p.classes, 1/T(n), p.smoothing)
	return sum(p.losses[:n]) / float64(n)
}

// Evaluate is Loss without gradients. It adds the newest Forward's samples to confusion, in which
// row is the label and column the prediction (the first of the largest logits), and returns the sum
// of their losses.
func (p *Plan[T]) Evaluate(labels []int32, n int, confusion [][]int) float64 {
	last := p.layers[len(p.layers)-1]
	logits := last.y[:n*p.classes]
	kernel.SoftmaxCrossEntropy(p.engine, nil, logits, labels[:n], p.losses[:n], n, p.classes, 1)
	for i := range n {
		best := 0
		for c, v := range logits[i*p.classes:][:p.classes] {
			if v > logits[i*p.classes+best] {
				best = c
			}
		}
		confusion[labels[i]][best]++
	}
	return sum(p.losses[:n])
}

func sum[T kernel.Float](x []T) float64 {
	s := 0.0
	for _, v := range x {
		s += float64(v)
	}
	return s
}

// Backward computes the gradients of the newest Loss at every position and for every parameter.
func (p *Plan[T]) Backward(n int) {
	for i := len(p.stages) - 1; i >= 0; i-- {
		s := p.stages[i]
		p.joinAll(s, n)
		switch {
		case s.linear != nil:
			p.linearBackward(s, n)
			s.linear.gradients(p.engine, p.gradOf(s.first, 0, n), p.inputOf(s.first, 0, n), n)
		case s.batched != nil:
			p.batchedBackward(s, n, (*Param[T]).grad)
		default:
			p.sampleBackward(s, n, (*Param[T]).grad)
		}
	}
}

// BackwardUpdate is Backward and Update in one: every parameter is moved as soon as its gradient is
// known and nobody needs its old value, and the gradients of weights are not stored. With watch, the
// squares of every parameter are set.
func (p *Plan[T]) BackwardUpdate(n int, rule optim.SGD, watch bool) {
	d := &p.descent
	d.begin(rule, watch)
	for i := len(p.stages) - 1; i >= 0; i-- {
		s := p.stages[i]
		p.joinAll(s, n)
		switch {
		case s.linear != nil:
			p.linearBackward(s, n)
			s.linear.descend(p.engine, d, p.gradOf(s.first, 0, n), p.inputOf(s.first, 0, n), n)
			continue
		case s.batched != nil:
			p.batchedBackward(s, n, d.room)
		default:
			p.sampleBackward(s, n, d.room)
		}
		for j := s.last; j >= s.first; j-- {
			for _, q := range p.layers[j].params {
				d.apply(p.engine, q, d.room(q))
			}
		}
	}
}

// Update moves every parameter by rule, from the gradients of the newest Backward. rule.Rate is the
// learning rate of this step, as a schedule gives it. With watch, the squares of every parameter are
// set.
func (p *Plan[T]) Update(rule optim.SGD, watch bool) {
	p.descent.begin(rule, watch)
	for _, l := range p.layers {
		for _, q := range l.params {
			p.descent.apply(p.engine, q, q.grad())
		}
	}
}
