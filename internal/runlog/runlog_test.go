package runlog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gradlab/internal/disk"
)

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(disk.OS, path, Study{Name: "x", Text: []byte("study: x\n")})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Begin(nil, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestTrialsAreFoundAgain(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"))
	type trial struct{ Loss float64 }
	if err := d.SaveTrial("sha256:ab", trial{0.1}, nil); err != nil {
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
	path := d.file("sha256:ab", resultFile)
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
	_, err := Open(disk.OS, path, Study{})
	if !errors.Is(err, disk.ErrLocked) {
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
	if _, err := Open(disk.OS, dir, Study{}); err == nil {
		t.Error("a directory with other files was taken")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("it was written to: %v", entries)
	}
}

func TestUnfinished(t *testing.T) {
	root := t.TempDir()
	x := Study{Name: "x", Text: []byte("study: x\n")}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d, err := Create(disk.OS, root, now, x)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Create(disk.OS, root, now, x)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	first := d.Path()
	if first != filepath.Join(root, "x-20260102-030405") || second.Path() != first+"-2" {
		t.Errorf("paths %s and %s", first, second.Path())
	}
	if err := d.Begin(nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := Unfinished(disk.OS, root, x); got != "" {
		t.Errorf("%s is being written and was given", got)
	}
	d.Close()
	if got := Unfinished(disk.OS, root, x); got != first {
		t.Errorf("Unfinished = %q, want %q", got, first)
	}
	if got := Unfinished(disk.OS, root, Study{Name: "x", Text: []byte("study: other\n")}); got != "" {
		t.Errorf("%s holds another study", got)
	}
	d = open(t, first)
	if err := d.Finish(); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if got := Unfinished(disk.OS, root, x); got != "" {
		t.Errorf("%s is finished", got)
	}
}

func TestOpenRefusesTheRunOfAnotherStudy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	for _, text := range []string{"seeds: 3\n", "seeds: 4\n"} { // a changed study goes on in its directory
		d, err := Open(disk.OS, path, Study{Name: "a", Text: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Begin([]string{text}, nil); err != nil {
			t.Fatal(err)
		}
		d.Close()
	}
	if _, err := Open(disk.OS, path, Study{Name: "b"}); err == nil || !strings.Contains(err.Error(), "another study (a)") {
		t.Errorf("another study: %v", err)
	}
	if got, _ := os.ReadFile(filepath.Join(path, studyFile)); string(got) != "seeds: 4\n" {
		t.Errorf("study.yaml is %q", got)
	}
	if r, err := readRun(disk.OS, path); err != nil || r.Study != "a" || !slices.Equal(r.Trials, []string{"seeds: 4\n"}) {
		t.Errorf("run.json says %+v, %v", r, err)
	}
}

// TestNewerFormatsAreRefused: another program may have put there what this one would lose.
func TestNewerFormatsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d := open(t, path)
	if err := d.SaveTrial("ab", 1, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.StartLog("ab", 0); err != nil {
		t.Fatal(err)
	}
	d.Close()
	for _, c := range []struct{ file, before, after string }{
		{"run.json", `"format": 1`, `"format": 2`},
		{"run.json", `"format": 1`, `"format": 0`},
		{"run.json", `}`, ``},
		{"trials/ab/result.json", `"format": 1`, `"format": 2`},
		{"trials/ab/events.jsonl", "", string(must(appendRecord(nil, header{2, "ab"})))},
	} {
		name := filepath.Join(path, filepath.FromSlash(c.file))
		was, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(was), c.before, c.after, 1)
		if c.before == "" {
			text = c.after
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := Open(disk.OS, path, Study{Name: "x"})
		if err == nil {
			var v int
			if _, err = d.LoadTrial("ab", &v); err == nil {
				_, _, err = d.StartLog("ab", 0)
			}
			d.Close()
		}
		var h interface{ Hint() string }
		if err == nil || strings.Contains(c.after, "2") && (!errors.As(err, &h) || !strings.Contains(h.Hint(), "newer gradlab")) {
			t.Errorf("%s with %q: %v", c.file, c.after, err)
		}
		if got, _ := os.ReadFile(name); string(got) != text {
			t.Errorf("%s was changed to %q", c.file, got)
		}
		if err := os.WriteFile(name, was, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
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
	if err := d.SaveTrial("ab", 1, nil); err != nil {
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
		d, err := Open(disk.OS, filepath.Join(root, path), Study{Name: "x", Text: []byte("seeds: 9\n")})
		if err != nil {
			t.Fatal(err)
		}
		d.Discard()
		if diff := cmp.Diff(before, tree(t, root)); diff != "" {
			t.Errorf("opening and discarding %s changed (-before +after):\n%s", path, diff)
		}
	}
	d, err := Create(disk.OS, filepath.Join(root, "runs"), time.Now(), Study{Name: "x"})
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
	if _, err := Open(disk.OS, path, Study{Name: "y"}); err == nil {
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
	if err := d.SaveTrial("ab", 1, nil); err != nil {
		t.Fatal(err)
	}
	d.Close()
	before := tree(t, path)
	for _, name := range []string{".results.json.123.tmp", "trials/ab/.result.json.4567.tmp"} {
		if err := os.WriteFile(filepath.Join(path, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if d, err := Open(disk.OS, path, Study{Name: "x"}); err != nil {
		t.Fatal(err)
	} else {
		defer d.Close()
	}
	if diff := cmp.Diff(before, tree(t, path)); diff != "" {
		t.Errorf("after a kill (-want +got):\n%s", diff)
	}
}
