package kernel

import "gradlab/internal/canon"

// MatMulNT computes C = A·Bᵀ + bias for A [m, k], B [n, k], C [m, n] and bias [n] or nil: the
// forward pass of a linear layer whose weights are [out, in].
func MatMulNT[T Float](e *Engine, c, a, b, bias []T, m, n, k int) {
	s := spaceOf[T](e)
	s.gemm = gemm[T]{c: c, a: a, b: b, bias: bias, m: m, n: n, k: k, ai: k, a1: 1, ldb: k, transposed: true}
	s.gemm.start(e)
}

// MatMulNN computes C = A·B for A [m, k], B [k, n] and C [m, n]: the gradient of a linear layer's
// input.
func MatMulNN[T Float](e *Engine, c, a, b []T, m, n, k int) {
	s := spaceOf[T](e)
	s.gemm = gemm[T]{c: c, a: a, b: b, m: m, n: n, k: k, ai: k, a1: 1, ldb: n}
	s.gemm.start(e)
}

// MatMulTN computes C = Aᵀ·B for A [k, m], B [k, n] and C [m, n]: the gradient of a linear layer's
// weights, summed over a batch of k.
func MatMulTN[T Float](e *Engine, c, a, b []T, m, n, k int) {
	s := spaceOf[T](e)
	s.gemm = gemm[T]{c: c, a: a, b: b, m: m, n: n, k: k, ai: 1, a1: m, ldb: n}
	s.gemm.start(e)
}

// gemm is a product C = A·B + bias that is divided over threads by columns, or by rows where there
// are few columns.
type gemm[T Float] struct {
	c, a, b, bias []T
	m, n, k       int
	ai, a1        int  // strides of A along i and k
	ldb           int  // row stride of B
	transposed    bool // B is given as [n, k]
	byRows        bool
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
	if g.k == 0 {
		clear(g.c[:g.m*g.n]) // an empty sum is +0
		for i := range g.m {
			for j, b := range g.bias {
				g.c[i*g.n+j] = canon.Flush(b)
			}
		}
		return
	}
	nr := spaceOf[T](e).workers[0].maxColumns()
	g.byRows = g.n < 2*nr*e.threads
	divide(e, g, 2*g.m*g.n*g.k)
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
	for ; m0 < m1; m0 += blockM {
		g.rows(w, m0, min(m0+blockM, m1), n0, n1)
	}
}

// rows computes C[m0:m1, n0:n1].
func (g *gemm[T]) rows(w *worker[T], m0, m1, n0, n1 int) {
	if m0 >= m1 || n0 >= n1 {
		return
	}
	nr, mr := w.maxColumns(), balance(m1-m0, w.maxRows())
	kBlocks := (g.k + blockK - 1) / blockK
	kBlock := (g.k + kBlocks - 1) / kBlocks
	for k := 0; k < g.k; k += kBlock {
		kn := min(kBlock, g.k-k)
		t := tile[T]{k1: kn, k2: 1, k3: 1, ai: g.ai, a1: g.a1, ci: g.n, load: k > 0, last: k+kn == g.k}
		a, step := g.a[k*g.a1:], g.ai
		packed := n1-n0 > 2*nr && m1-m0 > 1 && w.set != nil && (g.a1 != 1 || g.ai%1024 == 0)
		if packed {
			a, step = g.packRows(w, &t, m0, m1, mr, k, kn)
		}
		for j := n0; j < n1; j += nr {
			t.n = min(nr, n1-j)
			g.panel(w, &t, j, k, kn, m1-m0 > 2*mr)
			if g.bias != nil && t.last {
				t.bias = g.bias[j:]
			}
			for i := m0; i < m1; i += mr {
				t.m = min(mr, m1-i)
				if packed {
					t.a = a[(i-m0)*step:]
				} else {
					t.a = a[i*step:]
				}
				t.c = g.c[i*g.n+j:]
				w.run(&t)
			}
		}
	}
}

// packRows copies A[m0:m1, k:k+kn] so that the elements a tile broadcasts lie together: along k they
// would be a whole row of a wide matrix apart, and rows a multiple of 4 KiB apart all fall into the
// same set of the cache. It returns the copy and its stride along i.
func (g *gemm[T]) packRows(w *worker[T], t *tile[T], m0, m1, mr, k, kn int) ([]T, int) {
	rows := (m1 - m0 + mr - 1) / mr * mr
	if g.a1 == 1 {
		step := kn + 16
		p := grow(&w.packA, rows*step)
		for i := m0; i < m1; i++ {
			copy(p[(i-m0)*step:][:kn], g.a[i*g.ai+k:])
		}
		t.ai, t.a1 = step, 1
		return p, step
	}
	p := grow(&w.packA, rows*kn)
	for i := m0; i < m1; i += mr {
		n := min(mr, m1-i)
		for x := range kn {
			copy(p[(i-m0)*kn+x*mr:][:n], g.a[(k+x)*g.a1+i:])
		}
	}
	t.ai, t.a1 = 1, mr
	return p, kn
}

// panel points t at the rows k … k+kn of the columns j … j+t.n of B, copied where that is needed
// (B given as [n, k]) or worth it.
func (g *gemm[T]) panel(w *worker[T], t *tile[T], j, k, kn int, reused bool) {
	nr := w.maxColumns()
	switch {
	case g.transposed:
		t.b, t.b1 = grow(&w.packB, (kn+16)*nr), nr
		w.transpose(t.b, nr, g.b[j*g.ldb+k:], g.ldb, t.n, kn)
	case reused || g.ldb%1024 == 0:
		t.b, t.b1 = grow(&w.packB, (kn+16)*nr), nr
		for x := range kn {
			copy(t.b[x*nr:][:t.n], g.b[(k+x)*g.ldb+j:])
		}
	default:
		t.b, t.b1 = g.b[k*g.ldb+j:], g.ldb
	}
}
