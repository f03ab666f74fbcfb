package data

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// What a contact sheet measures, in pixels.
const (
	sheetMargin = 8
	sheetGap    = 2  // between two images
	sheetRow    = 16 // the least height of a row: that of its text
	sheetHead   = 30 // a split's heading
	sheetText   = 13 // the size of letters
	maxLabel    = 200
)

var (
	sheetGround = color.RGBA{240, 240, 240, 255} // light grey, on which white and black pictures are seen
	sheetInk    = color.RGBA{40, 40, 40, 255}
)

// sheetFont is Go's own, which comes with its source.
var sheetFont = sync.OnceValue(func() font.Face {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic(err) // a constant, read by every test
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: sheetText, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic(err)
	}
	return face
})

// A SheetPlan is a contact sheet before it is drawn: the training set above the test set, a row for each class
// in the order of its label, with its name, the number of its images and the first of them.
type SheetPlan struct {
	W, H    int // of the picture
	Columns int // images in the longest row

	set         *Dataset
	zoom        int
	label       int // width of the names
	train, test [][]int
	rows        int // height of a row
}

// PlanSheet plans the sheet of d with the first perClass images of every class, every pixel enlarged zoom times.
// Memory for the pictures is taken when it is drawn.
func PlanSheet(d *Dataset, perClass, zoom int) *SheetPlan {
	perClass, zoom = max(perClass, 1), max(zoom, 1)
	p := &SheetPlan{set: d, zoom: zoom, train: Examples(d.Train, perClass), test: Examples(d.Test, perClass)}
	for _, images := range append(p.train[:len(p.train):len(p.train)], p.test...) {
		p.Columns = max(p.Columns, len(images))
	}
	most := max(slices.Max(counts(d.Train)), slices.Max(counts(d.Test)))
	for _, name := range d.Classes {
		p.label = max(p.label, min(width(name), maxLabel)+width(fmt.Sprintf("   %d", most)))
	}
	p.rows = max(d.Train.H*zoom, sheetRow) + sheetGap
	p.W = max(2*sheetMargin+p.label+sheetMargin+p.Columns*(d.Train.W*zoom+sheetGap), 320)
	p.H = 2*(sheetHead+len(d.Classes)*p.rows) + sheetMargin
	return p
}

// Draw draws the sheet. Sets of one channel come out grey.
func (p *SheetPlan) Draw() *image.RGBA {
	sheet := image.NewRGBA(image.Rect(0, 0, p.W, p.H))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(sheetGround), image.Point{}, draw.Src)
	p.split(sheet, 0, "Training set", p.set.Train, p.train)
	p.split(sheet, sheetHead+len(p.set.Classes)*p.rows, "Test set", p.set.Test, p.test)
	return sheet
}

// origin is where the image in a row and column of the split that begins at top lies.
func (p *SheetPlan) origin(top, row, column int) image.Point {
	return image.Pt(2*sheetMargin+p.label+column*(p.set.Train.W*p.zoom+sheetGap), top+sheetHead+row*p.rows)
}

func (p *SheetPlan) split(sheet *image.RGBA, top int, title string, s *Set, examples [][]int) {
	write := func(x, y int, text string) {
		d := font.Drawer{Dst: sheet, Src: image.NewUniform(sheetInk), Face: sheetFont(), Dot: fixed.P(x, y)}
		d.DrawString(text)
	}
	write(sheetMargin, top+sheetHead-sheetMargin-2, fmt.Sprintf("%s: %s of %s", title, count(s.N(), "picture", "pictures"), p.set.Name))
	n := counts(s)
	for class, images := range examples {
		at := p.origin(top, class, 0)
		base := at.Y + p.rows/2 + sheetText/3
		write(sheetMargin, base, shortened(s.Classes[class]))
		number := fmt.Sprint(n[class])
		write(at.X-sheetMargin-width(number), base, number)
		for column, i := range images {
			s.paint(sheet, p.origin(top, class, column), i, p.zoom)
		}
	}
}

// paint draws image i with its left upper corner at a point.
func (s *Set) paint(on *image.RGBA, at image.Point, i, zoom int) {
	pixels := s.Image(i)
	for y := range s.H * zoom {
		for x := range s.W * zoom {
			p := (y/zoom*s.W + x/zoom) * s.C
			on.SetRGBA(at.X+x, at.Y+y, rgb(pixels[p:p+s.C]))
		}
	}
}

// width is that of a text in pixels.
func width(text string) int { return font.MeasureString(sheetFont(), text).Ceil() }

// shortened is a name as far as there is room for it.
func shortened(name string) string {
	if width(name) <= maxLabel {
		return name
	}
	letters := []rune(name)
	for len(letters) > 0 && width(string(letters)+"…") > maxLabel {
		letters = letters[:len(letters)-1]
	}
	return string(letters) + "…"
}

// counts is the number of images by class.
func counts(s *Set) []int {
	n := make([]int, len(s.Classes))
	for _, l := range s.Labels {
		n[l]++
	}
	return n
}

// Examples gives the numbers of the first n images of every class, by label.
func Examples(s *Set, n int) [][]int {
	found := make([][]int, len(s.Classes))
	for i, l := range s.Labels {
		if int(l) < len(found) && len(found[l]) < n {
			found[l] = append(found[l], i)
		}
	}
	return found
}

func rgb(p []byte) color.RGBA {
	if len(p) < 3 {
		return color.RGBA{p[0], p[0], p[0], 255}
	}
	return color.RGBA{p[0], p[1], p[2], 255}
}
