package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"gradlab/internal/canon"
)

// kind says which numbers a test draws.
type kind int

const (
	ordinary kind = iota // normally distributed
	wild                 // zeros of both signs, subnormals, infinities, NaN, what overflows or underflows
	faint                // their products lie about the smallest normal number
	tiny                 // they lie there themselves
)

func (k kind) String() string { return [...]string{"ordinary", "wild", "faint", "tiny"}[k] }

// minExponent is the exponent of T's smallest normal number.
func minExponent[T Float]() int {
	var zero T
	if unsafe.Sizeof(zero) == 4 {
		return -126
	}
	return -1022
}

// values draws n numbers.
func values[T Float](r *rand.Rand, n int, k kind) []T {
	odd := []float64{0, math.Copysign(0, -1), 1e-40, -1e-42, 1e-30, -1e-25, 1e30, -3e38, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(math.NaN(), -1)}
	x := make([]T, n)
	for i := range x {
		v := r.NormFloat64()
		switch k {
		case wild:
			if r.IntN(40) == 0 {
				v = odd[r.IntN(len(odd))]
			}
		case faint:
			v = math.Ldexp(v, minExponent[T]()/2-r.IntN(6))
		case tiny:
			v = math.Ldexp(v, minExponent[T]()+2-r.IntN(8))
		}
		x[i] = T(v)
	}
	return x
}

// sameBits compares bit by bit; NaN is compared as a class.
func sameBits[T Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range want {
		g, w := got[i], want[i]
		if g != g && w != w {
			continue
		}
		if g != w || math.Signbit(float64(g)) != math.Signbit(float64(w)) {
			t.Fatalf("%s: [%d] = %v, want %v", what, i, g, w)
		}
	}
}

// engines are all instruction sets of this machine that T has kernels for, on one, two and three
// threads (over which only the larger shapes are divided).
func engines[T Float]() map[string]*Engine {
	m := map[string]*Engine{}
	for _, isa := range Available() {
		if minExponent[T]() != -126 && isa != Portable { // float64 is portable code on all of them
			continue
		}
		for threads := 1; threads <= 3; threads++ {
			m[fmt.Sprintf("%v/%d", isa, threads)] = New(isa, threads)
		}
	}
	return m
}

// biases draws n biases that count beside sums of products of kind k.
func biases[T Float](r *rand.Rand, n int, k kind) []T {
	if k == faint {
		k = tiny
	}
	return values[T](r, n, k)
}

// The contract's sum, written down once more as a plain loop: one accumulator from +0, products in
// ascending k by fused multiply-add, the bias after the sum, then the flush.
func sum[T Float](k int, a, b func(k int) T, bias T, hasBias bool) T {
	var s T
	for i := range k {
		s = canon.FMA(a(i), b(i), s)
	}
	if hasBias {
		s += bias
	}
	return canon.Flush(s)
}

func testMatMul[T Float](t *testing.T) {
	shapes := [][3]int{
		{1, 1, 1}, {1, 10, 84}, {4, 120, 400}, {4, 84, 120}, {4, 10, 84}, {13, 31, 17}, {14, 32, 256}, {15, 33, 257},
		{29, 100, 513}, {3, 70, 0}, {0, 5, 5}, {64, 130, 40}, {2, 1024, 70}, {60, 1024, 33}, {17, 40, 1024}, {130, 200, 90}, {600, 3, 2}, {7, 50, 600},
	}
	r := rand.New(rand.NewPCG(1, 2))
	engines := engines[T]()
	for _, s := range shapes {
		m, n, k := s[0], s[1], s[2]
		for _, kind := range []kind{ordinary, wild, faint} {
			if kind == faint && m*n*k > 1<<18 {
				continue // subnormal sums take processors a hundred times as long
			}
			a, b, bias := values[T](r, m*k, kind), values[T](r, n*k, kind), biases[T](r, n, kind)
			nt, ntb, nn, tn := make([]T, m*n), make([]T, m*n), make([]T, m*n), make([]T, m*n)
			for i := range m {
				for j := range n {
					row := func(x int) T { return a[i*k+x] }
					nt[i*n+j] = sum(k, row, func(x int) T { return b[j*k+x] }, 0, false)
					ntb[i*n+j] = sum(k, row, func(x int) T { return b[j*k+x] }, bias[j], true)
					nn[i*n+j] = sum(k, row, func(x int) T { return b[x*n+j] }, 0, false)
					tn[i*n+j] = sum(k, func(x int) T { return a[x*m+i] }, func(x int) T { return b[x*n+j] }, 0, false)
				}
			}
			for name, e := range engines {
				name = fmt.Sprintf("%s %d×%d×%d %v", name, m, n, k, kind)
				c := values[T](r, m*n, wild) // what was there before must not matter
				MatMulNT(e, c, a, b, nil, m, n, k, nil)
				sameBits(t, name+" A·Bᵀ", c, nt)
				MatMulNT(e, c, a, b, bias, m, n, k, nil)
				sameBits(t, name+" A·Bᵀ + bias", c, ntb)
				MatMulNN(e, c, a, b, m, n, k, nil)
				sameBits(t, name+" A·B", c, nn)
				MatMulTN(e, c, a, b, m, n, k)
				sameBits(t, name+" Aᵀ·B", c, tn)
			}
		}
	}
}

func TestMatMulFollowsTheContract(t *testing.T) {
	t.Run("float32", testMatMul[float32])
	t.Run("float64", testMatMul[float64])
}

func testConv[T Float](t *testing.T) {
	geometries := []Conv{
		{H: 32, W: 32, C: 3, F: 6, KH: 5, KW: 5, SH: 1, SW: 1},
		{H: 20, W: 41, C: 4, F: 7, KH: 3, KW: 5, SH: 2, SW: 1, PH: 1, PW: 2}, // planes, padded, wider than a tile
		{H: 7, W: 14, C: 8, F: 5, KH: 3, KW: 6, SH: 1, SW: 1},
		{H: 14, W: 14, C: 6, F: 16, KH: 5, KW: 5, SH: 1, SW: 1},
		{H: 8, W: 9, C: 5, F: 33, KH: 3, KW: 3, SH: 1, SW: 1, PH: 1, PW: 1},
		{H: 9, W: 7, C: 2, F: 3, KH: 3, KW: 2, SH: 2, SW: 3, PH: 1, PW: 0},
		{H: 4, W: 4, C: 40, F: 20, KH: 1, KW: 1, SH: 1, SW: 1},
		{H: 5, W: 6, C: 1, F: 1, KH: 5, KW: 6, SH: 1, SW: 1, PH: 2, PW: 5},
		{H: 6, W: 6, C: 3, F: 4, KH: 2, KW: 2, SH: 3, SW: 3, PH: 1, PW: 1},
		{H: 16, W: 16, C: 8, F: 20, KH: 3, KW: 3, SH: 1, SW: 1, PH: 1, PW: 1},
	}
	r := rand.New(rand.NewPCG(3, 4))
	engines := engines[T]()
	for _, g := range geometries {
		g.OutH, g.OutW = (g.H+2*g.PH-g.KH)/g.SH+1, (g.W+2*g.PW-g.KW)/g.SW+1
		for _, kind := range []kind{ordinary, wild, faint} {
			n := 3
			x, w := values[T](r, n*g.H*g.W*g.C, kind), values[T](r, g.F*g.taps(), kind)
			bias, dy := biases[T](r, g.F, kind), values[T](r, n*g.OutH*g.OutW*g.F, kind)
			y, dx, dw := naiveConv(&g, x, w, bias, dy, n)
			db := naiveBiasGrad(&g, dy, n)
			for name, e := range engines {
				name = fmt.Sprintf("%s %+v %v", name, g, kind)
				got := values[T](r, len(y), wild)
				ConvForward(e, &g, got, x, w, bias, n)
				sameBits(t, name+" forward", got, y)
				got = values[T](r, len(dx), wild)
				ConvInputGrad(e, &g, got, dy, w, n)
				sameBits(t, name+" input gradient", got, dx)
				got = values[T](r, len(dw), wild)
				gotBias := values[T](r, g.F, wild)
				ConvWeightGrad(e, &g, got, gotBias, x, dy, n)
				sameBits(t, name+" weight gradient", got, dw)
				sameBits(t, name+" bias gradient", gotBias, db)
				copy(got, values[T](r, len(dw), wild))
				copy(gotBias, values[T](r, g.F, wild))
				ConvWeightGradPart(e, &g, got, gotBias, x, dy, 0, 1, n)
				ConvWeightGradPart(e, &g, got, gotBias, x[g.H*g.W*g.C:], dy[g.OutH*g.OutW*g.F:], 1, n-1, n)
				sameBits(t, name+" weight gradient in parts", got, dw)
				sameBits(t, name+" bias gradient in parts", gotBias, db)
			}
		}
	}
}

func naiveConv[T Float](g *Conv, x, w, bias, dy []T, n int) (y, dx, dw []T) {
	at := func(i, row, col, c int) T {
		if row < 0 || row >= g.H || col < 0 || col >= g.W {
			return 0
		}
		return x[((i*g.H+row)*g.W+col)*g.C+c]
	}
	for i := range n {
		for oy := range g.OutH {
			for ox := range g.OutW {
				for f := range g.F {
					var s T
					for r := range g.KH {
						for q := range g.KW {
							for c := range g.C {
								s = canon.FMA(at(i, oy*g.SH+r-g.PH, ox*g.SW+q-g.PW, c), w[((f*g.KH+r)*g.KW+q)*g.C+c], s)
							}
						}
					}
					y = append(y, canon.Flush(s+bias[f]))
				}
			}
		}
	}
	for i := range n {
		for row := range g.H {
			for col := range g.W {
				for c := range g.C {
					var s T
					for r := g.KH - 1; r >= 0; r-- {
						for q := g.KW - 1; q >= 0; q-- {
							for f := range g.F {
								oy, ox := row+g.PH-r, col+g.PW-q
								if oy >= 0 && ox >= 0 && oy%g.SH == 0 && ox%g.SW == 0 && oy/g.SH < g.OutH && ox/g.SW < g.OutW {
									d := dy[((i*g.OutH+oy/g.SH)*g.OutW+ox/g.SW)*g.F+f]
									s = canon.FMA(d, w[((f*g.KH+r)*g.KW+q)*g.C+c], s)
								}
							}
						}
					}
					dx = append(dx, canon.Flush(s))
				}
			}
		}
	}
	for f := range g.F {
		for r := range g.KH {
			for q := range g.KW {
				for c := range g.C {
					var s T
					for i := range n {
						for oy := range g.OutH {
							for ox := range g.OutW {
								s = canon.FMA(dy[((i*g.OutH+oy)*g.OutW+ox)*g.F+f], at(i, oy*g.SH+r-g.PH, ox*g.SW+q-g.PW, c), s)
							}
						}
					}
					dw = append(dw, canon.Flush(s))
				}
			}
		}
	}
	return y, dx, dw
}

// naiveBiasGrad states rule 5 once more.
func naiveBiasGrad[T Float](g *Conv, dy []T, n int) []T {
	db := make([]T, g.F)
	for i := range n {
		for f := range g.F {
			var s T
			for p := range g.OutH * g.OutW {
				s += dy[(i*g.OutH*g.OutW+p)*g.F+f]
			}
			db[f] += canon.Flush(s)
		}
	}
	flushAll(db)
	return db
}

func TestConvolutionsFollowTheContract(t *testing.T) {
	t.Run("float32", testConv[float32])
	t.Run("float64", testConv[float64])
}

// TestTileBits: every tile in assembly, of all rows and columns, has the bits of portable code and
// writes nothing beside its result.
func TestTileBits(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	for _, e := range machines(t) {
		fast, portable := &e.f32.workers[0], &New(Portable, 1).f32.workers[0]
		for m := 1; m <= fast.maxRows(); m++ {
			for n := 1; n <= fast.maxColumns(); n++ {
				for _, kind := range []kind{ordinary, wild, faint} {
					tl := tile[float32]{
						m: m, n: n, k1: 1 + r.IntN(5), k2: 1 + r.IntN(3), k3: 1 + r.IntN(3),
						ai: r.IntN(9), a1: r.IntN(9), a2: r.IntN(9), a3: r.IntN(9), b1: n + r.IntN(3), b2: r.IntN(5), b3: r.IntN(5),
						load: r.IntN(2) == 0, last: r.IntN(2) == 0,
					}
					runs, steps := tl.k2*tl.k3, tl.k1*tl.k2*tl.k3
					tl.count, tl.cNext = 1, n // several only of whole vectors, side by side
					if n == fast.maxColumns() {
						tl.count = 1 + r.IntN(3)
					}
					tl.aNext, tl.bNext = r.IntN(9), r.IntN(9)
					width := tl.count * n
					tl.ci = width + r.IntN(3)
					tl.a = values[float32](r, (m-1)*tl.ai+(steps-1)*tl.a1+(runs-1)*tl.a2+(tl.k3-1)*tl.a3+tl.count*tl.aNext+1, kind)
					tl.b = values[float32](r, (steps-1)*tl.b1+(runs-1)*tl.b2+(tl.k3-1)*tl.b3+tl.count*tl.bNext+n, kind)
					switch r.IntN(3) {
					case 0:
						tl.bias = biases[float32](r, n, kind)
					case 1:
						tl.rowBias = biases[float32](r, m, kind)
					}
					if r.IntN(2) == 0 {
						tl.last, tl.step, tl.rate = true, true, 0.25
					}
					wantSums, gotSums := make([]float32, 2*width), make([]float32, 2*width)
					got := values[float32](r, m*tl.ci, kind)
					want := append([]float32(nil), got...)
					for i := range tl.count { // as single tiles, for their sums
						one := tl
						one.count, one.a, one.b, one.c = 1, tl.a[i*tl.aNext:], tl.b[i*tl.bNext:], want[i*n:]
						if tl.step {
							one.sums, one.sumsI, one.scale = wantSums[i*n:], width, 2
						}
						portable.run(&one)
					}
					if tl.step {
						tl.sums, tl.sumsI, tl.scale = gotSums, width, 2
					}
					tl.c = got
					fast.run(&tl)
					what := fmt.Sprintf("%v %d×%d %v", e.ISA(), m, n, kind)
					sameBits(t, what, got, want)
					sameBits(t, what+" sums", gotSums, wantSums)
				}
			}
		}
	}
}

// TestTransposeBits: a transposition in assembly writes what portable code does. Where it may write
// more, the next rows write over it.
func TestTransposeBits(t *testing.T) {
	r := rand.New(rand.NewPCG(27, 28))
	for _, e := range machines(t) {
		w := &e.f32.workers[0]
		for rows := 1; rows <= w.maxColumns(); rows++ {
			for cols := 1; cols <= 40; cols++ {
				ldd, lds := w.maxColumns(), cols+r.IntN(3)
				src := values[float32](r, rows*lds, wild)
				got, want := make([]float32, (cols+16)*ldd), make([]float32, cols*ldd)
				w.transpose(got, ldd, src, lds, rows, cols)
				transposeGo(want, ldd, src, lds, rows, cols)
				for k := range cols {
					sameBits(t, fmt.Sprintf("%v %d×%d, column %d", e.ISA(), rows, cols, k), got[k*ldd:][:rows], want[k*ldd:][:rows])
				}
			}
		}
	}
}

// The generator, and gemm_neon_arm64.s, know the offsets of tileArgs as numbers.
func TestTileArgsLayout(t *testing.T) {
	var a tileArgs
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"k1", unsafe.Offsetof(a.k1), 0}, {"k2", unsafe.Offsetof(a.k2), 8}, {"k3", unsafe.Offsetof(a.k3), 16}, {"left", unsafe.Offsetof(a.left), 24},
		{"a", unsafe.Offsetof(a.a), 32}, {"ai", unsafe.Offsetof(a.ai), 40}, {"a1", unsafe.Offsetof(a.a1), 48}, {"a2", unsafe.Offsetof(a.a2), 56}, {"a3", unsafe.Offsetof(a.a3), 64},
		{"b", unsafe.Offsetof(a.b), 72}, {"b1", unsafe.Offsetof(a.b1), 80}, {"b2", unsafe.Offsetof(a.b2), 88}, {"b3", unsafe.Offsetof(a.b3), 96},
		{"c", unsafe.Offsetof(a.c), 104}, {"ci", unsafe.Offsetof(a.ci), 112}, {"bias", unsafe.Offsetof(a.bias), 120}, {"rowBias", unsafe.Offsetof(a.rowBias), 128},
		{"count", unsafe.Offsetof(a.count), 136}, {"aNext", unsafe.Offsetof(a.aNext), 144}, {"bNext", unsafe.Offsetof(a.bNext), 152}, {"cNext", unsafe.Offsetof(a.cNext), 160},
		{"mask", unsafe.Offsetof(a.mask), 168}, {"vmask", unsafe.Offsetof(a.vmask), 176},
		{"load", unsafe.Offsetof(a.load), 184}, {"last", unsafe.Offsetof(a.last), 192}, {"step", unsafe.Offsetof(a.step), 200}, {"ahead", unsafe.Offsetof(a.ahead), 208}, {"aAt", unsafe.Offsetof(a.aAt), 216}, {"bAt", unsafe.Offsetof(a.bAt), 224}, {"cAt", unsafe.Offsetof(a.cAt), 232}, {"rate", unsafe.Offsetof(a.rate), 240}, {"scale", unsafe.Offsetof(a.scale), 244},
		{"sums", unsafe.Offsetof(a.sums), 248}, {"sumsI", unsafe.Offsetof(a.sumsI), 256}, {"sumsAt", unsafe.Offsetof(a.sumsAt), 264}, {"n", unsafe.Offsetof(a.n), 272},
	} {
		if unsafe.Sizeof(uintptr(0)) == 8 && f.got != f.want {
			t.Errorf("tileArgs.%s is at %d, assembly has %d", f.name, f.got, f.want)
		}
	}
}

func benchmarkMatMul(b *testing.B, m, n, k int, run func(e *Engine, c, x, y []float32, bias []float32, m, n, k int)) {
	for _, isa := range Available() {
		b.Run(isa.String(), func(b *testing.B) {
			e := New(isa, 1)
			r := rand.New(rand.NewPCG(5, 6))
			x, y, c := values[float32](r, m*k, ordinary), values[float32](r, n*k, ordinary), make([]float32, m*n)
			b.ReportAllocs()
			for b.Loop() {
				run(e, c, x, y, nil, m, n, k)
			}
			b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}

func BenchmarkMatMulNT(b *testing.B) {
	for _, s := range [][3]int{{4, 120, 400}, {64, 512, 3072}, {128, 512, 512}} {
		b.Run(fmt.Sprintf("%dx%dx%d", s[0], s[1], s[2]), func(b *testing.B) {
			benchmarkMatMul(b, s[0], s[1], s[2], func(e *Engine, c, x, y, bias []float32, m, n, k int) { MatMulNT(e, c, x, y, bias, m, n, k, nil) })
		})
	}
}

func BenchmarkMatMulNN(b *testing.B) {
	for _, s := range [][3]int{{4, 400, 120}, {64, 3072, 512}, {128, 512, 512}} {
		b.Run(fmt.Sprintf("%dx%dx%d", s[0], s[1], s[2]), func(b *testing.B) {
			benchmarkMatMul(b, s[0], s[1], s[2], func(e *Engine, c, x, y, _ []float32, m, n, k int) { MatMulNN(e, c, x, y, m, n, k, nil) })
		})
	}
}

func BenchmarkMatMulTN(b *testing.B) {
	for _, s := range [][3]int{{120, 400, 4}, {512, 3072, 64}, {512, 512, 128}, {512, 528, 128}} {
		b.Run(fmt.Sprintf("%dx%dx%d", s[0], s[1], s[2]), func(b *testing.B) {
			benchmarkMatMul(b, s[0], s[1], s[2], func(e *Engine, c, x, y, _ []float32, m, n, k int) { MatMulTN(e, c, x, y, m, n, k) })
		})
	}
}

// BenchmarkMatMulTNUpdate is the gradient and the update in one.
func BenchmarkMatMulTNUpdate(b *testing.B) {
	for _, s := range [][3]int{{120, 400, 4}, {512, 3072, 64}, {512, 512, 128}, {512, 528, 128}} {
		b.Run(fmt.Sprintf("%dx%dx%d", s[0], s[1], s[2]), func(b *testing.B) {
			u := &Update[float32]{SGDCoefficients: SGDCoefficients[float32]{Rate: 1e-6}}
			benchmarkMatMul(b, s[0], s[1], s[2], func(e *Engine, c, x, y, _ []float32, m, n, k int) {
				u.W = c
				MatMulTNUpdate(e, u, x, y, m, n, k)
			})
		})
	}
}

func BenchmarkConv(b *testing.B) {
	for _, g := range []Conv{
		{H: 32, W: 32, C: 3, F: 6, KH: 5, KW: 5, SH: 1, SW: 1, OutH: 28, OutW: 28},
		{H: 14, W: 14, C: 6, F: 16, KH: 5, KW: 5, SH: 1, SW: 1, OutH: 10, OutW: 10},
		{H: 32, W: 32, C: 3, F: 32, KH: 3, KW: 3, SH: 1, SW: 1, PH: 1, PW: 1, OutH: 32, OutW: 32},
		{H: 16, W: 16, C: 32, F: 64, KH: 3, KW: 3, SH: 1, SW: 1, PH: 1, PW: 1, OutH: 16, OutW: 16},
	} {
		const n = 4
		for _, isa := range Available() {
			e := New(isa, 1)
			r := rand.New(rand.NewPCG(5, 6))
			x, w := values[float32](r, n*g.H*g.W*g.C, ordinary), values[float32](r, g.F*g.taps(), ordinary)
			y := values[float32](r, n*g.OutH*g.OutW*g.F, ordinary)
			dx, dw := make([]float32, len(x)), make([]float32, len(w))
			for name, run := range map[string]func(){
				"forward":    func() { ConvForward(e, &g, y, x, w, nil, n) },
				"inputgrad":  func() { ConvInputGrad(e, &g, dx, y, w, n) },
				"weightgrad": func() { ConvWeightGrad(e, &g, dw, nil, x, y, n) },
			} {
				b.Run(fmt.Sprintf("%dto%d/%s/%v", g.C, g.F, name, isa), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						run()
					}
					b.ReportMetric(float64(g.flops(n))*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
				})
			}
		}
	}
}
