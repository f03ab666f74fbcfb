package nn

import "gradlab/internal/kernel"

// stage is a part of a plan that runs as one: a linear layer with the activation after it, or a run of
// other layers, sample by sample, so that what one layer writes is in the cache when the next one
// reads it.
type stage[T kernel.Float] struct {
	first, last int // layers, inclusive

	linear    *linear[T]   // nil for a run of other layers
	activate  kernel.After // computes the activation
	activated kernel.After // computes the gradient through the activation of the stage before
	through   kernel.After // computes that through its own, where the stage after does not

	block             int // samples that fit into the cache, on one thread
	forward, backward func(lane *kernel.Engine, from, to int)
	operations        int // per sample, about
}

// cacheBytes is what a block of samples may take of the second-level cache.
const cacheBytes = 512 << 10

// schedule divides the plan's layers into stages.
func (p *Plan[T]) schedule() []*stage[T] {
	var stages []*stage[T]
	for i := 0; i < len(p.layers); i++ {
		s := &stage[T]{first: i, last: i}
		if f, ok := p.layers[i].op.(*linear[T]); ok {
			s.linear = f
			s.activated = p.activationGrad(i - 1)
			if s.activate = p.activation(i + 1); s.activate != nil {
				i++
				s.last = i
			}
		} else {
			for i+1 < len(p.layers) {
				if _, ok := p.layers[i+1].op.(*linear[T]); ok {
					break
				}
				i++
			}
			s.last = i
			p.runBySamples(s)
		}
		stages = append(stages, s)
	}
	for i, s := range stages {
		if s.activate != nil && (i+1 == len(stages) || stages[i+1].linear == nil) {
			s.through = p.activationGrad(s.last)
		}
	}
	return stages
}

// activation computes layer i for a range of elements, if it is an activation after a linear layer.
func (p *Plan[T]) activation(i int) kernel.After {
	if i >= len(p.layers) {
		return nil
	}
	f, ok := p.layers[i].op.(*element[T])
	if !ok {
		return nil
	}
	x, y := p.layers[i-1], p.layers[i]
	return func(from, to int) {
		p.engine.Mark(y.Name)
		f.forward(p.engine, y.y[from:to], x.y[from:to], 0, 0)
	}
}

// activationGrad computes the input gradient of layer i for a range of elements, if it is an
// activation after a linear layer.
func (p *Plan[T]) activationGrad(i int) kernel.After {
	if i < 1 {
		return nil
	}
	if _, ok := p.layers[i-1].op.(*linear[T]); !ok || p.activation(i) == nil {
		return nil
	}
	f := p.layers[i].op.(*element[T])
	x, y := p.layers[i-1], p.layers[i]
	return func(from, to int) {
		p.engine.Mark(y.Name)
		f.backward(p.engine, x.dy[from:to], y.dy[from:to], x.y[from:to], y.y[from:to], 0, 0)
	}
}

// runBySamples sets how s runs its layers, none of which is linear.
func (p *Plan[T]) runBySamples(s *stage[T]) {
	bytes := 0
	for i := s.first; i <= s.last; i++ {
		l := p.layers[i]
		if !l.aliases() {
			bytes += 4 * l.Shape.Size()
			s.operations += 16 * l.Shape.Size()
		}
		if f, ok := l.op.(*conv[T]); ok {
			s.operations += 2 * l.Shape.Size() * len(f.weight.Data) / f.geometry.F
		}
	}
	s.block = max(1, cacheBytes/max(1, bytes))
	s.forward = func(lane *kernel.Engine, from, to int) {
		for i := s.first; i <= s.last; i++ {
			if p.waits(i) {
				continue
			}
			l := p.layers[i]
			y := part(l.y, l.Shape, from, to)
			lane.Mark(l.Name)
			l.op.forward(lane, y, p.inputOf(i, from, to), from, to-from)
			if i > 0 && p.waits(i-1) {
				lane.Mark(p.layers[i-1].Name)
				p.layers[i-1].op.forward(lane, y, y, from, to-from)
			}
		}
	}
	s.backward = func(lane *kernel.Engine, from, to int) {
		for i := s.last; i >= s.first; i-- {
			l := p.layers[i]
			if l.aliases() || i == 0 || p.layers[i-1].dy == nil || p.waits(i) { // nobody needs the input's gradient, or it is done
				continue
			}
			y, dy := part(l.y, l.Shape, from, to), p.gradOf(i, from, to)
			if p.waits(i - 1) {
				lane.Mark(p.layers[i-1].Name)
				p.layers[i-1].op.backward(lane, dy, dy, y, y, from, to-from)
			}
			lane.Mark(l.Name)
			l.op.backward(lane, p.gradOf(i-1, from, to), dy, p.inputOf(i, from, to), y, from, to-from)
		}
	}
	// All but the stage's own output is read by the stage alone.
	end := s.last
	for end > s.first && p.layers[end].aliases() {
		end--
	}
	for i := s.first; i < end; i++ {
		p.layers[i].local = true
	}
	if p.overwrites(end) { // and writes its input's gradient where the output's stands
		for i := end - 1; i >= s.first; i-- {
			p.layers[i].local = false
			if !p.layers[i].aliases() {
				break
			}
		}
	}
}

// waits says whether layer i is a ReLU that is left to the pooling after it, on steps that are not kept.
func (p *Plan[T]) waits(i int) bool {
	return !p.kept && i+1 < len(p.layers) && p.carries(i+1)
}

// part is the samples from ≤ i < to of a buffer.
func part[T any](x []T, shape Shape, from, to int) []T {
	size := shape.Size()
	return x[from*size : to*size]
}

// inputOf is the input of layer i, of the samples from ≤ i < to.
func (p *Plan[T]) inputOf(i, from, to int) []T {
	if i == 0 {
		return part(p.input, p.in, from, to)
	}
	return part(p.layers[i-1].y, p.layers[i-1].Shape, from, to)
}

// gradOf is the gradient of layer i's output, of the samples from ≤ i < to.
func (p *Plan[T]) gradOf(i, from, to int) []T {
	l := p.layers[i]
	if l.local && !p.kept {
		return part(l.dy, l.Shape, from-p.base, to-p.base)
	}
	return part(l.dy, l.Shape, from, to)
}

// runForward computes the stage's outputs.
func (p *Plan[T]) runForward(s *stage[T], n int) {
	if s.linear == nil {
		p.engine.Samples(0, n, s.block, n*s.operations, s.forward)
		return
	}
	l := p.layers[s.first]
	p.engine.Mark(l.Name)
	s.linear.forwardThen(p.engine, part(l.y, l.Shape, 0, n), p.inputOf(s.first, 0, n), n, s.activate)
}

// linearBackward computes the gradient of the stage's input, and of the linear layer's output.
func (p *Plan[T]) linearBackward(s *stage[T], n int) {
	l := p.layers[s.first]
	if s.through != nil {
		s.through(0, n*l.Shape.Size())
	}
	p.engine.Mark(l.Name)
	if s.first > 0 && p.layers[s.first-1].dy != nil {
		s.linear.backwardThen(p.engine, p.gradOf(s.first-1, 0, n), p.gradOf(s.first, 0, n), n, s.activated)
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
