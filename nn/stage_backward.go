package nn

import "gradlab/internal/kernel"

// join adds to the gradient of a layer's output those that residual blocks give it.
func (p *Plan[T]) join(l *placed[T], n int) {
	for _, j := range l.joins {
		more := p.layers[j].dx
		if len(more) == 0 {
			more = p.layers[j].dy
		}
		dy := part(l.dy, l.Shape, 0, n)
		p.engine.Mark(p.layers[j].Name)
		kernel.Add(p.engine, dy, dy, more[:len(dy)])
	}
}

// joinAll is join for every layer of a stage.
func (p *Plan[T]) joinAll(s *stage[T], n int) {
	for i := s.first; i <= s.last; i++ {
		p.join(p.layers[i], n)
	}
}

// linearBackward computes the gradient of the stage's input, and of the linear layer's output.
func (p *Plan[T]) linearBackward(s *stage[T], n int) {
	l := p.layers[s.first]
	if s.through != nil {
		s.through(0, n*l.Shape.Size())
	}
	p.engine.Mark(l.Name)
	if dx := p.inputGrad(s.first, 0, n); dx != nil {
		s.linear.backwardThen(p.engine, dx, p.gradOf(s.first, 0, n), n, s.activated)
	}
}

// batchedBackward computes the gradient of the stage's input, and those of its parameters in the memory
// that room gives.
func (p *Plan[T]) batchedBackward(s *stage[T], n int, room func(*Param[T]) []T) {
	l := p.layers[s.first]
	p.engine.Mark(l.Name)
	s.batched.backward(p.engine, p.inputGrad(s.first, 0, n), p.gradOf(s.first, 0, n), p.inputOf(s.first, 0, n), part(l.y, l.Shape, 0, n), 0, n)
	keepGradients(s.batched, room)
}

// keepGradients copies the gradients of the parameters of f to the memory that room gives.
func keepGradients[T kernel.Float](f batched[T], room func(*Param[T]) []T) {
	if weight, bias := f.trains(); weight != nil {
		dw, db := f.gradients()
		copy(room(weight), dw)
		copy(room(bias), db)
	}
}

// sampleBackward computes the gradients within a stage that runs by samples and those of its
// parameters, in the memory that room gives for each. A block of samples at a time, so that the
// parameters' gradients find in the cache what they read.
func (p *Plan[T]) sampleBackward(s *stage[T], n int, room func(*Param[T]) []T) {
	block := s.block * p.engine.Threads()
	for at := 0; at < n; at += block {
		to := min(at+block, n)
		p.base = at
		p.engine.Samples(at, to, s.block, (to-at)*s.operations, s.backward)
		for i := s.last; i >= s.first; i-- {
			if f, ok := p.layers[i].op.(summed[T]); ok {
				p.engine.Mark(p.layers[i].Name)
				weight, bias := f.trains()
				f.sum(p.engine, room(weight), room(bias), p.gradOf(i, at, to), p.inputOf(i, at, to), at, to-at, n)
			}
		}
	}
}
