package runlog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gradlab/internal/disk"
)

// TestTidyTakesWhatItSays: a dry run names the very files, and takes none.
func TestTidyTakesWhatItSays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d, err := Open(disk.OS, path, Study{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	done, open, other := strings.Repeat("d0", 32), strings.Repeat("09", 32), strings.Repeat("0f", 32)
	if err := d.Begin([]string{done, open}, nil); err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{done, other} {
		if err := d.SaveTrial(hash, map[string]string{"status": "done"}, []byte("weights")); err != nil {
			t.Fatal(err)
		}
	}
	for _, hash := range []string{done, open} {
		if err := d.SaveCheckpoint(hash, []byte("checkpoint")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Tidy(disk.OS, path, Tidying{}); err == nil || !strings.Contains(err.Error(), "a gradlab is writing there") {
		t.Errorf("a run that is held: %v", err)
	}
	if list, err := List(disk.OS, path); err != nil || len(list) != 1 || list[0].State != Running {
		t.Errorf("a run that is held: %+v, %v", list, err)
	}
	d.Close()
	for _, file := range []string{
		"plots/.a.svg.3.tmp", "trials/notes.txt", "checkpoint.safetensors",
		"trials/old/result.json", "trials/" + other + "/notes.txt", "trials/" + other + "/deep/result.json", "trials/" + other + "/.weights.safetensors.1.tmp",
	} {
		file := filepath.Join(path, filepath.FromSlash(file))
		os.MkdirAll(filepath.Dir(file), 0o755)
		if err := os.WriteFile(file, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list, err := List(disk.OS, filepath.Dir(path))
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	got := list[0]
	bytes := int64(0)
	for _, text := range tree(t, path) {
		if text != "directory" {
			bytes += int64(len(text))
		}
	}
	want := Summary{Path: path, Study: "x", State: Interrupted, Begun: got.Begun, Changed: got.Changed, Bytes: bytes, Trials: 2, Done: 1, Other: 1}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}

	before := tree(t, path)
	var h interface{ Hint() string }
	if _, err := Tidy(disk.OS, path, Tidying{Other: true}); !errors.As(err, &h) || !strings.Contains(h.Hint(), "--out "+path) {
		t.Errorf("other trials of a run that is not finished: %v", err)
	}
	if d := cmp.Diff(before, tree(t, path)); d != "" {
		t.Errorf("a refused call changed (-before +after):\n%s", d)
	}
	for _, c := range []struct {
		o    Tidying
		want []string
	}{
		{Tidying{}, []string{"plots/.a.svg.3.tmp", "trials/" + other + "/.weights.safetensors.1.tmp", "trials/" + done + "/checkpoint.safetensors"}},
		{Tidying{Weights: true}, []string{"trials/" + other + "/weights.safetensors", "trials/" + done + "/weights.safetensors"}},
		{Tidying{Other: true, Weights: true}, []string{"trials/" + open + "/checkpoint.safetensors", "trials/" + other + "/result.json"}},
		{Tidying{Other: true, Weights: true}, nil},
	} {
		if c.o.Other {
			finish(t, path, done)
		}
		before := tree(t, path)
		for _, dry := range []bool{true, false} {
			c.o.DryRun = dry
			removed, err := Tidy(disk.OS, path, c.o)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, r := range removed {
				name, _ := filepath.Rel(path, r.Path)
				names = append(names, filepath.ToSlash(name))
				if r.Bytes != int64(len(before[r.Path])) {
					t.Errorf("%s is said to have %d bytes", name, r.Bytes)
				}
			}
			if d := cmp.Diff(c.want, names); d != "" {
				t.Errorf("%+v: -want +got:\n%s", c.o, d)
			}
			if dry {
				if d := cmp.Diff(before, tree(t, path)); d != "" {
					t.Errorf("%+v changed (-before +after):\n%s", c.o, d)
				}
			}
		}
		for _, name := range c.want {
			delete(before, filepath.Join(path, filepath.FromSlash(name)))
		}
		if c.o.Other {
			delete(before, filepath.Join(path, "trials", open)) // empty; a person's files keep the other one
		}
		if d := cmp.Diff(before, tree(t, path)); d != "" {
			t.Errorf("%+v left (-want +got):\n%s", c.o, d)
		}
	}
}

// finish ends the run at path, which then asks for one trial.
func finish(t *testing.T, path, trial string) {
	t.Helper()
	d, err := Open(disk.OS, path, Study{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Begin([]string{trial}, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Finish(); err != nil {
		t.Fatal(err)
	}
}

// TestOtherTrialsWhileValuesAreChosen: until then, run.json knows nothing of the trials with the chosen values, which an
// earlier run has finished. What it asks for in all is said.
func TestOtherTrialsWhileValuesAreChosen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d := open(t, path)
	choice, chosen := strings.Repeat("c0", 32), strings.Repeat("a0", 32)
	for _, hash := range []string{choice, chosen} {
		if err := d.SaveTrial(hash, map[string]string{"status": "done"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		hashes       []string
		state        string
		trials, done int
	}{
		{[]string{choice, choice, ""}, Interrupted, 3, 2},
		{[]string{choice, choice, chosen}, Finished, 3, 3},
	} {
		if err := d.Begin(c.hashes, nil); err != nil {
			t.Fatal(err)
		}
		if c.state == Finished {
			if err := d.Finish(); err != nil {
				t.Fatal(err)
			}
		}
		d.Close()
		list, err := List(disk.OS, path)
		if err != nil || len(list) != 1 || list[0].State != c.state || list[0].Trials != c.trials || list[0].Done != c.done {
			t.Errorf("%+v, %v, want %+v", list, err, c)
		}
		removed, err := Tidy(disk.OS, path, Tidying{Other: true})
		if (err == nil) != (c.state == Finished) || len(removed) > 0 {
			t.Errorf("%s: %+v, %v", c.state, removed, err)
		}
		if d, err = Open(disk.OS, path, Study{Name: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	d.Close()
}

// TestListSaysWhatIsDamaged: a run whose files are not what was written, or not there.
func TestListSaysWhatIsDamaged(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(path string) error
		want string
	}{
		"whole":      {func(string) error { return nil }, ""},
		"no run":     {func(path string) error { return os.Remove(filepath.Join(path, runFile)) }, "there is no run.json"},
		"no study":   {func(path string) error { return os.Remove(filepath.Join(path, studyFile)) }, "there is no study.yaml"},
		"torn run":   {func(path string) error { return os.Truncate(filepath.Join(path, runFile), 20) }, "run.json is damaged"},
		"torn trial": {func(path string) error { return os.Truncate(filepath.Join(path, trialsDir, "a", resultFile), 20) }, "failed to read"},
	} {
		path := filepath.Join(t.TempDir(), "run")
		d := open(t, path)
		if err := d.Begin([]string{"a"}, nil); err != nil {
			t.Fatal(err)
		}
		if err := d.SaveTrial("a", map[string]string{"status": "done"}, nil); err != nil {
			t.Fatal(err)
		}
		if err := d.Finish(); err != nil {
			t.Fatal(err)
		}
		d.Close()
		if err := c.harm(path); err != nil {
			t.Fatal(err)
		}
		list, err := List(disk.OS, path)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %+v, %v", name, list, err)
		}
		state := Damaged
		if c.want == "" {
			state = Finished
		}
		if list[0].State != state || !strings.Contains(strings.Join(list[0].Problems, "\n"), c.want) {
			t.Errorf("%s: %+v", name, list[0])
		}
	}
}
