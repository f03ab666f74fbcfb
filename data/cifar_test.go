package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testPlane is byte k of test image i, as testdata/pickles.py has it.
func testPlane(i, k int) byte { return byte((31*i + 7*k) % 251) }

var testLabels = []uint8{3, 9, 0}

// testRecords is three images in the binary layout.
func testRecords() []byte {
	var b []byte
	for i, l := range testLabels {
		b = append(b, l)
		for k := range cifarPixels {
			b = append(b, testPlane(i, k))
		}
	}
	return b
}

// checkImages says whether s is the three test images, times over.
func checkImages(t *testing.T, s *Set, times int) {
	t.Helper()
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	if want := slices.Repeat(testLabels, times); !slices.Equal(s.Labels, want) {
		t.Fatalf("%s: labels %v, want %v", s.Name, s.Labels, want)
	}
	for i := range s.N() {
		for p := range cifarSide * cifarSide {
			for c := range 3 {
				if got, want := s.Image(i)[3*p+c], testPlane(i%3, c*cifarSide*cifarSide+p); got != want {
					t.Fatalf("%s: image %d, pixel %d, channel %d is %d, want %d", s.Name, i, p, c, got, want)
				}
			}
		}
	}
}

type entry struct {
	name string
	kind byte // of package tar; 0 is a file
	body []byte
}

// batches is the six files, under dir, with the three test images each.
func batches(dir string) []entry {
	entries := []entry{{dir, tar.TypeDir, nil}, {dir + "readme.html", 0, []byte("<html>")}}
	for _, f := range cifarFiles {
		entries = append(entries, entry{dir + f.name + ".bin", 0, testRecords()})
	}
	return entries
}

func pack(t testing.TB, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Typeflag: e.kind, Size: int64(len(e.body)), Mode: 0o644}
		if e.kind == tar.TypeSymlink || e.kind == tar.TypeLink {
			h.Linkname = "/etc/passwd"
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// open opens path with room for three images per file, unverified.
func openTest(path string) (*Dataset, error) {
	c := &cifarReader{images: len(testLabels)}
	if err := readPath(context.Background(), path, c); err != nil {
		return nil, err
	}
	return c.dataset()
}

func write(t testing.TB, path string, b []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// cifarZip is an archive as nobody publishes it, but somebody packed it.
func cifarZip(t *testing.T) []byte {
	p := pictureTree{}
	for _, e := range batches("cifar/") {
		p[e.name] = e.body
	}
	return p.zip(t)
}

// Every layout gives the same images.
func TestCIFARLayouts(t *testing.T) {
	dir := t.TempDir()
	paths := map[string]string{
		"tar.gz":   write(t, filepath.Join(dir, "a.tar.gz"), zipped(t, pack(t, batches("cifar-10-batches-bin/")))),
		"tar":      write(t, filepath.Join(dir, "a.tar"), pack(t, batches("cifar-10-batches-bin/"))),
		"zip":      write(t, filepath.Join(dir, "a.zip"), cifarZip(t)),
		"flat tar": write(t, filepath.Join(dir, "flat.tar"), pack(t, batches("./"))),
	}
	for _, f := range cifarFiles {
		write(t, filepath.Join(dir, "binary", f.name+".bin"), testRecords())
		write(t, filepath.Join(dir, "parent", "cifar-10-batches-bin", f.name+".bin"), testRecords())
	}
	paths["directory"] = filepath.Join(dir, "binary")
	paths["directory above"] = filepath.Join(dir, "parent")
	write(t, filepath.Join(dir, "cache", cifarArchive), zipped(t, pack(t, batches("x/"))))
	paths["directory of an archive"] = filepath.Join(dir, "cache")

	pickles, err := filepath.Glob("testdata/pickle/*")
	if err != nil || len(pickles) < 9 {
		t.Fatalf("%d pickles in testdata, error %v", len(pickles), err)
	}
	for _, p := range pickles {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		var entries []entry
		name := filepath.Base(p)
		for _, f := range cifarFiles {
			write(t, filepath.Join(dir, name, "cifar-10-batches-py", f.name), b)
			entries = append(entries, entry{"cifar-10-batches-py/" + f.name, 0, b})
		}
		paths[name] = filepath.Join(dir, name)
		paths[name+".tar.gz"] = write(t, filepath.Join(dir, name+".tar.gz"), zipped(t, pack(t, entries)))
	}
	for what, path := range paths {
		t.Run(what, func(t *testing.T) {
			d, err := openTest(path)
			if err != nil {
				t.Fatal(err)
			}
			checkImages(t, d.Train, 5)
			checkImages(t, d.Test, 1)
		})
	}
}

// unverified takes the full number of images, whatever they show.
func unverified() *cifarReader { return &cifarReader{images: cifarImages} }

// Files with fewer images than there is room for are moved together.
func TestCIFARShortFiles(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "a.tar"), pack(t, batches("x/")))
	d, err := openCIFARPath(context.Background(), Spec{Source: path}, unverified())
	if err != nil {
		t.Fatal(err)
	}
	checkImages(t, d.Train, 5)
	checkImages(t, d.Test, 1)

	d, err = openCIFARPath(context.Background(), Spec{Source: path, Train: 6, Test: 2}, unverified())
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.N() != 6 || d.Test.N() != 2 {
		t.Errorf("%d and %d images, want 6 and 2", d.Train.N(), d.Test.N())
	}
	checkImages(t, d.Train, 2)
}

// Every broken or hostile input: one line that says what is wrong, and a hint.
func TestCIFARErrors(t *testing.T) {
	dir := t.TempDir()
	good := pack(t, batches("b/"))
	goodZip := zipped(t, good)
	with := func(extra ...entry) []byte { return pack(t, append(extra, batches("b/")...)) }
	change := func(name string, body []byte) []byte {
		entries := batches("b/")
		for i := range entries {
			if entries[i].name == "b/"+name {
				entries[i].body = body
			}
		}
		return pack(t, entries)
	}
	label := testRecords()
	label[cifarRecord] = 10
	flipped := bytes.Clone(goodZip)
	flipped[len(flipped)/2] ^= 0x55
	many := make([]entry, maxEntries+1)
	for i := range many {
		many[i] = entry{"d/", tar.TypeDir, nil}
	}

	for _, v := range []struct {
		what string
		file []byte
		want string
	}{
		{"empty", nil, "the file is empty"},
		{"text", []byte("hello\n"), "neither a directory nor an archive"},
		{"zip damaged", append([]byte("PK\x03\x04"), make([]byte, 400)...), "damaged"},
		{"gzip header only", goodZip[:5], "ends too early"},
		{"gzip cut off", goodZip[:len(goodZip)*2/3], "ends too early"},
		{"gzip damaged", flipped, "damaged"},
		{"gzip of text", zipped(t, bytes.Repeat([]byte("hello\n"), 200)), "no tar archive"},
		{"gzip of nothing", zipped(t, nil), "no file of CIFAR-10"},
		{"tar cut off", good[:25_000], "ends too early"},
		{"tar without the files", pack(t, []entry{{"a/b.txt", 0, []byte("x")}}), "no file of CIFAR-10"},
		{"climbing path", with(entry{"../../etc/cron.d/x", 0, []byte("x")}), `"../../etc/cron.d/x" leads out of it`},
		{"absolute path", with(entry{"/etc/passwd", 0, []byte("x")}), "leads out of it"},
		{"backslashes", with(entry{`..\x`, 0, []byte("x")}), "leads out of it"},
		{"symbolic link", with(entry{"data_batch_1.bin", tar.TypeSymlink, nil}), "is a link"},
		{"hard link", with(entry{"b/x", tar.TypeLink, nil}), "is a link"},
		{"device", with(entry{"b/x", tar.TypeChar, nil}), "neither a file nor a directory"},
		{"many entries", pack(t, many), "more than 1000 files and directories"},
		{"a file twice", with(entry{"c/data_batch_1.bin", 0, testRecords()}), "data_batch_1.bin comes after data_batch_1.bin"},
		{"both layouts", with(entry{"c/data_batch_1", 0, testRecords()}), "failed to read data_batch_1: "},
		{"missing files", pack(t, batches("b/")[:5]), "files of CIFAR-10 are missing: data_batch_4, data_batch_5, test_batch"},
		{"empty records", change("data_batch_2.bin", nil), "data_batch_2.bin: 0 bytes, expected 9219"},
		{"cut records", change("data_batch_2.bin", testRecords()[:5000]), "data_batch_2.bin: 5000 bytes, expected 9219"},
		{"long records", change("test_batch.bin", make([]byte, 4*cifarRecord)), "test_batch.bin is longer than 9219 bytes"},
		{"wrong label", change("data_batch_3.bin", label), "data_batch_3.bin: image 1 has label 10, expected 0 to 9"},
	} {
		t.Run(v.what, func(t *testing.T) {
			_, err := openTest(write(t, filepath.Join(dir, "file"), v.file))
			checkError(t, err, v.want)
		})
	}
}

// checkError says whether err is one line that contains want, and has a hint.
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	var h *HintError
	switch {
	case err == nil:
		t.Fatalf("no error, want %q", want)
	case !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n"):
		t.Errorf("error %q, want one line with %q", err, want)
	case !errors.As(err, &h) || h.Hint() == "":
		t.Errorf("error %q has no hint", err)
	}
}

func TestCIFARPathErrors(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GRADLAB_CACHE", filepath.Join(dir, "cache"))
	huge := write(t, filepath.Join(dir, "huge"), nil)
	if err := os.Truncate(huge, maxArchive+1); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "odd", "data_batch_1.bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	good := write(t, filepath.Join(dir, "good.tar"), pack(t, batches("b/")))
	for _, v := range []struct {
		spec Spec
		want string
	}{
		{Spec{Source: filepath.Join(dir, "none")}, "no such file or directory"},
		{Spec{Source: "cifar-10"}, "failed to open data cifar-10: there is no such file"},
		{Spec{Source: t.TempDir()}, "no directories of pictures"},
		{Spec{Source: good, Height: 8, Width: 8}, "the options size=8 are for such"},
		{Spec{Source: os.DevNull}, "no ordinary file"},
		{Spec{Source: filepath.Join(dir, "odd")}, "no ordinary file"},
		{Spec{Source: "cifar10"}, "not in the cache " + filepath.Join(dir, "cache")},
		{Spec{Source: good}, "data_batch_1.bin: 3 images, expected 10000"},
		{Spec{Source: good, Seed: 4}, "seed is for sets that are drawn"},
		{Spec{Source: good, Train: -1}, "-1 training and 0 test images were asked for"},
	} {
		_, err := Open(context.Background(), v.spec, Options{})
		checkError(t, err, v.want)
	}
	for want, spec := range map[string]Spec{
		"16 training images were asked for, it has 15": {Source: good, Train: 16},
		"4 test images were asked for, it has 3":       {Source: good, Test: 4},
		"more than an archive of CIFAR-10 can have":    {Source: huge},
	} {
		_, err := openCIFARPath(context.Background(), spec, unverified())
		checkError(t, err, want)
	}
}

func TestCIFARUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		return // root may read everything
	}
	path := write(t, filepath.Join(t.TempDir(), "a.tar"), pack(t, batches("b/")))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	_, err := openTest(path)
	checkError(t, err, "permission denied")
}

// Wrong contents of the right size are told by their hash, whatever the layout.
func TestCIFARVerify(t *testing.T) {
	pickled, err := os.ReadFile("testdata/pickle/protocol4")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"data_batch_4.bin": testRecords(), "data_batch_4": pickled} {
		c := &cifarReader{verify: true, images: len(testLabels)}
		err := c.add(name, bytes.NewReader(b))
		checkError(t, err, "failed to read "+name+": its images are not those of CIFAR-10: SHA-256 "+recordsSHA256)
	}
}

// recordsSHA256 is that of testRecords, by testdata/pickles.py.
const recordsSHA256 = "9d5876c51c4ad46e1ef0c1ded2ca465d2f4a2f6d6e8f7c3b8cf833e663d17b36"

// A gzip bomb is given up at the bound.
func TestCIFARBomb(t *testing.T) {
	// A small archive with a file that unpacks to 600 MB, in front of those that are wanted.
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	const size = 600 << 20
	if err := w.WriteHeader(&tar.Header{Name: "zeros", Size: size, Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeroReader{}, size); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = openTest(write(t, filepath.Join(t.TempDir(), "bomb.tar.gz"), b.Bytes()))
	checkError(t, err, "unpacks to more than")
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestCIFARCancelled(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "a.tar"), pack(t, batches("b/")))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, Spec{Source: path}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open gave %v, want context.Canceled", err)
	}
}

func TestCacheDir(t *testing.T) {
	t.Setenv("GRADLAB_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "/xdg")
	t.Setenv("HOME", "/home/x")
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct{ option, env, want string }{
		{"", "", filepath.Join(user, "gradlab")},
		{"", "/env", "/env"},
		{"/option", "/env", "/option"},
	} {
		t.Setenv("GRADLAB_CACHE", v.env)
		if got, err := CacheDir(v.option); got != v.want || err != nil {
			t.Errorf("CacheDir(%q) with %q is %q, %v, want %q", v.option, v.env, got, err, v.want)
		}
	}
}

// TestRealCIFAR10 reads the real data set where GRADLAB_CIFAR10 names it: a directory or an archive
// in whatever layout. Continuous integration sets it where it has the data.
func TestRealCIFAR10(t *testing.T) {
	path := os.Getenv("GRADLAB_CIFAR10")
	if path == "" {
		return
	}
	d, err := Open(context.Background(), Spec{Source: path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.N() != 50_000 || d.Test.N() != 10_000 {
		t.Fatalf("%d + %d images", d.Train.N(), d.Test.N())
	}
	// One digest for the binary and the python layout.
	const want = "sha256:cb43f3f7b845d53393efeb05b14455be3da50b32a4859249cc013dc327edab89"
	if got := d.Digest(); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
	table, err := NewTable[float32]("standard", d.Train)
	if err != nil {
		t.Fatal(err)
	}
	for c, v := range [][2]float64{{0.4914, 0.2470}, {0.4822, 0.2435}, {0.4465, 0.2616}} { // as published
		if m, s := table.Mean[c], table.Deviation[c]; m < v[0]-5e-5 || m > v[0]+5e-5 || s < v[1]-5e-5 || s > v[1]+5e-5 {
			t.Errorf("channel %d: mean %v, deviation %v, want %v", c, m, s, v)
		}
	}
}
