package runlog

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"gradlab/internal/disk"
	"gradlab/internal/wholefile"
)

// Tidying says what Tidy takes beside what is of no use to anybody.
type Tidying struct {
	DryRun  bool // nothing is removed
	Weights bool // those of the trials that have ended
	Other   bool // trials that the study no longer asks for, with their results; refused until the run has finished
}

// A Removal is a file that was removed, or would be.
type Removal struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	What  string `json:"what"` // "temporary file", "checkpoint", "weights" or "other trial"
}

// Tidy removes from the run at path what is of no use any more: what killed processes have left of unfinished files,
// and checkpoints of trials that have ended. Options take more. What gradlab does not write stays. It fails for a run
// that a process holds, or of a newer format, and stops at the first file that cannot be removed.
func Tidy(d disk.FS, path string, o Tidying) (removed []Removal, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("failed to clean %s: %w", path, err)
		}
	}()
	r, err := readRun(d, path)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fmt.Errorf("it holds no run: there is no %s", runFile)
	}
	lock, err := d.Lock(filepath.Join(path, lockFile))
	if errors.Is(err, disk.ErrLocked) {
		return nil, hinted{errors.New("a gradlab is writing there"), "wait until it has finished"}
	}
	if err != nil {
		return nil, wholefile.Reason(err)
	}
	defer lock.Close()

	if o.Other {
		s, err := look(d, path)
		if err != nil {
			return nil, wholefile.Reason(err)
		}
		if s.State != Finished { // while values are chosen, run.json lacks trials that are asked for
			return nil, hinted{errors.New("it is not finished, and which trials it still asks for is not known"), "finish it first, with the same gradlab run … --out " + path}
		}
	}
	asked := r.asked()
	trials := filepath.Join(path, trialsDir)
	err = walk(d, path, func(file string, info fs.FileInfo) error {
		dir, name := filepath.Split(file)
		dir = filepath.Clean(dir)
		ofTrial := filepath.Dir(dir) == trials
		what := ""
		switch {
		case wholefile.IsTemporary(name):
			what = "temporary file"
		case !ofTrial || !isTrial(filepath.Base(dir)):
		case o.Other && asked[filepath.Base(dir)] == 0 && slices.Contains(trialFiles, name):
			what = "other trial"
		case name == checkpointFile && hasEnded(d, dir):
			what = "checkpoint"
		case name == weightsFile && o.Weights && hasEnded(d, dir):
			what = "weights"
		}
		if what == "" {
			return nil
		}
		if !o.DryRun {
			if err := d.Remove(file); err != nil {
				return err
			}
		}
		removed = append(removed, Removal{file, info.Size(), what})
		return nil
	})
	if err != nil {
		return removed, err
	}
	if o.Other && !o.DryRun {
		entries, _ := d.ReadDir(trials)
		for _, e := range entries {
			if e.IsDir() && isTrial(e.Name()) && asked[e.Name()] == 0 {
				d.Remove(filepath.Join(trials, e.Name())) // fails where somebody has put something there
			}
		}
	}
	return removed, nil
}

// hasEnded tells whether the trial in dir has a result that can be read.
func hasEnded(d disk.FS, dir string) bool {
	data, err := d.ReadFile(filepath.Join(dir, resultFile))
	if err != nil {
		return false
	}
	var v any
	return unseal(resultFile, data, &v) == nil
}
