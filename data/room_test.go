package data

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestPicturesBeyondTheBudget: a set in a mapped file is the same set; ordinary memory does not hold it, and nothing
// of it stays in the cache.
func TestPicturesBeyondTheBudget(t *testing.T) {
	dir := grown(t, 20, 5, 40, 30).directory(t)
	spec := Spec{Source: dir, Height: 512, Width: 512}
	const pixels = 50 * 512 * 512 * 3
	open := func(o Options) *Dataset {
		t.Helper()
		d, err := Open(context.Background(), spec, o)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	cache := t.TempDir()
	before := heap()
	d := open(Options{Cache: cache, Memory: pixels - 1})
	if took := heap() - before; took > pixels/4 {
		t.Errorf("%d bytes of memory hold a set that is in a file", took)
	}
	info := d.Info()
	if info.Mapped != pixels || info.Bytes >= pixels {
		t.Errorf("%d bytes are said to be mapped and %d in memory", info.Mapped, info.Bytes)
	}
	if entries, err := os.ReadDir(cache); err != nil || len(entries) > 0 && runtime.GOOS != "windows" {
		t.Errorf("the cache holds %v, %v", entries, err)
	}
	whole := open(Options{Cache: cache, Memory: pixels})
	if info := whole.Info(); info.Mapped != 0 || info.Bytes < pixels {
		t.Errorf("%d bytes are said to be mapped and %d in memory", info.Mapped, info.Bytes)
	}
	if d.Digest() != whole.Digest() {
		t.Error("the set in a file is another one than that in memory")
	}
	for _, d := range []*Dataset{d, whole} {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestBudget(t *testing.T) {
	for text, want := range map[string]int64{"2GB": 2e9, "1.5 MB": 15e5, "700": 700, "3kb": 3000, "12 B": 12} {
		t.Setenv(memoryVariable, text)
		if n, err := (Options{}).memory(); err != nil || n != want {
			t.Errorf("%q is %d, %v", text, n, err)
		}
	}
	for _, text := range []string{"much", "-1", "0", "1e30", "NaN", "GB"} {
		t.Setenv(memoryVariable, text)
		_, err := (Options{}).memory()
		if err == nil || !strings.Contains(err.Error(), memoryVariable) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if n, err := (Options{Memory: 5}).memory(); n != 5 || err != nil { // whatever the environment says
		t.Errorf("%d, %v", n, err)
	}
}

// TestNoRoom: what fits nowhere is refused before anything is read.
func TestNoRoom(t *testing.T) {
	dir := grown(t, 20, 5, 4, 3).directory(t)
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Spec{Source: dir, Height: 4096, Width: 4096}, Options{Cache: file, Memory: 1})
	if err == nil || !strings.Contains(err.Error(), "50 pictures of 4096×4096 take 2.5 GB") {
		t.Error(err)
	}
	var h interface{ Hint() string }
	if !errors.As(err, &h) || !strings.Contains(h.Hint(), "GRADLAB_CACHE") {
		t.Errorf("%v has no hint that helps", err)
	}
}
