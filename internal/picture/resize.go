package picture

import (
	"image"
	"math"
)

// A Raster is bytes that lie as pixels.
type Raster struct {
	Pix    []byte
	Stride int // bytes from one row to the next
	Step   int // bytes from one pixel to the next, at least the number of channels
	W, H   int
}

// RasterOf is img's red, green and blue.
func RasterOf(img *image.RGBA) Raster {
	return Raster{img.Pix, img.Stride, 4, img.Rect.Dx(), img.Rect.Dy()}
}

// Crop is the largest part in the middle of r that has the proportions of w×h.
func (r Raster) Crop(w, h int) Raster {
	cw, ch := r.W, r.H
	if r.W*h > r.H*w {
		cw = max(1, (2*r.H*w+h)/(2*h)) // rounded
	} else {
		ch = max(1, (2*r.W*h+w)/(2*w))
	}
	left, top := (r.W-cw)/2, (r.H-ch)/2
	r.Pix = r.Pix[top*r.Stride+left*r.Step:]
	r.W, r.H = cw, ch
	return r
}

// Resize writes r as w×h pixels of the given number of channels to dst, w×h×channels.
//
// It is a triangle that is as wide as two pixels of the smaller of the two pictures, first along rows, then
// along columns, with a rounding to bytes between: what Pillow's resize with BILINEAR gives, to the bit, and
// so what torchvision's Resize does by default.
func Resize(dst []byte, w, h, channels int, r Raster) {
	rows := r
	if w != r.W || r.Step != channels {
		rows = Raster{make([]byte, r.H*w*channels), w * channels, channels, w, r.H}
		along := windows(r.W, w)
		for y := range r.H {
			rows.row(along, y, channels, r)
		}
	}
	along := windows(rows.H, h)
	if h == rows.H {
		along = nil
	}
	for y := range h {
		to := dst[y*w*channels:][:w*channels]
		if along == nil {
			copy(to, rows.Pix[y*rows.Stride:])
			continue
		}
		from := rows.Pix[along[y].first*rows.Stride:]
		for x := range to {
			sum := int64(half)
			at := x
			for _, k := range along[y].weights {
				sum += int64(from[at]) * k
				at += rows.Stride
			}
			to[x] = byte(min(sum>>precision, 255))
		}
	}
}

// row fills row y of r from that of src.
func (r Raster) row(along []span, y, channels int, src Raster) {
	to, from := r.Pix[y*r.Stride:], src.Pix[y*src.Stride:]
	for x := range r.W {
		s := &along[x]
		for c := range channels {
			sum := int64(half)
			at := s.first*src.Step + c
			for _, k := range s.weights {
				sum += int64(from[at]) * k
				at += src.Step
			}
			to[x*channels+c] = byte(min(sum>>precision, 255))
		}
	}
}

// Weights are whole numbers of 2⁻²².
const (
	precision = 22
	half      = 1 << (precision - 1)
)

// A span is the pixels that one new pixel is made of.
type span struct {
	first   int
	weights []int64
}

// windows gives the spans of n pixels that are made of all: weights of a triangle, made to add up to 1. The
// products are rounded before they are added, so that no compiler fuses the two.
func windows(all, n int) []span {
	scale := float64(all) / float64(n)
	width := max(scale, 1)
	spans := make([]span, n)
	for i := range spans {
		centre := float64((float64(i) + 0.5) * scale)
		first := max(int(centre-width+0.5), 0)
		last := min(int(centre+width+0.5), all)
		raw := make([]float64, last-first)
		sum := 0.0
		for j := range raw {
			distance := math.Abs(float64((float64(j+first) - centre + 0.5) * (1 / width)))
			raw[j] = max(1-distance, 0)
			sum += raw[j]
		}
		weights := make([]int64, len(raw))
		for j, v := range raw {
			weights[j] = int64(float64(v/sum*(1<<precision)) + 0.5)
		}
		spans[i] = span{first, weights}
	}
	return spans
}
