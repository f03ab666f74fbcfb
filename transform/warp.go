package transform

import (
	"fmt"
	"math"

	"gradlab/internal/canon"
	"gradlab/internal/rng"
)

// Rotation turns the picture about its middle by an angle that is uniform in ±Degrees; counter-clockwise is
// positive, as in torchvision's RandomRotation. The size stays. Pixels are interpolated between their four
// neighbours (bilinear), and what lies outside of the picture is black.
type Rotation struct{ Degrees float64 }

// Name is "rotation".
func (Rotation) Name() string { return "rotation" }

func (t Rotation) shape(h, w int) (int, int, error) {
	if !(t.Degrees > 0 && t.Degrees <= 180) {
		return 0, 0, fmt.Errorf("up to %v degrees: expected above 0, 180 at most", t.Degrees)
	}
	return h, w, nil
}

func (Rotation) evaluation() Transform { return nil }

func (t Rotation) apply(dst, src pixels, s *rng.Stream) bool {
	rotate(dst, src, uniform(s, -t.Degrees, t.Degrees))
	return true
}

// rotate turns src by degrees. The pixel (x, y) of the result is what src has at
//
//	x' = cx + cos·(x − cx) − sin·(y − cy)
//	y' = cy + sin·(x − cx) + cos·(y − cy)
//
// with (cx, cy) the middle. Places are whole numbers of 2⁻³³ pixel, of which the upper 16 bits of the fraction
// are the weights.
func rotate(dst, src pixels, degrees float64) {
	radians := float64(degrees * (math.Pi / 180))
	cos, sin := fixed(canon.Cos(radians)), fixed(canon.Sin(radians))
	for y := range dst.h {
		dy := int64(2*y - (src.h - 1))
		dx := int64(-(src.w - 1))
		px := int64(src.w-1)<<32 + cos*dx - sin*dy
		py := int64(src.h-1)<<32 + sin*dx + cos*dy
		row := dst.row(y)
		for x := range dst.w {
			src.between(row[x*src.c:][:src.c], int(px>>33), int(py>>33), uint32(px>>17)&0xffff, uint32(py>>17)&0xffff)
			px, py = px+2*cos, py+2*sin
		}
	}
}

// fixed is x in whole numbers of 2⁻³².
func fixed(x float64) int64 { return int64(math.RoundToEven(float64(x * (1 << 32)))) }

// between writes the value fx and fy 65536ths of a pixel right of and below the pixel (x, y).
func (p pixels) between(to []byte, x, y int, fx, fy uint32) {
	if x < -1 || y < -1 || x >= p.w || y >= p.h {
		clear(to)
		return
	}
	wx, wy := uint64(fx), uint64(fy)
	nw, ne, sw, se := (65536-wx)*(65536-wy), wx*(65536-wy), (65536-wx)*wy, wx*wy
	if x >= 0 && y >= 0 && x < p.w-1 && y < p.h-1 {
		upper := p.b[(y*p.w+x)*p.c:][:2*p.c]
		lower := p.b[((y+1)*p.w+x)*p.c:][:2*p.c]
		for k := range to {
			sum := nw*uint64(upper[k]) + ne*uint64(upper[p.c+k]) + sw*uint64(lower[k]) + se*uint64(lower[p.c+k])
			to[k] = byte((sum + 1<<31) >> 32)
		}
		return
	}
	for k := range to {
		sum := nw*p.or0(x, y, k) + ne*p.or0(x+1, y, k) + sw*p.or0(x, y+1, k) + se*p.or0(x+1, y+1, k)
		to[k] = byte((sum + 1<<31) >> 32)
	}
}

// or0 is a byte of the picture, 0 outside.
func (p pixels) or0(x, y, k int) uint64 {
	if x < 0 || y < 0 || x >= p.w || y >= p.h {
		return 0
	}
	return uint64(p.b[(y*p.w+x)*p.c+k])
}

// Translation shifts the picture by whole pixels, each number of them equally likely: up to the shares X of its
// width and Y of its height, rounded, to either side. What comes in is black. It is the translate of torchvision's
// RandomAffine, which rounds the draw in place of its bounds.
type Translation struct{ X, Y float64 }

// Name is "translation".
func (Translation) Name() string { return "translation" }

func (t Translation) shape(h, w int) (int, int, error) {
	if !(t.X >= 0 && t.X <= 1 && t.Y >= 0 && t.Y <= 1) {
		return 0, 0, fmt.Errorf("shares of %v and %v: expected from 0 to 1", t.X, t.Y)
	}
	if x, y := t.pixels(h, w); x == 0 && y == 0 {
		return 0, 0, fmt.Errorf("shares of %v and %v move a picture of %d×%d by no pixel", t.X, t.Y, h, w)
	}
	return h, w, nil
}

// pixels is by how many a picture is shifted at most.
func (t Translation) pixels(h, w int) (x, y int) {
	return int(math.RoundToEven(t.X * float64(w))), int(math.RoundToEven(t.Y * float64(h)))
}

func (Translation) evaluation() Transform { return nil }

func (t Translation) apply(dst, src pixels, s *rng.Stream) bool {
	x, y := t.pixels(src.h, src.w)
	top, left := s.Intn(2*y+1)-y, s.Intn(2*x+1)-x
	return cut(dst, src, top, left)
}
