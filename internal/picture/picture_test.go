package picture

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A reference is one line of testdata/reference.txt.
type reference struct {
	name                   string
	tolerance, w, h, c     int
	pixels                 []byte
	sourceW, sourceH, srcC int // of resize:…
}

func references(t *testing.T) []reference {
	t.Helper()
	b, err := os.ReadFile("testdata/reference.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []reference
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n")[1:] {
		var r reference
		var pixels string
		if _, err := fmt.Sscan(line, &r.name, &r.tolerance, &r.w, &r.h, &r.c, &pixels); err != nil {
			t.Fatal(err)
		}
		if r.pixels, err = hex.DecodeString(pixels); err != nil {
			t.Fatal(err)
		}
		if size, ok := strings.CutPrefix(r.name, "resize:"); ok {
			if _, err := fmt.Sscanf(size, "%dx%dx%d", &r.sourceW, &r.sourceH, &r.srcC); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, r)
	}
	return all
}

// pattern is what testdata/pillow.py calls so.
func pattern(n int) []byte {
	b := make([]byte, n)
	s := uint32(1)
	for i := range b {
		s = s*1664525 + 1013904223
		b[i] = byte(s >> 24)
	}
	return b
}

// Resizing gives Pillow's bytes.
func TestResize(t *testing.T) {
	n := 0
	for _, r := range references(t) {
		if r.sourceW == 0 {
			continue
		}
		n++
		src := Raster{pattern(r.sourceW * r.sourceH * r.srcC), r.sourceW * r.srcC, r.srcC, r.sourceW, r.sourceH}
		got := make([]byte, len(r.pixels))
		Resize(got, r.w, r.h, r.c, src.Crop(r.w, r.h))
		if !bytes.Equal(got, r.pixels) {
			t.Errorf("%s to %d×%d is\n%v, Pillow gives\n%v", r.name, r.w, r.h, got, r.pixels)
		}
	}
	if n < 10 {
		t.Errorf("%d references", n)
	}
}

// Bytes that lie four to a pixel give the same as bytes that lie densely.
func TestResizeStep(t *testing.T) {
	const w, h = 11, 9
	dense, wide := pattern(w*h*3), image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		copy(wide.Pix[4*i:], dense[3*i:3*i+3])
	}
	for _, to := range []int{4, w, 20} {
		a, b := make([]byte, to*to*3), make([]byte, to*to*3)
		Resize(a, to, to, 3, Raster{dense, w * 3, 3, w, h})
		Resize(b, to, to, 3, RasterOf(wide))
		if !bytes.Equal(a, b) {
			t.Errorf("to %d×%d they differ", to, to)
		}
	}
}

// Every kind of file is seen as Pillow sees it, and turned as EXIF says.
func TestDecode(t *testing.T) {
	n := 0
	for _, r := range references(t) {
		if r.sourceW != 0 {
			continue
		}
		n++
		b, err := os.ReadFile(filepath.Join("testdata", r.name))
		if err != nil {
			t.Fatal(err)
		}
		img, info, err := Decode(b)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		if info.W != r.w || info.H != r.h || img.Rect != image.Rect(0, 0, r.w, r.h) {
			t.Errorf("%s has %d×%d pixels and bounds %v, want %d×%d", r.name, info.W, info.H, img.Rect, r.w, r.h)
			continue
		}
		worst := 0
		for i := range r.w * r.h {
			for c := range 3 {
				d := int(img.Pix[4*i+c]) - int(r.pixels[3*i+c])
				worst = max(worst, d, -d)
			}
		}
		if worst > r.tolerance {
			t.Errorf("%s differs by up to %d, want at most %d", r.name, worst, r.tolerance)
		}
	}
	if n < 25 {
		t.Errorf("%d references", n)
	}
}

// Sixteen bits become eight by their upper half.
func TestDecodeDeep(t *testing.T) {
	deep, grey := image.NewNRGBA64(image.Rect(0, 0, 5, 2)), image.NewGray16(image.Rect(0, 0, 5, 2))
	for i := range 10 {
		deep.SetNRGBA64(i%5, i/5, color.NRGBA64{uint16(i * 6000), uint16(65535 - i*5000), 0x12ff, 0xffff})
		grey.SetGray16(i%5, i/5, color.Gray16{uint16(i * 7001)})
	}
	for i := range 10 {
		if got, want := decoded(t, encoded(t, deep)).RGBAAt(i%5, i/5), (color.RGBA{uint8(i * 6000 >> 8), uint8((65535 - i*5000) >> 8), 0x12, 255}); got != want {
			t.Errorf("pixel %d of 16 bits is %v, want %v", i, got, want)
		}
		v := uint8(i * 7001 >> 8)
		if got, want := decoded(t, encoded(t, grey)).RGBAAt(i%5, i/5), (color.RGBA{v, v, v, 255}); got != want {
			t.Errorf("grey pixel %d of 16 bits is %v, want %v", i, got, want)
		}
	}
}

// The first picture of an animation stands where it belongs, on white.
func TestDecodeAnimation(t *testing.T) {
	black := image.NewPaletted(image.Rect(2, 1, 4, 3), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{black, black}, Delay: []int{1, 1}, Config: image.Config{Width: 5, Height: 4}})
	if err != nil {
		t.Fatal(err)
	}
	img := decoded(t, b.Bytes())
	for i := range 20 {
		want := uint8(255)
		if (image.Point{i % 5, i / 5}).In(black.Rect) {
			want = 0
		}
		if got := img.RGBAAt(i%5, i/5).R; got != want {
			t.Errorf("pixel %d is %d, want %d", i, got, want)
		}
	}
}

func decoded(t *testing.T, b []byte) *image.RGBA {
	t.Helper()
	img, _, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func encoded(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodeErrors(t *testing.T) {
	good := encoded(t, image.NewGray(image.Rect(0, 0, 50, 50)))
	jpeg, err := os.ReadFile("testdata/turn6.jpg")
	if err != nil {
		t.Fatal(err)
	}
	// A header of 10,000 × 10,000 pixels, whose checksum is made right.
	huge := encoded(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	copy(huge[16:], "\x00\x00\x27\x10\x00\x00\x27\x10\x08\x00\x00\x00\x00")
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for _, v := range []struct {
		what, want string
		file       []byte
	}{
		{"nothing", "the file is empty", nil},
		{"text", "it is no picture: expected JPEG", []byte("hello")},
		{"HEIC", "HEIC or AVIF are not read", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00")},
		{"TIFF", "TIFF are not read", []byte("II*\x00\x08\x00\x00\x00")},
		{"SVG", "SVG are not read", []byte(`<?xml version="1.0"?><svg/>`)},
		{"PNG cut off", "the PNG ends too early", good[:len(good)-20]},
		{"JPEG cut off", "the JPEG ends too early", jpeg[:len(jpeg)-50]},
		{"JPEG header only", "the JPEG ends too early", jpeg[:20]},
		{"damaged", "the PNG is damaged", append(bytes.Clone(good[:40]), make([]byte, 100)...)},
		{"100 megapixels", "it has 10000×10000 pixels, more than 50 million", huge},
	} {
		if _, _, err := Decode(v.file); err == nil || !strings.Contains(err.Error(), v.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", v.what, err, v.want)
		}
	}
}

// FuzzDecode: what decodes has the size that was announced.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 4000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := Inspect(b)
		if err != nil || info.W*info.H > 1<<20 { // more would only be slow
			return
		}
		img, again, err := Decode(b)
		if err != nil {
			return
		}
		if info != again || img.Rect != image.Rect(0, 0, info.W, info.H) || len(img.Pix) != 4*info.W*info.H {
			t.Errorf("announced %+v, then %+v, bounds %v, %d bytes", info, again, img.Rect, len(img.Pix))
		}
		for i := 3; i < len(img.Pix); i += 4 {
			if img.Pix[i] != 255 {
				t.Fatalf("byte %d is not opaque", i)
			}
		}
	})
}
