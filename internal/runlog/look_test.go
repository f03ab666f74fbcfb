package runlog

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gradlab/internal/disk"
)

// TestAnOutlineIsReadWithoutTheLock, as the newest Begin wrote it, and not where it is not what was written.
func TestAnOutlineIsReadWithoutTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	var got string
	if found, err := ReadOutline(disk.OS, path, &got); found || err != nil {
		t.Errorf("of no run: %v, %v", found, err)
	}
	d := open(t, path)
	for _, want := range []string{"before", "after"} {
		if err := d.Begin([]string{"ab"}, want); err != nil {
			t.Fatal(err)
		}
		if found, err := ReadOutline(disk.OS, path, &got); !found || err != nil || got != want {
			t.Errorf("%q: %q, %v, %v", want, got, found, err)
		}
	}
	whole, err := os.ReadFile(OutlinePath(path))
	if err != nil {
		t.Fatal(err)
	}
	for cause, data := range map[string][]byte{
		"it is not what its checksum says": bytes.Replace(whole, []byte("after"), []byte("aftef"), 1),
		"has format 2":                     bytes.Replace(whole, []byte(`"format": 1`), []byte(`"format": 2`), 1),
		"unexpected end":                   whole[:len(whole)/2],
	} {
		if err := os.WriteFile(OutlinePath(path), data, 0o644); err != nil {
			t.Fatal(err)
		}
		if found, err := ReadOutline(disk.OS, path, &got); found || err == nil || !strings.Contains(err.Error(), cause) {
			t.Errorf("%s: %v, %v", cause, found, err)
		}
	}
}
