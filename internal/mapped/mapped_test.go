package mapped

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMake: what was written is read, by memory and by file, and nothing of it stays.
func TestMake(t *testing.T) {
	for name, limit := range map[string]int64{"memory": 5000, "file": 4999} {
		dir := filepath.Join(t.TempDir(), "new", "cache")
		r, err := Make(5000, limit, dir)
		if err != nil {
			t.Fatal(err)
		}
		if r.InFile() != (name == "file") || len(r.Bytes) != 5000 {
			t.Errorf("%s: in a file: %v, %d bytes", name, r.InFile(), len(r.Bytes))
		}
		for i, b := range r.Bytes {
			if b != 0 {
				t.Fatalf("%s: byte %d is %d at first", name, i, b)
			}
			r.Bytes[i] = byte(i % 251)
		}
		for i, b := range r.Bytes {
			if b != byte(i%251) {
				t.Fatalf("%s: byte %d is %d", name, i, b)
			}
		}
		if err := r.Close(); err != nil || r.Bytes != nil {
			t.Errorf("%s: %v, %d bytes after it was closed", name, err, len(r.Bytes))
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: closed again: %v", name, err)
		}
		entries, err := os.ReadDir(dir)
		if name == "memory" && !errors.Is(err, fs.ErrNotExist) || len(entries) > 0 {
			t.Errorf("%s: %v is left, %v", name, entries, err)
		}
	}
}

// TestStaleFilesGo, and those of others stay.
func TestStaleFilesGo(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"room-17.mapped", "mine.mapped", "room.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Make(10, 0, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("left are %v", left)
	}
}

func TestMakeErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		n    int64
		dir  string
		want string
	}{
		"no directory": {10, filepath.Join(file, "x"), "not a directory"},
		"no disk":      {1 << 60, dir, "failed to make room for 1152921504606846976 bytes in " + dir},
		"negative":     {math.MinInt64, dir, "no program can address so many"},
	} {
		r, err := Make(c.n, 0, c.dir)
		if err == nil {
			r.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left are %v", left)
	}
}
