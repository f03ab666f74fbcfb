package gallery

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"
	"time"
)

var past = time.Unix(0, 0)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// decode reads a data URI.
func decode(t *testing.T, uri string) image.Image {
	t.Helper()
	text, found := strings.CutPrefix(uri, "data:image/png;base64,")
	file, err := base64.StdEncoding.DecodeString(text)
	if !found || err != nil {
		t.Fatalf("%q is no data URI of a PNG (%v)", uri, err)
	}
	m, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// samePixels tells whether a picture is of the bytes [h, w, 3].
func samePixels(m image.Image, pixels []byte) bool {
	b := m.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			p := pixels[(y*b.Dx()+x)*3:]
			if m.At(x, y) != (color.NRGBA{p[0], p[1], p[2], 255}) && m.At(x, y) != (color.RGBA{p[0], p[1], p[2], 255}) {
				return false
			}
		}
	}
	return true
}

// TestKnownFilters: two of 2×1 pixels and three channels, in PyTorch's layout. The largest magnitude, 2, is white and −2
// black; 0 is in the middle.
func TestKnownFilters(t *testing.T) {
	f := drawFilters("conv1", []float32{
		2, 0, // red of the upper and the lower pixel
		-2, 1, // green
		0, -1, // blue
		0, 0, 0, 0, 0, 0,
	}, 2, 2, 1, 3)
	if f.Limit != 2 || f.All != 2 || len(f.Shown) != 2 || !near(*f.Shown[0].Norm, math.Sqrt(10), 1e-12) || *f.Shown[1].Norm != 0 {
		t.Errorf("filters are %+v", f)
	}
	if !samePixels(decode(t, f.Shown[0].PNG), []byte{255, 0, 128, 128, 191, 64}) {
		t.Error("the first filter is drawn as another one")
	}
	if !samePixels(decode(t, f.Shown[1].PNG), []byte{128, 128, 128, 128, 128, 128}) {
		t.Error("a filter of zeros is not grey")
	}
}

// TestGreyFilters: one channel is grey, and of many filters the largest by norm are shown in the layer's order, all to
// one range.
func TestGreyFilters(t *testing.T) {
	var values []float32
	for i := range 100 {
		v := float32(i + 1)
		if i == 3 {
			v = -1000
		}
		values = append(values, v, 0)
	}
	f := drawFilters("linear1", values, 100, 1, 2, 1)
	if f.Limit != 1000 || len(f.Shown) != mostFilters || f.Shown[0].Index != 3 || f.Shown[1].Index != 37 || f.Shown[63].Index != 99 {
		t.Errorf("limit %v, filters %+v", f.Limit, f.Shown)
	}
	m := decode(t, f.Shown[0].PNG)
	if m.Bounds() != image.Rect(0, 0, 2, 1) || m.At(0, 0) != (color.Gray{0}) || m.At(1, 0) != (color.Gray{128}) {
		t.Errorf("the filter with −1000 is drawn as %v", m)
	}
}

// TestFiltersOfANetworkThatDiverged can be drawn, and encoded.
func TestFiltersOfANetworkThatDiverged(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	f := drawFilters("conv1", []float32{nan, inf, 1, -1}, 2, 1, 2, 1)
	if f.Limit != 1 || f.Shown[0].Norm != nil || !near(*f.Shown[1].Norm, math.Sqrt2, 1e-12) {
		t.Errorf("filters are %+v", f)
	}
	if m := decode(t, f.Shown[0].PNG); m.At(0, 0) != (color.Gray{128}) || m.At(1, 0) != (color.Gray{255}) {
		t.Errorf("NaN and infinity are drawn as %v", m)
	}
	if f := drawFilters("conv1", []float32{nan, nan}, 1, 1, 2, 1); f.Limit != 0 || decode(t, f.Shown[0].PNG).At(0, 0) != (color.Gray{128}) {
		t.Errorf("without a number, filters are %+v", f)
	}
}

// TestLargePicturesAreMadeSmaller, by means of squares.
func TestLargePicturesAreMadeSmaller(t *testing.T) {
	const h, w = 100, 193 // of 3×3 each, with smaller ones at the edges
	pixels := make([]byte, h*w)
	for i := range pixels {
		pixels[i] = byte(i % w % 3) // 0, 1, 2: 1 on average
	}
	m := decode(t, draw(pixels, h, w, 1))
	if m.Bounds() != image.Rect(0, 0, 65, 34) || m.At(0, 0) != (color.Gray{1}) || m.At(64, 33) != (color.Gray{0}) {
		t.Errorf("it is %v, with %v and %v", m.Bounds(), m.At(0, 0), m.At(64, 33))
	}
}
