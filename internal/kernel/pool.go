package kernel

import (
	"math"

	"gradlab/internal/canon"
)

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
	if x32, ok := as32(x); ok && *g == (Window{H: g.H, W: g.W, C: g.C, KH: 2, KW: 2, SH: 2, SW: 2, OutH: g.OutH, OutW: g.OutW}) {
		y32, _ := as32(y)
		maxPool2(g, y32, from, x32, n)
		return
	}
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

// maxPool2 is MaxPool for windows of 2 × 2 side by side. Which element wins is chance, so that a
// branch on it would be mispredicted as often as not: the comparisons are arithmetic on integers.
func maxPool2(g *Window, y []float32, from []int32, x []float32, n int) {
	row := g.W * g.C
	right, down := int64(g.C), int64(row)
	out := 0
	for i := range n {
		image := x[i*g.H*row:][:g.H*row]
		for oy := range g.OutH {
			for ox := range g.OutW {
				first := 2*oy*row + 2*ox*g.C
				// The window is two runs of two pixels.
				top, bottom := image[first:][:2*g.C], image[first+row:][:2*g.C]
				v0, v1 := top[:g.C], top[g.C:][:g.C]
				v2, v3 := bottom[:g.C], bottom[g.C:][:g.C]
				best, where := y[out:][:g.C], from[out:][:g.C]
				for c := range best {
					w := int64(first + c)
					if s := v0[c] + v1[c] + v2[c] + v3[c]; s != s { // NaN, or infinities of both signs
						w = firstWinner(image, w, right, down)
						best[c], where[c] = image[w], int32(w)
						continue
					}
					k, at := order(v0[c]), int64(0)
					k1 := order(v1[c])
					m := (k - k1) >> 63 // all ones where k1 is larger
					k, at = k+m&(k1-k), at+m&(right-at)
					k2 := order(v2[c])
					m = (k - k2) >> 63
					k, at = k+m&(k2-k), at+m&(down-at)
					k3 := order(v3[c])
					m = (k - k3) >> 63
					at += m & (down + right - at)
					best[c], where[c] = image[w+at], int32(w+at)
				}
				out += g.C
			}
		}
	}
}

// order maps numbers to integers that compare alike, with one zero.
func order(v float32) int64 {
	u := int32(math.Float32bits(v + 0)) // −0 becomes +0
	return int64(u ^ u>>31&math.MaxInt32)
}

// firstWinner is the place of the winner of the 2 × 2 window at w, NaN before every number.
func firstWinner(image []float32, w, right, down int64) int64 {
	for _, at := range [...]int64{w + right, w + down, w + down + right} {
		if v, b := image[at], image[w]; v > b || (v != v && b == b) {
			w = at
		}
	}
	return w
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
