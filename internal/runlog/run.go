package runlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"

	"gradlab/internal/disk"
	"gradlab/internal/wholefile"
)

// Format is the version of the run directory and of what this package writes into it. It is raised with the format of
// anything in there, checkpoints included, so that a directory of a newer gradlab is refused as a whole, before
// anything in it is judged or replaced.
const Format = 1

// Run is what a run directory says of itself in run.json.
type Run struct {
	Format  int      `json:"format"`
	Study   string   `json:"study"`
	Program string   `json:"program"` // the version of gradlab that wrote it last
	Begun   string   `json:"begun"`   // RFC 3339: when it last began or went on
	Trials  []string `json:"trials"`  // hashes of the trials that the study asks for; one more than once where parts share it
	Asked   int      `json:"asked"`   // number of these, with those whose hash is not known before values are chosen
}

// asked counts how often each trial is asked for, by the name of its directory.
func (r *Run) asked() map[string]int {
	n := map[string]int{}
	for _, hash := range r.Trials {
		n[fileName(hash)]++
	}
	return n
}

// readRun reads run.json of the directory at path; nil where there is none.
func readRun(d disk.FS, path string) (*Run, error) {
	data, err := d.ReadFile(filepath.Join(path, runFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, wholefile.Reason(err)
	}
	var r Run
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, hinted{fmt.Errorf("%s is damaged: %w", runFile, err), "its trials are whole: remove " + filepath.Join(path, runFile) + " and run the same command"}
	}
	if err := refuseNewer(runFile, r.Format); err != nil {
		return nil, err
	}
	return &r, nil
}

// RefuseNewer fails with a hint where the run at path is of a newer format. A directory without a run, or whose
// run.json is damaged, passes.
func RefuseNewer(d disk.FS, path string) error {
	_, err := readRun(d, path)
	if newer := (newerError{}); errors.As(err, &newer) {
		return fmt.Errorf("failed to read %s: %w", path, err)
	}
	return nil
}

// A newerError is a file that this program must not judge.
type newerError struct{ hinted }

// refuseNewer says that a file is of a format that this program does not know.
func refuseNewer(file string, format int) error {
	if format > Format {
		return newerError{hinted{fmt.Errorf("%s has format %d, and this gradlab knows no format above %d", file, format, Format), "a newer gradlab wrote it: take that one, or another directory"}}
	}
	if format < 1 {
		return fmt.Errorf("%s names no format", file)
	}
	return nil
}

// Unfinished gives the newest run directory <root>/<study>-… that was interrupted in exactly this
// study and that nobody is writing, or "".
func Unfinished(d disk.FS, root string, study Study) string {
	entries, _ := d.ReadDir(root)
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), study.Name+"-") {
			names = append(names, e.Name())
		}
	}
	sort.Sort(sort.Reverse(sort.StringSlice(names))) // they end in date and time
	for _, name := range names {
		path := filepath.Join(root, name)
		if _, err := d.Stat(filepath.Join(path, unfinishedFile)); err != nil {
			continue
		}
		have, err := d.ReadFile(filepath.Join(path, studyFile))
		if err == nil && bytes.Equal(have, study.Text) && !locked(d, path) {
			return path
		}
	}
	return ""
}

// locked tells whether a process holds the run directory.
func locked(d disk.FS, path string) bool {
	lock := filepath.Join(path, lockFile)
	if _, err := d.Stat(lock); err != nil {
		return false // Lock would make it
	}
	l, err := d.Lock(lock)
	if err != nil {
		return errors.Is(err, disk.ErrLocked)
	}
	l.Close()
	return false
}
