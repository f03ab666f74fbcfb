package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gradlab/internal/canon"
	"gradlab/internal/rng"
)

// factorsOf is rule 17: by what the things from 0 on are multiplied under the stream's mask.
func factorsOf[T Float](s rng.Stream, threshold uint32, n int) []T {
	f := make([]T, n)
	for i := 0; i < n; i += 2 {
		word := s.Uint32()
		for j := i; j < min(i+2, n); j++ {
			if word>>(16*(j-i))&0xffff >= threshold {
				f[j] = T(65536) / T(65536-threshold)
			}
		}
	}
	return f
}

func dropped[T Float](x, factor T) T {
	if factor == 0 {
		return 0
	}
	return canon.Flush(x * factor)
}

func TestDropoutFollowsTheContract(t *testing.T) {
	for _, isa := range Available() {
		t.Run(fmt.Sprintf("float32/%v", isa), func(t *testing.T) { testDropout[float32](t, New(isa, 2)) })
	}
	t.Run("float64", func(t *testing.T) { testDropout[float64](t, New(Portable, 1)) })
}

func testDropout[T Float](t *testing.T, e *Engine) {
	r := rand.New(rand.NewPCG(41, 42))
	for i, threshold := range []uint32{1, 13107, 32768, 65535} {
		s := rng.New(uint64(i), "dropout", "dropout1", 1<<33+5)
		m := Mask{Key: s.Key(), Step: 1<<33 + 5, Threshold: threshold}
		factors := factorsOf[T](s, threshold, 6000)
		for _, n := range append(lengths(), 5000) {
			at := r.IntN(300)
			x := values[T](r, n, []kind{ordinary, wild, tiny}[n%3])
			want, got := make([]T, n), make([]T, n+8)
			for j := range want {
				want[j] = dropped(x[j], factors[at+j])
			}
			got[n] = -77
			Dropout(e, got[:n], x, &m, at)
			sameBits(t, fmt.Sprintf("threshold %d, %d elements from %d on", threshold, n, at), got[:n], want)
			if got[n] != -77 {
				t.Fatalf("%d elements: one more is written", n)
			}
			Dropout(e, x, x, &m, at)
			sameBits(t, "in place", x, want)
		}
		for _, shape := range [][3]int{{1, 1, 1}, {3, 25, 6}, {2, 196, 16}, {4, 3, 700}, {2, 9, 130}} {
			n, pixels, channels := shape[0], shape[1], shape[2]
			x := values[T](r, n*pixels*channels, wild)
			want := make([]T, len(x))
			const at = 2
			for j, v := range x {
				want[j] = dropped(v, factors[(at+j/(pixels*channels))*channels+j%channels])
			}
			DropoutChannels(e, x, x, &m, at, n, pixels, channels)
			sameBits(t, fmt.Sprintf("channels of %v", shape), x, want)
		}
	}
}

// TestDropoutFarOut: the counter's upper words count too.
func TestDropoutFarOut(t *testing.T) {
	m := Mask{Key: [2]uint32{7, 1 << 31}, Step: math.MaxUint64, Threshold: 30000}
	x := make([]float32, 200)
	for i := range x {
		x[i] = 1
	}
	for _, at := range []int{0, 1 << 35, 1<<35 - 100, 1 << 50} {
		want, got := make([]float32, len(x)), make([]float32, len(x))
		Dropout(New(Portable, 1), want, x, &m, at)
		for _, e := range machines(t) {
			Dropout(e, got, x, &m, at)
			sameBits(t, fmt.Sprintf("%v from %d on", e.ISA(), at), got, want)
		}
	}
}

// TestDropoutKeepsItsShare: of a million elements as many are kept as are to be, and the mean stays, up to five
// standard deviations; the stream is fixed, so that a failure means another one.
func TestDropoutKeepsItsShare(t *testing.T) {
	const n = 1_000_000
	x, y := make([]float32, n), make([]float32, n)
	for i := range x {
		x[i] = 1
	}
	for _, p := range []float64{0.1, 0.5, 0.9} {
		s := rng.New(3, "dropout", "dropout1", 0)
		m := Mask{Key: s.Key(), Threshold: uint32(math.Round(p * 65536))}
		Dropout(New(Available()[0], 1), y, x, &m, 0)
		kept, sum, pairs := 0, 0.0, 0
		for i, v := range y {
			sum += float64(v)
			if v > 0 {
				kept++
				if i > 0 && y[i-1] > 0 {
					pairs++
				}
			}
		}
		q := 1 - p
		if got := float64(kept) / n; math.Abs(got-q) > 5*math.Sqrt(p*q/n) {
			t.Errorf("rate %v keeps %v", p, got)
		}
		if mean := sum / n; math.Abs(mean-1) > 5*math.Sqrt(p/q/n)+1e-4 {
			t.Errorf("rate %v has the mean %v", p, mean)
		}
		if got := float64(pairs) / n; math.Abs(got-q*q) > 8*math.Sqrt(q*q*(1-q*q)/n) {
			t.Errorf("rate %v keeps two neighbours in %v of all cases, want %v", p, got, q*q)
		}
	}
}

func BenchmarkDropout(b *testing.B) {
	x := make([]float32, 1<<14)
	m := Mask{Threshold: 1 << 15}
	for _, isa := range Available() {
		e := New(isa, 1)
		b.Run("elements/"+isa.String(), func(b *testing.B) {
			b.SetBytes(int64(8 * len(x)))
			for b.Loop() {
				Dropout(e, x, x, &m, 0)
			}
		})
		b.Run("channels/"+isa.String(), func(b *testing.B) {
			b.SetBytes(int64(8 * len(x)))
			for b.Loop() {
				DropoutChannels(e, x, x, &m, 0, 2, len(x)/32, 16)
			}
		})
		b.Run("relu/"+isa.String(), func(b *testing.B) {
			b.SetBytes(int64(8 * len(x)))
			for b.Loop() {
				ReLU(e, x, x)
			}
		})
	}
}
