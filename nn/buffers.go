package nn

import "slices"

// values is the number of values that the plan needs, as a real number: it may be too large for an
// int.
func (p *Plan[T]) values() float64 {
	batch := float64(p.batch)
	n := batch * p.in.values()
	for _, l := range p.layers {
		if !l.aliases() {
			n += float64(2 * batch * l.Shape.values())
		}
		n += float64(batch * float64(p.projected(l)))
		for _, q := range l.params {
			n += q.Shape.values()
		}
	}
	return n
}

// owner is the layer in whose buffers the output of layer i stands: i, or the one before those that run
// nothing; -1 for the plan's input.
func (p *Plan[T]) owner(i int) int {
	for i >= 0 && p.layers[i].aliases() {
		i--
	}
	return i
}

// joined says whether more than one layer reads the output of layer i.
func (p *Plan[T]) joined(i int) bool { return i >= 0 && len(p.layers[i].joins) > 0 }

// projected is the size of a sample of the input of l, if l is a projection that has an input gradient.
func (p *Plan[T]) projected(l *placed[T]) int {
	if from := p.owner(l.from); l.Kind == "projection" && from >= 0 {
		return p.layers[from].Shape.Size()
	}
	return 0
}

// allocateBuffers lays the activations and their gradients in one arena.
func (p *Plan[T]) allocateBuffers() {
	outputs, gradients := p.bufferSizes()
	arena := make([]T, outputs+gradients)
	take := func(n int) []T {
		s := arena[:n:n]
		arena = arena[n:]
		return s
	}
	for _, l := range slices.Backward(p.layers) {
		size := p.batch * l.Shape.Size()
		if b, ok := l.op.(interface{ allocate(batch int) }); ok {
			b.allocate(p.batch)
		}
		if l.aliases() {
			continue
		}
		l.ownY, l.dx = take(size), take(p.batch*p.projected(l))
		if l.shares > 0 {
			l.ownD = p.layers[l.shares].ownD
		} else {
			l.ownD = take(size)
		}
	}
	p.Keep(true)
	p.losses = make([]T, p.batch)
}

// bufferSizes are the numbers of values of all outputs and of all gradients, for a batch.
func (p *Plan[T]) bufferSizes() (outputs, gradients int) {
	for _, l := range p.layers {
		if l.aliases() {
			continue
		}
		outputs += p.batch * l.Shape.Size()
		gradients += p.batch * p.projected(l)
		if l.shares == 0 {
			gradients += p.batch * l.Shape.Size()
		}
	}
	return outputs, gradients
}

// Keep says whether the next steps keep the output and the gradient of every position, as they do at
// first. If they do not, an activation overwrites its input, and its input's gradient its own, where
// nobody needs what was there; ReLU before max pooling is left to the smaller image behind it. Then
// Activation and Gradient are not to be asked for. It changes no bit of anything else, and saves a large
// network much of its time.
func (p *Plan[T]) Keep(all bool) {
	p.kept = all
	for i, l := range p.layers {
		switch {
		case l.aliases() || !all && p.overwrites(i):
			l.y, l.dy = nil, nil // of the plan's input: Forward sets it
			if i > 0 {
				l.y, l.dy = p.layers[i-1].y, p.layers[i-1].dy
			}
		default:
			l.y, l.dy = l.ownY, l.ownD
		}
	}
}

// overwrites says whether layer i may write where its input stands: it is an activation whose gradient
// its output tells, and neither the gradient of what made its input nor another layer asks for it.
func (p *Plan[T]) overwrites(i int) bool {
	f, ok := p.layers[i].op.(*element[T])
	if !ok || !f.byOutput || p.layers[i].shares > 0 {
		return false
	}
	before := p.owner(i - 1)
	if before < 0 || p.joined(before) { // the plan's own input, or what another layer reads
		return false
	}
	_, reads := p.layers[before].op.(*element[T])
	return !reads && !p.carries(before)
}

// carries says whether layer i is a max pooling that the ReLU before it may wait for: the largest of a
// window is the same before ReLU as after it, and where that is +0 there is no gradient, whichever element
// has won.
func (p *Plan[T]) carries(i int) bool {
	f, ok := p.layers[i].op.(*maxPool[T])
	if !ok || !f.apart() || i == 0 || p.layers[i].shares > 0 || p.joined(i-1) {
		return false
	}
	a, ok := p.layers[i-1].op.(*element[T])
	return ok && a.masks && p.overwrites(i-1)
}
