package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestReductionBits: the assembly's sums have the bits of portable code.
func TestReductionBits(t *testing.T) {
	portable := New(Portable, 1)
	r := rand.New(rand.NewPCG(7, 8))
	for _, e := range machines(t) {
		for _, n := range lengths() {
			offset := r.IntN(9)
			x := inputs(r, n+offset, n%3 == 0)[offset:]
			if got, want := SumSquares(e, x), SumSquares(portable, x); !equal(got, want) {
				t.Fatalf("%v SumSquares n=%d: %x, portable %x", e.ISA(), n, got, want)
			}
			mean, squares := Moments(e, x)
			if m, s := Moments(portable, x); !equal(mean, m) || !equal(squares, s) {
				t.Fatalf("%v Moments n=%d: %x, %x, portable %x, %x", e.ISA(), n, mean, squares, m, s)
			}
		}
		for _, rows := range []int{0, 1, 2, 3, 17} {
			for cols := range 140 {
				x := inputs(r, rows*cols, cols%3 == 0)
				got, want := make([]float32, cols), make([]float32, cols)
				ColSum(e, got, x, rows, cols)
				ColSum(portable, want, x, rows, cols)
				sameBits(t, "ColSum", got, want)
			}
		}
	}
}

// TestMoments compares with two passes in float64.
func TestMoments(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for _, isa := range Available() {
		e := New(isa, 1)
		for _, c := range []struct{ middle, spread float64 }{{0, 1}, {1, 1}, {-1000, 1}, {1, 1e-4}, {3e-20, 1e-20}, {0, 1e-35}, {1e30, 1e29}} {
			for _, first := range []float64{0, 30} { // the pivot: an ordinary one, an outlier
				x := around[float32](r, 20000, c.middle, c.spread)
				x[0] += float32(first * c.spread)
				mean, squares := 0.0, 0.0
				for _, v := range x {
					mean += float64(v) / float64(len(x))
				}
				for _, v := range x {
					d := float64(v) - mean
					squares += float64(d * d)
				}
				gotMean, gotSquares := Moments(e, x)
				if math.Abs(gotMean-mean) > 1e-6*c.spread || math.Abs(gotSquares-squares) > 1e-6*squares {
					t.Errorf("%v moments about %v, spread %v: %v, %v, want %v, %v", isa, c.middle, c.spread, gotMean, gotSquares, mean, squares)
				}
			}
		}
	}
}

func TestCountWithin(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	for _, isa := range Available() {
		e := New(isa, 1)
		for _, cols := range []int{1, 2, 3, 6, 10, 16, 17, 32, 63, 64, 65, 84, 120, 300} {
			for _, rows := range []int{0, 1, 2, 15, 16, 17, 100, 1000} {
				x := inputs(r, rows*cols, rows%2 == 0)
				got, want := make([]int32, cols), make([]int32, cols)
				for c := range got {
					got[c], want[c] = int32(c), int32(c)
				}
				for i, v := range x {
					if v >= -1.5 && v <= 2 || v != v {
						want[i%cols]++
					}
				}
				again := slices.Clone(got)
				if CountWithin(e, got, x, -1.5, 2); !slices.Equal(got, want) {
					t.Fatalf("%v %d×%d: %v, want %v", isa, rows, cols, got, want)
				}
				mean, squares := MomentsWithin(e, again, x, -1.5, 2)
				if m, s := Moments(e, x); !slices.Equal(again, want) || !equal(mean, m) || !equal(squares, s) {
					t.Fatalf("%v %d×%d in one pass: %v, want %v; moments %v, %v, want %v, %v", isa, rows, cols, again, want, mean, squares, m, s)
				}
			}
		}
	}
}

func BenchmarkReductions(b *testing.B) {
	for _, n := range []int{4096, 64 * 1024, 4 << 20} {
		x := inputs(rand.New(rand.NewPCG(1, 1)), n, false)
		counts := make([]int32, 16)
		for _, isa := range Available() {
			e := New(isa, 1)
			for name, run := range map[string]func(){
				"SumSquares":    func() { SumSquares(e, x) },
				"Moments":       func() { Moments(e, x) },
				"CountWithin":   func() { CountWithin(e, counts, x, -1, 1) },
				"MomentsWithin": func() { MomentsWithin(e, counts, x, -1, 1) },
			} {
				b.Run(fmt.Sprintf("%s/%d/%v", name, n, isa), func(b *testing.B) {
					for b.Loop() {
						run()
					}
					b.ReportMetric(float64(n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "elements/ns")
				})
			}
		}
	}
}

// TestSoftmaxCrossEntropy compares with the definition and with central differences, in float64.
func TestSoftmaxCrossEntropy(t *testing.T) {
	e := New(Portable, 1)
	r := rand.New(rand.NewPCG(11, 12))
	const rows, cols, scale = 3, 21, 0.25
	x, labels := make([]float64, rows*cols), make([]int32, rows)
	for i := range x {
		x[i] = 5 * r.NormFloat64()
	}
	for i := range labels {
		labels[i] = int32(r.IntN(cols))
	}
	loss := func(row int) float64 {
		sum := 0.0
		for _, v := range x[row*cols:][:cols] {
			sum += math.Exp(v)
		}
		return math.Log(sum) - x[row*cols+int(labels[row])]
	}
	losses, grad := make([]float64, rows), make([]float64, rows*cols)
	SoftmaxCrossEntropy(e, grad, x, labels, losses, rows, cols, scale)
	for i := range grad {
		row, h, keep := i/cols, 1e-6, x[i]
		if want := loss(row); math.Abs(losses[row]-want) > 1e-13 {
			t.Errorf("loss %d = %v, want %v", row, losses[row], want)
		}
		x[i] = keep + h
		up := loss(row)
		x[i] = keep - h
		want := scale * (up - loss(row)) / (2 * h)
		x[i] = keep
		if math.Abs(grad[i]-want) > 1e-8 {
			t.Errorf("gradient %d = %v, want %v", i, grad[i], want)
		}
	}
}

func TestSoftmaxBits(t *testing.T) {
	portable := New(Portable, 1)
	r := rand.New(rand.NewPCG(13, 14))
	for _, e := range machines(t) {
		for _, cols := range []int{1, 2, 10, 16, 33, 100} {
			const rows = 5
			x, labels := inputs(r, rows*cols, cols == 33), make([]int32, rows)
			for i := range labels {
				labels[i] = int32(r.IntN(cols))
			}
			got, want, evaluated := make([]float32, rows), make([]float32, rows), make([]float32, rows)
			dgot, dwant := append([]float32(nil), x...), make([]float32, len(x))
			SoftmaxCrossEntropy(portable, dwant, x, labels, want, rows, cols, 0.2)
			SoftmaxCrossEntropy(e, dgot, dgot, labels, got, rows, cols, 0.2) // in place
			SoftmaxCrossEntropy(e, nil, x, labels, evaluated, rows, cols, 0.2)
			sameBits(t, "loss", got, want)
			sameBits(t, "loss without gradient", evaluated, want)
			sameBits(t, "dlogits", dgot, dwant)
		}
	}
}

// TestSoftmaxEdges: huge logits do not overflow, NaN and infinities come out as NaN.
func TestSoftmaxEdges(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, isa := range Available() {
		e := New(isa, 1)
		loss, d := make([]float32, 1), make([]float32, 3)
		SoftmaxCrossEntropy(e, d, []float32{3e38, -3e38, 0}, []int32{0}, loss, 1, 3, 1)
		if loss[0] != 0 || d[0] != 0 || d[1] != 0 || math.Signbit(float64(d[1])) {
			t.Errorf("%v: huge logits: loss %v, gradient %v", isa, loss, d)
		}
		for _, x := range [][]float32{{nan, 1, 2}, {1, nan, 2}, {1, 2, nan}, {inf, inf, 0}, {-inf, -inf, -inf}} {
			SoftmaxCrossEntropy(e, d, x, []int32{1}, loss, 1, 3, 1)
			if loss[0] == loss[0] {
				t.Errorf("%v: loss of %v = %v, want NaN", isa, x, loss)
			}
		}
	}
}

func BenchmarkSoftmaxCrossEntropy(b *testing.B) {
	for _, shape := range [][2]int{{4, 10}, {128, 10}, {128, 100}} {
		rows, cols := shape[0], shape[1]
		x, d := inputs(rand.New(rand.NewPCG(1, 1)), rows*cols, false), make([]float32, rows*cols)
		labels, losses := make([]int32, rows), make([]float32, rows)
		for _, isa := range Available() {
			e := New(isa, 1)
			b.Run(fmt.Sprintf("%dx%d/%v", rows, cols, isa), func(b *testing.B) {
				for b.Loop() {
					SoftmaxCrossEntropy(e, d, x, labels, losses, rows, cols, 0.25)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
			})
		}
	}
}
