package kernel

import (
	"math"
	"unsafe"

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

// MaxTaps is the largest number of elements in a window of MaxPool.
const MaxTaps = 1 << 16

// MaxPool computes y [n, OutH, OutW, C] from x [n, H, W, C], and in from [n, OutH, OutW, C] which of
// its window's KH·KW elements each winner is, counted in row-major order with those in the padding:
// the first one that is strictly larger than those before it, where NaN is larger than every number.
func MaxPool[T Float](e *Engine, g *Window, y []T, from []uint16, x []T, n int) {
	if e.recorder != nil {
		recordPool(e, g, opMaxPool, y, from, x, n)
		return
	}
	in, out := g.sizes()
	for i := range n {
		x, y, from := x[i*in:][:in], y[i*out:][:out], from[i*out:][:out]
		for o := halve(e, g, opMaxPool, y, from, x, (n-1-i)*out); o < g.OutH*g.OutW; o++ {
			best, winner := y[o*g.C:][:g.C], from[o*g.C:][:g.C]
			if x32, ok := as32(x); ok && g.sideBySide() {
				best32, _ := as32(best)
				maxPool2(g, best32, winner, x32, o)
				continue
			}
			maxPool(g, best, winner, x, o)
		}
	}
}

// maxPool is MaxPool of window o of the image x.
func maxPool[T Float](g *Window, best []T, winner []uint16, x []T, o int) {
	t := g.taps(o)
	for r := t.y0; r < t.y1; r++ {
		for c := t.x0; c < t.x1; c++ {
			tap, start := uint16((r-t.y)*g.KW+c-t.x), r == t.y0 && c == t.x0
			for i, v := range x[(r*g.W+c)*g.C:][:g.C] {
				if b := best[i]; start || v > b || (v != v && b == b) {
					best[i], winner[i] = v, tap
				}
			}
		}
	}
}

// maxPool2 is maxPool for windows of 2 × 2 side by side. Which element wins is chance, so that a
// branch on it would be mispredicted as often as not: the comparisons are arithmetic on integers.
func maxPool2(g *Window, best []float32, winner []uint16, x []float32, o int) {
	row := g.W * g.C
	first := o/g.OutW*2*row + o%g.OutW*2*g.C
	top, bottom := x[first:][:2*len(best)], x[first+row:][:2*len(best)]
	v0, v1 := top[:len(best)], top[len(best):][:len(best)]
	v2, v3 := bottom[:len(best)], bottom[len(best):][:len(best)]
	winner = winner[:len(best)]
	places := [...]int{0, g.C, row, row + g.C}
	for c := range best {
		if s := v0[c] + v1[c] + v2[c] + v3[c]; s != s { // NaN, or infinities of both signs
			maxPool(g, best, winner, x, o)
			return
		}
		// Of the order of the winner so far, and which one it is; m is all ones where the next one is larger.
		k, tap := order(v0[c]), int64(0)
		next := order(v1[c])
		m := (k - next) >> 63
		k, tap = k+m&(next-k), m&1
		next = order(v2[c])
		m = (k - next) >> 63
		k, tap = k+m&(next-k), tap+m&(2-tap)
		m = (k - order(v3[c])) >> 63
		tap += m & (3 - tap)
		best[c], winner[c] = x[first+c+places[tap&3]], uint16(tap)
	}
}

// order maps numbers to integers that compare alike, with one zero.
func order(v float32) int64 {
	u := int32(math.Float32bits(v + 0)) // −0 becomes +0
	return int64(u ^ u>>31&math.MaxInt32)
}

// MaxPoolGrad adds dy to the winners that MaxPool found, in row-major order of dy; everything else
// of dx is +0.
func MaxPoolGrad[T Float](e *Engine, g *Window, dx, dy []T, from []uint16, n int) {
	if e.recorder != nil {
		recordPool(e, g, opMaxPoolGrad, dy, from, dx, n)
		return
	}
	in, out := g.sizes()
	for i := range n {
		dx, dy, from := dx[i*in:][:in], dy[i*out:][:out], from[i*out:][:out]
		done := halve(e, g, opMaxPoolGrad, dy, from, dx, (n-1-i)*out)
		clearRest(g, dx, done)
		for o := done; o < g.OutH*g.OutW; o++ {
			t := g.taps(o)
			for c, d := range dy[o*g.C:][:g.C] {
				tap := int(from[o*g.C+c])
				dx[((t.y+tap/g.KW)*g.W+t.x+tap%g.KW)*g.C+c] += d
			}
		}
		if g.overlaps() {
			flushAll(dx)
		}
	}
}

// AvgPool computes y [n, OutH, OutW, C], the mean of each window of x [n, H, W, C] with the zeros of
// the padding counted: the sum in row-major order divided by KH·KW.
func AvgPool[T Float](e *Engine, g *Window, y, x []T, n int) {
	if e.recorder != nil {
		recordPool(e, g, opAvgPool, y, nil, x, n)
		return
	}
	size := T(g.KH * g.KW)
	in, out := g.sizes()
	for i := range n {
		x, y := x[i*in:][:in], y[i*out:][:out]
		for o := halve(e, g, opAvgPool, y, nil, x, (n-1-i)*out); o < g.OutH*g.OutW; o++ {
			t := g.taps(o)
			sum := y[o*g.C:][:g.C]
			clear(sum)
			for r := t.y0; r < t.y1; r++ {
				for c := t.x0; c < t.x1; c++ {
					for i, v := range x[(r*g.W+c)*g.C:][:g.C] {
						sum[i] += v
					}
				}
			}
			for c := range sum {
				sum[c] = canon.Flush(sum[c] / size)
			}
		}
	}
}

// AvgPoolGrad spreads dy/(KH·KW) over each window, windows in row-major order.
func AvgPoolGrad[T Float](e *Engine, g *Window, dx, dy []T, n int) {
	if e.recorder != nil {
		recordPool(e, g, opAvgPoolGrad, dy, nil, dx, n)
		return
	}
	size := T(g.KH * g.KW)
	in, out := g.sizes()
	for i := range n {
		dx, dy := dx[i*in:][:in], dy[i*out:][:out]
		done := halve(e, g, opAvgPoolGrad, dy, nil, dx, (n-1-i)*out)
		clearRest(g, dx, done)
		for o := done; o < g.OutH*g.OutW; o++ {
			t := g.taps(o)
			for r := t.y0; r < t.y1; r++ {
				for c := t.x0; c < t.x1; c++ {
					sum := dx[(r*g.W+c)*g.C:][:g.C]
					for i, d := range dy[o*g.C:][:g.C] {
						sum[i] += d / size
					}
				}
			}
		}
		if done == 0 {
			flushAll(dx)
		} else if done < g.OutH*g.OutW { // the last windows
			flushAll(dx[(2*g.OutH-2)*g.W*g.C:])
		}
	}
}

// sizes are the numbers of elements of an image before and after.
func (g *Window) sizes() (in, out int) { return g.H * g.W * g.C, g.OutH * g.OutW * g.C }

// taps is a window's place in its image: its first element at row y, column x, which may lie in the
// padding, and what of it does not, y0 ≤ row < y1, x0 ≤ column < x1.
type taps struct{ y, x, y0, y1, x0, x1 int }

// taps is the place of window o, counted in row-major order.
func (g *Window) taps(o int) taps {
	y, x := o/g.OutW*g.SH-g.PH, o%g.OutW*g.SW-g.PW
	return taps{y, x, max(0, y), min(g.H, y+g.KH), max(0, x), min(g.W, x+g.KW)}
}

// overlaps says whether an input can lie in several windows, so that gradients are added; where none
// are, what is stored was flushed before.
func (g *Window) overlaps() bool { return g.SH < g.KH || g.SW < g.KW }

// sideBySide says whether the windows are 2 × 2, each beside the next.
func (g *Window) sideBySide() bool {
	return g.KH == 2 && g.KW == 2 && g.SH == 2 && g.SW == 2 && g.PH == 0 && g.PW == 0
}

// halve runs a kernel in assembly over the windows of an image, if there is one for them, and gives
// the number of windows it did. Windows of few channels are written beyond their end: those at the end
// of the image are left out where what follows in y, which has beyond elements more, is too short for that.
func halve[T Float](e *Engine, g *Window, op int, y []T, from []uint16, x []T, beyond int) int {
	a, _ := halver[T](e, g, op)
	if a == nil || len(y) == 0 {
		return 0
	}
	left := 0
	if g.C < a.lanes && beyond < a.lanes {
		if left = (a.lanes - 1) / g.C; left >= g.OutW {
			return 0
		}
	}
	run := func(row, rows, cols int) {
		if rows > 0 {
			at := row * g.OutW * g.C
			winners := unsafe.SliceData(from)
			if from != nil {
				winners = &from[at]
			}
			a.pool[op](first(y[at:]), winners, first(x[2*row*g.W*g.C:]), rows, cols, g.C, g.W*g.C)
		}
	}
	if left == 0 {
		run(0, g.OutH, g.OutW)
	} else {
		run(0, g.OutH-1, g.OutW)
		run(g.OutH-1, 1, g.OutW-left)
	}
	return g.OutH*g.OutW - left
}

// halver is the set that has a kernel in assembly for these windows, and its name: nil and Portable where
// there is none.
func halver[T Float](e *Engine, g *Window, op int) (*elementwiseSet, ISA) {
	a, isa := assembly[T](e), e.isa
	if a != nil && g.C < a.lanes && a.narrower != nil {
		a, isa = a.narrower, a.narrowerISA
	}
	if a == nil || !g.sideBySide() || a.pool[op] == nil {
		return nil, Portable
	}
	return a, isa
}

// clearRest sets what lies in none of the first done windows to +0, after halve did these.
func clearRest[T Float](g *Window, dx []T, done int) {
	if done == 0 {
		clear(dx)
		return
	}
	width := 2 * g.OutW
	for row := range g.H {
		switch {
		case row == 2*g.OutH:
			width = 0
		case row == 2*g.OutH-2:
			width -= 2 * (g.OutH*g.OutW - done)
		}
		if width < g.W {
			clear(dx[(row*g.W+width)*g.C : (row+1)*g.W*g.C])
		}
	}
}

func flushAll[T Float](x []T) {
	for i, v := range x {
		x[i] = canon.Flush(v)
	}
}
