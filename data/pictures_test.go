package data

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/bmp"
)

// pictureFile is a file of one colour, of a kind that its name tells.
func pictureFile(t testing.TB, name string, w, h int, c color.Color) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	var b bytes.Buffer
	var err error
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jpg", ".jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 100})
	case ".gif":
		err = gif.Encode(&b, img, nil)
	case ".bmp":
		err = bmp.Encode(&b, img)
	default:
		err = png.Encode(&b, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A pictureTree is files by their paths.
type pictureTree map[string][]byte

// grown is two classes of n pictures each in train, and of m in val: dark ones are in class 0.
func grown(t testing.TB, n, m, w, h int) pictureTree {
	p := pictureTree{}
	for class := range 2 {
		for i := range n + m {
			split := "train"
			if i >= n {
				split = "val"
			}
			name := fmt.Sprintf("%s/%d/%03d.png", split, class, i)
			p[name] = pictureFile(t, name, w, h, color.NRGBA{uint8(100*class + i), 10, uint8(i), 255})
		}
	}
	return p
}

func (p pictureTree) paths() []string {
	var all []string
	for name := range p {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func (p pictureTree) directory(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "photos")
	for name, b := range p {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), b)
	}
	return dir
}

func (p pictureTree) tar(t testing.TB, prefix string) []byte {
	t.Helper()
	var all []entry
	for _, name := range p.paths() {
		all = append(all, entry{prefix + name, tar.TypeReg, p[name]})
	}
	return pack(t, all)
}

func (p pictureTree) zip(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range p.paths() {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(p[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openText(t testing.TB, text string) (*Dataset, error) {
	t.Helper()
	spec, err := ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return Open(context.Background(), spec, Options{Cache: t.TempDir()})
}

func mustOpen(t testing.TB, text string) *Dataset {
	t.Helper()
	d, err := openText(t, text)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Set{d.Train, d.Test} {
		if err := s.check(); err != nil {
			t.Error(err)
		}
		if len(s.Paths) != s.N() {
			t.Errorf("%d paths of %d pictures", len(s.Paths), s.N())
		}
	}
	return d
}

// A directory and whatever it is packed into are one data set.
func TestPictures(t *testing.T) {
	p := grown(t, 12, 4, 40, 40)
	dir := p.directory(t)
	want := mustOpen(t, dir)
	if want.Name != "photos" || want.Train.N() != 24 || want.Test.N() != 8 || want.Train.H != 40 || want.Train.C != 3 || want.Pictures.Resized {
		t.Errorf("%s: %d + %d pictures of %d×%dx%d, %+v", want.Name, want.Train.N(), want.Test.N(), want.Train.H, want.Train.W, want.Train.C, want.Pictures)
	}
	for _, s := range []*Set{want.Train, want.Test} {
		for i := range s.N() {
			var split string
			var class, number int
			fmt.Sscanf(strings.ReplaceAll(s.Paths[i], "/", " "), "%s %d %d", &split, &class, &number)
			pixel := [3]byte{byte(100*class + number), 10, byte(number)}
			if !bytes.Equal(s.Image(i), bytes.Repeat(pixel[:], 40*40)) || int(s.Labels[i]) != class {
				t.Errorf("%s has label %d and begins with %v", s.Paths[i], s.Labels[i], s.Image(i)[:3])
			}
		}
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	packed := t.TempDir()
	for name, b := range map[string][]byte{
		"photos.tar": p.tar(t, ""), "photos.tgz": zipped(t, p.tar(t, "photos/")), "photos.tar.zst": encoder.EncodeAll(p.tar(t, "./"), nil), "photos.ZIP": p.zip(t),
	} {
		d := mustOpen(t, write(t, filepath.Join(packed, name), b))
		if d.Digest() != want.Digest() || d.Name != want.Name || d.Train.Name != want.Train.Name {
			t.Errorf("%s is %s, %s", name, d.Name, d.Digest())
		}
	}
}

// A tree that gradlab splits can be written down as a list, which gives the same set.
func TestPicturesSplit(t *testing.T) {
	p := pictureTree{}
	for name, b := range grown(t, 20, 0, 12, 12) {
		p[strings.TrimPrefix(name, "train/")] = b
	}
	dir := p.directory(t)
	d := mustOpen(t, dir+"?seed=5")
	if d.Train.N() != 32 || d.Test.N() != 8 {
		t.Errorf("%d + %d pictures, want 32 + 8", d.Train.N(), d.Test.N())
	}
	archive := write(t, filepath.Join(t.TempDir(), "a.zip"), p.zip(t))
	if z := mustOpen(t, archive+"?seed=5"); z.Digest() != d.Digest() {
		t.Error("the zip is split otherwise")
	}
	if other := mustOpen(t, dir+"?seed=6"); other.Digest() == d.Digest() {
		t.Error("another seed gives the same split")
	}

	var list bytes.Buffer
	if err := WriteList(&list, d); err != nil {
		t.Fatal(err)
	}
	elsewhere := write(t, filepath.Join(t.TempDir(), "split.csv"), list.Bytes())
	beside := write(t, filepath.Join(dir, "split.csv"), list.Bytes())
	for _, text := range []string{dir + "?list=" + elsewhere, archive + "?list=" + elsewhere, dir + "?list=split.csv", beside} {
		if again := mustOpen(t, text); again.Digest() != d.Digest() {
			t.Errorf("%s is another set", text)
		}
	}
	shapes, err := Shapes(context.Background(), 10, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	checkError(t, WriteList(&list, shapes), "it is not made of picture files")
}

// Kinds are told by contents, and a size is chosen where pictures differ.
func TestPicturesMixed(t *testing.T) {
	p := pictureTree{}
	for i, name := range []string{"x.JPG", "x.gif", "x.bmp", "x.png"} {
		for class := range 2 {
			c := color.NRGBA{uint8(255 * class), uint8(255 * class), uint8(255 * class), 255}
			p[fmt.Sprintf("%d/%s.jpeg", class, name)] = pictureFile(t, name, 30+i, 70, c)
		}
	}
	p["notes.txt"] = []byte("not of a class")
	d := mustOpen(t, p.directory(t))
	if s := d.Train; s.H != 32 || s.W != 32 || s.C != 1 || !d.Pictures.Resized || d.Pictures.Smallest != [2]int{30, 70} || d.Pictures.Largest != [2]int{33, 70} {
		t.Errorf("%d×%d×%d, %+v", s.H, s.W, s.C, d.Pictures)
	}
	for _, s := range []*Set{d.Train, d.Test} {
		for i := range s.N() {
			if got, want := s.Image(i)[500], 255*s.Labels[i]; got != want {
				t.Errorf("%s is %d, want %d", s.Paths[i], got, want)
			}
		}
	}
	d = mustOpen(t, p.directory(t)+"?size=8x6&fit=stretch&channels=3&holdout=0.5")
	if s := d.Train; s.H != 8 || s.W != 6 || s.C != 3 || s.N() != 4 || d.Test.N() != 4 {
		t.Errorf("%d×%d×%d, %d + %d", s.H, s.W, s.C, s.N(), d.Test.N())
	}
}

// Of a wide picture the middle is kept, or all of it where it is stretched.
func TestPicturesFit(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 30, 10)) // red, green and blue squares
	for i := range 300 {
		img.SetNRGBA(i%30, i/30, color.NRGBA{[3]uint8{255, 0, 0}[i%30/10], [3]uint8{0, 255, 0}[i%30/10], [3]uint8{0, 0, 255}[i%30/10], 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	dir := pictureTree{"a/1": b.Bytes(), "a/2": b.Bytes(), "b/1": b.Bytes(), "b/2": b.Bytes()}.directory(t)
	if got := mustOpen(t, dir+"?size=10").Train.Image(0); !bytes.Equal(got, bytes.Repeat([]byte{0, 255, 0}, 100)) {
		t.Errorf("the middle is %v", got[:30])
	}
	if got := mustOpen(t, dir+"?size=1x3&fit=stretch").Train.Image(0); got[0] < 200 || got[4] < 150 || got[8] < 200 {
		t.Errorf("stretched it is %v", got)
	}
	if got := mustOpen(t, dir+"?size=10&channels=1").Train.Image(0)[0]; got != 150 { // 0.587 · 255
		t.Errorf("green is %d in grey, want 150", got)
	}
}

// Few files that are no pictures are named and left out; many are an error.
func TestPicturesUnreadable(t *testing.T) {
	p := grown(t, 15, 5, 10, 10)
	p["train/0/note.txt"] = []byte("hello")
	p["train/1/cut.png"] = p["train/1/000.png"][:50]
	dir := p.directory(t)
	d := mustOpen(t, dir)
	if d.Train.N() != 30 || len(d.Pictures.Unreadable) != 2 {
		t.Errorf("%d pictures, left out %v", d.Train.N(), d.Pictures.Unreadable)
	}
	for i, want := range []Unreadable{{"train/0/note.txt", "it is no picture: expected JPEG, PNG, GIF, BMP or WebP"}, {"train/1/cut.png", "the PNG ends too early"}} {
		if got := d.Pictures.Unreadable[i]; got != want {
			t.Errorf("left out is %v, want %v", got, want)
		}
	}
	_, err := openText(t, dir+"?strict")
	checkError(t, err, "train/0/note.txt: it is no picture: expected JPEG, PNG, GIF, BMP or WebP; and 1 more")
	for i := range 4 {
		write(t, filepath.Join(dir, "val", "0", fmt.Sprint(i)), nil)
	}
	_, err = openText(t, dir)
	checkError(t, err, "6 of 46 files cannot be read as pictures: train/0/note.txt: it is no picture")

	// A link out of the directory is not followed.
	dir = grown(t, 15, 5, 10, 10).directory(t)
	outside := write(t, filepath.Join(t.TempDir(), "secret.png"), p["train/0/000.png"])
	if err := os.Symlink(outside, filepath.Join(dir, "train", "0", "link.png")); err != nil {
		t.Skip(err)
	}
	d = mustOpen(t, dir)
	if u := d.Pictures.Unreadable; len(u) != 1 || !strings.Contains(u[0].Problem, "leads out of the directory") || d.Train.N() != 30 {
		t.Errorf("left out %v", u)
	}
}

// Directories of classes that are links are not followed, and not passed over in silence.
func TestPicturesLinks(t *testing.T) {
	p := pictureTree{}
	for name, b := range grown(t, 5, 0, 10, 10) {
		p[strings.TrimPrefix(name, "train/")] = b
	}
	dir, other := p.directory(t), t.TempDir()
	links := map[string]string{filepath.Join(dir, "2"): filepath.Join(dir, "1"), filepath.Join(dir, "3"): t.TempDir(), filepath.Join(other, "a"): dir, filepath.Join(other, "b"): dir}
	for link, to := range links {
		if err := os.Symlink(to, link); err != nil {
			t.Skip(err)
		}
	}
	d := mustOpen(t, dir)
	if got := d.Warnings(); len(d.Classes) != 2 || len(got) != 1 || got[0] != "2 links are not followed: 2, 3" {
		t.Errorf("classes %q, warnings %q", d.Classes, got)
	}
	_, err := openText(t, other)
	checkError(t, err, "it has no directories of pictures: 2 files lie in none that names a class (2 links are not followed: a, b)")
}

func TestPicturesErrors(t *testing.T) {
	dir := grown(t, 3, 1, 10, 10).directory(t)
	list := func(text string) string { return write(t, filepath.Join(t.TempDir(), "list.csv"), []byte(text)) }
	empty := grown(t, 9, 9, 10, 10)
	for name := range empty {
		if strings.HasPrefix(name, "train/0") && name != "train/0/000.png" {
			delete(empty, name)
		}
	}
	empty["train/0/000.png"] = []byte("hello")
	for _, v := range []struct{ what, text, want string }{
		{"no list", dir + "?list=none.csv", "there is no list none.csv"},
		{"two lists", list("path,label\n") + "?list=x", "it is a list itself"},
		{"files that are not there", dir + "?list=" + list("path,label\nx,a\ny,a\nz,b\nu,b\n"), "4 of 4 files cannot be read as pictures: u: there is no such file"},
		{"too many images", dir + "?train=7", "7 training images were asked for, it has 6"},
		{"a class of nothing", empty.directory(t), "no training picture of the class 0 can be read"},
		{"split already", dir + "?seed=3", "split already"},
	} {
		t.Run(v.what, func(t *testing.T) {
			_, err := openText(t, v.text)
			checkError(t, err, v.want)
		})
	}
	climbing := write(t, filepath.Join(t.TempDir(), "a.tar"), pack(t, []entry{{"../x", tar.TypeReg, nil}}))
	_, err := openText(t, climbing)
	checkError(t, err, `the archive's entry "../x" leads out of it`)
	cut := grown(t, 3, 1, 10, 10).tar(t, "")
	_, err = openText(t, write(t, filepath.Join(t.TempDir(), "cut.tar"), cut[:len(cut)/2]))
	checkError(t, err, "the archive ends too early")
}

func TestNameOf(t *testing.T) {
	for path, want := range map[string]string{"/a/b.tar.gz": "b", "/a/b": "b", "/a/b.ZIP": "b", "/a/.zip": ".zip", "/a/b.v2": "b.v2", "/x/l.csv": "l"} {
		if got := nameOf(path); got != want {
			t.Errorf("%s is called %s, want %s", path, got, want)
		}
	}
}

// TestPictureSizes: the commonest sizes come first, of equally common ones the larger, and the rest is counted.
func TestPictureSizes(t *testing.T) {
	p := pictureTree{}
	n := 0
	for _, s := range []PictureSize{{8, 9, 3}, {9, 8, 1}, {70, 20, 5}, {20, 70, 5}, {30, 30, 2}, {4, 4, 2}, {5, 5, 2}} {
		for range s.Count {
			for class := range 2 {
				name := fmt.Sprintf("%d/%03d.png", class, n)
				p[name] = pictureFile(t, name, s.W, s.H, color.NRGBA{uint8(n), 10, uint8(100 * class), 255})
			}
			n++
		}
	}
	d, err := Open(context.Background(), Spec{Source: p.directory(t)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []PictureSize{{70, 20, 10}, {20, 70, 10}, {8, 9, 6}, {30, 30, 4}, {5, 5, 4}}
	if got := d.Pictures.Sizes; !slices.Equal(got, want) || d.Pictures.OtherSizes != 2 {
		t.Errorf("%v and %d more, want %v and 2", got, d.Pictures.OtherSizes, want)
	}
}
