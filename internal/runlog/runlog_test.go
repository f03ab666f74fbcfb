package runlog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path, []byte("study: x\n"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestWriteFileReplacesAndLeavesNothingBeside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	path := filepath.Join(dir, "f.json")
	for _, text := range []string{"first", "second"} {
		if err := WriteFile(path, []byte(text)); err != nil {
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

func TestWriteFileFailsCleanly(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(target, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(target, []byte("x")); err == nil {
		t.Fatal("a directory was overwritten by a file")
	} else if !strings.Contains(err.Error(), target) || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("the message should name the target only: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("a temporary file was left: %v", entries)
	}
	file := filepath.Join(dir, "file")
	if err := WriteFile(file, nil); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(filepath.Join(file, "below"), nil); err == nil {
		t.Error("a file was written below a file")
	}
}

func TestTrialsAreFoundAgain(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"))
	type trial struct{ Loss float64 }
	if err := d.SaveTrial("sha256:ab", trial{0.1}); err != nil {
		t.Fatal(err)
	}
	var got trial
	if found, err := d.LoadTrial("sha256:ab", &got); err != nil || !found || got.Loss != 0.1 {
		t.Errorf("LoadTrial = %v, %v, %v", got, found, err)
	}
	if found, err := d.LoadTrial("sha256:cd", &got); err != nil || found {
		t.Errorf("a trial that was never saved: %v, %v", found, err)
	}
	path := d.trialPath("sha256:ab")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data[:len(data)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if found, err := d.LoadTrial("sha256:ab", &got); err == nil || found {
		t.Errorf("a torn file was taken for a trial: %v, %v", found, err)
	}
}

func TestOneWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d := open(t, path)
	_, err := Open(path, nil)
	if !errors.Is(err, errLocked) {
		t.Fatalf("a second writer: %v", err)
	}
	var h interface{ Hint() string }
	if !errors.As(err, &h) || h.Hint() == "" {
		t.Error("no hint")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestOpenRefusesOtherDirectories(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, nil); err == nil {
		t.Error("a directory with other files was taken")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("it was written to: %v", entries)
	}
}

func TestUnfinished(t *testing.T) {
	root := t.TempDir()
	text := []byte("study: x\n")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	first, err := NewPath(root, "x", now)
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewPath(root, "x", now)
	if err != nil {
		t.Fatal(err)
	}
	if first != filepath.Join(root, "x-20260102-030405") || second != first+"-2" {
		t.Errorf("paths %s and %s", first, second)
	}
	d := open(t, first)
	if got := Unfinished(root, "x", text); got != "" {
		t.Errorf("%s is being written and was given", got)
	}
	d.Close()
	if got := Unfinished(root, "x", text); got != first {
		t.Errorf("Unfinished = %q, want %q", got, first)
	}
	if got := Unfinished(root, "x", []byte("study: other\n")); got != "" {
		t.Errorf("%s holds another study", got)
	}
	d = open(t, first)
	if err := d.Finish(); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if got := Unfinished(root, "x", text); got != "" {
		t.Errorf("%s is finished", got)
	}
}

func TestOpenRefusesTheRunOfAnotherStudy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	for _, text := range []string{"# study a\nseeds: 3\n", "# study a\nseeds: 4\n"} {
		d, err := Open(path, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		d.Close()
	}
	if _, err := Open(path, []byte("# study b\nseeds: 4\n")); err == nil || !strings.Contains(err.Error(), "study a") {
		t.Errorf("another study: %v", err)
	}
	if got, _ := os.ReadFile(filepath.Join(path, studyFile)); string(got) != "# study a\nseeds: 4\n" {
		t.Errorf("study.yaml is %q", got)
	}
}

func TestDiscard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	open(t, path).Discard()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a run that never began was left: %v", err)
	}
	d := open(t, path)
	if err := d.SaveTrial("ab", 1); err != nil {
		t.Fatal(err)
	}
	d.Discard()
	d.Close()
	open(t, path).Discard() // not fresh
	if found, err := d.LoadTrial("ab", new(int)); !found || err != nil {
		t.Errorf("a finished trial was discarded: %v", err)
	}
}
