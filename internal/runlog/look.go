package runlog

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"gradlab/internal/disk"
	"gradlab/internal/wholefile"
)

// Looking at a run that another process may be writing: nothing here takes the lock for longer than a moment, or changes
// a file.

// EventsPath is where the log of the trial of that hash is, of the run at path.
func EventsPath(path, hash string) string { return filepath.Join(trialDir(path, hash), eventsFile) }

// ResultPath is where the trial's result is, once it has ended.
func ResultPath(path, hash string) string { return filepath.Join(trialDir(path, hash), resultFile) }

// WeightsPath is where the weights are that the trial was trained to.
func WeightsPath(path, hash string) string { return filepath.Join(trialDir(path, hash), weightsFile) }

// CheckpointPath is where the trial's newest checkpoint is, until it has ended.
func CheckpointPath(path, hash string) string {
	return filepath.Join(trialDir(path, hash), checkpointFile)
}

// ReadResult reads what the trial of that hash, of the run at path, came to into v; found is false where it has not
// ended.
func ReadResult(d disk.FS, path, hash string, v any) (found bool, err error) {
	return ended(d, path, hash, v)
}

// Find gives the paths of the runs in dir, or dir itself where it is one, in the order of their names.
func Find(d disk.FS, dir string) ([]string, error) {
	if isRun(d, dir) {
		return []string{dir}, nil
	}
	entries, err := d.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("failed to look for runs in %s: %w", dir, wholefile.Reason(err))
	}
	var all []string
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); isRun(d, path) {
			all = append(all, path)
		}
	}
	return all, nil
}

// Glance is what is seen of a run without reading its trials.
type Glance struct {
	State    string // Finished, Interrupted, Running or Damaged
	Study    string
	Begun    time.Time // when it last began or went on
	Asked    int       // trials that the study asks for
	Ended    int       // of these, those that have a result
	Problems []string
}

// GlanceAt looks at the run at path.
func GlanceAt(d disk.FS, path string) Glance {
	var g Glance
	r, err := readRun(d, path)
	switch {
	case err != nil:
		g.State, g.Problems = Damaged, []string{err.Error()}
		return g
	case r == nil: // of an earlier version, or not begun
		g.State = Interrupted
		if _, err := d.Stat(filepath.Join(path, unfinishedFile)); errors.Is(err, fs.ErrNotExist) {
			g.State = Finished
		}
	default:
		g.Study, g.Asked = r.Study, max(r.Asked, len(r.Trials))
		g.Begun, _ = time.Parse(time.RFC3339, r.Begun)
		held := locked(d, path) // before trials are counted: what ends meanwhile has ended
		for hash, n := range r.asked() {
			if _, err := d.Stat(filepath.Join(path, trialsDir, hash, resultFile)); err == nil {
				g.Ended += n
			}
		}
		switch {
		case held:
			g.State = Running
		case g.Ended < g.Asked:
			g.State = Interrupted
		default:
			g.State = Finished
		}
	}
	return g
}

// outlineFile is what the results are before the first trial.
const outlineFile = "outline.json"

// OutlinePath is where the outline of the run at path is.
func OutlinePath(path string) string { return filepath.Join(path, outlineFile) }

// ReadOutline reads what the results of the run at path were before its first trial into v; found is false where it has
// none.
func ReadOutline(d disk.FS, path string, v any) (found bool, err error) {
	data, err := d.ReadFile(OutlinePath(path))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = unseal(outlineFile, data, v)
	}
	if err != nil {
		return false, fmt.Errorf("failed to read %s: %w", OutlinePath(path), wholefile.Reason(err))
	}
	return true, nil
}
