package browsertest_test

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gradlab/internal/browsertest"
)

// TestPicture keeps a picture of the top of the page at GRADLAB_PICTURE_OF, with few colours, for docs/pictures.sh.
func TestPicture(t *testing.T) {
	address := os.Getenv("GRADLAB_PICTURE_OF")
	if address == "" {
		t.Skip("GRADLAB_PICTURE_OF names no page")
	}
	p := browsertest.Start(t).Open(t, browsertest.Views[0], address)
	p.Wait("document.querySelector('main svg, main canvas') !== null")
	time.Sleep(2 * time.Second) // until the last picture of the page is drawn
	p.Screenshot("page")
	path := filepath.Join(os.Getenv(browsertest.Screenshots), "page.png")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := png.Decode(f)
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[color.RGBA]int{}
	top := image.Rect(0, 0, whole.Bounds().Dx(), min(whole.Bounds().Dy(), 1100))
	for y := range top.Dy() {
		for x := range top.Dx() {
			counts[color.RGBAModel.Convert(whole.At(x, y)).(color.RGBA)]++
		}
	}
	var frequent []color.RGBA
	for c := range counts {
		frequent = append(frequent, c)
	}
	slices.SortFunc(frequent, func(a, b color.RGBA) int { return counts[b] - counts[a] })
	var colours color.Palette
	for _, c := range frequent[:min(len(frequent), 128)] {
		colours = append(colours, c)
	}
	small := image.NewPaletted(top, colours)
	draw.Draw(small, top, whole, image.Point{}, draw.Src)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(out, small); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
