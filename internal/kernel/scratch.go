package kernel

import "unsafe"

// Scratch is the memory that an engine keeps for its kernels, in elements of each worker, at most: panels
// of matrices and weights, a padded image, a gradient that is not stored; and, of a whole kernel, weights
// that are turned, and the numbers and sums of a matrix's columns.
type Scratch struct{ PackA, PackB, Image, Gradient, Turned, Columns int }

// Max is room for what s or t has room for.
func (s Scratch) Max(t Scratch) Scratch {
	return Scratch{
		max(s.PackA, t.PackA), max(s.PackB, t.PackB), max(s.Image, t.Image),
		max(s.Gradient, t.Gradient), max(s.Turned, t.Turned), max(s.Columns, t.Columns),
	}
}

// ScratchBytes is what s takes on e, of T, with the room that grow leaves. Work by samples runs on lanes,
// each of which has a worker of its own.
func ScratchBytes[T Float](e *Engine, s Scratch) int64 {
	var zero T
	workers, spaces := 1, 1
	if e.threads > 1 {
		workers, spaces = 2*e.threads, 1+e.threads
	}
	grown := func(n int) int { return n + n/4 }
	each := grown(s.PackA) + grown(s.PackB) + grown(s.Image) + grown(s.Gradient)
	bytes := int64(unsafe.Sizeof(zero)) * int64(workers*each+spaces*grown(s.Turned))
	if s.Columns > 0 {
		wide := wide(s.Columns)
		bytes += int64(unsafe.Sizeof(zero)) * int64(spaces*grown(columnNumbers*wide)+workers*grown(2*wide))
		bytes += int64(unsafe.Sizeof(0.0)) * int64(spaces*grown(2*segments*s.Columns))
	}
	return bytes
}

// NormScratch is that of batch normalisation of cols channels. Layer normalisation needs none.
func NormScratch(cols int) Scratch { return Scratch{Columns: cols} }

// LinearScratch is that of the products of a linear layer for n samples: forward, and both gradients.
func LinearScratch[T Float](e *Engine, n, in, out int) Scratch {
	w := &spaceOf[T](e).workers[0]
	forward := gemm[T]{m: n, n: out, k: in, a1: 1, transposed: true}
	input := gemm[T]{m: n, n: in, k: out, a1: 1, ldb: in}
	weights := gemm[T]{m: out, n: in, k: n, a1: out, ldb: in, update: new(Update[T])}
	return forward.scratch(w).Max(input.scratch(w)).Max(weights.scratch(w))
}

// scratch is that of part, for all of C.
func (g *gemm[T]) scratch(w *worker[T]) Scratch {
	var s Scratch
	rows, nr := min(g.m, blockM), w.maxColumns()
	if g.a1 != 1 && w.set != nil {
		s.PackA, s.PackB = (rows+w.maxRows())*g.k+2*nr, panelsWalked*panelSize(g.k, nr)
	} else {
		kn := g.k
		if g.update == nil {
			kn = min(kn, blockK)
		}
		switch {
		case g.transposed:
			s.PackB = (kn + 16) * nr
		case g.worthCopying(w):
			s.PackB = panelsCopied * panelSize(kn, nr)
		}
		if w.set != nil {
			s.PackA = rows * (kn + 16)
		}
	}
	if g.update != nil {
		s.Gradient = w.maxRows() * panelsWalked * nr
	}
	return s
}

// ConvScratch is that of the three products of a convolution.
func ConvScratch[T Float](e *Engine, g *Conv) Scratch {
	w := &spaceOf[T](e).workers[0]
	s := Scratch{Gradient: g.F}
	if g.PH > 0 || g.PW > 0 {
		s.Image = (g.H + 2*g.PH) * (g.W + 2*g.PW) * g.C
	}
	if w.prefersPlanes(g) {
		s.Image = (g.H+2*g.PH)*(g.W+2*g.PW)*g.C + g.F*g.OutH*g.OutW
	} else {
		nr := w.maxColumns()
		s.PackB = ((g.F+nr-1)/nr*g.taps() + 16) * nr
	}
	if w.prefersTurned(g) {
		s.Turned = g.taps() * g.F
	}
	return s
}
