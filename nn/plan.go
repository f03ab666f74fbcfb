package nn

import (
	"fmt"
	"slices"

	"gradlab/internal/kernel"
)

// Plan is a compiled model: its parameters, and buffers for the activations of up to a batch of
// samples and their gradients. Forward, Loss, Backward and Update are one training step, and so are
// Forward, Loss and BackwardUpdate, faster and with the same bits, for who does not want to see the
// gradients of the weights; none of them allocates. A plan serves one goroutine at a time.
type Plan[T kernel.Float] struct {
	engine  *kernel.Engine
	model   Model
	in      Shape
	classes int
	batch   int
	layers  []*placed[T]
	stages  []*stage[T]
	kept    bool // every position's output and gradient
	base    int  // the first sample whose local gradients stand in their buffers
	input   []T  // of the newest Forward
	losses  []T  // per sample, of the newest Loss
	descent descent[T]
}

// placed is a layer in its place. Its buffers hold a batch; a layer that runs nothing shares those
// of the one before it, and an activation may.
type placed[T kernel.Float] struct {
	Position
	op         op[T]
	params     []*Param[T]
	buffers    []*Param[T]
	from       int // the layer whose output goes in: the one before, but of a projection; -1 is the plan's input
	y, dy      []T
	ownY, ownD []T  // nil of a layer that runs nothing
	local      bool // whether its gradient is wanted within a block of samples only

	// Of residual blocks.
	joins  []int // sums that add this layer's output, or the projections of it: their gradients are added to its own
	shares int   // the sum that adds its output and whose gradient is therefore its own; 0 for none
	dx     []T   // of a projection: the gradient of its input, until it is added
}

// Position is a place in a model: the output of one layer.
type Position struct {
	Index int    // from 1, in forward order
	Name  string // kind and ordinal: "conv1", "tanh3"; inserting a layer of another kind renames nothing
	Kind  string
	Shape Shape // of one sample
}

// Param is a tensor of parameters.
type Param[T kernel.Float] struct {
	Name     string // "conv1.weight", "linear2.bias"
	Shape    Shape  // [out, in] of linear, [filters, height, width, channels] of conv weights
	Data     []T
	Grad     []T     // from the newest Backward; nil until the first one
	Squares  Squares // of the newest update that was watched
	velocity []T     // of momentum; nil until it is needed
	exponent int     // of the power of two by which squares are scaled
	sums     []T     // in which a descent adds up a small gradient; nil until it is needed

	init          Init
	fanIn, fanOut int
	bias          bool
	begins        *float64 // what every value starts at, whatever the initialisation; nil for those that are drawn
	torch         layout
}

func (l *placed[T]) aliases() bool { _, ok := l.op.(alias[T]); return ok }

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

// grad gives the memory of q's gradient.
func (q *Param[T]) grad() []T {
	if q == nil {
		return nil
	}
	if q.Grad == nil {
		q.Grad = make([]T, len(q.Data))
	}
	return q.Grad
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

// WithBatch makes a second plan for batches of another size that shares the parameters and the running
// statistics.
func (p *Plan[T]) WithBatch(batch int) (*Plan[T], error) {
	q, err := place[T](p.model, p.in, p.classes, Options{Batch: batch, Engine: p.engine})
	if err != nil {
		return nil, err
	}
	for i, shared := range p.tensors() {
		*q.tensors()[i] = *shared
	}
	q.allocateBuffers()
	q.stages = q.schedule()
	return q, nil
}

// SetTraining says whether the next steps train, as at first, or evaluate: then batch normalisation goes by
// its running statistics and leaves them alone.
func (p *Plan[T]) SetTraining(on bool) {
	for _, l := range p.layers {
		if f, ok := l.op.(*batchNorm[T]); ok {
			f.evaluates = !on
		}
	}
}

// Positions lists the positions in forward order.
func (p *Plan[T]) Positions() []Position {
	out := make([]Position, len(p.layers))
	for i, l := range p.layers {
		out[i] = l.Position
	}
	return out
}

// Activation is the newest Forward's output at position i (from 0), of n samples. It must not be
// changed.
func (p *Plan[T]) Activation(i, n int) []T { return p.layers[i].y[:n*p.layers[i].Shape.Size()] }

// Gradient is the newest Backward's dL/d(activation) at position i (from 0), of n samples; nil
// where the position is the model's own input.
func (p *Plan[T]) Gradient(i, n int) []T {
	if p.layers[i].dy == nil {
		return nil
	}
	return p.layers[i].dy[:n*p.layers[i].Shape.Size()]
}

// PositionParams lists the parameters of the layer at position i (from 0).
func (p *Plan[T]) PositionParams(i int) []*Param[T] { return p.layers[i].params }

// Params lists all parameters in forward order, weights before biases.
func (p *Plan[T]) Params() []*Param[T] {
	var out []*Param[T]
	for _, l := range p.layers {
		out = append(out, l.params...)
	}
	return out
}

// tensors lists the parameters and, behind those of each layer, its buffers: the running statistics of batch
// normalisation.
func (p *Plan[T]) tensors() []*Param[T] {
	var out []*Param[T]
	for _, l := range p.layers {
		out = append(append(out, l.params...), l.buffers...)
	}
	return out
}

// Parameters is the number of trained values.
func (p *Plan[T]) Parameters() int {
	n := 0
	for _, q := range p.Params() {
		n += q.Shape.Size()
	}
	return n
}

// Batch is the largest number of samples in a step.
func (p *Plan[T]) Batch() int { return p.batch }

// Engine runs the plan's kernels.
func (p *Plan[T]) Engine() *kernel.Engine { return p.engine }

// Describe lists the layers with the shapes of their outputs and their numbers of parameters, a
// line each.
func (p *Plan[T]) Describe() []string {
	lines := make([]string, len(p.layers))
	for i, l := range p.layers {
		n := 0
		for _, q := range l.params {
			n += q.Shape.Size()
		}
		lines[i] = fmt.Sprintf("%-16s %-12v", l.Name, l.Shape)
		if n > 0 {
			lines[i] += fmt.Sprintf(" %d parameters", n)
		}
	}
	return lines
}
