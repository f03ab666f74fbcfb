package nn

import (
	"reflect"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// Outline is what one training step of a model runs, and what becomes of its parameters' gradients.
type Outline struct {
	Kernels   []Kernel   `json:"kernels"`
	Gradients []Gradient `json:"gradients"`
}

// Kernel is a kernel of a step. Calls of the same kernel for the same layer, one for each block of samples,
// count as one.
type Kernel struct {
	Pass    string  `json:"pass"`    // "forward", "loss", "backward", "clip" or "update"
	Layer   string  `json:"layer"`   // "conv1"; of an update the parameter, "conv1.weight"
	Kernel  string  `json:"kernel"`  // its function: "MatMulNT"
	Calls   int     `json:"calls"`   // one for each block of samples where the layer runs by samples
	Count   int     `json:"count"`   // how many of Shape, over all calls: samples, or elements where Shape is ""
	Block   int     `json:"block"`   // how many of these the largest call takes
	Shape   string  `json:"shape"`   // "28×28×6 from 32×32×3 by 5×5", "64×512, K 3072"
	ISA     string  `json:"isa"`     // instruction set of the code that runs: "avx512", "portable"
	Threads int     `json:"threads"` // that share the work
	FLOPs   int     `json:"flops"`   // of products, two for each
	Read    int     `json:"read"`    // bytes of operands, each read once
	Written int     `json:"written"` // bytes of results, each written once
	Fused   []Fused `json:"fused"`
	InPlace bool    `json:"in_place"` // the result takes the place of an operand
	Scratch bool    `json:"scratch"`  // it reads a parameter's gradient from scratch memory
}

// Fused is what is done to a kernel's result before it goes to memory.
type Fused struct {
	Layer  string `json:"layer"`
	Kernel string `json:"kernel"` // "bias", "Tanh", "SGD"
	ISA    string `json:"isa"`
	Where  string `json:"where"` // "registers" or "cache"
}

// Gradient is what a step does with the gradient of a parameter.
type Gradient struct {
	Param string `json:"param"`
	Bytes int64  `json:"bytes"` // that it takes, where it is kept
	Kept  string `json:"kept"`  // "stored" for whoever asks for it; "scratch": until it is applied, in memory that stays in the cache; "no": it is applied tile by tile and never there as a whole
}

// NewOutline finds out what a step of the model by rule runs: Forward, Loss and BackwardUpdate, with
// positions kept only where they are needed, as train runs them; stored is for Forward, Loss, Backward and
// Update, with every position kept. The step is run, on an engine that computes nothing (its instruction
// set and threads are those of o.Engine); the plan's memory is asked for and not touched. Errors are those
// of Compile.
func NewOutline[T kernel.Float](m Model, in Shape, classes int, o Options, rule optim.SGD, stored bool) (*Outline, error) {
	return outline(m, in, classes, o, stored, func(p *Plan[T], _ *calls[T]) {
		if stored {
			p.Backward(o.Batch)
			p.Update(rule, false)
		} else {
			p.BackwardUpdate(o.Batch, rule, false)
		}
	})
}

// NewClippedOutline is NewOutline for a step whose gradients are clipped: Forward, Loss, Backward, Clip and Update,
// with positions kept only where they are needed. It tells what a step runs that is cut; the norms, for which
// every gradient is read once before and once after, are not among the kernels.
func NewClippedOutline[T kernel.Float](m Model, in Shape, classes int, o Options, rule optim.SGD, clip optim.Clip) (*Outline, error) {
	return outline(m, in, classes, o, false, func(p *Plan[T], all *calls[T]) {
		p.Backward(o.Batch)
		all.pass = "clip"
		for _, q := range p.Params() {
			p.engine.Mark(q.Name)
			if clip.By == optim.ClipValue {
				kernel.Clamp(p.engine, q.grad(), T(clip.Limit))
			} else {
				kernel.Scale(p.engine, q.grad(), 1)
			}
		}
		all.pass = "update"
		p.Update(rule, false)
	})
}

// outline runs a step, from backward on as f does.
func outline[T kernel.Float](m Model, in Shape, classes int, o Options, kept bool, f func(p *Plan[T], all *calls[T])) (*Outline, error) {
	var all calls[T]
	if o.Engine == nil {
		o.Engine = kernel.New(kernel.Available()[0], 1)
	}
	o.Engine = kernel.Recorder(o.Engine.ISA(), o.Engine.Threads(), func(c kernel.Call) { all.add(&c) })
	p, err := compile[T](m, in, classes, o)
	if err != nil {
		return nil, err
	}
	all.params = p.Params()
	p.Keep(kept)
	all.pass = "forward"
	p.Forward(make([]T, o.Batch*in.Size()), o.Batch)
	all.pass = "loss"
	p.Loss(make([]int32, o.Batch), o.Batch)
	all.pass = "backward"
	f(p, &all)
	return &Outline{all.kernels, destinations(p.Params())}, nil
}

// destinations says where the gradients of params went.
func destinations[T kernel.Float](params []*Param[T]) []Gradient {
	var all []Gradient
	for _, q := range params {
		g := Gradient{q.Name, elementBytes[T]() * int64(len(q.Data)), "no"}
		switch {
		case q.Grad != nil:
			g.Kept = "stored"
		case q.sums != nil:
			g.Kept = "scratch"
		}
		all = append(all, g)
	}
	return all
}

// calls collects what a recorder tells.
type calls[T kernel.Float] struct {
	pass    string
	params  []*Param[T]
	kernels []Kernel
}

func (all *calls[T]) add(c *kernel.Call) {
	k := Kernel{
		Fused: []Fused{}, Pass: all.pass, Layer: c.Place, Kernel: c.Kernel, Shape: c.Shape, ISA: c.ISA.String(), Threads: c.Threads, InPlace: c.InPlace(),
	}
	if c.Updates {
		k.Pass = "update"
	}
	for _, f := range c.Fused {
		k.Fused = append(k.Fused, Fused{f.Place, f.Kernel, f.ISA.String(), f.Where})
	}
	for _, q := range all.params {
		k.Scratch = k.Scratch || c.Updates && kernel.Reads(c, q.sums)
	}
	same := all.find(k)
	same.Calls++
	same.Count += c.Count
	same.Block = max(same.Block, c.Count)
	same.FLOPs += c.FLOPs
	same.Read += c.Read
	same.Written += c.Written
}

// find gives the kernel that is k but for its figures, at the end of the list if there was none.
func (all *calls[T]) find(k Kernel) *Kernel {
	for i := range all.kernels {
		old := all.kernels[i]
		old.Calls, old.Count, old.Block, old.FLOPs, old.Read, old.Written = 0, 0, 0, 0, 0, 0
		if reflect.DeepEqual(old, k) {
			return &all.kernels[i]
		}
	}
	all.kernels = append(all.kernels, k)
	return &all.kernels[len(all.kernels)-1]
}

// FLOPs is the number of operations of the step's products.
func (o *Outline) FLOPs() int {
	n := 0
	for _, k := range o.Kernels {
		n += k.FLOPs
	}
	return n
}

// Bytes is what the step's kernels read and write, each by itself.
func (o *Outline) Bytes() int {
	n := 0
	for _, k := range o.Kernels {
		n += k.Read + k.Written
	}
	return n
}

// Fallbacks lists the kernels of the step that run in portable code, in order, each once.
func (o *Outline) Fallbacks() []string {
	portable := kernel.Portable.String()
	var names []string
	seen := map[string]bool{}
	add := func(name, isa string) {
		if isa == portable && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, k := range o.Kernels {
		add(k.Kernel, k.ISA)
		for _, f := range k.Fused {
			add(f.Kernel, f.ISA)
		}
	}
	return names
}
