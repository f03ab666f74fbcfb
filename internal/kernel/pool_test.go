package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gradlab/internal/canon"
)

// The windows of the contract as plain loops over one image of one channel after the other.
func naivePool[T Float](g *Window, x, dy []T, n int) (max, avg, maxGrad, avgGrad []T) {
	maxGrad, avgGrad = make([]T, len(x)), make([]T, len(x))
	o := 0
	for i := range n {
		for oy := range g.OutH {
			for ox := range g.OutW {
				for c := range g.C {
					best, where, sum := T(0), -1, T(0)
					for r := range g.KH {
						for q := range g.KW {
							row, col := oy*g.SH-g.PH+r, ox*g.SW-g.PW+q
							if row < 0 || col < 0 || row >= g.H || col >= g.W {
								continue
							}
							at := ((i*g.H+row)*g.W+col)*g.C + c
							v := x[at]
							sum += v
							avgGrad[at] += dy[o] / T(g.KH*g.KW)
							if where < 0 || v > best || (v != v && best == best) {
								best, where = v, at
							}
						}
					}
					max, avg = append(max, best), append(avg, sum/T(g.KH*g.KW))
					maxGrad[where] += dy[o]
					o++
				}
			}
		}
	}
	// The gradient of max pooling adds only where windows overlap; elsewhere it stores what it reads.
	if g.SH < g.KH || g.SW < g.KW {
		flushed(maxGrad)
	}
	return max, flushed(avg), maxGrad, flushed(avgGrad)
}

func flushed[T Float](x []T) []T {
	for i, v := range x {
		x[i] = canon.Flush(v)
	}
	return x
}

func TestPoolingFollowsTheContract(t *testing.T) {
	t.Run("float32", testPooling[float32])
	t.Run("float64", testPooling[float64])
}

func testPooling[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, g := range []Window{
		{H: 28, W: 28, C: 6, KH: 2, KW: 2, SH: 2, SW: 2},
		{H: 7, W: 5, C: 3, KH: 2, KW: 2, SH: 2, SW: 2},
		{H: 5, W: 7, C: 3, KH: 3, KW: 2, SH: 1, SW: 2, PH: 1, PW: 1},
		{H: 6, W: 6, C: 1, KH: 3, KW: 3, SH: 2, SW: 2, PH: 1, PW: 1},
		{H: 4, W: 4, C: 2, KH: 4, KW: 4, SH: 4, SW: 4},
	} {
		g.OutH, g.OutW = (g.H+2*g.PH-g.KH)/g.SH+1, (g.W+2*g.PW-g.KW)/g.SW+1
		const n = 2
		for _, name := range []string{"ordinary", "tiny", "ties"} {
			numbers := ordinary
			if name == "tiny" {
				numbers = tiny
			}
			x, dy := values[T](r, n*g.H*g.W*g.C, numbers), values[T](r, n*g.OutH*g.OutW*g.C, numbers)
			if name == "ties" { // equal values and NaN: the first winner counts, and NaN wins
				for i := range x {
					x[i] = T(math.Round(float64(x[i])))
					if r.IntN(15) == 0 { // what x86 makes of ∞−∞ is a NaN with the sign set
						odd := []float64{math.NaN(), math.Copysign(math.NaN(), -1), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}
						x[i] = T(odd[r.IntN(len(odd))])
					}
				}
			}
			max, avg, maxGrad, avgGrad := naivePool(&g, x, dy, n)
			name = fmt.Sprintf("%+v %s", g, name)
			y, dx, from := make([]T, len(dy)), values[T](r, len(x), wild), make([]int32, len(dy))
			MaxPool(&g, y, from, x, n)
			sameBits(t, name+" max", y, max)
			MaxPoolGrad(&g, dx, dy, from, n)
			sameBits(t, name+" max gradient", dx, maxGrad)
			AvgPool(&g, y, x, n)
			sameBits(t, name+" mean", y, avg)
			AvgPoolGrad(&g, dx, dy, n)
			sameBits(t, name+" mean gradient", dx, avgGrad)
		}
	}
}

func BenchmarkMaxPool(b *testing.B) {
	g := Window{H: 28, W: 28, C: 6, KH: 2, KW: 2, SH: 2, SW: 2, OutH: 14, OutW: 14}
	const n = 64
	x := values[float32](rand.New(rand.NewPCG(9, 10)), n*g.H*g.W*g.C, ordinary)
	y, from := make([]float32, n*g.OutH*g.OutW*g.C), make([]int32, n*g.OutH*g.OutW*g.C)
	for b.Loop() {
		MaxPool(&g, y, from, x, n)
	}
	b.ReportMetric(float64(len(y))*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "outputs/ns")
}
