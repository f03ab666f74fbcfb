package wholefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gradlab/internal/disk"
)

func TestWriteReplacesAndLeavesNothingBeside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	path := filepath.Join(dir, "f.json")
	for _, text := range []string{"first", "second"} {
		if err := Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("read %q, want %q", got, text)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files in the directory, want 1", len(entries))
	}
}

func TestWriteFailsCleanly(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(target, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(target, []byte("x")); err == nil {
		t.Fatal("a directory was overwritten by a file")
	} else if !strings.Contains(err.Error(), target) || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("the message should name the target only: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("a temporary file was left: %v", entries)
	}
	file := filepath.Join(dir, "file")
	if err := Write(file, nil); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(file, "below"), nil); err == nil {
		t.Error("a file was written below a file")
	}
}

// TestClean: what a killed process left goes, and nothing else does.
func TestClean(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "trials")
	if err := MakeDir(below); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		kept bool
	}{
		{"report.html", true},
		{".lock", true},
		{".report.html.2934871.tmp", false},
		{"trials/.sha256-ab.json.17.tmp", false},
		{"trials/sha256-ab.json", true},
		{"mine.1.tmp", true},
		{".vimrc.tmp", true},
	} {
		if err := os.WriteFile(filepath.Join(dir, c.name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Clean(disk.OS, dir); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, c.name)); (err == nil) != c.kept {
			t.Errorf("%s: kept %v, want %v", c.name, err == nil, c.kept)
		}
	}
}

// TestCleanKnowsWhatWriteLeaves keeps the two forms of a temporary file's name together.
func TestCleanKnowsWhatWriteLeaves(t *testing.T) {
	f, name, err := beside(disk.OS, filepath.Join(t.TempDir(), "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if !IsTemporary(filepath.Base(name)) {
		t.Errorf("%s is not taken for a temporary file", name)
	}
}
