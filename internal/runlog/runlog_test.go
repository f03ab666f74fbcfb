package runlog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path, []byte("study: x\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Begin(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
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
	if !d.Has("sha256:ab") || d.Has("sha256:cd") {
		t.Error("Has does not know which trial was saved")
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
	d, err := Create(root, "x", now, text)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Create(root, "x", now, text)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	first := d.Path()
	if first != filepath.Join(root, "x-20260102-030405") || second.Path() != first+"-2" {
		t.Errorf("paths %s and %s", first, second.Path())
	}
	if err := d.Begin(); err != nil {
		t.Fatal(err)
	}
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
		if err := d.Begin(); err != nil {
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

// TestOpenRefusesAChangedStudy: study.yaml must say what the trials and the report beside it are of.
func TestOpenRefusesAChangedStudy(t *testing.T) {
	const before = "# study a\nmodel: [linear]\nseeds: 3\n---\nmodel: [tanh]\nseeds: 3\n"
	for _, c := range []struct {
		text  string
		taken bool
	}{
		{before, true},
		{strings.ReplaceAll(before, "seeds: 3", "seeds: [1, 5]"), true},
		{strings.Replace(before, "tanh", "relu", 1), false},
		{before + "---\nmodel: [relu]\nseeds: 3\n", false},
		{"# study a\nmodel: [linear]\nseeds: 3\n", false},
	} {
		path := filepath.Join(t.TempDir(), "run")
		d, err := Open(path, []byte(before))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Begin(); err != nil {
			t.Fatal(err)
		}
		d.Close()
		was := tree(t, path)
		d, err = Open(path, []byte(c.text))
		if err == nil {
			d.Discard()
		}
		if (err == nil) != c.taken {
			t.Errorf("%q after %q: error %v, want taken %v", c.text, before, err, c.taken)
		}
		if diff := cmp.Diff(was, tree(t, path)); diff != "" {
			t.Errorf("%q changed the directory (-before +after):\n%s", c.text, diff)
		}
	}
}

// tree lists what is in dir and below, with the files' texts.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			all[path] = "directory"
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDiscardLeavesNothing: until Begin nothing of what is there changes, and what is made goes again.
func TestDiscardLeavesNothing(t *testing.T) {
	root := t.TempDir()
	finished := filepath.Join(root, "finished")
	d := open(t, finished)
	if err := d.SaveTrial("ab", 1); err != nil {
		t.Fatal(err)
	}
	if err := d.Finish(); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	before := tree(t, root)
	for _, path := range []string{"finished", "empty", "new", "new/below/that"} {
		d, err := Open(filepath.Join(root, path), []byte("study: x\nseeds: 9\n"))
		if err != nil {
			t.Fatal(err)
		}
		d.Discard()
		if diff := cmp.Diff(before, tree(t, root)); diff != "" {
			t.Errorf("opening and discarding %s changed (-before +after):\n%s", path, diff)
		}
	}
	d, err := Create(filepath.Join(root, "runs"), "x", time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Discard()
	if diff := cmp.Diff(before, tree(t, root)); diff != "" {
		t.Errorf("creating and discarding changed (-before +after):\n%s", diff)
	}
}

func TestDiscardKeepsARunThatHasBegun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	open(t, path).Discard()
	if _, err := os.Stat(filepath.Join(path, studyFile)); err != nil {
		t.Errorf("the study was discarded: %v", err)
	}
}

// TestARefusedDirectoryIsLeftAsItWas covers what is found only behind the lock.
func TestARefusedDirectoryIsLeftAsItWas(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "run")
	open(t, path).Close()
	if err := os.Remove(filepath.Join(path, lockFile)); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	if _, err := Open(path, []byte("study: y\n")); err == nil {
		t.Fatal("the run of another study was taken")
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("a refused directory changed (-before +after):\n%s", diff)
	}
}

// TestOpenRemovesWhatAKillLeft: a killed process could not remove its temporary files.
func TestOpenRemovesWhatAKillLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d := open(t, path)
	if err := d.SaveTrial("ab", 1); err != nil {
		t.Fatal(err)
	}
	d.Close()
	before := tree(t, path)
	for _, name := range []string{".results.json.123.tmp", "trials/.cd.json.4567.tmp"} {
		if err := os.WriteFile(filepath.Join(path, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, path)
	if diff := cmp.Diff(before, tree(t, path)); diff != "" {
		t.Errorf("after a kill (-want +got):\n%s", diff)
	}
}
