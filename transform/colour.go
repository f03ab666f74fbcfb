package transform

import (
	"errors"
	"fmt"
	"math"

	"gradlab/internal/rng"
)

// ColourJitter changes brightness, contrast, saturation and hue, in an order that is drawn: torchvision's
// ColorJitter. The first three are blends with a factor that is uniform in [max(0, 1−v), 1+v] (with black, with
// the mean grey of the picture, with each pixel's own grey; factors above 1 lead away from it); the hue is
// shifted by a share of the circle that is uniform in ±Hue. Grey is 0.299 R + 0.587 G + 0.114 B. Pictures of one
// channel have neither saturation nor hue. Factors are whole numbers of 2⁻¹⁶, and results are rounded to bytes.
type ColourJitter struct{ Brightness, Contrast, Saturation, Hue float64 }

// Name is "jitter".
func (ColourJitter) Name() string { return "jitter" }

func (t ColourJitter) shape(h, w int) (int, int, error) {
	for _, v := range []float64{t.Brightness, t.Contrast, t.Saturation} {
		if !(v >= 0 && v <= 100) {
			return 0, 0, fmt.Errorf("a change by %v: expected from 0 to 100", v)
		}
	}
	if !(t.Hue >= 0 && t.Hue <= 0.5) {
		return 0, 0, fmt.Errorf("a hue of %v: expected from 0 to 0.5", t.Hue)
	}
	if t == (ColourJitter{}) {
		return 0, 0, errors.New("it changes nothing: it has no brightness, contrast, saturation or hue")
	}
	return h, w, nil
}

func (ColourJitter) evaluation() Transform { return nil }

func (t ColourJitter) apply(dst, src pixels, s *rng.Stream) bool {
	order := s.Perm(4)
	factor := func(v float64) int64 { return share16(uniform(s, max(0, 1-v), 1+v)) }
	brightness, contrast, saturation := factor(t.Brightness), factor(t.Contrast), factor(t.Saturation)
	hue := int64(math.RoundToEven(float64(uniform(s, -t.Hue, t.Hue) * circle)))
	copy(dst.b, src.b)
	for _, which := range order {
		switch {
		case which == 0 && t.Brightness > 0:
			blend(dst.b, brightness, 0)
		case which == 1 && t.Contrast > 0:
			blend(dst.b, contrast, meanGrey(dst))
		case which == 2 && t.Saturation > 0 && dst.c == 3:
			saturate(dst.b, saturation)
		case which == 3 && t.Hue > 0 && dst.c == 3:
			shiftHue(dst.b, hue)
		}
	}
	return true
}

// share16 is x in whole numbers of 2⁻¹⁶.
func share16(x float64) int64 { return int64(math.RoundToEven(float64(x * (1 << 16)))) }

// mix is factor·a + (1 − factor)·b, rounded to a byte.
func mix(factor, a, b int64) byte {
	return byte(min(max((factor*a+(1<<16-factor)*b+1<<15)>>16, 0), 255))
}

// blend mixes all bytes with one.
func blend(b []byte, factor, with int64) {
	var table [256]byte
	for v := range table {
		table[v] = mix(factor, int64(v), with)
	}
	for i, v := range b {
		b[i] = table[v]
	}
}

// grey is the brightness of a pixel (ITU-R BT.601), as Pillow makes L.
func grey(r, g, b byte) int64 {
	return int64((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

// meanGrey is the mean brightness, rounded.
func meanGrey(p pixels) int64 {
	n, sum := int64(p.h*p.w), int64(0)
	if p.c == 3 {
		for i := 0; i+2 < len(p.b); i += 3 {
			sum += grey(p.b[i], p.b[i+1], p.b[i+2])
		}
	} else {
		for _, v := range p.b {
			sum += int64(v)
		}
		n *= int64(p.c)
	}
	return (2*sum + n) / (2 * n)
}

func saturate(b []byte, factor int64) {
	for i := 0; i+2 < len(b); i += 3 {
		l := grey(b[i], b[i+1], b[i+2])
		b[i], b[i+1], b[i+2] = mix(factor, int64(b[i]), l), mix(factor, int64(b[i+1]), l), mix(factor, int64(b[i+2]), l)
	}
}

// circle is the hues: six sides of the hexagon from red over yellow, green, cyan, blue and magenta, of 2¹⁶ each.
const circle = 6 << 16

// shiftHue turns the hue of every pixel, in the hexagon of HSV, and leaves its largest and smallest channel.
func shiftHue(b []byte, shift int64) {
	for i := 0; i+2 < len(b); i += 3 {
		r, g, bl := int64(b[i]), int64(b[i+1]), int64(b[i+2])
		high, low := max(r, g, bl), min(r, g, bl)
		d := high - low
		if d == 0 {
			continue
		}
		var hue int64
		switch high {
		case r:
			hue = (g - bl) << 16 / d
		case g:
			hue = 2<<16 + (bl-r)<<16/d
		default:
			hue = 4<<16 + (r-g)<<16/d
		}
		hue = (hue + shift + 2*circle) % circle
		rising := byte(low + (d*(hue&0xffff)+1<<15)>>16)
		falling := byte(high - (d*(hue&0xffff)+1<<15)>>16)
		h, l := byte(high), byte(low)
		switch hue >> 16 {
		case 0:
			b[i], b[i+1], b[i+2] = h, rising, l
		case 1:
			b[i], b[i+1], b[i+2] = falling, h, l
		case 2:
			b[i], b[i+1], b[i+2] = l, h, rising
		case 3:
			b[i], b[i+1], b[i+2] = l, falling, h
		case 4:
			b[i], b[i+1], b[i+2] = rising, l, h
		default:
			b[i], b[i+1], b[i+2] = h, l, falling
		}
	}
}
