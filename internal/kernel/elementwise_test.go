package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gradlab/internal/canon"
)

// elementKernel is a kernel of the table tests, with up to three inputs of one length. The first of
// out is what it computes; SGD also moves its velocity.
type elementKernel[T Float] struct {
	name string
	run  func(e *Engine, out [2][]T, in [3][]T)
}

func elementKernels[T Float]() []elementKernel[T] {
	one := func(name string, f func(e *Engine, dst, src []T)) elementKernel[T] {
		return elementKernel[T]{name, func(e *Engine, out [2][]T, in [3][]T) { f(e, out[0], in[0]) }}
	}
	two := func(name string, f func(e *Engine, dst, dy, x []T)) elementKernel[T] {
		return elementKernel[T]{name, func(e *Engine, out [2][]T, in [3][]T) { f(e, out[0], in[0], in[1]) }}
	}
	ks := []elementKernel[T]{
		one("Exp", Exp[T]), one("Tanh", Tanh[T]), one("ScaledSigmoid", ScaledSigmoid[T]), one("Sigmoid", Sigmoid[T]),
		one("ReLU", ReLU[T]), one("GELU", GELU[T]), one("SiLU", SiLU[T]),
		one("LeakyReLU", func(e *Engine, dst, src []T) { LeakyReLU(e, dst, src, 0.01) }),
		one("ELU", func(e *Engine, dst, src []T) { ELU(e, dst, src, 1.5, 1.25) }),
		one("Scale", func(e *Engine, dst, src []T) { Scale(e, dst[:copy(dst, src)], 0.7) }),
		one("Clamp", func(e *Engine, dst, src []T) { Clamp(e, dst[:copy(dst, src)], 1.5) }),
		two("TanhGrad", TanhGrad[T]), two("ScaledSigmoidGrad", ScaledSigmoidGrad[T]), two("SigmoidGrad", SigmoidGrad[T]),
		two("ReLUGrad", ReLUGrad[T]), two("GELUGrad", GELUGrad[T]), two("SiLUGrad", SiLUGrad[T]),
		two("LeakyReLUGrad", func(e *Engine, dst, dy, x []T) { LeakyReLUGrad(e, dst, dy, x, 0.01) }),
		two("ELUGrad", func(e *Engine, dst, dy, y []T) { ELUGrad(e, dst, dy, y, 1.5, 1.25) }),
		two("Add", Add[T]),
	}
	return ks
}

// equal compares bit patterns, NaN as a class.
func equal[T Float](a, b T) bool {
	return a != a && b != b || math.Float64bits(float64(a)) == math.Float64bits(float64(b))
}

// inputs draws numbers of all kinds: ordinary ones most of the time, or with ends, many of the ends
// of the range too.
func inputs(r *rand.Rand, n int, ends bool) []float32 {
	special := []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), float32(math.Copysign(math.NaN(), -1)),
		math.MaxFloat32, -math.MaxFloat32, 0x1p-126, -0x1p-126, 0x1p-149, 1, -1, 88.7228, 88.73, -87.4, -103.9, -104.1, 20, -13.1}
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64() * 3)
		if !ends {
			continue
		}
		switch r.IntN(6) {
		case 0:
			x[i] = special[r.IntN(len(special))]
		case 1:
			x[i] = math.Float32frombits(r.Uint32())
		case 2: // subnormal
			x[i] = math.Float32frombits(r.Uint32() & (1<<31 | 1<<23 - 1))
		case 3:
			x[i] = float32(r.NormFloat64() * 60)
		case 4: // small
			x[i] = float32(math.Ldexp(r.NormFloat64(), -r.IntN(130)))
		}
	}
	return x
}

// lengths that meet every tail, and some that meet the unrolled loops.
func lengths() []int {
	var ns []int
	for n := range 71 {
		ns = append(ns, n)
	}
	return append(ns, 127, 128, 129, 1000, 4099)
}

func machines(t testing.TB) []*Engine {
	var engines []*Engine
	for _, isa := range Available() {
		if isa != Portable {
			engines = append(engines, New(isa, 1))
		}
	}
	if len(engines) == 0 {
		t.Log("only portable code on this machine: nothing to compare")
	}
	return engines
}

// TestElementwiseBits: assembly computes the bits of portable code, at every length and offset,
// and writes nothing beyond; in place too.
func TestElementwiseBits(t *testing.T) {
	portable := New(Portable, 1)
	r := rand.New(rand.NewPCG(5, 6))
	const guard = float32(-77)
	for _, e := range machines(t) {
		for _, k := range elementKernels[float32]() {
			for _, n := range lengths() {
				offset := r.IntN(17)
				var in [3][]float32
				var got, want [2][]float32
				var room [2][]float32
				for i := range in {
					in[i] = inputs(r, n+offset, n%2 == 0)[offset:]
				}
				for i := range got {
					room[i] = make([]float32, offset+n+20)
					for j := range room[i] {
						room[i][j] = guard
					}
					got[i] = room[i][offset : offset+n]
					want[i] = make([]float32, n)
				}
				k.run(portable, want, in)
				k.run(e, got, in)
				for o := range want {
					for i := range want[o] {
						if o == 1 && got[o][i] == guard { // the second output is not every kernel's
							want[o][i] = guard
						}
						if !equal(got[o][i], want[o][i]) {
							t.Fatalf("%v %s n=%d [%d]: of %v: %x, portable %x", e.ISA(), k.name, n, i,
								[]float32{in[0][i], in[1][i], in[2][i]}, got[o][i], want[o][i])
						}
					}
					for i, x := range room[o] {
						if (i < offset || i >= offset+n) && x != guard {
							t.Fatalf("%v %s n=%d offset=%d wrote out of bounds at %d", e.ISA(), k.name, n, offset, i-offset)
						}
					}
				}
				inPlace := append([]float32(nil), in[0]...)
				k.run(e, [2][]float32{inPlace, got[1]}, [3][]float32{inPlace, in[1], in[2]})
				for i := range inPlace {
					if !equal(inPlace[i], want[0][i]) {
						t.Fatalf("%v %s n=%d [%d] in place: %x, portable %x", e.ISA(), k.name, n, i, inPlace[i], want[0][i])
					}
				}
			}
		}
	}
}

// TestFunctionBits runs each function of one argument over float32 numbers of every exponent.
func TestFunctionBits(t *testing.T) {
	portable := New(Portable, 1)
	src, got, want := make([]float32, 4096), make([]float32, 4096), make([]float32, 4096)
	for _, e := range machines(t) {
		for _, k := range elementKernels[float32]()[:9] {
			for u, i := uint64(0), 0; u < 1<<32; u += 10007 {
				src[i] = math.Float32frombits(uint32(u))
				if i++; i < len(src) {
					continue
				}
				i = 0
				k.run(portable, [2][]float32{want}, [3][]float32{src})
				k.run(e, [2][]float32{got}, [3][]float32{src})
				for j := range got {
					if !equal(got[j], want[j]) {
						t.Fatalf("%v %s(%x) = %x, portable %x", e.ISA(), k.name, src[j], got[j], want[j])
					}
				}
			}
		}
	}
}

// TestActivations compares with the definitions, and gradients with central differences, in float64.
func TestActivations(t *testing.T) {
	e := New(Portable, 1)
	sigma := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	phi := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	cases := []struct {
		name     string
		want     func(x float64) float64
		forward  func(y, x []float64)
		backward func(dx, dy, x, y []float64)
	}{
		{"exp", math.Exp, func(y, x []float64) { Exp(e, y, x) }, nil},
		{"tanh", math.Tanh, func(y, x []float64) { Tanh(e, y, x) }, func(dx, dy, _, y []float64) { TanhGrad(e, dx, dy, y) }},
		{"sigmoid", sigma, func(y, x []float64) { Sigmoid(e, y, x) }, func(dx, dy, _, y []float64) { SigmoidGrad(e, dx, dy, y) }},
		{"scaled sigmoid", func(x float64) float64 { return 2*sigma(x) - 1 },
			func(y, x []float64) { ScaledSigmoid(e, y, x) }, func(dx, dy, _, y []float64) { ScaledSigmoidGrad(e, dx, dy, y) }},
		{"ReLU", func(x float64) float64 { return max(0, x) },
			func(y, x []float64) { ReLU(e, y, x) }, func(dx, dy, _, y []float64) { ReLUGrad(e, dx, dy, y) }},
		{"LeakyReLU", func(x float64) float64 { return max(0, x) + 0.2*min(0, x) },
			func(y, x []float64) { LeakyReLU(e, y, x, 0.2) }, func(dx, dy, x, _ []float64) { LeakyReLUGrad(e, dx, dy, x, 0.2) }},
		{"GELU", func(x float64) float64 { return x * phi(x) },
			func(y, x []float64) { GELU(e, y, x) }, func(dx, dy, x, _ []float64) { GELUGrad(e, dx, dy, x) }},
		{"SiLU", func(x float64) float64 { return x * sigma(x) },
			func(y, x []float64) { SiLU(e, y, x) }, func(dx, dy, x, _ []float64) { SiLUGrad(e, dx, dy, x) }},
		{"ELU", func(x float64) float64 { return 1.2 * (max(0, x) + 0.7*math.Expm1(min(0, x))) },
			func(y, x []float64) { ELU(e, y, x, 0.7, 1.2) }, func(dx, dy, _, y []float64) { ELUGrad(e, dx, dy, y, 0.7, 1.2) }},
	}
	const h, dy = 1e-6, 1.75
	for _, c := range cases {
		for x := -6.03; x < 6; x += 0.1 {
			y, dx := []float64{0}, []float64{0}
			c.forward(y, []float64{x})
			if want := c.want(x); math.Abs(y[0]-want) > 1e-14*max(1, math.Abs(want)) {
				t.Errorf("%s(%v) = %v, want %v", c.name, x, y[0], want)
			}
			if c.backward == nil {
				continue
			}
			c.backward(dx, []float64{dy}, []float64{x}, y)
			if want := dy * (c.want(x+h) - c.want(x-h)) / (2 * h); math.Abs(dx[0]-want) > 1e-8 {
				t.Errorf("%s's gradient at %v = %v, want %v", c.name, x, dx[0], want)
			}
		}
	}
}

// TestEdgesOfActivations holds what the contract says of NaN, zeros, subnormals and flushing.
func TestEdgesOfActivations(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	minus0 := float32(math.Copysign(0, -1))
	const tiny = 0x1p-130
	for _, isa := range Available() {
		e := New(isa, 1)
		check := func(name string, got, want float32) {
			t.Helper()
			if !equal(got, want) {
				t.Errorf("%v %s = %v, want %v", isa, name, got, want)
			}
		}
		for _, f := range []func(*Engine, []float32, []float32){ReLU[float32], Tanh[float32], ScaledSigmoid[float32], GELU[float32], SiLU[float32],
			func(e *Engine, y, x []float32) { LeakyReLU(e, y, x, 0.1) }, func(e *Engine, y, x []float32) { ELU(e, y, x, 1, 1) }} {
			y := make([]float32, 4)
			f(e, y, []float32{nan, minus0, tiny, -tiny})
			for i, want := range []float32{nan, 0, 0, 0} {
				check("an activation of NaN, −0, subnormals", y[i], want)
			}
		}
		y := make([]float32, 6)
		Exp(e, y, []float32{-100, 89, -inf, inf, nan, minus0})
		for i, want := range []float32{canon.Exp(float32(-100)), inf, 0, inf, nan, 1} {
			check("Exp", y[i], want)
		}
		if y[0] == 0 {
			t.Errorf("%v Exp flushes", isa)
		}
		ReLUGrad(e, y[:4], []float32{3, 3, nan, tiny}, []float32{0, nan, 1, 1})
		for i, want := range []float32{0, 3, nan, 0} {
			check("ReLUGrad", y[i], want)
		}
		ELU(e, y[:4], []float32{-inf, -200, inf, 0.5}, 1, 2)
		for i, want := range []float32{-2, -2, inf, 1} {
			check("ELU", y[i], want)
		}
		copy(y, []float32{nan, -inf, inf, minus0, tiny, -3})
		Clamp(e, y, 2)
		for i, want := range []float32{nan, -2, 2, minus0, tiny, -2} {
			check("Clamp", y[i], want)
		}
		Sigmoid(e, y[:2], []float32{-90, 90})
		check("Sigmoid(-90)", y[0], 0)
		check("Sigmoid(90)", y[1], 1)
	}
}

// TestElementwiseAllocates nothing.
func TestElementwiseAllocates(t *testing.T) {
	for _, isa := range Available() {
		e := New(isa, 1)
		x, y := make([]float32, 100), make([]float32, 100)
		labels, losses, counts := make([]int32, 10), make([]float32, 10), make([]int32, 10)
		u := &Update[float32]{W: y, SGDCoefficients: SGDCoefficients[float32]{Rate: 0.1}}
		run := func() {
			for _, k := range []func(*Engine, []float32, []float32){Tanh[float32], Sigmoid[float32], GELU[float32]} {
				k(e, y, x)
			}
			GELUGrad(e, y, x, x)
			ColSum(e, y[:10], x, 10, 10)
			Moments(e, x)
			CountWithin(e, counts, x, 0, 1)
			MomentsWithin(e, counts, x, 0, 1)
			SumSquares(e, x)
			SGDUpdate(e, u, x, 10, 10)
			ELU(e, y, x, 1, 1)
			ColMoments(e, y[:10], y[10:], x, 10, 10)
			NormalizeGrad(e, y, y[:10], y[10:], x, x, x, x, x, 10, 10)
			Normalize(e, y, x, x, x, x, x, 10, 10)
			LayerNorm(e, y, y, y, x, x, x, 1, 10, 10)
			LayerNormGrad(e, y, y, x, x, x, x, 10, 10)
			LayerNormParamGrad(e, y, y, x, x, x, x, 10, 10)
			SoftmaxCrossEntropy(e, y, x, labels, losses, 10, 10, 1)
			SoftmaxCrossEntropy(e, nil, x, labels, losses, 10, 10, 1)
		}
		run()
		if n := testing.AllocsPerRun(10, run); n != 0 {
			t.Errorf("%v: %v allocations", isa, n)
		}
	}
}

func BenchmarkElementwise(b *testing.B) {
	const n = 2048 // 8 KiB each: in the first-level cache
	for _, isa := range Available() {
		e := New(isa, 1)
		for _, k := range elementKernels[float32]() {
			b.Run(fmt.Sprintf("%s/%v", k.name, isa), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 1))
				in := [3][]float32{inputs(r, n, false), inputs(r, n, false), inputs(r, n, false)}
				out := [2][]float32{make([]float32, n), make([]float32, n)}
				for b.Loop() {
					k.run(e, out, in)
				}
				b.ReportMetric(float64(n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "elements/ns")
			})
		}
	}
}
