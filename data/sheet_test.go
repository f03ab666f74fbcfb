package data

import (
	"image"
	"image/color"
	"testing"
)

func TestSheet(t *testing.T) {
	s := testSet(8, 2, 3, 3) // classes 0 1 2 0 1 2 0 1
	sheet := Sheet(s, 3, 2)
	if want := image.Rect(0, 0, (3*4+1)*2, (3*3+1)*2); sheet.Bounds() != want {
		t.Fatalf("bounds %v, want %v", sheet.Bounds(), want)
	}
	white := color.RGBA{255, 255, 255, 255}
	for y := range sheet.Bounds().Dy() {
		for x := range sheet.Bounds().Dx() {
			// Which pixel of which image lies here, if any.
			column, px := (x/2-1)/4, (x/2-1)%4
			class, py := (y/2-1)/3, (y/2-1)%3
			want := white
			if i := 3*column + class; x >= 2 && y >= 2 && px < 3 && py < 2 && i < 8 {
				p := s.Image(i)[(py*3+px)*3:]
				want = color.RGBA{p[0], p[1], p[2], 255}
			}
			if got := sheet.At(x, y); got != want {
				t.Fatalf("(%d, %d) is %v, want %v", x, y, got, want)
			}
		}
	}
}

func TestSheetGrey(t *testing.T) {
	s := &Set{Classes: []string{"a"}, H: 1, W: 1, C: 1, Pixels: []byte{77}, Labels: []uint8{0}}
	if got, want := Sheet(s, 1, 1).At(1, 1), (color.RGBA{77, 77, 77, 255}); got != want {
		t.Errorf("a grey pixel is %v, want %v", got, want)
	}
}
