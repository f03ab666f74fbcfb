package transform

import (
	"errors"
	"fmt"
	"math"

	"gradlab/internal/canon"
	"gradlab/internal/picture"
	"gradlab/internal/rng"
)

// Resize makes pictures of Height × Width, whatever their proportions: by a triangle as wide as two pixels of
// the smaller picture, as Pillow's BILINEAR and torchvision's Resize do.
type Resize struct{ Height, Width int }

// Name is "resize".
func (Resize) Name() string { return "resize" }

func (t Resize) shape(h, w int) (int, int, error) {
	if t.Height == 0 || t.Width == 0 {
		return 0, 0, errors.New("there is no size")
	}
	return sides(t.Height, t.Width, h, w)
}

func (t Resize) evaluation() Transform { return t }

func (Resize) apply(dst, src pixels, _ *rng.Stream) bool {
	if dst.h == src.h && dst.w == src.w {
		return false
	}
	picture.Resize(dst.b, dst.w, dst.h, src.c, src.raster())
	return true
}

func (p pixels) raster() picture.Raster {
	return picture.Raster{Pix: p.b, Stride: p.w * p.c, Step: p.c, W: p.w, H: p.h}
}

// CentreCrop cuts Height × Width out of the middle, rounded to the left and up as torchvision's CenterCrop is
// where there is no middle (half of an odd number goes to the nearest even one).
type CentreCrop struct{ Height, Width int }

// Name is "centre-crop".
func (CentreCrop) Name() string { return "centre-crop" }

func (t CentreCrop) shape(h, w int) (int, int, error) {
	if t.Height == 0 || t.Width == 0 {
		return 0, 0, errors.New("there is no size")
	}
	if t.Height > h || t.Width > w {
		return 0, 0, fmt.Errorf("%d×%d is larger than the picture, %d×%d", t.Height, t.Width, h, w)
	}
	return sides(t.Height, t.Width, h, w)
}

func (t CentreCrop) evaluation() Transform { return t }

func (CentreCrop) apply(dst, src pixels, _ *rng.Stream) bool {
	return cut(dst, src, half(src.h-dst.h), half(src.w-dst.w))
}

// half is n/2 rounded to the nearest whole number, to an even one where two are as near.
func half(n int) int { return int(math.RoundToEven(float64(n) / 2)) }

// cut writes the part of src that begins at top and left; what lies outside of src is black.
func cut(dst, src pixels, top, left int) bool {
	if top == 0 && left == 0 && dst.h == src.h && dst.w == src.w {
		return false
	}
	from, to := max(left, 0), min(left+dst.w, src.w) // columns of src
	for y := range dst.h {
		row := dst.row(y)
		if y+top < 0 || y+top >= src.h || from >= to {
			clear(row)
			continue
		}
		begin, end := (from-left)*dst.c, (to-left)*dst.c
		clear(row[:begin])
		copy(row[begin:end], src.row(y + top)[from*src.c:])
		clear(row[end:])
	}
	return true
}

// RandomCrop cuts Height × Width (zeros are the picture's own size) out of the picture with Padding black pixels
// around it; every place is equally likely. torchvision's RandomCrop. Evaluation takes the middle.
type RandomCrop struct{ Height, Width, Padding int }

// Name is "random-crop".
func (RandomCrop) Name() string { return "random-crop" }

func (t RandomCrop) shape(h, w int) (int, int, error) {
	if t.Padding < 0 || t.Padding > maxSide {
		return 0, 0, fmt.Errorf("a padding of %d: expected 0 to %d", t.Padding, maxSide)
	}
	if t.Height == 0 && t.Padding == 0 {
		return 0, 0, errors.New("without a padding or a smaller size it does nothing")
	}
	toH, toW, err := sides(t.Height, t.Width, h, w)
	if err == nil && (toH > h+2*t.Padding || toW > w+2*t.Padding) {
		err = fmt.Errorf("%d×%d is larger than the picture with its padding, %d×%d", toH, toW, h+2*t.Padding, w+2*t.Padding)
	}
	return toH, toW, err
}

func (t RandomCrop) evaluation() Transform {
	if t.Height == 0 {
		return nil
	}
	return middle{t.Height, t.Width}
}

func (t RandomCrop) apply(dst, src pixels, s *rng.Stream) bool {
	top := s.Intn(src.h+2*t.Padding-dst.h+1) - t.Padding
	left := s.Intn(src.w+2*t.Padding-dst.w+1) - t.Padding
	return cut(dst, src, top, left)
}

// middle is a random crop without chance: a centre crop that may be larger than the picture, as the padding lets
// it be.
type middle struct{ h, w int }

func (middle) Name() string                              { return "random-crop" }
func (t middle) shape(_, _ int) (int, int, error)        { return t.h, t.w, nil }
func (t middle) evaluation() Transform                   { return t }
func (middle) apply(dst, src pixels, s *rng.Stream) bool { return CentreCrop{}.apply(dst, src, s) }

// RandomResizedCrop resizes a part of the picture to Height × Width (zeros are the picture's own size). The
// part's share of the picture's area is uniform in Scale, the logarithm of its width to height in that of Ratio,
// and its place is any; after ten draws that do not fit, it is the largest one in the middle whose proportions
// are in Ratio. torchvision's RandomResizedCrop. Zero Scale is [0.08, 1], zero Ratio [3/4, 4/3]. Evaluation
// resizes the largest part in the middle that has the proportions of the result.
type RandomResizedCrop struct {
	Height, Width int
	Scale, Ratio  [2]float64
}

// Name is "random-resized-crop".
func (RandomResizedCrop) Name() string { return "random-resized-crop" }

func (t RandomResizedCrop) shape(h, w int) (int, int, error) {
	scale, ratio := t.ranges()
	if !(scale[0] > 0 && scale[0] <= scale[1] && scale[1] <= 1) {
		return 0, 0, fmt.Errorf("a scale from %v to %v: expected shares of the area, above 0, 1 at most, the smaller first", scale[0], scale[1])
	}
	if !(ratio[0] >= 1.0/maxSide && ratio[0] <= ratio[1] && ratio[1] <= maxSide) {
		return 0, 0, fmt.Errorf("a ratio from %v to %v: expected widths to heights above 0, the smaller first", ratio[0], ratio[1])
	}
	return sides(t.Height, t.Width, h, w)
}

func (t RandomResizedCrop) ranges() (scale, ratio [2]float64) {
	scale, ratio = t.Scale, t.Ratio
	if scale == [2]float64{} {
		scale = [2]float64{0.08, 1}
	}
	if ratio == [2]float64{} {
		ratio = [2]float64{3.0 / 4, 4.0 / 3}
	}
	return scale, ratio
}

func (t RandomResizedCrop) evaluation() Transform { return fit{t.Height, t.Width} }

func (t RandomResizedCrop) apply(dst, src pixels, s *rng.Stream) bool {
	top, left, h, w := t.window(src.h, src.w, s)
	part := src.raster()
	part.Pix = part.Pix[top*part.Stride+left*part.Step:]
	part.W, part.H = w, h
	picture.Resize(dst.b, dst.w, dst.h, dst.c, part)
	return true
}

// window draws the part of a picture of h×w.
func (t RandomResizedCrop) window(h, w int, s *rng.Stream) (top, left, partH, partW int) {
	scale, ratio := t.ranges()
	low, high := canon.Log(ratio[0]), canon.Log(ratio[1])
	for range 10 {
		area := float64(float64(h*w) * uniform(s, scale[0], scale[1]))
		aspect := canon.Exp(uniform(s, low, high))
		partW, partH = int(math.RoundToEven(math.Sqrt(area*aspect))), int(math.RoundToEven(math.Sqrt(area/aspect)))
		if partW > 0 && partW <= w && partH > 0 && partH <= h {
			return s.Intn(h - partH + 1), s.Intn(w - partW + 1), partH, partW
		}
	}
	partH, partW = h, w
	switch whole := float64(w) / float64(h); {
	case whole < ratio[0]:
		partH = min(max(int(math.RoundToEven(float64(w)/ratio[0])), 1), h)
	case whole > ratio[1]:
		partW = min(max(int(math.RoundToEven(float64(h)*ratio[1])), 1), w)
	}
	return (h - partH) / 2, (w - partW) / 2, partH, partW
}

// fit is a random resized crop without chance.
type fit struct{ h, w int }

func (fit) Name() string                       { return "random-resized-crop" }
func (t fit) shape(h, w int) (int, int, error) { return sides(t.h, t.w, h, w) }
func (t fit) evaluation() Transform            { return t }

func (fit) apply(dst, src pixels, _ *rng.Stream) bool {
	if dst.h == src.h && dst.w == src.w {
		return false
	}
	picture.Resize(dst.b, dst.w, dst.h, dst.c, src.raster().Crop(dst.w, dst.h))
	return true
}

// Flip mirrors left and right with probability P: torchvision's RandomHorizontalFlip. Zero is ½.
type Flip struct{ P float64 }

// VerticalFlip mirrors top and bottom with probability P: torchvision's RandomVerticalFlip. Zero is ½.
type VerticalFlip struct{ P float64 }

// Name is "flip".
func (Flip) Name() string { return "flip" }

// Name is "vertical-flip".
func (VerticalFlip) Name() string { return "vertical-flip" }

func (t Flip) shape(h, w int) (int, int, error)         { return h, w, checkProbability(t.P) }
func (t VerticalFlip) shape(h, w int) (int, int, error) { return h, w, checkProbability(t.P) }

func (Flip) evaluation() Transform         { return nil }
func (VerticalFlip) evaluation() Transform { return nil }

func (t Flip) apply(dst, src pixels, s *rng.Stream) bool {
	if !happens(t.P, s) {
		return false
	}
	for y := range src.h {
		mirror(dst.row(y), src.row(y), src.c)
	}
	return true
}

// mirror writes a row's pixels from the last to the first.
func mirror(to, from []byte, c int) {
	if c == 3 { // the usual case, without an inner loop
		for i, j := 0, len(from)-3; j >= 0; i, j = i+3, j-3 {
			to[i], to[i+1], to[i+2] = from[j], from[j+1], from[j+2]
		}
		return
	}
	for i, j := 0, len(from)-c; j >= 0; i, j = i+c, j-c {
		copy(to[i:i+c], from[j:])
	}
}

func (t VerticalFlip) apply(dst, src pixels, s *rng.Stream) bool {
	if !happens(t.P, s) {
		return false
	}
	for y := range src.h {
		copy(dst.row(y), src.row(src.h-1-y))
	}
	return true
}

// happens draws whether something of probability p does; zero is ½.
func happens(p float64, s *rng.Stream) bool {
	if p == 0 {
		p = 0.5
	}
	return s.Float64() < p
}

func checkProbability(p float64) error {
	if !(p >= 0 && p <= 1) {
		return fmt.Errorf("a probability of %v: expected above 0, 1 at most", p)
	}
	return nil
}
