package nn

import (
	"fmt"
	"slices"

	"gradlab/internal/kernel"
)

// Options say how a model is compiled.
type Options struct {
	Batch  int     // the largest number of samples in a step, at least 1
	Seed   uint64  // of the initialisation, and of dropout until SetMasks says otherwise
	Engine *Engine // runs the kernels; nil is the best one of this machine on one thread
}

// op computes a layer. Slices hold n samples, one after the other, of which the first is number at of
// the batch; x and y are what went in and came out, dx and dy the loss's gradients with respect to
// them. No sample depends on another, unless the op is batched.
type op[T kernel.Float] interface {
	forward(e *kernel.Engine, y, x []T, at, n int)
	backward(e *kernel.Engine, dx, dy, x, y []T, at, n int)
}

// summed is an op with parameters whose gradients are summed up sample by sample.
type summed[T kernel.Float] interface {
	trains() (weight, bias *Param[T]) // bias may be nil
	sum(e *kernel.Engine, dw, db, dy, x []T, at, n, total int)
}

// batched is an op whose samples depend on one another: it takes a whole batch at a time. Backward is
// called with dx nil where nobody asks for it, and keeps the parameters' gradients, which gradients gives.
type batched[T kernel.Float] interface {
	op[T]
	trains() (weight, bias *Param[T]) // both or neither may be nil
	gradients() (dw, db []T)
}

// built is what a layer comes to for a given input shape.
type built[T kernel.Float] struct {
	op      op[T]
	out     Shape
	params  []*Param[T]
	buffers []*Param[T] // what is kept beside parameters and not trained
	image   Shape       // of a vector that was an image: its shape before Flatten
}

// build makes the op of a layer called name whose input has the shape in. image is that of the
// input's image where in is a flattened one.
func build[T kernel.Float](layer Layer, name string, in, image Shape, classes int) (built[T], error) {
	switch l := layer.(type) {
	case Linear:
		return newLinear[T](l, name, in, image, classes)
	case Conv2d:
		return newConv[T](l, name, in)
	case MaxPool2d:
		return newMaxPool[T](l, in)
	case AvgPool2d:
		return newAvgPool[T](l, in)
	case Flatten:
		if !in.isImage() {
			return built[T]{op: alias[T]{}, out: in, image: image}, nil
		}
		return built[T]{op: alias[T]{}, out: Shape{in.Size()}, image: in}, nil
	case Activation:
		f, err := newElement[T](l)
		return built[T]{op: f, out: in, image: image}, err
	case BatchNorm:
		return newBatchNorm[T](l, name, in, image)
	case LayerNorm:
		return newLayerNorm[T](l, name, in, image)
	case Dropout:
		return newDropout[T](l, name, in, image)
	default:
		return built[T]{}, fmt.Errorf("there is no layer %T", layer)
	}
}

// A hintError is an error with advice for whoever wrote the model.
type hintError struct{ text, hint string }

func (e *hintError) Error() string { return e.text }

// Hint is the advice.
func (e *hintError) Hint() string { return e.hint }

// needImage and needVector are the errors of a layer that got the other shape.
func needImage(in Shape) error {
	if in.isImage() {
		return nil
	}
	return &hintError{fmt.Sprintf("it needs an image [height, width, channels] but gets a vector of %v", in), "put the layer before flatten"}
}

func needVector(in Shape) error {
	if len(in) == 1 {
		return nil
	}
	return &hintError{fmt.Sprintf("it needs a vector but gets an image %v", in), "put flatten before the layer"}
}

// MaxLayers bounds a model's layers after Repeat has been written out.
const MaxLayers = 10_000

// Expand gives the model's layers with every Repeat written out, also those within a Residual.
func (m Model) Expand() ([]Layer, error) {
	out, _, err := expand(m.Layers, 0)
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("the model has no layers")
	}
	return out, err
}

// expand writes out what a Repeat repeats once, whatever the number of times, so that its work is
// bounded by the model's text and MaxLayers. size is the number of layers, those within a Residual counted.
func expand(layers []Layer, depth int) (out []Layer, size int, err error) {
	if depth > 100 {
		return nil, 0, fmt.Errorf("repeat and residual are nested more than 100 times")
	}
	for _, l := range layers {
		once, count, times := []Layer{l}, 1, 1
		switch l := l.(type) {
		case Repeat:
			if l.Times < 0 {
				return nil, 0, fmt.Errorf("repeat: times is %d, but must not be negative", l.Times)
			}
			if times = l.Times; times == 0 {
				continue
			}
			if once, count, err = expand(l.Layers, depth+1); err != nil {
				return nil, 0, err
			}
		case Residual:
			if l.Layers, count, err = expand(l.Layers, depth+1); err != nil {
				return nil, 0, err
			}
			once, count = []Layer{l}, count+2 // with the projection and the sum
		}
		if len(once) == 0 {
			continue
		}
		if times > (MaxLayers-size)/count {
			return nil, 0, fmt.Errorf("the model has more than %d layers", MaxLayers)
		}
		for range times {
			out = append(out, once...)
		}
		size += times * count
	}
	return out, size, nil
}

// Compile makes a plan of the model for samples of the shape in and the stated number of classes:
// it infers the shape of every layer, lays out all buffers, and initialises the parameters. An
// error names the layer.
func Compile[T kernel.Float](m Model, in Shape, classes int, o Options) (*Plan[T], error) {
	p, err := compile[T](m, in, classes, o)
	if err != nil {
		return nil, err
	}
	for _, q := range p.tensors() {
		if err := q.initialise(m.Init, o.Seed); err != nil {
			return nil, fmt.Errorf("failed to initialise %s: %w", q.Name, err)
		}
	}
	return p, nil
}

// compile is Compile without values of the parameters.
func compile[T kernel.Float](m Model, in Shape, classes int, o Options) (*Plan[T], error) {
	p, err := place[T](m, in, classes, o)
	if err != nil {
		return nil, fmt.Errorf("failed to compile the model: %w", err)
	}
	for _, q := range p.tensors() {
		q.Data = make([]T, q.Shape.Size())
	}
	p.SetMasks(o.Seed, 0)
	p.allocateBuffers()
	p.stages = p.schedule()
	return p, nil
}

// place infers shapes and names; nothing is allocated yet.
func place[T kernel.Float](m Model, in Shape, classes int, o Options) (*Plan[T], error) {
	if o.Batch < 1 {
		return nil, fmt.Errorf("the batch is %d, but must be at least 1", o.Batch)
	}
	if classes < 1 {
		return nil, fmt.Errorf("the number of classes is %d, but must be at least 1", classes)
	}
	if len(in) != 1 && len(in) != 3 {
		return nil, fmt.Errorf("the input has the shape %v, but must be an image [height, width, channels] or a vector", in)
	}
	for _, d := range in {
		if d < 1 || d > MaxDimension {
			return nil, fmt.Errorf("the input has the shape %v, but every size must lie between 1 and %d", in, MaxDimension)
		}
	}
	layers, err := m.Expand()
	if err != nil {
		return nil, err
	}
	engine := o.Engine
	if engine == nil {
		engine = kernel.New(kernel.Available()[0], 1)
	}
	p := &Plan[T]{engine: engine, model: m, in: in, classes: classes, batch: o.Batch}
	b := builder[T]{plan: p, count: map[string]int{}, shape: in}
	if err := b.add(layers); err != nil {
		return nil, err
	}
	if len(b.shape) != 1 || b.shape[0] != classes {
		return nil, &hintError{fmt.Sprintf("the last layer (%s) gives %v, but the data has %d classes", p.layers[len(p.layers)-1].Name, b.shape, classes),
			"end with a linear layer of that many outputs (linear: classes)"}
	}
	if !slices.ContainsFunc(p.layers, func(l *placed[T]) bool { return !l.aliases() }) {
		return nil, &hintError{"its layers compute nothing (flatten and identity only)", "add a linear layer (linear: classes)"}
	}
	return p, nil
}

// maxValues bounds the values of a plan, its input, parameters and buffers together: 16 GiB of float32.
const maxValues = 1 << 32

var errTooLarge = &hintError{fmt.Sprintf("the plan needs more than %d values", int64(maxValues)), "take a smaller model or batch"}
