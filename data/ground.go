package data

import "gradlab/internal/rng"

// A ground is what lies behind an object of shapes, as a difference from one colour: a slope of
// every channel across the image, and a texture of stripes or blotches.
type ground struct {
	slope   [3][2]int // per channel
	tint    colour    // amplitude of the texture, per channel
	striped bool
	stripes [2]int // phase per pixel across and down, in 1/256 of a period
	phase   int
	blotch  [6][6]int // at every seventh pixel, from −64 to 64
}

const (
	maxSlope  = 32 // from the middle of the image to an edge
	maxStripe = 40 // a period of 6 pixels or more
)

func newGround(s *rng.Stream) (g ground) {
	for k := range 3 {
		g.slope[k] = [2]int{between(s, -maxSlope, maxSlope), between(s, -maxSlope, maxSlope)}
		g.tint[k] = between(s, -texture, texture)
	}
	if s.Intn(2) == 0 {
		g.striped = true
		g.stripes = [2]int{between(s, -maxStripe, maxStripe), between(s, -maxStripe, maxStripe)}
		g.phase = s.Intn(256)
		return g
	}
	for i := range g.blotch {
		for j := range g.blotch[i] {
			g.blotch[i][j] = between(s, -64, 64)
		}
	}
	return g
}

// at is the ground's difference at pixel (x, y).
func (g *ground) at(x, y int) (d colour) {
	t := g.texture(x, y)
	for k := range d {
		d[k] = across(g.slope[k], x, y) + g.tint[k]*t/64
	}
	return d
}

// texture is from −64 to 64.
func (g *ground) texture(x, y int) int {
	if g.striped { // a triangle wave
		return abs((g.stripes[0]*x+g.stripes[1]*y+g.phase)&255-128) - 64
	}
	// Between the lattice's points, bilinear.
	i, j, fy, fx := y/7, x/7, y%7, x%7
	upper := g.blotch[i][j]*(7-fx) + g.blotch[i][j+1]*fx
	lower := g.blotch[i+1][j]*(7-fx) + g.blotch[i+1][j+1]*fx
	return (upper*(7-fy) + lower*fy) / 49
}

// across is 0 in the middle of the image, slope[0] more at its right edge, slope[1] more at its
// lower one.
func across(slope [2]int, x, y int) int {
	const last = shapeSide - 1
	return (slope[0]*(2*x-last) + slope[1]*(2*y-last)) / shapeSide
}
