package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestPeakFMA: all multiplications were done, in order.
func TestPeakFMA(t *testing.T) {
	for _, isa := range Available() {
		e := New(isa, 1)
		for rounds := 1; rounds < 70; rounds++ {
			want := float32(1 - math.Ldexp(1, -rounds))
			got, flops := PeakFMA(e, rounds)
			if got != want || flops < 16*rounds || flops%(2*rounds) != 0 {
				t.Fatalf("%v: %d rounds give %v of %d operations, want %v", isa, rounds, got, flops, want)
			}
		}
	}
}

// TestPeakMemory: every element is read, and the triad is that of plain loops, at every length and
// offset.
func TestPeakMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, isa := range Available() {
		e := New(isa, 1)
		for _, n := range lengths() {
			for _, offset := range []int{0, 1, 16} {
				x := make([]float32, offset+n+20)
				for i := range x {
					x[i] = math.Float32frombits(1 << 30) // in front and behind, where nothing is to be read
				}
				for i := range n {
					x[offset+i] = 0
				}
				if got := PeakRead(e, x[offset:][:n]); got != 0 {
					t.Fatalf("%v: %d zeros give %#x", isa, n, got)
				}
				for i := range n {
					x[offset+i] = math.Float32frombits(1 << (i % 30))
					if got, want := PeakRead(e, x[offset:][:n]), uint32(1)<<(i%30); got != want {
						t.Fatalf("%v: %#x at %d of %d gives %#x", isa, want, i, n, got)
					}
					x[offset+i] = 0
				}

				x, y := inputs(r, offset+n, true)[offset:], inputs(r, offset+n, true)[offset:]
				dst := make([]float32, offset+n+20)
				PeakTriad(e, dst[offset:][:n], x, y, 1.25)
				for i, got := range dst {
					want := float32(0)
					if j := i - offset; j >= 0 && j < n {
						want = float32(1.25*y[j]) + x[j]
					}
					if !equal(got, want) {
						t.Fatalf("%v: the triad of %d at %d is %v, want %v", isa, n, i-offset, got, want)
					}
				}
			}
		}
	}
}

// BenchmarkPeakFMA is the limit of products on one thread.
func BenchmarkPeakFMA(b *testing.B) {
	for _, isa := range Available() {
		b.Run(isa.String(), func(b *testing.B) {
			e, total := New(isa, 1), 0.0
			for b.Loop() {
				_, flops := PeakFMA(e, 1000)
				total += float64(flops)
			}
			b.ReportMetric(total/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}
