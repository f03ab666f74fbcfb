package kernel

import "gradlab/internal/canon"

// An After is called for parts of a finished product while they are in the cache, with the indices
// from ≤ i < to of C that are finished; it may change them. It is called on several threads, for
// different parts, and every element is in one part.
type After func(from, to int)

// MatMulNT computes C = A·Bᵀ + bias for A [m, k], B [n, k], C [m, n] and bias [n] or nil: the
// forward pass of a linear layer whose weights are [out, in].
func MatMulNT[T Float](e *Engine, c, a, b, bias []T, m, n, k int, after After) {
	s := spaceOf[T](e)
	s.gemm = gemm[T]{c: c, a: a, b: b, bias: bias, m: m, n: n, k: k, ai: k, a1: 1, ldb: k, transposed: true, after: after}
	s.gemm.start(e)
}

// MatMulNN computes C = A·B for A [m, k], B [k, n] and C [m, n]: the gradient of a linear layer's
// input.
func MatMulNN[T Float](e *Engine, c, a, b []T, m, n, k int, after After) {
	s := spaceOf[T](e)
	s.gemm = gemm[T]{c: c, a: a, b: b, m: m, n: n, k: k, ai: k, a1: 1, ldb: n, after: after}
	s.gemm.start(e)
}

// MatMulTN computes C = Aᵀ·B for A [k, m], B [k, n] and C [m, n]: the gradient of a linear layer's
// weights, summed over a batch of k.
func MatMulTN[T Float](e *Engine, c, a, b []T, m, n, k int) {
	s := spaceOf[T](e)
	s.gemm = gemm[T]{c: c, a: a, b: b, m: m, n: n, k: k, ai: 1, a1: m, ldb: n}
	s.gemm.start(e)
}

// MatMulTNUpdate computes the gradient G = Aᵀ·B as MatMulTN does and applies u to the weights
// [m, n], block by block: the gradient is not stored. Both ways give the same bits.
func MatMulTNUpdate[T Float](e *Engine, u *Update[T], a, b []T, m, n, k int) {
	if u.Sums != nil {
		u.Sums.reset(n)
	}
	s := spaceOf[T](e)
	s.gemm = gemm[T]{update: u, a: a, b: b, m: m, n: n, k: k, ai: 1, a1: m, ldb: n}
	s.gemm.start(e)
	if u.Sums != nil && u.plain() { // the step is the gradient
		copy(u.Sums.Columns[n:2*n], u.Sums.Columns[:n])
	}
}

// gemm is a product C = A·B + bias that is divided over threads by columns, or by rows where there
// are few columns.
type gemm[T Float] struct {
	c, a, b, bias []T
	update        *Update[T] // of weights whose gradient C would be; C is nil then
	m, n, k       int
	ai, a1        int  // strides of A along i and k
	ldb           int  // row stride of B
	transposed    bool // B is given as [n, k]
	after         After
	byRows        bool
	copies        bool // B's panels, which are used often or lie badly in the cache
}

// Blocks: a panel of B of depth blockK stays in the first-level cache while all rows of A pass.
const (
	blockK = 256
	blockM = 512
)

func (g *gemm[T]) start(e *Engine) {
	if g.m == 0 || g.n == 0 {
		return
	}
	w := &spaceOf[T](e).workers[0]
	g.byRows = g.n < 2*w.maxColumns()*e.threads && g.update == nil
	g.copies = g.worthCopying(w)
	divide(e, g, 2*g.m*g.n*g.k)
}

func (g *gemm[T]) worthCopying(w *worker[T]) bool {
	return !g.transposed && (g.m > 2*w.maxRows() || g.ldb%1024 == 0)
}

// part computes the columns (or rows) that fall to one of parts threads.
func (g *gemm[T]) part(w *worker[T], part, parts int) {
	mr, nr := w.maxRows(), w.maxColumns()
	m0, m1, n0, n1 := 0, g.m, 0, g.n
	if g.byRows {
		m0, m1 = share(g.m, mr, part, parts)
	} else {
		n0, n1 = share(g.n, nr, part, parts)
	}
	if m0 >= m1 || n0 >= n1 {
		return
	}
	if g.k == 0 {
		g.empty(m0, m1, n0, n1)
	}
	for m := m0; m < m1; m += blockM {
		end := min(m+blockM, m1)
		switch {
		case g.k == 0:
		case g.a1 != 1 && w.set != nil:
			g.outer(w, m, end, n0, n1)
		default:
			g.rows(w, m, end, n0, n1)
		}
		switch {
		case g.after == nil:
		case n0 == 0 && n1 == g.n:
			g.after(m*g.n, end*g.n)
		default:
			for i := m; i < end; i++ {
				g.after(i*g.n+n0, i*g.n+n1)
			}
		}
	}
}

// empty writes sums of nothing, which are +0.
func (g *gemm[T]) empty(m0, m1, n0, n1 int) {
	for i := m0; i < m1; i++ {
		for j := n0; j < n1; j++ {
			switch {
			case g.update != nil:
				g.update.one(0, i*g.n+j, j)
			case g.bias != nil:
				g.c[i*g.n+j] = canon.Flush(g.bias[j])
			default:
				g.c[i*g.n+j] = 0
			}
		}
	}
}

// rows computes C[m0:m1, n0:n1], panel by panel of B: each stays in the first-level cache while all rows
// of A pass.
func (g *gemm[T]) rows(w *worker[T], m0, m1, n0, n1 int) {
	nr, mr := w.maxColumns(), balance(m1-m0, w.maxRows())
	kBlock := g.k
	if g.update == nil {
		kBlock = balance(g.k, blockK)
	}
	for k := 0; k < g.k; k += kBlock {
		kn := min(kBlock, g.k-k)
		t := tile[T]{k1: kn, k2: 1, k3: 1, ai: g.ai, a1: g.a1, load: k > 0, last: k+kn == g.k}
		a, step := g.a[k*g.a1:], g.ai
		if n1-n0 > 2*nr && m1-m0 > 1 && w.set != nil && g.ai%1024 == 0 {
			a, step = g.packRows(w, &t, m0, m1, k, kn)
		} else {
			a = a[m0*step:]
		}
		g.target(w, &t)
		t.aNext, t.cNext = mr*step, mr*g.n
		for j := n0; j < n1; j += nr {
			t.n = min(nr, n1-j)
			if (j-n0)%(panelsCopied*nr) == 0 {
				g.packPanels(w, j, min(j+panelsCopied*nr, n1), k, kn)
			}
			b := g.panel(w, &t, j, (j-n0)/nr%panelsCopied, k, kn)
			if g.bias != nil && t.last {
				t.bias = g.bias[j:]
			}
			for i := m0; i < m1; i += mr * t.count {
				t.m, t.count = min(mr, m1-i), max(1, (m1-i)/mr)
				if g.update != nil {
					t.count = 1 // its columns only may follow one another
				}
				t.a, t.b = a[(i-m0)*step:], b
				g.run(w, &t, i, j)
			}
		}
	}
}

// panelsWalked is the number of panels that outer takes together.
const panelsWalked = 8

// outer computes C[m0:m1, n0:n1] where B is short, as a batch is, and C large: a group of panels stays
// in the second-level cache, and every few rows of C are walked along the group.
func (g *gemm[T]) outer(w *worker[T], m0, m1, n0, n1 int) {
	nr, mr := w.maxColumns(), balance(m1-m0, w.maxRows())
	t := tile[T]{k1: g.k, k2: 1, k3: 1, ai: 1, a1: mr, b1: nr, last: true, bNext: panelSize(g.k, nr), cNext: nr}
	a := grow(&w.packA, (m1-m0+mr)*g.k+2*nr)
	for i := m0; i < m1; i += mr {
		w.copyRows(a[(i-m0)*g.k:], mr, g.a[i:], g.a1, g.k, min(mr, m1-i))
	}
	g.target(w, &t)
	b := grow(&w.packB, panelsWalked*panelSize(g.k, nr))
	for j0 := n0; j0 < n1; j0 += panelsWalked * nr {
		j1 := min(j0+panelsWalked*nr, n1)
		g.copyPanels(w, b, j0, j1, 0, g.k)
		for i := m0; i < m1; i += mr {
			t.m = min(mr, m1-i)
			for j := j0; j < j1; j += nr * t.count {
				t.n, t.count = min(nr, j1-j), max(1, (j1-j)/nr)
				t.a, t.b = a[(i-m0)*g.k:], b[(j-j0)/nr*panelSize(g.k, nr):]
				g.run(w, &t, i, j)
			}
		}
	}
}

// target points t at where its result belongs.
func (g *gemm[T]) target(w *worker[T], t *tile[T]) {
	t.ci = g.n
	if g.update != nil {
		if t.step, t.rate = g.update.plain(), g.update.Rate; !t.step {
			t.ci = panelsWalked * w.maxColumns()
		}
	}
	t.ahead = t.k1 >= worthAhead && !t.load
}

// run computes t.count tiles from (i, j) on. The gradient of an update that is more than a step lies in the
// first-level cache until the update is done.
func (g *gemm[T]) run(w *worker[T], t *tile[T], i, j int) {
	at := i*g.n + j
	switch {
	case g.update == nil:
		t.c = g.c[at:]
	case t.step:
		t.c = g.update.W[at:]
		if s := g.update.Sums; s != nil {
			t.sums, t.sumsI, t.scale = s.Columns[j:], 2*g.n, s.Scale
		}
	default:
		columns := t.n + (t.count-1)*w.maxColumns()
		grad := grow(&w.gradient, w.maxRows()*t.ci)
		t.c = grad
		w.run(t)
		w.update(g.update, grad, t.ci, t.m, columns, at, g.n)
		return
	}
	w.run(t)
}

// worthAhead is the number of products from which on fetching what a tile will write is hidden behind
// them.
const worthAhead = 32

// packRows copies A[m0:m1, k:k+kn]: rows a multiple of 4 KiB apart all fall into the same set of the
// cache. It returns the copy and its stride along i.
func (g *gemm[T]) packRows(w *worker[T], t *tile[T], m0, m1, k, kn int) ([]T, int) {
	step := kn + 16
	p := grow(&w.packA, (m1-m0)*step)
	for i := m0; i < m1; i++ {
		copy(p[(i-m0)*step:][:kn], g.a[i*g.ai+k:])
	}
	t.ai = step
	return p, step
}

// panelsCopied is the number of panels of B that are copied at a time: their rows are neighbours in memory.
const panelsCopied = 16

// packPanels copies the rows k … k+kn of the columns j0 … j1 of B, panel after panel, if that is worth it.
func (g *gemm[T]) packPanels(w *worker[T], j0, j1, k, kn int) {
	if !g.copies {
		return
	}
	g.copyPanels(w, grow(&w.packB, panelsCopied*panelSize(kn, w.maxColumns())), j0, j1, k, kn)
}

// panelSize is the distance of two packed panels of kn rows: one row more, so that their equal rows do not
// all fall into the same set of the cache.
func panelSize(kn, nr int) int { return (kn + 1) * nr }

// copyPanels writes panels to b, each row of B along its whole length.
func (g *gemm[T]) copyPanels(w *worker[T], b []T, j0, j1, k, kn int) {
	nr := w.maxColumns()
	size, whole := panelSize(kn, nr), (j1-j0)/nr
	for x := range kn {
		w.copyRows(b[x*nr:], size, g.b[(k+x)*g.ldb+j0:], nr, whole, nr)
	}
	if rest := (j1 - j0) % nr; rest > 0 {
		w.copyRows(b[whole*size:], nr, g.b[k*g.ldb+j0+whole*nr:], g.ldb, kn, rest)
	}
}

// panel gives the rows k … k+kn of the columns of B from j on, number p of those that were copied.
func (g *gemm[T]) panel(w *worker[T], t *tile[T], j, p, k, kn int) []T {
	nr := w.maxColumns()
	t.b1 = nr
	switch {
	case g.transposed:
		b := grow(&w.packB, (kn+16)*nr)
		w.transpose(b, nr, g.b[j*g.ldb+k:], g.ldb, t.n, kn)
		return b
	case g.copies:
		return w.packB[p*panelSize(kn, nr):]
	}
	t.b1 = g.ldb
	return g.b[k*g.ldb+j:]
}
