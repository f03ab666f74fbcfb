package data

import (
	"fmt"
	"image"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"gradlab/transform"
)

// MaxDrawn is the number of images that a sheet of draws has at most.
const MaxDrawn = 20

// Draws is images before and after transforms.
type Draws struct {
	H, W, C int // of what the transforms make
	Rows    []Draw
}

// A Draw is one training image as it is, as it would be tested on, and as epochs 0, 1, 2 … train on it.
type Draw struct {
	Image      int // its number
	Before     []byte
	Evaluation []byte
	After      [][]byte
}

// DrawsOf gives the first training image of each class (the first twenty classes of many) and the first n draws of
// each by the list and a trial's seed: what training with that seed sees.
func DrawsOf(d *Dataset, list transform.List, seed uint64, n int) (*Draws, error) {
	s := d.Train
	training, err := transform.NewPipeline(list, s.H, s.W, s.C, seed, s.Name)
	if err != nil {
		return nil, err
	}
	evaluation, err := transform.NewPipeline(list.Evaluation(), s.H, s.W, s.C, seed, s.Name)
	if err != nil {
		return nil, err
	}
	all := &Draws{H: training.H, W: training.W, C: s.C}
	var scratch transform.Scratch
	for _, images := range Examples(s, 1) {
		for _, i := range images {
			if len(all.Rows) == MaxDrawn {
				return all, nil
			}
			row := Draw{Image: i, Before: s.Image(i)}
			row.Evaluation = append(row.Evaluation, evaluation.Apply(row.Before, i, 0, &scratch)...)
			for epoch := range n {
				row.After = append(row.After, append([]byte(nil), training.Apply(row.Before, i, uint64(epoch), &scratch)...))
			}
			all.Rows = append(all.Rows, row)
		}
	}
	return all, nil
}

// Sheet draws d, every pixel enlarged zoom times: a row for each image with its class, as it is, as it is tested on, and
// its draws.
func (d *Draws) Sheet(s *Set, zoom int) *image.RGBA {
	zoom = max(zoom, 1)
	label, draws := 0, 0
	for _, r := range d.Rows {
		label, draws = max(label, min(width(s.Classes[s.Labels[r.Image]]), maxLabel)), len(r.After)
	}
	first := 2*sheetMargin + label
	before := max(s.W*zoom, width("before")) + sheetMargin
	tested := max(d.W*zoom, width("tested on")) + sheetMargin
	rows := max(s.H*zoom, d.H*zoom, sheetRow) + sheetGap
	w := first + before + tested + max(draws*(d.W*zoom+sheetGap), width("trained on, epoch by epoch")) + sheetMargin
	sheet := image.NewRGBA(image.Rect(0, 0, w, sheetHead+len(d.Rows)*rows+sheetMargin))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(sheetGround), image.Point{}, draw.Src)
	write := func(x, y int, text string) {
		(&font.Drawer{Dst: sheet, Src: image.NewUniform(sheetInk), Face: sheetFont(), Dot: fixed.P(x, y)}).DrawString(text)
	}
	for x, title := range map[int]string{first: "before", first + before: "tested on", first + before + tested: "trained on, epoch by epoch"} {
		write(x, sheetHead-sheetMargin-2, title)
	}
	made := &Set{H: d.H, W: d.W, C: d.C}
	for k, r := range d.Rows {
		y := sheetHead + k*rows
		write(sheetMargin, y+rows/2+sheetText/3, shortened(s.Classes[s.Labels[r.Image]]))
		s.paint(sheet, image.Pt(first, y), r.Image, zoom)
		for n, pixels := range append([][]byte{r.Evaluation}, r.After...) {
			x := first + before
			if n > 0 {
				x += tested + (n-1)*(d.W*zoom+sheetGap)
			}
			made.Pixels = pixels
			made.paint(sheet, image.Pt(x, y), 0, zoom)
		}
	}
	return sheet
}

// String says what was drawn: "20 images, 8 draws each, of 28×28".
func (d *Draws) String() string {
	draws := 0
	if len(d.Rows) > 0 {
		draws = len(d.Rows[0].After)
	}
	return fmt.Sprintf("%s, %s each, of %d×%d", count(len(d.Rows), "image", "images"), count(draws, "draw", "draws"), d.H, d.W)
}
