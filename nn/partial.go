package nn

// Parts of a step, for who looks at derivatives. The outputs and gradients of all positions must be kept (Keep),
// and n be that of the newest Forward. Training calls none of them.

// ForwardRange computes the positions from ≤ i < to (counted from 0) of the newest Forward once more; all others
// stay as they are. It serves who has changed a parameter, or the output of the position before (Activation),
// and wants to see what follows from that. What it computes has the bits that Forward gives it.
func (p *Plan[T]) ForwardRange(from, to, n int) {
	for _, s := range p.stages {
		if s.first >= from && s.last < to {
			p.runForward(s, n)
			continue
		}
		for i := max(from, s.first); i < min(to, s.last+1); i++ {
			l := p.layers[i]
			l.op.forward(p.engine, part(l.y, l.Shape, 0, n), p.inputOf(i, 0, n), 0, n)
		}
	}
}

// BackwardRange is Backward for the positions from ≤ i < to (counted from 0), from the gradient that stands at the
// last of them: it computes the gradient at the position before the first, where there is one, those in between, and
// those of the layers' parameters. It serves who has put another gradient there (Gradient), and wants its product
// with the Jacobian. What residual blocks add to the gradient at the last position is taken to be in it; what a block
// that ends behind it adds further down comes from the newest Backward.
func (p *Plan[T]) BackwardRange(from, to, n int) {
	for i := to - 1; i >= from; i-- {
		p.backwardLayer(i, n)
		if i > 0 {
			p.join(p.layers[i-1], n) // all layers that read its output have been passed
		}
	}
}

// BackwardFrom is BackwardRange from the gradient that stands at position i down to the input.
func (p *Plan[T]) BackwardFrom(i, n int) { p.BackwardRange(0, i+1, n) }

// backwardLayer computes the gradients of layer i's input and parameters from that of its output.
func (p *Plan[T]) backwardLayer(i, n int) {
	l := p.layers[i]
	if l.aliases() || l.dy == nil {
		return
	}
	dx, dy := p.inputGrad(i, 0, n), part(l.dy, l.Shape, 0, n)
	x, y := p.inputOf(i, 0, n), part(l.y, l.Shape, 0, n)
	if _, parameters := l.op.(batched[T]); parameters || dx != nil {
		l.op.backward(p.engine, dx, dy, x, y, 0, n)
	}
	switch f := l.op.(type) {
	case *linear[T]:
		f.gradients(p.engine, dy, x, n)
	case summed[T]:
		weight, bias := f.trains()
		f.sum(p.engine, weight.grad(), bias.grad(), dy, x, 0, n, n)
	case batched[T]:
		keepGradients(f, (*Param[T]).grad)
	}
}

// Losses are those of the n samples of the newest Loss. They must not be changed.
func (p *Plan[T]) Losses(n int) []T { return p.losses[:n] }

// Winners says which element of its window each output of the max pooling at position i (from 0) is, of n samples
// of the newest Forward; nil at other positions.
func (p *Plan[T]) Winners(i, n int) []uint16 {
	if f, ok := p.layers[i].op.(*maxPool[T]); ok {
		return f.from[:n*p.layers[i].Shape.Size()]
	}
	return nil
}
