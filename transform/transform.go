// Package transform is what is done to pictures before a network sees them: crops, flips, rotations, colour
// jitter, as data, with their chance counted.
//
// Read transform.go (a list and what it makes of sizes), pipeline.go (a list at work), geometry.go and warp.go
// (where pixels go), colour.go and cutout.go (what they become).
//
// A picture is bytes, height × width × channels, after every transform as before; what bytes mean to a network
// is package data's. What is drawn follows from seed, set, image and epoch alone, without state, and pixels are
// made in whole numbers: the same bits on every machine, whatever epoch training goes on from.
//
// transform imports internal/picture, internal/rng and internal/canon.
package transform

import (
	"fmt"

	"gradlab/internal/rng"
)

// A Transform makes a picture of a picture.
type Transform interface {
	// Name is what study files call it: "random-crop".
	Name() string

	// shape is the height and width that it makes of pictures of h×w, or what does not fit.
	shape(h, w int) (int, int, error)
	// evaluation is its form without chance; nil is nothing.
	evaluation() Transform
	// apply makes dst, which has the shape that shape gave, of src, with what it draws from s. It changes nothing
	// in src, and says whether it wrote dst: if not, src is the result.
	apply(dst, src pixels, s *rng.Stream) bool
}

// A List is transforms in the order in which they are applied; nil is none.
type List []Transform

// Shape is the height and width of what l makes of pictures of h×w. Its error says which transform does not fit.
func (l List) Shape(h, w int) (int, int, error) {
	for _, t := range l {
		var err error
		if h, w, err = t.shape(h, w); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", t.Name(), err)
		}
	}
	return h, w, nil
}

// Evaluation is the form of l without chance, for pictures that are tested on. It makes pictures of the same
// size: a random crop is one in the middle, a random resized crop the largest part in the middle that has the
// proportions, and what only adds variety is left out.
func (l List) Evaluation() List {
	var without List
	for _, t := range l {
		if e := t.evaluation(); e != nil {
			without = append(without, e)
		}
	}
	return without
}

// maxSide bounds the sides of what is made.
const maxSide = 4096

// sides are the sides that a transform was given; zero is the picture's own.
func sides(h, w, ownH, ownW int) (int, int, error) {
	if h == 0 && w == 0 {
		return ownH, ownW, nil
	}
	if min(h, w) < 1 || max(h, w) > maxSide {
		return 0, 0, fmt.Errorf("a size of %d×%d: expected sides from 1 to %d", h, w, maxSide)
	}
	return h, w, nil
}

// pixels is a picture: h × w × c bytes.
type pixels struct {
	b       []byte
	h, w, c int
}

// row is row y.
func (p pixels) row(y int) []byte { return p.b[y*p.w*p.c:][:p.w*p.c] }

// uniform is uniform in [lo, hi).
func uniform(s *rng.Stream, lo, hi float64) float64 {
	return lo + float64((hi-lo)*s.Float64())
}
