package tree

import (
	"archive/tar"
	"archive/zip"
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

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

var limits = Limits{Files: 20, Unpacked: 1 << 30, Factor: 200, Floor: 1 << 20}

// A file of a tree to make: a link's body is where it leads, a directory ends in a slash.
type file struct {
	name, body string
	kind       byte
}

var files = []file{{"a/", "", tar.TypeDir}, {"a/x.png", "one", 0}, {"a/y", "", 0}, {"b/c/z.jpg", "three", 0}}

// listed is what a walk over files finds.
var listed = []string{"a/", "a/x.png=one", "a/y=", "b/c/z.jpg=three"}

func tarOf(t testing.TB, files []file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Typeflag: f.kind, Mode: 0o644}
		if f.kind == tar.TypeSymlink || f.kind == tar.TypeLink {
			h.Linkname = f.body
		} else {
			h.Size = int64(len(f.body))
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			io.WriteString(w, f.body)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t testing.TB, files []file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if f.kind == tar.TypeSymlink {
			h.SetMode(os.ModeSymlink | 0o777)
		}
		to, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(to, f.body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, b []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(b)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func zstdOf(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

// bzip2Of is tarOf(files) as bzip2 packs it, which Go cannot.
func bzip2Of(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/files.tar.bz2")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// list walks a tree and gives its entries in order.
func list(ctx context.Context, t *Tree) ([]string, error) {
	var all []string
	err := t.Walk(ctx, func(e Entry) error {
		switch {
		case e.Problem != "":
			all = append(all, e.Name+": "+e.Problem)
		case e.Dir:
			all = append(all, e.Name+"/")
		default:
			b, err := e.Read(100)
			if err != nil {
				return err
			}
			all = append(all, e.Name+"="+string(b))
		}
		return nil
	})
	slices.Sort(all)
	return all, err
}

func listFile(t *testing.T, b []byte) ([]string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	tree, err := Open(name, limits)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	first, err := list(context.Background(), tree)
	if again, err2 := list(context.Background(), tree); (err == nil) != (err2 == nil) || !slices.Equal(first, again) {
		t.Errorf("a second walk gives %v, %v", again, err2)
	}
	return first, err
}

func TestArchives(t *testing.T) {
	plain := tarOf(t, files)
	backslashes := zipOf(t, []file{{`a\x.png`, "one", 0}})
	for _, v := range []struct {
		what string
		file []byte
		want []string
	}{
		{"tar", plain, listed},
		{"tar.gz", gzipOf(t, plain), listed},
		{"tar.zst", zstdOf(t, plain), listed},
		{"tar.bz2", bzip2Of(t), listed},
		{"zip", zipOf(t, files), listed},
		{"dots", tarOf(t, []file{{"./", "", tar.TypeDir}, {"./a/./x.png", "one", 0}}), []string{"a/x.png=one"}},
		{"backslashes", backslashes, []string{"a/x.png=one"}},
		{"empty zip", zipOf(t, nil), nil},
	} {
		got, err := listFile(t, v.file)
		if err != nil {
			t.Errorf("%s: %v", v.what, err)
		}
		if d := cmp.Diff(v.want, got); d != "" {
			t.Errorf("%s: %s", v.what, d)
		}
	}
}

func TestArchiveErrors(t *testing.T) {
	plain := tarOf(t, files)
	packed := gzipOf(t, plain)
	flipped := bytes.Clone(packed)
	flipped[len(flipped)/2] ^= 0x55
	zeros := strings.Repeat("\x00", 3<<20)
	many := slices.Repeat([]file{{"d", "", 0}}, limits.Files+1)
	for _, v := range []struct {
		what, want string
		file       []byte
	}{
		{"nothing", "the file is empty", nil},
		{"text", "neither a directory nor an archive", []byte("hello")},
		{"rar", "archives of the kind rar are not read", []byte("Rar!\x1a\x07")},
		{"cut off", "ends too early", packed[:len(packed)/2]},
		{"tar cut off", "ends too early", plain[:700]},
		{"zstd cut off", "ends too early", zstdOf(t, plain)[:60]},
		{"zip cut off", "damaged", zipOf(t, files)[:100]},
		{"damaged", "damaged", flipped},
		{"gzip of text", "no tar archive", gzipOf(t, bytes.Repeat([]byte("hello\n"), 200))},
		{"climbing", `"../x" leads out of it`, tarOf(t, []file{{"../x", "", 0}})},
		{"climbing inside", "leads out of it", tarOf(t, []file{{"a/../../x", "", 0}})},
		{"absolute", "leads out of it", tarOf(t, []file{{"/etc/passwd", "", 0}})},
		{"drive", "leads out of it", tarOf(t, []file{{`C:\x`, "", 0}})},
		{"zip climbing", "leads out of it", zipOf(t, []file{{`..\x`, "", 0}})},
		{"link", `"a" is a link`, tarOf(t, []file{{"a", "b", tar.TypeSymlink}})},
		{"hard link", `"a" is a link`, tarOf(t, []file{{"a", "b", tar.TypeLink}})},
		{"zip link", `"a" is a link`, zipOf(t, []file{{"a", "/etc/passwd", tar.TypeSymlink}})},
		{"device", "neither a file nor a directory", tarOf(t, []file{{"a", "", tar.TypeChar}})},
		{"many", "more than 20 files", tarOf(t, many)},
		{"gzip bomb", "unpacks to more than 1048576", gzipOf(t, tarOf(t, []file{{"a", zeros, 0}}))},
		{"zstd bomb", "unpacks to more than 1048576", zstdOf(t, tarOf(t, []file{{"a", zeros, 0}}))},
		{"zip bomb", "unpacks to more than 1048576", zipOf(t, []file{{"a", zeros[:len(zeros)/2], 0}, {"b", zeros[:len(zeros)/2], 0}})},
	} {
		t.Run(v.what, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(name, v.file, 0o644); err != nil {
				t.Fatal(err)
			}
			tree, err := Open(name, limits)
			if err == nil {
				defer tree.Close()
				err = tree.Walk(context.Background(), func(Entry) error { return nil })
			}
			checkError(t, err, v.want)
		})
	}
}

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	var e *Error
	switch {
	case err == nil:
		t.Fatalf("no error, want %q", want)
	case !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n"):
		t.Errorf("error %q, want one line with %q", err, want)
	case !errors.As(err, &e) || e.Hint() == "":
		t.Errorf("error %q has no hint", err)
	}
}

// Links are followed to files inside the directory, and nowhere else.
func TestDirectory(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	for name, body := range map[string]string{
		filepath.Join(outside, "secret"): "secret",
		filepath.Join(dir, "a", "x.png"): "one", filepath.Join(dir, "b", "c", "z.jpg"): "three",
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(body), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{
		"a/inside": "../b/c/z.jpg", "a/out": "../../" + filepath.Base(outside) + "/secret",
		"a/absolute": filepath.Join(outside, "secret"), "a/nowhere": "none", "d": "b", "e": outside, "round": ".",
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	tree, err := Open(dir, limits)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	got, err := list(context.Background(), tree)
	if err != nil {
		t.Fatal(err)
	}
	const leads, directory = "it is a link that leads out of the directory or nowhere", "it is a link to a directory, and such links are not followed"
	want := []string{
		"a/", "a/absolute: " + leads, "a/inside=three", "a/nowhere: " + leads, "a/out: " + leads, "a/x.png=one",
		"b/", "b/c/", "b/c/z.jpg=three", "d: " + directory, "e: " + leads, "round: " + directory,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestOpenErrors(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "none"), limits)
	checkError(t, err, "no such file")
	_, err = Open(os.DevNull, limits)
	checkError(t, err, "no ordinary file")
}

// A file's size is bounded, whatever it says of itself; a walk ends with its context.
func TestReadLimit(t *testing.T) {
	tree, err := archive(bytes.NewReader(zipOf(t, files)), int64(len(zipOf(t, files))), limits)
	if err != nil {
		t.Fatal(err)
	}
	err = tree.Walk(context.Background(), func(e Entry) error {
		if e.Dir || e.Size == 0 {
			return nil
		}
		_, err := e.Read(e.Size - 1)
		if err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: %v", e.Name, err)
		}
		e.Size = 0 // as a header may lie
		if _, err := e.Read(2); err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: %v", e.Name, err)
		}
		head, err := e.Head(2)
		if err != nil || len(head) != 2 {
			t.Errorf("%s: a head of %q, %v", e.Name, head, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := tree.Walk(ctx, func(Entry) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a walk that was cancelled: %v", err)
	}
}

// FuzzArchive: whatever a file holds, names stay inside and bounds hold.
func FuzzArchive(f *testing.F) {
	plain := tarOf(f, files)
	for _, b := range [][]byte{plain, gzipOf(f, plain), zstdOf(f, plain), bzip2Of(f), zipOf(f, files), tarOf(f, []file{{"../x", "", 0}}), zipOf(f, files)[:90]} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tree, err := archive(bytes.NewReader(b), int64(len(b)), limits)
		if err != nil {
			return
		}
		read := int64(0)
		tree.Walk(context.Background(), func(e Entry) error {
			if e.Name == "" || strings.HasPrefix(e.Name, "/") || slices.Contains(strings.Split(e.Name, "/"), "..") {
				t.Errorf("a name %q", e.Name)
			}
			if !e.Dir {
				b, _ := e.Read(1 << 20)
				read += int64(len(b))
			}
			return nil
		})
		if read > bound(int64(len(b)), limits) {
			t.Errorf("%d bytes came of %d", read, len(b))
		}
	})
}
