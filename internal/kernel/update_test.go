package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"gradlab/internal/canon"
)

func updateRules[T Float]() []SGDCoefficients[T] {
	return []SGDCoefficients[T]{
		{Rate: 0.1}, {Rate: 0.1, Nesterov: true}, {Rate: 0.1, WeightDecay: 0.01},
		{Rate: 0.1, Momentum: 0.9}, {Rate: 0.1, Momentum: 0.9, WeightDecay: 0.01},
		{Rate: 0.1, Momentum: 0.9, Nesterov: true}, {Rate: 0.1, Momentum: 0.9, Nesterov: true, WeightDecay: 0.01},
	}
}

// naiveUpdate states rules 8, 12 and 14 once more, in place.
func naiveUpdate[T Float](u *Update[T], g []T, cols int) {
	for i, d := range g {
		square := func(sum int, x T) {
			if u.Sums != nil {
				at := &u.Sums.Columns[sum*cols+i%cols]
				*at = canon.FMA(x, x, *at)
			}
		}
		square(0, d*scaleOf(u))
		if u.WeightDecay != 0 {
			d = canon.FMA(u.WeightDecay, u.W[i], d)
		}
		if u.Momentum != 0 {
			u.V[i] = canon.Flush(canon.FMA(u.Momentum, u.V[i], d))
			if u.Nesterov {
				d = canon.FMA(u.Momentum, u.V[i], d)
			} else {
				d = u.V[i]
			}
		}
		square(1, d*scaleOf(u))
		u.W[i] = canon.Flush(canon.FMA(-u.Rate, d, u.W[i]))
		square(2, u.W[i])
	}
}

func scaleOf[T Float](u *Update[T]) T {
	if u.Sums == nil {
		return 1
	}
	return u.Sums.Scale
}

// clone is u with memory of its own, and zeroed sums of cols columns.
func (u *Update[T]) clone(cols int) *Update[T] {
	v := *u
	v.W, v.V = slices.Clone(u.W), slices.Clone(u.V)
	if u.Sums != nil {
		v.Sums = &SquareSums[T]{Scale: u.Sums.Scale, Columns: make([]T, 3*cols)}
	}
	return &v
}

func sameUpdate[T Float](t *testing.T, name string, got, want *Update[T]) {
	t.Helper()
	sameBits(t, name+": w", got.W, want.W)
	sameBits(t, name+": v", got.V, want.V)
	if want.Sums != nil {
		sameBits(t, name+": sums", got.Sums.Columns, want.Sums.Columns)
	}
}

// TestUpdateFollowsTheContract: rules 8, 12 and 14, of a gradient that is stored and of one that is not.
func TestUpdateFollowsTheContract(t *testing.T) {
	t.Run("float32", testUpdate[float32])
	t.Run("float64", testUpdate[float64])
}

func testUpdate[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	engines := engines[T]()
	for _, shape := range [][3]int{{1, 1, 1}, {1, 84, 3}, {15, 33, 4}, {7, 47, 2}, {29, 300, 40}, {3, 20, 0}, {70, 1024, 5}, {64, 512, 300}} {
		m, n, k := shape[0], shape[1], shape[2]
		for _, kind := range []kind{ordinary, wild, faint} {
			if kind == faint && m*n*k > 1<<16 {
				continue // subnormal sums are slow
			}
			a, b := values[T](r, k*m, kind), values[T](r, k*n, kind)
			grad := make([]T, m*n)
			MatMulTN(New(Portable, 1), grad, a, b, m, n, k)
			for i, c := range updateRules[T]() {
				u := &Update[T]{W: biases[T](r, m*n, kind), SGDCoefficients: c}
				if c.Momentum != 0 {
					u.V = biases[T](r, m*n, kind)
				}
				if i%2 == 0 != (kind == wild) {
					u.Sums = &SquareSums[T]{Scale: T(math.Ldexp(1, r.IntN(9)-4))}
				}
				want := u.clone(n)
				naiveUpdate(want, grad, n)
				for name, e := range engines {
					name := fmt.Sprintf("%s %v %v %+v", name, shape, kind, c)
					stored, fused := u.clone(n), u.clone(n)
					SGDUpdate(e, stored, grad, m, n)
					sameUpdate(t, name+" stored", stored, want)
					MatMulTNUpdate(e, fused, a, b, m, n, k)
					sameUpdate(t, name+" fused", fused, want)
				}
			}
		}
	}
}

// TestSquareSumsTotals: totals are the sums of squares, to the precision of T, until squares leave its
// range; then ok is false.
func TestSquareSumsTotals(t *testing.T) {
	const rows, cols = 300, 130
	e := New(Available()[0], 1)
	r := rand.New(rand.NewPCG(25, 26))
	for exponent := -90; exponent <= 80; exponent += 10 {
		for _, scale := range []int{0, -exponent} {
			g := make([]float32, rows*cols)
			want := 0.0
			for i := range g {
				g[i] = float32(math.Ldexp(r.NormFloat64(), exponent))
				want += float64(g[i]) * float64(g[i])
			}
			u := &Update[float32]{
				W: values[float32](r, rows*cols, ordinary), SGDCoefficients: SGDCoefficients[float32]{Rate: 0},
				Sums: &SquareSums[float32]{Scale: float32(math.Ldexp(1, scale))},
			}
			SGDUpdate(e, u, g, rows, cols)
			totals, oks := u.Sums.Totals(e)
			gradient, step, ok := totals[0], totals[1], oks[0]
			if inRange := scale != 0 || exponent > -40 && exponent <= 50; ok != inRange {
				t.Errorf("numbers about 2^%d, scale 2^%d: ok = %v", exponent, scale, ok)
			}
			if ok && (math.Abs(gradient/want-1) > 1e-6 || gradient != step) {
				t.Errorf("numbers about 2^%d, scale 2^%d: %g and %g, want %g", exponent, scale, gradient, step, want)
			}
		}
	}
}

// The generator knows the offsets of updateArgs as numbers.
func TestUpdateArgsLayout(t *testing.T) {
	var a updateArgs
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"rows", unsafe.Offsetof(a.rows), 0}, {"n", unsafe.Offsetof(a.n), 8},
		{"g", unsafe.Offsetof(a.g), 16}, {"gi", unsafe.Offsetof(a.gi), 24},
		{"w", unsafe.Offsetof(a.w), 32}, {"wi", unsafe.Offsetof(a.wi), 40},
		{"v", unsafe.Offsetof(a.v), 48}, {"vi", unsafe.Offsetof(a.vi), 56},
		{"sums", unsafe.Offsetof(a.sums), 64}, {"sumsI", unsafe.Offsetof(a.sumsI), 72},
		{"rate", unsafe.Offsetof(a.rate), 80}, {"momentum", unsafe.Offsetof(a.momentum), 84},
		{"decay", unsafe.Offsetof(a.decay), 88}, {"scale", unsafe.Offsetof(a.scale), 92},
	} {
		if f.got != f.want {
			t.Errorf("updateArgs.%s is at %d, the generator has %d", f.name, f.got, f.want)
		}
	}
}
