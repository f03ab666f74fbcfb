package disktest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gradlab/internal/disk"
)

// kind is what callers may ask of an error.
func kind(err error) string {
	switch {
	case err == nil:
		return "none"
	case errors.Is(err, fs.ErrNotExist):
		return "not there"
	case errors.Is(err, fs.ErrExist):
		return "there"
	case errors.Is(err, disk.ErrLocked):
		return "locked"
	}
	return "other"
}

// TestItIsAFileSystem compares it with that of this machine, call by call.
func TestItIsAFileSystem(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it behaves as Unix does")
	}
	rapid.Check(t, func(t *rapid.T) {
		root, err := os.MkdirTemp("", "disktest")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(root)
		d := New()
		names := rapid.SampledFrom([]string{"a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "none/a"})
		for range rapid.IntRange(1, 30).Draw(t, "calls") {
			name := names.Draw(t, "name")
			text := rapid.SampledFrom([]string{"", "x", "hello"}).Draw(t, "text")
			write := func(f disk.File, err error) error {
				if err != nil {
					return err
				}
				_, err = f.Write([]byte(text))
				return errors.Join(err, f.Sync(), f.Close())
			}
			call := rapid.SampledFrom([]string{"Mkdir", "Create", "Append", "Rename", "Remove", "Stat", "ReadFile", "ReadDir", "SyncDir"}).Draw(t, "call")
			to := filepath.Join(filepath.Dir(name), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "to"))
			do := func(on disk.FS, at func(string) string) error {
				path := at(name)
				var err error
				switch call {
				case "Mkdir":
					err = on.Mkdir(path)
				case "Create":
					err = write(on.Create(path))
				case "Append":
					if info, e := on.Stat(path); e == nil && info.IsDir() {
						return nil // no caller does
					}
					err = write(on.Append(path))
				case "Rename":
					if info, e := on.Stat(path); e != nil || info.IsDir() {
						return e
					}
					err = on.Rename(path, at(to))
				case "Remove":
					err = on.Remove(path)
				case "Stat":
					_, err = on.Stat(path)
				case "ReadFile":
					_, err = on.ReadFile(path)
				case "ReadDir":
					_, err = on.ReadDir(path)
				case "SyncDir":
					if info, e := on.Stat(path); e != nil || !info.IsDir() {
						return e
					}
					err = on.SyncDir(path)
				}
				return err
			}
			want := do(disk.OS, func(name string) string { return filepath.Join(root, name) })
			got := do(d, func(name string) string { return name })
			if kind(want) != kind(got) {
				t.Fatalf("%s %s: %v, the machine says %v", call, name, got, want)
			}
		}
		files := map[string][]byte{}
		err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			name, _ := filepath.Rel(root, path)
			files[filepath.ToSlash(name)], err = os.ReadFile(path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		asText := func(files map[string][]byte) map[string]string {
			all := map[string]string{}
			for name, data := range files {
				all[name] = string(data)
			}
			return all
		}
		if diff := cmp.Diff(asText(files), asText(d.Files())); diff != "" {
			t.Fatalf("-machine +double:\n%s", diff)
		}
	})
}

// TestWhatAPowerFailureLeaves: bytes need Sync, names SyncDir, and neither brings the other.
func TestWhatAPowerFailureLeaves(t *testing.T) {
	d := New()
	make := func(name string, sync bool) {
		f, err := d.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte("bytes"))
		if sync {
			f.Sync()
		}
	}
	make("named only", false)
	make("both", true)
	d.SyncDir(".")
	make("synced only", true)
	if f, err := d.Append("both"); err != nil {
		t.Fatal(err)
	} else {
		f.Write([]byte(" and more"))
	}
	d.Rename("both", "renamed")
	d.Restart(Everything, nil)
	got := map[string]string{}
	for name, data := range d.Files() {
		got[name] = string(data)
	}
	if diff := cmp.Diff(map[string]string{"named only": "", "both": "bytes"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestFaults: what each leaves of a write, and that the dead stay dead.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault Fault
		space int64
		err   error
		left  string
	}{
		{None, -1, nil, "12345678"}, {Fail, -1, ErrIO, ""}, {FailDone, -1, ErrIO, "1234"}, {Die, -1, ErrDead, ""}, {DieDone, -1, ErrDead, "1234"}, {None, 3, ErrFull, "123"},
	} {
		d := New()
		f, err := d.Create("f")
		if err != nil {
			t.Fatal(err)
		}
		d.SetSpace(c.space)
		d.Inject(At(1, c.fault))
		n, err := f.Write([]byte("12345678"))
		if !errors.Is(err, c.err) || n != len(c.left) {
			t.Errorf("%+v: Write = %d, %v", c, n, err)
		}
		if got := string(d.Files()["f"]); got != c.left {
			t.Errorf("%+v: %q is left", c, got)
		}
		if dead := c.err == ErrDead; d.Dead() != dead {
			t.Errorf("%+v: is it dead? %v", c, d.Dead())
		}
		d.Restart(Nothing, nil)
		if _, err := f.Write([]byte("x")); !errors.Is(err, ErrDead) {
			t.Errorf("%+v: a file of a program before writes: %v", c, err)
		}
	}
}
