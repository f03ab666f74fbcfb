package transform

import (
	"encoding/json"
	"os"
	"testing"

	"gradlab/internal/picture"
)

// reference is a picture and what another program makes of it: testdata/reference.py.
type reference struct {
	What      string
	Shape     [3]int
	Src       []byte
	WantShape [3]int `json:"want_shape"`
	Want      []byte
	Within    int // levels

	Top, Left, Height, Width int
	Degrees, Factor, Hue     float64
}

// make gives gradlab's picture, with the draw that the reference was made with.
func (r reference) make(t *testing.T) pixels {
	src := pixels{r.Src, r.Shape[0], r.Shape[1], r.Shape[2]}
	dst := pixels{make([]byte, r.WantShape[0]*r.WantShape[1]*r.WantShape[2]), r.WantShape[0], r.WantShape[1], r.WantShape[2]}
	stream := testStream(0)
	switch r.What {
	case "flip":
		Flip{1}.apply(dst, src, &stream)
	case "vertical-flip":
		VerticalFlip{1}.apply(dst, src, &stream)
	case "centre-crop":
		CentreCrop{dst.h, dst.w}.apply(dst, src, &stream)
	case "crop":
		if !cut(dst, src, r.Top, r.Left) {
			return src
		}
	case "rotation":
		rotate(dst, src, r.Degrees)
	case "resized-crop":
		part := src.raster()
		part.Pix = part.Pix[r.Top*part.Stride+r.Left*part.Step:]
		part.W, part.H = r.Width, r.Height
		picture.Resize(dst.b, dst.w, dst.h, dst.c, part)
	case "brightness":
		copy(dst.b, src.b)
		blend(dst.b, share16(r.Factor), 0)
	case "contrast":
		copy(dst.b, src.b)
		blend(dst.b, share16(r.Factor), meanGrey(dst))
	case "saturation":
		copy(dst.b, src.b)
		saturate(dst.b, share16(r.Factor))
	case "hue":
		copy(dst.b, src.b)
		shiftHue(dst.b, int64(r.Hue*circle))
	default:
		t.Fatalf("nobody makes %q", r.What)
	}
	return dst
}

// Every transform is that of torchvision, Pillow or SciPy.
func TestReferences(t *testing.T) {
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []reference
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for i, r := range all {
		got := r.make(t)
		worst, differ := 0, 0
		for k, want := range r.Want {
			d := int(got.b[k]) - int(want)
			if d = max(d, -d); d > 0 {
				differ++
			}
			worst = max(worst, d)
		}
		if len(got.b) != len(r.Want) || worst > r.Within {
			t.Errorf("case %d, %s: %d bytes, want %d; %d differ, by up to %d levels, %d allowed", i, r.What, len(got.b), len(r.Want), differ, worst, r.Within)
		}
	}
	if len(all) < 40 {
		t.Errorf("%d cases: the file is cut short", len(all))
	}
}
