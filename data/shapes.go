package data

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"gradlab/internal/canon"
	"gradlab/internal/cores"
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
// appears once. Numbers of images beyond 0 to MaxImages are an error.
func Shapes(ctx context.Context, train, test int, seed uint64) (*Dataset, error) {
	if err := checkCounts(train, test); err != nil {
		return nil, fmt.Errorf("failed to draw shapes: %w", err)
	}
	d := &Dataset{Name: "shapes", Classes: shapeClasses()}
	d.Train = drawShapes(ctx, "shapes/train", d.Classes, train, seed)
	d.Test = drawShapes(ctx, "shapes/test", d.Classes, test, seed)
	return d, ctx.Err()
}

func openShapes(ctx context.Context, spec Spec, _ Options) (*Dataset, error) {
	train, test := shapesCounts(spec)
	return Shapes(ctx, train, test, spec.Seed)
}

func shapesCounts(spec Spec) (train, test int) {
	return cmp.Or(spec.Train, shapesTrain), cmp.Or(spec.Test, shapesTest)
}

func shapeClasses() []string {
	var names []string
	for _, o := range outlines {
		names = append(names, o.name)
	}
	return names
}

// drawShapes draws n images on all cores.
func drawShapes(ctx context.Context, split string, classes []string, n int, seed uint64) *Set {
	s := &Set{
		Name: split, Classes: classes, H: shapeSide, W: shapeSide, C: 3,
		Pixels: make([]byte, n*shapeSide*shapeSide*3),
		Labels: make([]uint8, n),
	}
	cores.Each(n, func(i int) {
		if ctx.Err() != nil {
			return
		}
		s.Labels[i] = shapeLabel(seed, split, i)
		drawShape(s.Image(i), seed, split, i, int(s.Labels[i]))
	})
	return s
}

// shapeLabel is the class of image i.
func shapeLabel(seed uint64, split string, i int) uint8 {
	s := rng.New(seed, "classes", split, uint64(i/len(outlines)))
	return uint8(s.Perm(len(outlines))[i%len(outlines)])
}

// How much images vary. Chosen so that a small convolutional network with tanh learns in two epochs
// of a few thousand images and reaches nearly all of them in a few more, a fully-connected one
// stays behind, and one with sigmoid stays at chance: a test of package train holds that.
const (
	maxGround   = 90       // brightest channel of the ground's colour
	minContrast = 330      // by which an object is brighter than the ground, summed over channels
	shading     = 20       // change of an object's colour from the middle to the image's edge
	texture     = 32       // amplitude of the ground's texture
	minNoise    = 4        // amplitude of the noise of one image, from …
	maxNoise    = 24       // … to
	minRadius   = 9 * 256  // of an object, in 1/256 pixel, from …
	maxRadius   = 13 * 256 // … to
	margin      = 12       // of an object's centre from the image's edges, in pixels
	maxTurn     = 1 << 12  // rotation to either side, in 1/65536 of a full turn
	minStretch  = 205      // height of an object to its width, in 1/256
)

// A colour is red, green and blue, 0 to 255.
type colour [3]int

func pick(s *rng.Stream, brightest int) colour {
	return colour{between(s, 0, brightest), between(s, 0, brightest), between(s, 0, brightest)}
}

func (c colour) sum() int { return c[0] + c[1] + c[2] }

// drawShape writes image i to dst, 32×32×3. It calculates with whole numbers, but for the rotation.
func drawShape(dst []byte, seed uint64, split string, i, label int) {
	s := rng.New(seed, "draw", split, uint64(i))
	base, fill := pick(&s, maxGround), pick(&s, 255)
	for fill.sum()-base.sum() < minContrast {
		fill = pick(&s, 255)
	}
	var cover [shapeSide * shapeSide]uint8
	coverage(&cover, &s, outlines[label].inside)
	g := newGround(&s)
	shade := [2]int{between(&s, -shading, shading), between(&s, -shading, shading)}
	noise := between(&s, minNoise, maxNoise)

	for p := range cover {
		x, y := p%shapeSide, p/shapeSide
		behind := g.at(x, y)
		light := across(shade, x, y)
		inside := int(cover[p])
		bits := s.Uint32()
		for k := range 3 {
			grain := (int(bits>>(8*k)&255) - 128) * noise / 128
			v := (inside*(fill[k]+light)+(samples-inside)*(base[k]+behind[k]))/samples + grain
			dst[3*p+k] = byte(min(max(v, 0), 255))
		}
	}
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
	stretch := between(s, minStretch, 256)
	angle := float64(between(s, -maxTurn, maxTurn)) * (math.Pi / (1 << 15))
	// u = (a·dx + b·dy)/1024 and v = (c·dx + d·dy)/1024: a rotation, scaled to the frame.
	scale := float64(unit*1024*32) / float64(radius)
	sin, cos := canon.Sin(angle), canon.Cos(angle)
	a, b := round(cos*scale), round(sin*scale)
	c, d := -b*256/stretch, a*256/stretch
	at := func(x, y int) bool {
		x, y = x-cx, y-cy
		return inside((a*x+b*y)>>10, (c*x+d*y)>>10)
	}

	// Only pixels within the object's reach are looked at, and only those whose corners and
	// middle disagree are sampled.
	reach := radius*5/4/32 + 8
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
