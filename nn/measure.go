package nn

import (
	"fmt"
	"unsafe"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// Size is how large a model is that is trained in batches of a given size.
type Size struct {
	Layers     []string // as Plan.Describe lists them
	Graph      []Node   // as Plan.Graph gives it
	Parameters int      // number of trained values
	Memory     Memory
	Draw       int64 // bytes that initialising the largest tensor takes for a while
	LSUV       bool  // whether Plan.LSUV belongs to its initialisation
}

// Memory is the bytes that a plan allocates, at once or during its first steps. Gradients that Backward
// stores come on top: as many bytes as the parameters.
type Memory struct {
	Parameters    int64 `json:"parameters"`
	Velocities    int64 `json:"velocities"`     // of momentum
	UpdateScratch int64 `json:"update_scratch"` // gradients of filters and biases, until they are applied
	Outputs       int64 `json:"outputs"`        // of the layers, a batch
	OutputGrads   int64 `json:"output_grads"`
	Winners       int64 `json:"winners"`    // of max pooling: which element of its window each was
	Losses        int64 `json:"losses"`     // of the samples
	Statistics    int64 `json:"statistics"` // of normalisation: the batch's and the running ones
	Squares       int64 `json:"squares"`    // sums of watched steps, and a gradient that is computed once more for them; at most
	Kernels       int64 `json:"kernels"`    // what the engine keeps for its kernels: panels of matrices, padded images; at most
}

// Total is the bytes of all.
func (m Memory) Total() int64 {
	return m.Parameters + m.Velocities + m.UpdateScratch + m.Outputs + m.OutputGrads + m.Winners + m.Losses + m.Statistics + m.Squares + m.Kernels
}

// Measure gives the size of a model that is trained by rule, without allocating it. It fails for what
// Compile fails for, with the same words.
func Measure[T kernel.Float](m Model, in Shape, classes int, o Options, rule optim.SGD) (Size, error) {
	p, err := place[T](m, in, classes, o)
	if err != nil {
		return Size{}, fmt.Errorf("failed to compile the model: %w", err)
	}
	s := Size{Layers: p.Describe(), Graph: p.Graph(), Parameters: p.Parameters(), Memory: p.memory(rule)}
	for _, q := range p.Params() {
		if q.begins != nil {
			continue
		}
		i, err := q.initialisation(m.Init)
		if err != nil {
			return Size{}, fmt.Errorf("failed to initialise %s: %w", q.Name, err)
		}
		draw := 8 * int64(q.Shape.Size()) // values are drawn in float64
		if i.Name == "orthogonal" || i.Name == lsuv {
			draw *= 2
		}
		s.LSUV = s.LSUV || i.Name == lsuv
		s.Draw = max(s.Draw, draw)
	}
	return s, nil
}

// memory adds up what the plan allocates.
func (p *Plan[T]) memory(rule optim.SGD) Memory {
	var params, scratch, winners, statistics, largest, columns int64
	var room kernel.Scratch
	batch := int64(p.batch)
	outputs, gradients := p.bufferSizes()
	for _, l := range p.layers {
		switch f := l.op.(type) {
		case *maxPool[T]:
			winners += batch * int64(l.Shape.Size())
		case *batchNorm[T]:
			statistics += 7 * int64(f.features)
		case *layerNorm[T]:
			statistics += 2 * batch
		}
		if k, ok := l.op.(interface {
			scratch(e *kernel.Engine, n int) kernel.Scratch
		}); ok {
			room = room.Max(k.scratch(p.engine, p.batch))
		}
		_, small := l.op.(summed[T])
		for _, q := range l.params {
			n := int64(q.Shape.Size())
			params += n
			if small || len(q.Shape) == 1 || rule.Penalty.L1 != 0 && q.penalised(rule.Penalty) {
				scratch += n
			}
			largest = max(largest, n)
			if len(q.Shape) == 1 {
				columns = max(columns, n)
			} else {
				columns = max(columns, n/int64(q.Shape[0]))
			}
		}
	}
	velocities := int64(0)
	if rule.Momentum != 0 {
		velocities = params
	}
	columns *= 3 // of gradients, steps and weights
	element := elementBytes[T]()
	return Memory{
		Parameters: element * params, Velocities: element * velocities, UpdateScratch: element * scratch,
		Outputs: element * int64(outputs), OutputGrads: element * int64(gradients), Winners: 2 * winners, Losses: element * batch,
		Statistics: element * statistics,
		Squares:    element * (largest + columns + columns/4),
		Kernels:    kernel.ScratchBytes[T](p.engine, room),
	}
}

func elementBytes[T kernel.Float]() int64 {
	var zero T
	return int64(unsafe.Sizeof(zero))
}

func (f *linear[T]) scratch(e *kernel.Engine, n int) kernel.Scratch {
	return kernel.LinearScratch[T](e, n, f.in, f.out)
}

func (f *conv[T]) scratch(e *kernel.Engine, _ int) kernel.Scratch {
	return kernel.ConvScratch[T](e, &f.geometry)
}
