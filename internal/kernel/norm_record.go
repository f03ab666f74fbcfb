package kernel

import "fmt"

// What a recorder is told of normalisation: one call each, whatever the number of passes.

var (
	columnNames = [...]string{columnSums: "ColMoments", columnNormalize: "Normalize", columnNormalizeGrad: "NormalizeGrad"}
	layerNames  = [...]string{layerForward: "LayerNorm", layerInputGrad: "LayerNormGrad", layerParamGrad: "LayerNormParamGrad"}
)

// tell tells e's recorder of the kernel that kind names.
func (j *columnJob[T]) tell(e *Engine, kind int, operands, results []operand) {
	j.kind, j.operands, j.results = kind, operands, results
	divide(e, j, 4*j.rows*j.cols)
}

func (j *columnJob[T]) record(r *recorder, w *worker[T], threads int) {
	r.add(normCall(columnNames[j.kind], j.rows, j.cols, w.runs(w.norm() != nil), threads), j.operands, j.results, nil)
}

func (j *layerJob[T]) record(r *recorder, w *worker[T], threads int) {
	c := normCall(layerNames[j.kind], j.rows, j.cols, w.runs(w.norm() != nil), threads)
	x, moments := of(j.x), []operand{of(j.mean), of(j.inv)}
	switch j.kind {
	case layerForward:
		r.add(c, []operand{x, of(j.gamma), of(j.beta)}, append(moments, of(j.dst)), nil)
	case layerInputGrad:
		r.add(c, append(moments, x, of(j.dy), of(j.gamma)), []operand{of(j.dst)}, nil)
	case layerParamGrad:
		sums := []operand{of(j.gamma), of(j.beta)}
		r.add(c, append(append(moments, x, of(j.dy)), sums...), sums, nil)
	}
}

func normCall(name string, rows, cols int, isa ISA, threads int) Call {
	return Call{Kernel: name, Count: 1, Shape: fmt.Sprintf("%d×%d", rows, cols), ISA: isa, Threads: threads}
}
