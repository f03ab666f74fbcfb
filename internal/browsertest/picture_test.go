package browsertest_test

import (
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gradlab/internal/browsertest"
)

// TestPicture keeps a picture of the top of the page at GRADLAB_PICTURE_OF, for docs/pictures.sh.
func TestPicture(t *testing.T) {
	address := os.Getenv("GRADLAB_PICTURE_OF")
	if address == "" {
		t.Skip("GRADLAB_PICTURE_OF names no page")
	}
	p := browsertest.Start(t).Open(t, browsertest.Views[0], address)
	p.Wait("document.querySelector('main svg, main canvas, pre') !== null")
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
	top := image.NewRGBA(image.Rect(0, 0, whole.Bounds().Dx(), min(whole.Bounds().Dy(), 1100)))
	draw.Draw(top, top.Rect, whole, image.Point{}, draw.Src)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(out, top); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
