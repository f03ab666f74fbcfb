package nn

import "gradlab/internal/kernel"

// stage is a part of a plan that runs as one: a linear layer with the activation after it, a layer that takes
// the batch as a whole, or a run of other layers, sample by sample, so that what one layer writes is in the
// cache when the next one reads it. A layer whose output a residual block adds ends its stage, and a block's
// sum begins one.
type stage[T kernel.Float] struct {
	first, last int // layers, inclusive

	linear    *linear[T]   // nil for another stage
	activate  kernel.After // computes the activation
	activated kernel.After // computes the gradient through the activation of the stage before
	through   kernel.After // computes that through its own, where the stage after does not

	batched batched[T] // nil for another stage

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
		switch f := p.layers[i].op.(type) {
		case *linear[T]:
			s.linear = f
			if p.layers[i].from == i-1 && !p.joined(i-1) {
				s.activated = p.activationGrad(i - 1)
			}
			if s.activate = p.activation(i + 1); s.activate != nil {
				i++
				s.last = i
			}
		case batched[T]:
			s.batched = f
		default:
			for !p.joined(i) && i+1 < len(p.layers) && p.goesOn(i+1) {
				i++
			}
			s.last = i
			p.runBySamples(s)
		}
		stages = append(stages, s)
	}
	for i, s := range stages {
		if s.activate != nil && (i+1 == len(stages) || stages[i+1].activated == nil) {
			s.through = p.activationGrad(s.last)
		}
	}
	return stages
}

// goesOn says whether layer i may run by samples in one stage with the layer before it.
func (p *Plan[T]) goesOn(i int) bool {
	switch p.layers[i].op.(type) {
	case *linear[T], batched[T], *residual[T]:
		return false
	}
	return p.layers[i].from == i-1
}

// activation computes layer i for a range of elements, if it is an activation after a linear layer whose
// output it alone reads.
func (p *Plan[T]) activation(i int) kernel.After {
	if i >= len(p.layers) || p.joined(i-1) {
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
			l, dx := p.layers[i], p.inputGrad(i, from, to)
			if l.aliases() || dx == nil || p.waits(i) { // nobody needs the input's gradient, or it is done
				continue
			}
			y, dy := part(l.y, l.Shape, from, to), p.gradOf(i, from, to)
			if p.waits(i - 1) {
				lane.Mark(p.layers[i-1].Name)
				p.layers[i-1].op.backward(lane, dy, dy, y, y, from, to-from)
			}
			lane.Mark(l.Name)
			l.op.backward(lane, dx, dy, p.inputOf(i, from, to), y, from, to-from)
		}
	}
	p.findLocal(s)
}

// findLocal marks the layers of a stage that runs by samples whose gradients it alone writes and reads. The
// layers that share one buffer are all marked or none is.
func (p *Plan[T]) findLocal(s *stage[T]) {
	shared := func(i int) bool { return p.layers[i].aliases() || p.overwrites(i) }
	for i := s.first; i <= s.last; {
		local := !shared(i) // else the buffer is the stage before's
		end := i
		for ; end <= s.last && (end == i || shared(end)); end++ {
			_, sum := p.layers[end].op.(*residual[T])
			local = local && !sum && !p.joined(end) && p.layers[end].shares == 0
		}
		for ; i < end; i++ {
			p.layers[i].local = local && end <= s.last // the last buffer is read by the stage after
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

// outputOf is the output of layer i, of the samples from ≤ i < to; that of layer -1 is the plan's input.
func (p *Plan[T]) outputOf(i, from, to int) []T {
	if i < 0 {
		return part(p.input, p.in, from, to)
	}
	return part(p.layers[i].y, p.layers[i].Shape, from, to)
}

// inputOf is the input of layer i, of the samples from ≤ i < to.
func (p *Plan[T]) inputOf(i, from, to int) []T { return p.outputOf(p.layers[i].from, from, to) }

// inputGrad is where layer i writes the gradient of its input, of the samples from ≤ i < to: nil where nobody
// needs it.
func (p *Plan[T]) inputGrad(i, from, to int) []T {
	l := p.layers[i]
	switch {
	case len(l.dx) > 0:
		return part(l.dx, p.layers[l.from].Shape, from, to)
	case l.from < 0 || p.layers[l.from].dy == nil:
		return nil
	}
	return p.gradOf(l.from, from, to)
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
	l := p.layers[s.first]
	switch {
	case s.linear != nil:
		p.engine.Mark(l.Name)
		s.linear.forwardThen(p.engine, part(l.y, l.Shape, 0, n), p.inputOf(s.first, 0, n), n, s.activate)
	case s.batched != nil:
		p.engine.Mark(l.Name)
		s.batched.forward(p.engine, part(l.y, l.Shape, 0, n), p.inputOf(s.first, 0, n), 0, n)
	default:
		p.engine.Samples(0, n, s.block, n*s.operations, s.forward)
	}
}
