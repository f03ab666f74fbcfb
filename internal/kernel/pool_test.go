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
	onEvery(t, testPooling[float32], testPooling[float64])
}

func testPooling[T Float](t *testing.T, e *Engine) {
	r := rand.New(rand.NewPCG(7, 8))
	geometries := []Window{
		{H: 5, W: 7, C: 3, KH: 3, KW: 2, SH: 1, SW: 2, PH: 1, PW: 1},
		{H: 6, W: 6, C: 1, KH: 3, KW: 3, SH: 2, SW: 2, PH: 1, PW: 1},
		{H: 4, W: 4, C: 2, KH: 4, KW: 4, SH: 4, SW: 4},
		{H: 20, W: 18, C: 2, KH: 20, KW: 18, SH: 1, SW: 1},
		{H: 28, W: 28, C: 6, KH: 2, KW: 2, SH: 2, SW: 2},
	}
	for _, c := range []int{1, 2, 3, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 48} {
		for _, size := range [][2]int{{2, 2}, {2, 5}, {3, 2}, {7, 6}, {5, 21}} {
			geometries = append(geometries, Window{H: size[0], W: size[1], C: c, KH: 2, KW: 2, SH: 2, SW: 2})
		}
	}
	for _, g := range geometries {
		g.OutH, g.OutW = (g.H+2*g.PH-g.KH)/g.SH+1, (g.W+2*g.PW-g.KW)/g.SW+1
		for _, name := range []string{"ordinary", "tiny", "ties"} {
			numbers := ordinary
			if name == "tiny" {
				numbers = tiny
			}
			n := 1 + r.IntN(12)
			x, dy := values[T](r, n*g.H*g.W*g.C, numbers), values[T](r, n*g.OutH*g.OutW*g.C, numbers)
			if name == "ties" { // equal values and NaN: the first winner counts, and NaN wins
				for i := range x {
					x[i] = T(math.Round(float64(x[i])))
					if r.IntN(15) == 0 { // what x86 makes of ∞−∞ is a NaN with the sign set
						odd := []float64{math.NaN(), math.Copysign(math.NaN(), -1), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}
						x[i] = T(odd[r.IntN(len(odd))])
					}
				}
				for i := range dy {
					if r.IntN(9) == 0 {
						dy[i] = T(math.Copysign(0, -1))
					}
				}
			}
			max, avg, maxGrad, avgGrad := naivePool(&g, x, dy, n)
			name = fmt.Sprintf("%+v n=%d %s", g, n, name)
			y, yWhole := fenced[T](r, len(dy))
			dx, dxWhole := fenced[T](r, len(x))
			from := make([]uint16, len(dy)+fence)
			for i := range fence {
				from[len(dy)+i] = 77
			}
			MaxPool(e, &g, y, from[:len(dy)], x, n)
			sameBits(t, name+" max", y, max)
			MaxPoolGrad(e, &g, dx, dy, from[:len(dy)], n)
			sameBits(t, name+" max gradient", dx, maxGrad)
			AvgPool(e, &g, y, x, n)
			sameBits(t, name+" mean", y, avg)
			AvgPoolGrad(e, &g, dx, dy, n)
			sameBits(t, name+" mean gradient", dx, avgGrad)
			for i := range fence {
				if yWhole[len(y)+i] != -77 || dxWhole[len(dx)+i] != -77 || from[len(dy)+i] != 77 {
					t.Fatalf("%s: written %d beyond the end", name, i)
				}
			}
		}
	}
}

// fence is the number of elements behind a result that must stay as they are.
const fence = 40

// fenced is a result of n elements, full of other numbers, and the same with −77 behind it.
func fenced[T Float](r *rand.Rand, n int) (x, whole []T) {
	whole = values[T](r, n+fence, wild)
	for i := range fence {
		whole[n+i] = -77
	}
	return whole[:n], whole
}

func BenchmarkPool(b *testing.B) {
	for _, shape := range []struct{ h, c, n int }{{28, 6, 4}, {10, 16, 4}, {32, 32, 64}, {16, 64, 64}} {
		g := Window{H: shape.h, W: shape.h, C: shape.c, KH: 2, KW: 2, SH: 2, SW: 2, OutH: shape.h / 2, OutW: shape.h / 2}
		in, out := g.sizes()
		n := shape.n
		x := values[float32](rand.New(rand.NewPCG(9, 10)), n*in, ordinary)
		y, from := make([]float32, n*out), make([]uint16, n*out)
		for _, isa := range Available() {
			e := New(isa, 1)
			for name, run := range map[string]func(){
				"Max":     func() { MaxPool(e, &g, y, from, x, n) },
				"MaxGrad": func() { MaxPoolGrad(e, &g, x, y, from, n) },
				"Avg":     func() { AvgPool(e, &g, y, x, n) },
				"AvgGrad": func() { AvgPoolGrad(e, &g, x, y, n) },
			} {
				b.Run(fmt.Sprintf("%s/%dx%dx%d/%v", name, g.H, g.W, g.C, isa), func(b *testing.B) {
					for b.Loop() {
						run()
					}
					b.ReportMetric(float64(len(y))*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "outputs/ns")
				})
			}
		}
	}
}
