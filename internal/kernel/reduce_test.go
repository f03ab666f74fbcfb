package kernel

import (
	"math"
	"math/rand/v2"
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
			if got, want := Sum(e, x), Sum(portable, x); !equal(got, want) {
				t.Fatalf("%v Sum n=%d: %x, portable %x", e.ISA(), n, got, want)
			}
			if got, want := SumSquares(e, x), SumSquares(portable, x); !equal(got, want) {
				t.Fatalf("%v SumSquares n=%d: %x, portable %x", e.ISA(), n, got, want)
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
