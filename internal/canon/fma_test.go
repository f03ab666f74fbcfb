package canon

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// exactFMA rounds a·b+c once, by arithmetic that is exact until then.
func exactFMA[T Float](a, b, c T) T {
	x, y, z := float64(a), float64(b), float64(c)
	for _, v := range []float64{x, y, z} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			if !math.IsInf(x, 0) && !math.IsInf(y, 0) && x == x && y == y {
				return c // the product is finite, even where float64 cannot hold it
			}
			return T(x*y + z) // IEEE's rules for these are those of the plain operations
		}
	}
	wide := func(v float64) *big.Float { return new(big.Float).SetPrec(4400).SetFloat64(v) }
	sum := wide(x)
	sum.Mul(sum, wide(y)).Add(sum, wide(z))
	if sum.Sign() == 0 { // big.Float knows no IEEE sign of an exact zero
		return T(x*y + z)
	}
	if unsafe.Sizeof(a) == 4 {
		s, _ := sum.Float32()
		return T(s)
	}
	s, _ := sum.Float64()
	return T(s)
}

// awkward draws float32 numbers whose products and sums come to midpoints, cancel, underflow and
// overflow.
func awkward(r *rand.Rand) float32 {
	switch r.IntN(6) {
	case 0:
		return math.Float32frombits(r.Uint32())
	case 1: // few bits set, near 1
		return float32(math.Ldexp(float64(1+r.IntN(1<<12)*2), r.IntN(60)-42))
	case 2: // subnormal
		return math.Float32frombits(r.Uint32() & (1<<31 | 1<<23 - 1))
	case 3: // about the square root of the smallest numbers
		return float32(math.Ldexp(float64(r.IntN(1<<24)), -60-24-r.IntN(30)))
	case 4:
		return float32(r.NormFloat64())
	default:
		special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, math.MaxFloat32, -math.MaxFloat32,
			float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 0x1p-126, 0x1p-149, 1 + 0x1p-23, 0x1p-24, 0x1p24}
		return special[r.IntN(len(special))]
	}
}

func TestFMAFloat32(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	check := func(a, b, c float32) {
		t.Helper()
		got, want := FMA(a, b, c), exactFMA(a, b, c)
		if math.Float32bits(got) != math.Float32bits(want) && (got == got || want == want) {
			t.Errorf("FMA(%x, %x, %x) = %x, want %x", a, b, c, got, want)
		}
	}
	for range 400000 {
		check(awkward(r), awkward(r), awkward(r))
	}
	// A sum that float64 rounds onto a midpoint of two float32, from above, from below and exactly.
	for _, tiny := range []float32{0x1p-60, -0x1p-60, 0x1p-149, -0x1p-149, 0} {
		for _, c := range []float32{1, 1 + 0x1p-23, -1, -1 - 0x1p-23} {
			check(1+0x1p-12, 0x1p-24, c) // an inexact neighbour
			check(0x1p-12, 0x1p-12, c)   // the midpoint itself
			check(tiny, 1, c)
			check(1+0x1p-23, 0x1p-24*(1-0x1p-24), c)
		}
	}
	for range 100000 { // midpoint + a tiny product's worth: c·(1 ± 2⁻²⁴ ± 2⁻⁶⁰)
		c := math.Float32frombits(0x3f800000 | r.Uint32()&(1<<23-1))
		check(float32(r.IntN(1<<12)*2+1)*0x1p-18, float32(r.IntN(1<<12)*2+1)*0x1p-18, c)
		check(float32(r.IntN(1<<12)*2+1)*0x1p-70, float32(r.IntN(1<<12)*2+1)*0x1p-70, 0x1p-126)
	}
}

func TestFMAFloat64(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	special := []float64{0, math.Copysign(0, -1), 1, -1, math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(),
		0x1p-1022, 0x1p-1074, 1 + 0x1p-52, 0x1p-53, 0x1p53}
	draw := func() float64 {
		switch r.IntN(4) {
		case 0:
			return special[r.IntN(len(special))]
		case 1:
			return math.Float64frombits(r.Uint64())
		case 2: // few bits set: sums come to midpoints
			return math.Ldexp(float64(1+r.IntN(1<<27)*2), r.IntN(110)-80)
		default:
			return r.NormFloat64()
		}
	}
	check := func(a, b, c float64) {
		t.Helper()
		if got, want := FMA(a, b, c), exactFMA(a, b, c); !same(got, want) {
			t.Errorf("FMA(%x, %x, %x) = %x, want %x", a, b, c, got, want)
		}
	}
	for range 50000 {
		a, b := draw(), draw()
		check(a, b, draw())
		check(a, b, -float64(a*b)) // only what the product's rounding lost is left
	}
}

func TestFlush(t *testing.T) {
	const tiny32, tiny64 = 0x1p-126, 0x1p-1022
	for _, c := range [][2]float32{{tiny32, tiny32}, {-tiny32, -tiny32}, {tiny32 / 2, 0}, {-tiny32 / 2, 0},
		{float32(math.Copysign(0, -1)), 0}, {float32(math.Inf(-1)), float32(math.Inf(-1))}, {1, 1}} {
		if got := Flush(c[0]); math.Float32bits(got) != math.Float32bits(c[1]) {
			t.Errorf("Flush(%v) = %v, want %v", c[0], got, c[1])
		}
	}
	for _, c := range [][2]float64{{tiny64, tiny64}, {-tiny64, -tiny64}, {tiny64 / 2, 0}, {-tiny64 / 2, 0},
		{math.Copysign(0, -1), 0}, {math.Inf(-1), math.Inf(-1)}, {1, 1}} {
		if got := Flush(c[0]); !same(got, c[1]) {
			t.Errorf("Flush(%v) = %v, want %v", c[0], got, c[1])
		}
	}
	if got := Flush(float32(math.NaN())); got == got {
		t.Errorf("Flush(NaN) = %v", got)
	}
}

var sink32 float32

func BenchmarkFMAFloat32(b *testing.B) {
	var a, c, d, e float32 = 0, 1, 2, 3
	for i := 0; b.Loop(); i++ {
		x := float32(i&15) + 0.1
		a, c, d, e = FMA(x, 0.5, a), FMA(x, 0.25, c), FMA(x, 0.125, d), FMA(x, 0.3, e)
	}
	sink32 = a + c + d + e
}

func BenchmarkTanhFloat32(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		sink32 = Tanh(float32(i&255) * 0.01)
	}
}
