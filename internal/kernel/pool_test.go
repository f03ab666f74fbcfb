package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The windows of the contract as plain loops over one image of one channel after the other.
func naivePool(g *Window, x, dy []float64, n int) (max, avg, maxGrad, avgGrad []float64) {
	maxGrad, avgGrad = make([]float64, len(x)), make([]float64, len(x))
	o := 0
	for i := range n {
		for oy := range g.OutH {
			for ox := range g.OutW {
				for c := range g.C {
					best, where, sum := math.Inf(-1), -1, 0.0
					for r := range g.KH {
						for q := range g.KW {
							row, col := oy*g.SH-g.PH+r, ox*g.SW-g.PW+q
							if row < 0 || col < 0 || row >= g.H || col >= g.W {
								continue
							}
							at := ((i*g.H+row)*g.W+col)*g.C + c
							v := x[at]
							sum += v
							avgGrad[at] += dy[o] / float64(g.KH*g.KW)
							if where < 0 || v > best || (math.IsNaN(v) && !math.IsNaN(best)) {
								best, where = v, at
							}
						}
					}
					max, avg = append(max, best), append(avg, sum/float64(g.KH*g.KW))
					maxGrad[where] += dy[o]
					o++
				}
			}
		}
	}
	return
}

func TestPoolingFollowsTheContract(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, g := range []Window{
		{H: 28, W: 28, C: 6, KH: 2, KW: 2, SH: 2, SW: 2},
		{H: 5, W: 7, C: 3, KH: 3, KW: 2, SH: 1, SW: 2, PH: 1, PW: 1},
		{H: 6, W: 6, C: 1, KH: 3, KW: 3, SH: 2, SW: 2, PH: 1, PW: 1},
		{H: 4, W: 4, C: 2, KH: 4, KW: 4, SH: 4, SW: 4},
	} {
		g.OutH, g.OutW = (g.H+2*g.PH-g.KH)/g.SH+1, (g.W+2*g.PW-g.KW)/g.SW+1
		const n = 2
		for _, ties := range []bool{false, true} {
			x, dy := values[float64](r, n*g.H*g.W*g.C, false), values[float64](r, n*g.OutH*g.OutW*g.C, false)
			if ties { // equal values and NaN: the first winner counts, and NaN wins
				for i := range x {
					x[i] = math.Round(x[i])
					if r.IntN(30) == 0 {
						x[i] = math.NaN()
					}
				}
			}
			max, avg, maxGrad, avgGrad := naivePool(&g, x, dy, n)
			name := fmt.Sprintf("%+v ties=%v", g, ties)
			y, dx, from := make([]float64, len(dy)), values[float64](r, len(x), true), make([]int32, len(dy))
			MaxPool(&g, y, from, x, n)
			sameBits(t, name+" max", y, max)
			MaxPoolGrad(&g, dx, dy, from, n)
			sameBits(t, name+" max gradient", dx, maxGrad)
			AvgPool(&g, y, x, n)
			sameBits(t, name+" mean", y, flushed(avg))
			AvgPoolGrad(&g, dx, dy, n)
			sameBits(t, name+" mean gradient", dx, avgGrad)
		}
	}
}

// flushed makes the one zero of the contract of both.
func flushed(x []float64) []float64 {
	for i := range x {
		if x[i] == 0 {
			x[i] = 0
		}
	}
	return x
}
