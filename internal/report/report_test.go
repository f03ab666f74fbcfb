package report

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWriteAll writes the odd cases, finds every file that was named, and gets the same bytes from the
// results as they are read back: the report of a run can be written again.
func TestWriteAll(t *testing.T) {
	all := cases()
	for _, name := range []string{"no arms", "failed", "hostile"} { // PNG files take their time
		r := all[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, again := t.TempDir(), t.TempDir()
			names, err := WriteAll(dir, r, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"results.json", "trials.csv", "positions.csv", "comparisons.csv", "report.md", "report.html"} {
				if !slices.Contains(names, want) {
					t.Errorf("%s is not among the files written: %q", want, names)
				}
			}
			back, err := Read(filepath.Join(dir, "results.json"))
			if err != nil {
				t.Fatal(err)
			}
			namesAgain, err := WriteAll(again, back, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(names, namesAgain) {
				t.Errorf("files of results read back:\n%q, want\n%q", namesAgain, names)
			}
			for _, n := range names {
				a, err := os.ReadFile(filepath.Join(dir, n))
				if err != nil {
					t.Fatal(err)
				}
				if b, err := os.ReadFile(filepath.Join(again, n)); err != nil || !bytes.Equal(a, b) {
					t.Errorf("%s differs when written from results read back (%v)", n, err)
				}
				if strings.Contains(n, "..") {
					t.Errorf("file name %q leaves the directory", n)
				}
			}
			count := 0
			filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					count++
				}
				return err
			})
			if count != len(names) {
				t.Errorf("%d files in the directory, %d named", count, len(names))
			}
		})
	}
}

func TestWriteAllIntoAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := WriteAll(path, small(), Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one that names %s", err, path)
	}
}
