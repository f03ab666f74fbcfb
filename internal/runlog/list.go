package runlog

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"gradlab/internal/disk"
	"gradlab/internal/wholefile"
)

// What a run's State may be.
const (
	Finished    = "finished"    // every trial has ended, and the report is written
	Interrupted = "interrupted" // the same command goes on
	Running     = "running"     // a process holds it
	Damaged     = "damaged"     // Problems says why
)

// Summary is what a run directory holds.
type Summary struct {
	Path    string    `json:"path"`
	Study   string    `json:"study"`
	State   string    `json:"state"`
	Begun   time.Time `json:"begun,omitzero"` // when it last began or went on
	Changed time.Time `json:"changed"`        // its newest file
	Bytes   int64     `json:"bytes"`
	Trials  int       `json:"trials"` // that its study asks for, one counted for each part that does
	Done    int       `json:"done"`   // of these
	Failed  int       `json:"failed"`
	Other   int       `json:"other"` // trials that its study no longer asks for

	Problems []string `json:"problems,omitempty"`
}

// List looks at the runs in dir, or at dir itself where it is one, in the order of their names.
func List(d disk.FS, dir string) ([]Summary, error) {
	paths, err := Find(d, dir)
	if err != nil {
		return nil, err
	}
	var all []Summary
	for _, path := range paths {
		s, err := summarise(d, path)
		if err != nil {
			return nil, fmt.Errorf("failed to look at %s: %w", path, wholefile.Reason(err))
		}
		all = append(all, s)
	}
	return all, nil
}

// isRun tells whether a run has begun in a directory.
func isRun(d disk.FS, path string) bool {
	for _, file := range []string{runFile, studyFile} {
		if info, err := d.Stat(filepath.Join(path, file)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// summarise looks at one run. What is wrong with it is no error.
func summarise(d disk.FS, path string) (Summary, error) {
	held := locked(d, path) // before its files are read: what ends meanwhile is no damage
	s, err := look(d, path)
	if held {
		s.State = Running
	}
	return s, err
}

// look is summarise of a run that nobody else writes.
func look(d disk.FS, path string) (Summary, error) {
	s := Summary{Path: path}
	err := walk(d, path, func(_ string, info fs.FileInfo) error {
		s.Bytes += info.Size()
		if info.ModTime().After(s.Changed) {
			s.Changed = info.ModTime()
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	problem := func(err error) { s.Problems = append(s.Problems, err.Error()) }
	r, err := readRun(d, path)
	switch {
	case err != nil:
		problem(err)
	case r == nil:
		problem(fmt.Errorf("there is no %s", runFile))
	default:
		s.Study, s.Trials = r.Study, max(r.Asked, len(r.Trials))
		s.Begun, _ = time.Parse(time.RFC3339, r.Begun)
		s.count(d, path, r, problem)
	}
	if _, err := d.Stat(filepath.Join(path, studyFile)); err != nil {
		problem(fmt.Errorf("there is no %s", studyFile))
	}
	_, err = d.Stat(filepath.Join(path, unfinishedFile))
	switch {
	case len(s.Problems) > 0:
		s.State = Damaged
	case s.Done+s.Failed < s.Trials, err == nil && s.Failed == 0: // failed trials keep the mark
		s.State = Interrupted
	default:
		s.State = Finished
	}
	return s, nil
}

// count counts the trials of a run by their outcomes.
func (s *Summary) count(d disk.FS, path string, r *Run, problem func(error)) {
	asked := r.asked()
	for _, hash := range slices.Sorted(maps.Keys(asked)) {
		n := asked[hash]
		var t struct{ Status string }
		found, err := ended(d, path, hash, &t)
		switch {
		case err != nil:
			problem(err)
		case found && t.Status == "failed":
			s.Failed += n
		case found:
			s.Done += n
		}
	}
	entries, _ := d.ReadDir(filepath.Join(path, trialsDir)) // none before the first trial
	for _, e := range entries {
		if e.IsDir() && isTrial(e.Name()) && asked[e.Name()] == 0 {
			s.Other++
		}
	}
}

// walk calls f for every file in dir and below. What goes meanwhile, of a run that is under way, is passed over.
func walk(d disk.FS, dir string, f func(path string, info fs.FileInfo) error) error {
	entries, err := d.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if e.IsDir() {
			err = walk(d, path, f)
		} else if info, e := e.Info(); e == nil {
			err = f(path, info)
		} else {
			err = e
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
