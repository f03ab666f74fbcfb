package data

import (
	"context"
	"math"
	"runtime"
	"sync"

	"gradlab/internal/rng"
)

const shapeSide = 32 // pixels

// Numbers of images of shapes when the spec states none.
const (
	shapesTrain = 8000
	shapesTest  = 2000
)

// Shapes draws a data set: ten classes of objects on 32×32 RGB, varied in place, size, rotation,
// stretch, colour, background and noise. Image i of (seed, split) depends on those three alone,
// not on how many others are drawn. In every ten images from a multiple of ten on, each class
// appears once.
func Shapes(ctx context.Context, train, test int, seed uint64) (*Dataset, error) {
	d := &Dataset{Name: "shapes"}
	for _, o := range outlines {
		d.Classes = append(d.Classes, o.name)
	}
	d.Train = drawShapes(ctx, "shapes/train", d.Classes, train, seed)
	d.Test = drawShapes(ctx, "shapes/test", d.Classes, test, seed)
	return d, ctx.Err()
}

func openShapes(ctx context.Context, spec Spec, _ Options) (*Dataset, error) {
	train, test := spec.Train, spec.Test
	if train == 0 {
		train = shapesTrain
	}
	if test == 0 {
		test = shapesTest
	}
	return Shapes(ctx, train, test, spec.Seed)
}

// drawShapes draws n images on all cores.
func drawShapes(ctx context.Context, split string, classes []string, n int, seed uint64) *Set {
	s := &Set{
		Name: split, Classes: classes, H: shapeSide, W: shapeSide, C: 3,
		Pixels: make([]byte, n*shapeSide*shapeSide*3),
		Labels: make([]uint8, n),
	}
	workers := runtime.GOMAXPROCS(0)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < n && ctx.Err() == nil; i += workers {
				s.Labels[i] = shapeLabel(seed, split, i)
				drawShape(s.Image(i), seed, split, i, int(s.Labels[i]))
			}
		})
	}
	wait.Wait()
	return s
}

// shapeLabel is the class of image i.
func shapeLabel(seed uint64, split string, i int) uint8 {
	s := rng.New(seed, "classes", split, uint64(i/len(outlines)))
	return uint8(s.Perm(len(outlines))[i%len(outlines)])
}

// A colour is red, green and blue, 0 to 255.
type colour [3]int

// drawShape writes image i to dst, 32×32×3.
func drawShape(dst []byte, seed uint64, split string, i, label int) {
	s := rng.New(seed, "draw", split, uint64(i))
	base := pick(&s)
	fill := pick(&s)
	for distance(base, fill) < minContrast {
		fill = pick(&s)
	}
	var cover [shapeSide * shapeSide]uint8
	coverage(&cover, &s, outlines[label].inside)
	paint := newGround(&s, base)
	shade := [2]int{between(&s, -shading, shading), between(&s, -shading, shading)}
	noise := between(&s, minNoise, maxNoise)

	for p := range cover {
		x, y := p%shapeSide, p/shapeSide
		back := paint.at(x, y)
		c := int(cover[p])
		light := (shade[0]*(2*x-31) + shade[1]*(2*y-31)) / 32
		w := s.Uint32()
		for k := range 3 {
			grain := (int(w>>(8*k)&255) - 128) * noise / 128
			front := fill[k] + light
			v := (c*front+(samples-c)*(base[k]+back[k]))/samples + grain
			dst[3*p+k] = byte(min(max(v, 0), 255))
		}
	}
}

// How much images vary. Chosen so that a convolutional network needs an epoch or two, a
// fully-connected one stays well behind, and the classes stay clear to a person.
const (
	minContrast = 150      // between object and ground: sum over the channels
	shading     = 20       // of an object's colour, from its middle to the image's edge
	minNoise    = 4        // amplitude of a pixel's noise
	maxNoise    = 24       //
	minRadius   = 7 * 256  // of an object, in 1/256 pixel
	maxRadius   = 11 * 256 //
	margin      = 8        // of an object's centre from the image's edge, in pixels
	texture     = 40       // amplitude of the ground's texture
)

func pick(s *rng.Stream) colour {
	w := s.Uint32()
	return colour{int(w & 255), int(w >> 8 & 255), int(w >> 16 & 255)}
}

func distance(a, b colour) int {
	return abs(a[0]-b[0]) + abs(a[1]-b[1]) + abs(a[2]-b[2])
}

// between is a whole number from lo to hi, both included.
func between(s *rng.Stream, lo, hi int) int { return lo + s.Intn(hi-lo+1) }

// samples is the number of points of a pixel, 4×4, at which an outline's inside is asked for.
const samples = 16

// coverage draws place, size, stretch and rotation from s, and counts for every pixel how many of
// its samples lie inside. Lengths are in eighths of a pixel.
func coverage(cover *[shapeSide * shapeSide]uint8, s *rng.Stream, inside func(u, v int) bool) {
	cx := between(s, 8*margin, 8*(shapeSide-margin))
	cy := between(s, 8*margin, 8*(shapeSide-margin))
	radius := between(s, minRadius, maxRadius)
	stretch := between(s, 205, 256) // of v, in 1/256
	angle := float64(s.Intn(1<<16)) * (2 * math.Pi / (1 << 16))
	// u = (a·dx + b·dy)/1024 and v = (c·dx + d·dy)/1024: a rotation, scaled to the frame.
	scale := float64(unit*1024*32) / float64(radius)
	sin, cos := math.Sin(angle), math.Cos(angle)
	a, b := round(cos*scale), round(sin*scale)
	c, d := -b*256/stretch, a*256/stretch
	at := func(x, y int) bool {
		x, y = x-cx, y-cy
		return inside((a*x+b*y)>>10, (c*x+d*y)>>10)
	}

	// Only pixels within the object's reach are looked at, and only those whose corners and
	// middle disagree are sampled.
	reach := radius*11/10/32 + 8
	x0, x1 := max(0, (cx-reach)/8), min(shapeSide, (cx+reach)/8+1)
	y0, y1 := max(0, (cy-reach)/8), min(shapeSide, (cy+reach)/8+1)
	var upper, lower [shapeSide + 1]bool
	for x := x0; x <= x1; x++ {
		lower[x] = at(8*x, 8*y0)
	}
	for y := y0; y < y1; y++ {
		upper = lower
		for x := x0; x <= x1; x++ {
			lower[x] = at(8*x, 8*(y+1))
		}
		for x := x0; x < x1; x++ {
			p := &cover[y*shapeSide+x]
			middle := at(8*x+4, 8*y+4)
			if upper[x] == middle && upper[x+1] == middle && lower[x] == middle && lower[x+1] == middle {
				if middle {
					*p = samples
				}
				continue
			}
			for k := range samples {
				if at(8*x+1+2*(k%4), 8*y+1+2*(k/4)) {
					*p++
				}
			}
		}
	}
}

// round is the whole number nearest to x.
func round(x float64) int { return int(math.RoundToEven(x)) }

// ground is what lies behind an object: a colour that changes linearly across the image, and a
// texture of stripes or of blotches.
type ground struct {
	slope   [3][2]int // of the colour, per channel: across and down
	striped bool
	stripes [2]int // phase per pixel across and down, in 1/256 of a period
	phase   int
	lattice [6][6]int // of the blotches
	tint    colour    // amplitude of the texture, per channel
}

func newGround(s *rng.Stream, base colour) *ground {
	g := new(ground)
	for k := range 3 {
		g.slope[k] = [2]int{between(s, -32, 32), between(s, -32, 32)}
		g.tint[k] = between(s, -texture, texture)
	}
	if s.Intn(2) == 0 {
		g.striped = true
		g.stripes = [2]int{between(s, -40, 40), between(s, -40, 40)}
		g.phase = s.Intn(256)
		return g
	}
	for i := range g.lattice {
		for j := range g.lattice[i] {
			g.lattice[i][j] = between(s, -64, 64)
		}
	}
	return g
}

// at is the difference of the ground's colour at pixel (x, y) from its base.
func (g *ground) at(x, y int) colour {
	t := g.textureAt(x, y)
	var d colour
	for k := range d {
		d[k] = (g.slope[k][0]*(2*x-31)+g.slope[k][1]*(2*y-31))/32 + g.tint[k]*t/64
	}
	return d
}

// textureAt is from −64 to 64.
func (g *ground) textureAt(x, y int) int {
	if g.striped {
		// A triangle wave.
		return abs((g.stripes[0]*x+g.stripes[1]*y+g.phase)&255-128) - 64
	}
	// Bilinear between the points of a lattice 7 pixels wide.
	i, j := y/7, x/7
	fy, fx := y%7, x%7
	l := &g.lattice
	upper := l[i][j]*(7-fx) + l[i][j+1]*fx
	lower := l[i+1][j]*(7-fx) + l[i+1][j+1]*fx
	return (upper*(7-fy) + lower*fy) / 49
}
