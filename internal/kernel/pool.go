package kernel

import "gradlab/internal/canon"

// Window is the geometry of a pooling over images [H, W, C] that gives images [OutH, OutW, C].
type Window struct {
	H, W, C    int
	KH, KW     int
	SH, SW     int
	PH, PW     int
	OutH, OutW int
}

// bounds clips the window at output row or column o to the image: from ≤ i < to.
func bounds(o, stride, pad, kernel, size int) (from, to int) {
	start := o*stride - pad
	return max(0, start), min(size, start+kernel)
}

// MaxPool computes y [n, OutH, OutW, C] from x [n, H, W, C], and in from [n, OutH, OutW, C] the
// offset within its image of each winner: the first one that is strictly larger than those before
// it in row-major order, where NaN is larger than every number.
func MaxPool[T Float](g *Window, y []T, from []int32, x []T, n int) {
	out := 0
	for i := range n {
		image := x[i*g.H*g.W*g.C:][:g.H*g.W*g.C]
		for oy := range g.OutH {
			y0, y1 := bounds(oy, g.SH, g.PH, g.KH, g.H)
			for ox := range g.OutW {
				x0, x1 := bounds(ox, g.SW, g.PW, g.KW, g.W)
				best, where := y[out:][:g.C], from[out:][:g.C]
				first := (y0*g.W + x0) * g.C
				for c, v := range image[first:][:g.C] {
					best[c], where[c] = v, int32(first+c)
				}
				for row := y0; row < y1; row++ {
					for col := x0; col < x1; col++ {
						at := (row*g.W + col) * g.C
						for c, v := range image[at:][:g.C] {
							if b := best[c]; v > b || (v != v && b == b) {
								best[c], where[c] = v, int32(at+c)
							}
						}
					}
				}
				out += g.C
			}
		}
	}
}

// MaxPoolGrad adds dy to the winners that MaxPool found, in row-major order of dy; everything else
// of dx is +0.
func MaxPoolGrad[T Float](g *Window, dx, dy []T, from []int32, n int) {
	in, out := g.H*g.W*g.C, g.OutH*g.OutW*g.C
	clear(dx[:n*in])
	for i := range n {
		image, where := dx[i*in:][:in], from[i*out:][:out]
		for o, d := range dy[i*out:][:out] {
			image[where[o]] += d
		}
	}
	if g.overlaps() {
		flushAll(dx[:n*in])
	}
}

// overlaps says whether an input can lie in several windows, so that gradients are added; where none
// are, what is stored was flushed before.
func (g *Window) overlaps() bool { return g.SH < g.KH || g.SW < g.KW }

// AvgPool computes y [n, OutH, OutW, C], the mean of each window of x [n, H, W, C] with the zeros of
// the padding counted: the sum in row-major order divided by KH·KW.
func AvgPool[T Float](g *Window, y, x []T, n int) {
	size := T(g.KH * g.KW)
	out := 0
	for i := range n {
		image := x[i*g.H*g.W*g.C:][:g.H*g.W*g.C]
		for oy := range g.OutH {
			y0, y1 := bounds(oy, g.SH, g.PH, g.KH, g.H)
			for ox := range g.OutW {
				x0, x1 := bounds(ox, g.SW, g.PW, g.KW, g.W)
				sum := y[out:][:g.C]
				clear(sum)
				for row := y0; row < y1; row++ {
					for col := x0; col < x1; col++ {
						for c, v := range image[(row*g.W+col)*g.C:][:g.C] {
							sum[c] += v
						}
					}
				}
				for c := range sum {
					sum[c] = canon.Flush(sum[c] / size)
				}
				out += g.C
			}
		}
	}
}

// AvgPoolGrad spreads dy/(KH·KW) over each window, windows in row-major order.
func AvgPoolGrad[T Float](g *Window, dx, dy []T, n int) {
	size := T(g.KH * g.KW)
	in := g.H * g.W * g.C
	clear(dx[:n*in])
	out := 0
	for i := range n {
		image := dx[i*in:][:in]
		for oy := range g.OutH {
			y0, y1 := bounds(oy, g.SH, g.PH, g.KH, g.H)
			for ox := range g.OutW {
				x0, x1 := bounds(ox, g.SW, g.PW, g.KW, g.W)
				for row := y0; row < y1; row++ {
					for col := x0; col < x1; col++ {
						for c, d := range dy[out:][:g.C] {
							image[(row*g.W+col)*g.C+c] += d / size
						}
					}
				}
				out += g.C
			}
		}
	}
	flushAll(dx[:n*in])
}

func flushAll[T Float](x []T) {
	for i, v := range x {
		x[i] = canon.Flush(v)
	}
}
