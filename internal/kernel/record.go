package kernel

import (
	"fmt"
	"slices"
	"unsafe"
)

// Call is one call of a kernel: what it computes and what that takes.
type Call struct {
	Kernel  string // the function of this package
	Place   string // what it is called for, as Mark said
	Count   int    // how many of Shape
	Shape   string // "64×512, K 3072"; "" where elements are counted
	ISA     ISA    // of the code that runs: Portable where the engine's instruction set has none
	Threads int    // that share the work
	FLOPs   int    // of products, two for each
	Read    int    // bytes of its operands, each read once
	Written int    // bytes of its results, each written once
	Updates bool   // it moves parameters by a gradient that was there before
	Fused   []Fused

	operands, results []operand
}

// Fused is what happens to a call's result before it goes to memory.
type Fused struct {
	Kernel string // a function of this package; "bias", "planes" (of the image, one per channel), or an update's rule
	Place  string
	ISA    ISA
	Where  string // "registers" or "cache"
}

// Reads says whether x, from its first element on, is an operand of c.
func Reads[T Float](c *Call, x []T) bool {
	return len(x) > 0 && slices.ContainsFunc(c.operands, of(x).same)
}

// InPlace says whether an element-wise kernel writes where it reads.
func (c *Call) InPlace() bool {
	return c.Shape == "" && slices.ContainsFunc(c.results, func(o operand) bool { return slices.ContainsFunc(c.operands, o.same) })
}

// operand is a slice that a kernel reads or writes.
type operand struct {
	at    unsafe.Pointer
	bytes int
}

func of[T any](x []T) operand {
	var zero T
	return operand{unsafe.Pointer(unsafe.SliceData(x)), len(x) * int(unsafe.Sizeof(zero))}
}

func (o operand) same(p operand) bool { return o.at == p.at }

// recorder is what an engine tells of instead of computing.
type recorder struct {
	tell  func(Call)
	place string
	lanes int   // threads over which samples are divided, 0 for none
	open  *Call // one whose result is still in the cache: what is called meanwhile is fused with it
}

// Recorder makes an engine that computes nothing. What an engine for isa on threads threads would run it
// tells of, call by call, from the very functions that would run it. Of slices only addresses and lengths
// are looked at.
func Recorder(isa ISA, threads int, tell func(Call)) *Engine {
	e := New(isa, threads)
	e.recorder = &recorder{tell: tell}
	return e
}

// Mark says what the next calls are for. It changes nothing but what a Recorder tells.
func (e *Engine) Mark(place string) {
	if e.recorder != nil {
		e.recorder.place = place
	}
}

// add tells of c. What then calls finds its results in the cache.
func (r *recorder) add(c Call, operands, results []operand, then func()) {
	c.Place, c.operands, c.results = r.place, operands, results
	if r.open != nil {
		r.fuse(c)
		return
	}
	for _, o := range operands {
		c.Read += o.bytes
	}
	for _, o := range results {
		c.Written += o.bytes
	}
	if r.lanes > 0 {
		c.Threads = r.lanes
	}
	if then != nil {
		r.open = &c
		then()
		r.open = nil
		r.place = c.Place
	}
	r.tell(c)
}

// fuse adds c to the call whose results it finds in the cache: only what is not among these costs
// anything.
func (r *recorder) fuse(c Call) {
	open := r.open
	open.Fused = append(open.Fused, Fused{c.Kernel, c.Place, c.ISA, "cache"})
	for _, o := range c.operands {
		if !slices.ContainsFunc(open.results, o.same) {
			open.Read += o.bytes
		}
	}
	for _, o := range c.results {
		if !slices.ContainsFunc(open.results, o.same) {
			open.Written += o.bytes
		}
	}
}

// samples is Samples: the same ranges, one after the other.
func (r *recorder) samples(e *Engine, first, end, block, parts int, f func(lane *Engine, from, to int)) {
	if parts > 1 {
		r.lanes = parts
		defer func() { r.lanes = 0 }()
	}
	n := end - first
	for part := range parts {
		eachBlock(e, first+n*part/parts, first+n*(part+1)/parts, block, f)
	}
}

// elements tells of a kernel that goes through n elements one by one.
func (r *recorder) elements(name string, isa ISA, n int, result operand, operands ...operand) {
	r.add(Call{Kernel: name, Count: n, ISA: isa, Threads: 1}, operands, []operand{result}, nil)
}

// runs is the instruction set of a kernel: the engine's where it is present there.
func (e *Engine) runs(present bool) ISA {
	if present {
		return e.isa
	}
	return Portable
}

// runs is the instruction set of w's tiles, or of something else in its table.
func (w *worker[T]) runs(present bool) ISA {
	if w.set != nil && present {
		return w.isa
	}
	return Portable
}

// Names of the kernels by their index.
var (
	unaryNames = [numUnary]string{
		opExp: "Exp", opTanh: "Tanh", opTanhHalf: "ScaledSigmoid", opSigmoid: "Sigmoid", opReLU: "ReLU", opGELU: "GELU", opSiLU: "SiLU",
	}
	binaryNames = [numBinary]string{
		opTanhGrad: "TanhGrad", opTanhHalfGrad: "ScaledSigmoidGrad", opSigmoidGrad: "SigmoidGrad",
		opReLUGrad: "ReLUGrad", opGELUGrad: "GELUGrad", opSiLUGrad: "SiLUGrad", opAdd: "Add",
	}
	poolNames = [numPool]string{opMaxPool: "MaxPool", opMaxPoolGrad: "MaxPoolGrad", opAvgPool: "AvgPool", opAvgPoolGrad: "AvgPoolGrad"}
	convNames = [...]string{forward: "ConvForward", inputGrad: "ConvInputGrad", weightGrad: "ConvWeightGrad"}
)

// name is the function that made g.
func (g *gemm[T]) name() string {
	switch {
	case g.transposed:
		return "MatMulNT"
	case g.a1 == 1:
		return "MatMulNN"
	case g.update != nil:
		return "MatMulTNUpdate"
	}
	return "MatMulTN"
}

func (g *gemm[T]) record(r *recorder, w *worker[T], threads int) {
	c := Call{
		Kernel: g.name(), Count: 1, Shape: fmt.Sprintf("%d×%d, K %d", g.m, g.n, g.k),
		ISA: w.runs(true), Threads: threads, FLOPs: 2 * g.m * g.n * g.k,
	}
	operands, results := []operand{of(g.a), of(g.b)}, []operand{of(g.c)}
	if g.bias != nil {
		operands = append(operands, of(g.bias))
		c.Fused = append(c.Fused, Fused{"bias", r.place, c.ISA, "registers"})
	}
	if u := g.update; u != nil {
		operands, results = append(operands, of(u.W), of(u.V)), []operand{of(u.W), of(u.V)}
		f := Fused{u.name(), r.place, c.ISA, "registers"}
		if !u.plain() {
			f.ISA, f.Where = w.runs(w.updateKernel(u) != nil), "cache"
		}
		c.Fused = append(c.Fused, f)
	}
	var then func()
	if g.after != nil {
		then = func() { g.after(0, g.m*g.n) }
	}
	r.add(c, operands, results, then)
}

func (v *conv[T]) record(r *recorder, w *worker[T], threads int) {
	g, n := &v.g, v.n
	c := Call{Kernel: convNames[v.kind], Count: n, ISA: w.runs(true), Threads: threads, FLOPs: g.flops(n)}
	in, out := fmt.Sprintf("%d×%d×%d", g.H, g.W, g.C), fmt.Sprintf("%d×%d×%d", g.OutH, g.OutW, g.F)
	y, operands := v.y, []operand{of(v.weights)}
	switch v.kind {
	case forward:
		y = y[:n*g.OutH*g.OutW*g.F]
		operands = append(operands, of(v.x[:n*g.H*g.W*g.C]), of(v.bias))
		c.Shape = fmt.Sprintf("%s from %s by %d×%d", out, in, g.KH, g.KW)
	case inputGrad:
		y = y[:n*g.H*g.W*g.C]
		operands = append(operands, of(v.dy[:n*g.OutH*g.OutW*g.F]))
		c.Shape = fmt.Sprintf("%s from %s by %d×%d", in, out, g.KH, g.KW)
	case weightGrad:
		operands = append(operands, of(v.x[:n*g.H*g.W*g.C]), of(v.dy[:n*g.OutH*g.OutW*g.F]))
		c.Shape = fmt.Sprintf("%d×%d×%d×%d from %s", g.F, g.KH, g.KW, g.C, out)
	}
	results := []operand{of(y)}
	if v.kind == forward && v.planar {
		c.Fused = append(c.Fused, Fused{"planes", r.place, w.runs(w.set.planes != nil), "cache"})
	}
	if v.kind == weightGrad && !v.begin { // goes on with what the samples before gave
		operands = append(operands, of(y), of(v.bias))
	}
	if v.bias != nil {
		c.Fused = append(c.Fused, Fused{"bias", r.place, c.ISA, "registers"})
	}
	if v.bias != nil && v.kind == weightGrad {
		results = append(results, of(v.bias))
		a := w.elementwise()
		c.Fused[len(c.Fused)-1] = Fused{"ColSum", r.place, w.runs(a != nil && a.colSum != nil), "cache"}
	}
	r.add(c, operands, results, nil)
}

func (s *sgd[T]) record(r *recorder, w *worker[T], threads int) {
	r.add(Call{
		Kernel: "SGDUpdate", Count: 1, Shape: fmt.Sprintf("%d×%d, %s", s.rows, s.cols, s.u.name()),
		ISA: w.runs(w.updateKernel(s.u) != nil), Threads: threads, Updates: true,
	}, []operand{of(s.g), of(s.u.W), of(s.u.V)}, []operand{of(s.u.W), of(s.u.V)}, nil)
}

// name says which rule c is.
func (c *SGDCoefficients[T]) name() string {
	rule, decay := c.rule()
	name := [...]string{"SGD", "SGD with momentum", "SGD with Nesterov's momentum"}[rule]
	if decay != 0 {
		name += ", weight decay"
	}
	return name
}

// recordPool tells of a pooling of n images; x is the image, or its gradient, y what it gave.
func recordPool[T Float](e *Engine, g *Window, op int, y []T, winners []uint16, x []T, n int) {
	in, out := g.sizes()
	_, isa := halver[T](e, g, op)
	c := Call{Kernel: poolNames[op], Count: n, ISA: isa, Threads: 1}
	input, output := fmt.Sprintf("%d×%d×%d", g.H, g.W, g.C), fmt.Sprintf("%d×%d×%d", g.OutH, g.OutW, g.C)
	small, large := []operand{of(y[:n*out])}, []operand{of(x[:n*in])}
	if winners != nil {
		small = append(small, of(winners[:n*out]))
	}
	switch op {
	case opMaxPool, opAvgPool:
		c.Shape = fmt.Sprintf("%s from %s by %d×%d", output, input, g.KH, g.KW)
		e.recorder.add(c, large, small, nil)
	default:
		c.Shape = fmt.Sprintf("%s from %s by %d×%d", input, output, g.KH, g.KW)
		e.recorder.add(c, small, large, nil)
	}
}

// recordSoftmax tells of SoftmaxCrossEntropy: portable code around the exponentials.
func recordSoftmax[T Float](e *Engine, dlogits, logits []T, labels []int32, losses []T, rows, cols int) {
	a := assembly[T](e)
	e.recorder.add(Call{
		Kernel: "SoftmaxCrossEntropy", Count: rows, Shape: fmt.Sprintf("%d classes", cols), ISA: Portable, Threads: 1,
		Fused: []Fused{{unaryNames[opExp], e.recorder.place, e.runs(a != nil && a.unary[opExp] != nil), "cache"}},
	}, []operand{of(logits[:rows*cols]), of(labels[:rows])}, []operand{of(dlogits), of(losses[:rows])}, nil)
}
