package nn

import (
	"fmt"

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

	smoothing T // of the labels in Loss
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

// WithBatch makes a second plan for batches of another size that shares the parameters and the running
// statistics, and begins with the same masks of dropout.
func (p *Plan[T]) WithBatch(batch int) (*Plan[T], error) {
	q, err := place[T](p.model, p.in, p.classes, Options{Batch: batch, Engine: p.engine})
	if err != nil {
		return nil, err
	}
	for i, shared := range p.tensors() {
		*q.tensors()[i] = *shared
	}
	for i, l := range q.layers {
		if f, ok := l.op.(*dropout[T]); ok {
			f.mask = p.layers[i].op.(*dropout[T]).mask
		}
	}
	q.allocateBuffers()
	q.stages = q.schedule()
	return q, nil
}

// SetTraining says whether the next steps train, as at first, or evaluate: then batch normalisation goes by
// its running statistics and leaves them alone, and dropout drops nothing.
func (p *Plan[T]) SetTraining(on bool) {
	for _, l := range p.layers {
		switch f := l.op.(type) {
		case *batchNorm[T]:
			f.evaluates = !on
		case *dropout[T]:
			f.evaluates = !on
		}
	}
}

// SetSmoothing says by how much the next losses smooth the labels, from 0, as at first, to 1: every class has the
// target smoothing/classes, and the label what is missing to 1 besides (Szegedy et al. 2016), as PyTorch's
// label_smoothing. Evaluate goes by the labels as they are.
func (p *Plan[T]) SetSmoothing(smoothing float64) { p.smoothing = T(smoothing) }

// SetTracking says whether the next steps that train move the running statistics, as at first. A Forward that
// is run once more, to look at it, or before training begins, is to leave no trace.
func (p *Plan[T]) SetTracking(on bool) {
	for _, l := range p.layers {
		if f, ok := l.op.(*batchNorm[T]); ok {
			f.untracked = !on
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
		n := l.parameters()
		lines[i] = fmt.Sprintf("%-16s %-12v", l.Name, l.Shape)
		if n > 0 {
			lines[i] += fmt.Sprintf(" %d parameters", n)
		}
	}
	return lines
}
