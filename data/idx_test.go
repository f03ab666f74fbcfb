package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testIDX is testdata/idx, of which the training files are packed.
func testIDX(t testing.TB) pictureTree {
	t.Helper()
	files, err := filepath.Glob("testdata/idx/*")
	if err != nil || len(files) != 4 {
		t.Fatalf("%v, %v", files, err)
	}
	p := pictureTree{}
	for _, name := range files {
		if p[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// idx is a file of bytes.
func idx(data []byte, dims ...int) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, n := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return append(b, data...)
}

// packed is b by gzip.
func packed(t testing.TB, b []byte) []byte {
	t.Helper()
	var to bytes.Buffer
	z := gzip.NewWriter(&to)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

func TestIDX(t *testing.T) {
	dir := testIDX(t).directory(t)
	wrapped := pictureTree{}
	for name, b := range testIDX(t) {
		wrapped["MNIST/raw/"+name] = b
	}
	dotted := pictureTree{}
	for name, b := range testIDX(t) {
		dotted["emnist-"+strings.Replace(name, "-idx", ".idx", 1)] = b
	}
	for what, path := range map[string]string{
		"directory": dir, "zip": write(t, filepath.Join(t.TempDir(), "a.zip"), wrapped.zip(t)), "dots": dotted.directory(t),
	} {
		d, err := openText(t, path)
		if err != nil {
			t.Fatal(err)
		}
		for set, n := range map[*Set]int{d.Train: 5, d.Test: 3} {
			if set.N() != n || set.H != 4 || set.W != 6 || set.C != 1 {
				t.Errorf("%s: %d images of %d×%d×%d", what, set.N(), set.H, set.W, set.C)
			}
			for i := range set.N() {
				if set.Labels[i] != byte(i%3) || set.Image(i)[7] != byte(40*i+7) {
					t.Errorf("%s: image %d has label %d, and row 1 begins %v", what, i, set.Labels[i], set.Image(i)[6:8])
				}
			}
		}
		if !slices.Equal(d.Classes, []string{"0", "1", "2"}) {
			t.Errorf("classes %q", d.Classes)
		}
	}
	d, err := openText(t, dir+"?size=4&train=2")
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte{1, 2, 3, 4, 7, 8, 9, 10, 13, 14, 15, 16, 19, 20, 21, 22}; d.Train.N() != 2 || !bytes.Equal(d.Train.Image(0), want) {
		t.Errorf("the middle is %v, want %v", d.Train.Image(0), want)
	}
}

// The files of Fashion-MNIST are called like MNIST's.
func TestIDXClasses(t *testing.T) {
	train, test := make([]byte, 60_000), make([]byte, 10_000)
	copy(train, fashionTrain)
	copy(test, fashionTest)
	if got := idxClasses(train, test); got[9] != "ankle boot" {
		t.Errorf("classes %q", got)
	}
	copy(train, []byte{5, 0, 4, 1, 9, 2, 1, 3, 1, 4}) // MNIST's
	if got := idxClasses(train, test); got[9] != "9" {
		t.Errorf("classes %q", got)
	}
}

func TestIDXErrors(t *testing.T) {
	const images, labels = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
	for _, v := range []struct {
		what, file string
		body       []byte
		options    string
		want       string
	}{
		{"missing", images, nil, "", "not those of the train images"},
		{"text", images, []byte("hello"), "", "failed to read " + images + ": it does not begin as an IDX file does"},
		{"cut off", images, testIDX(t)[images][:50], "", "failed to read " + images + ": the packed file is damaged or ends too early"},
		{"floats", images, []byte("\x00\x00\x0d\x01\x00\x00\x00\x01\x00\x00\x00\x00"), "", "type 0x0d, expected bytes"},
		{"short", images, idx(make([]byte, 23), 1, 4, 6), "", "23 bytes of data, its dimensions [1 4 6] need 24"},
		{"huge", images, idx(nil, 1<<31, 1<<31, 1<<31), "", "a dimension is 2147483648"},
		{"product", images, idx(nil, 1<<20, 1<<20, 1), "", "a dimension is 1048576"},
		{"nothing", images, idx(nil, 0, 4, 6), "", "a dimension is 0"},
		{"header cut off", images, idx(nil, 5, 4, 6)[:9], "", "it ends within its header"},
		{"numbers differ", images, idx(make([]byte, 96), 4, 4, 6), "", "failed to read the training images: 4 images, 5 labels"},
		{"sizes differ", images, idx(make([]byte, 80), 5, 4, 4), "", "training images are 4×4×1, test images 4×6×1"},
		{"flat", images, idx(make([]byte, 80), 5, 16), "", "expected [n] and [n height width]"},
		{"labels of two dimensions", labels, idx(make([]byte, 5), 5, 1), "", "expected [n] and [n height width]"},
		{"channels", images, idx(make([]byte, 240), 5, 4, 6, 2), "", "with sides up to 4096 and 1 or 3 channels"},
		{"packed, short", images, packed(t, idx(make([]byte, 119), 5, 4, 6)), "", "119 bytes of data, its dimensions [5 4 6] need 120"},
		{"packed, more than its header says", images, packed(t, idx(make([]byte, 1<<20), 5, 4, 6)), "", "more data than the 120 bytes that its dimensions [5 4 6] need"},
		{"bomb", images, packed(t, idx(nil, 1<<14, 1<<8, 1<<8)), "", "would unpack to 1073741824"},
		{"options", "", nil, "?holdout=0.5", "no use for the options holdout=0.5"},
		{"large", "", nil, "?size=512", ""},
	} {
		t.Run(v.what, func(t *testing.T) {
			p := testIDX(t)
			if v.file != "" {
				delete(p, v.file)
			}
			if v.body != nil {
				p[v.file] = v.body
			}
			_, err := openText(t, p.directory(t)+v.options)
			if v.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			checkError(t, err, v.want)
		})
	}
	p := testIDX(t)
	p["emnist-train-images-idx3-ubyte"] = p[images]
	_, err := openText(t, p.directory(t))
	checkError(t, err, "several sets of IDX files")
}

// FuzzIDX: what is read has the bytes that its dimensions need.
func FuzzIDX(f *testing.F) {
	for _, b := range testIDX(f) {
		f.Add(b)
	}
	f.Add(idx(nil, 1<<31, 1<<31))
	f.Add(idx([]byte{1}, 1, 1, 1, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseIDX(b)
		if err != nil {
			return
		}
		n := 1
		for _, d := range a.dims {
			n *= d
		}
		if n != len(a.data) {
			t.Errorf("%v of %d bytes", a.dims, len(a.data))
		}
		if s, err := idxSet("x", a, &idxArray{[]int{a.dims[0]}, make([]byte, a.dims[0])}); err == nil {
			s.Classes = []string{"a"}
			if err := s.check(); err != nil {
				t.Error(err)
			}
		}
	})
}
