package data

import (
	"image"
	"image/color"
	"strings"
	"testing"
)

// sheetSets is a data set whose test images are others than its training images.
func sheetSets() *Dataset {
	train, test := testSet(8, 20, 3, 3), testSet(4, 20, 3, 3) // classes 0 1 2 0 1 2 0 1
	for i := range test.Pixels {
		test.Pixels[i] ^= 0xff
	}
	return &Dataset{Name: "sets", Classes: train.Classes, Train: train, Test: test}
}

// Every image stands in its row and column, enlarged, and between them is ground.
func TestSheet(t *testing.T) {
	d := sheetSets()
	p := PlanSheet(d, 3, 2)
	sheet := p.Draw()
	if sheet.Bounds() != image.Rect(0, 0, p.W, p.H) || p.Columns != 3 {
		t.Fatalf("bounds %v and %d columns, planned %d×%d", sheet.Bounds(), p.Columns, p.W, p.H)
	}
	ink := 0
	covered := map[image.Point]bool{}
	for k, s := range []*Set{d.Train, d.Test} {
		top := k * (sheetHead + 3*p.rows)
		for i := range s.N() {
			at := p.origin(top, i%3, i/3)
			for y := range 40 {
				for x := range 6 {
					b := s.Image(i)[(y/2*3+x/2)*3:]
					if got, want := sheet.RGBAAt(at.X+x, at.Y+y), (color.RGBA{b[0], b[1], b[2], 255}); got != want {
						t.Fatalf("pixel (%d, %d) of image %d of set %d is %v, want %v", x, y, i, k, got, want)
					}
					covered[image.Pt(at.X+x, at.Y+y)] = true
				}
			}
		}
	}
	for y := range p.H {
		for x := range p.W {
			if c := sheet.RGBAAt(x, y); !covered[image.Pt(x, y)] && c != sheetGround {
				if ink++; x >= p.origin(0, 0, 0).X && y > sheetHead && y < sheetHead+3*p.rows {
					t.Fatalf("(%d, %d) is %v, among the images", x, y, c)
				}
			}
		}
	}
	if ink < 100 {
		t.Errorf("%d pixels of text", ink)
	}
}

func TestSheetGrey(t *testing.T) {
	s := &Set{Classes: []string{"a"}, H: 1, W: 1, C: 1, Pixels: []byte{77}, Labels: []uint8{0}}
	p := PlanSheet(&Dataset{Classes: s.Classes, Train: s, Test: s}, 1, 1)
	at := p.origin(0, 0, 0)
	if got, want := p.Draw().RGBAAt(at.X, at.Y), (color.RGBA{77, 77, 77, 255}); got != want {
		t.Errorf("a grey pixel is %v, want %v", got, want)
	}
}

// Long names end where the images begin.
func TestShortened(t *testing.T) {
	if got := shortened("cat"); got != "cat" {
		t.Errorf("cat is %q", got)
	}
	got := shortened(strings.Repeat("ä long name ", 20))
	if !strings.HasPrefix(got, "ä long name") || !strings.HasSuffix(got, "…") || width(got) > maxLabel {
		t.Errorf("%q takes %d pixels", got, width(got))
	}
}
