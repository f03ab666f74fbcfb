package runlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

const (
	studyFile      = "study.yaml"
	trialsDir      = "trials"
	unfinishedFile = "unfinished"
	lockFile       = ".lock"
)

var errLocked = errors.New("another gradlab is writing there")

// A Dir is a run directory that this process alone may write. Its methods may be called from
// several goroutines.
type Dir struct {
	path  string
	lock  *os.File
	fresh bool // there was no run before
}

// Path is the directory's path as it was given to Open.
func (d *Dir) Path() string { return d.path }

// Open takes the run directory at path, made where it is missing, and marks it as unfinished.
// study is the expanded study's text; its first line says whose run it is. A directory is refused
// that holds other things than a run, a run whose study begins with another line, or one that
// another process is writing.
func Open(path string, study []byte) (_ *Dir, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("failed to open the run directory %s: %w", path, err)
		}
	}()
	if err := makeDir(path); err != nil {
		return nil, unwritable(err)
	}
	if err := refuseForeign(path); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, unwritable(err)
	}
	d := &Dir{path: path, lock: lock}
	if err := tryLock(lock); err != nil {
		lock.Close()
		if errors.Is(err, errLocked) {
			return nil, hinted{err, "wait until it has finished, or give another directory with --out"}
		}
		return nil, err
	}
	if err := d.begin(study); err != nil {
		lock.Close()
		return nil, err
	}
	return d, nil
}

// begin marks the run as unfinished and writes the study, in this order: a directory with a study
// and no mark is a finished run.
func (d *Dir) begin(study []byte) error {
	before, err := os.ReadFile(filepath.Join(d.path, studyFile))
	d.fresh = errors.Is(err, fs.ErrNotExist)
	if mine, theirs := firstLine(study), firstLine(before); !d.fresh && len(before) > 0 && mine != theirs {
		return hinted{fmt.Errorf("it holds the run of another study (%s)", theirs), "give another directory with --out"}
	}
	if err := WriteFile(filepath.Join(d.path, unfinishedFile), nil); err != nil {
		return err
	}
	return WriteFile(filepath.Join(d.path, studyFile), study)
}

func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return string(bytes.Trim(line, "# \r"))
}

// refuseForeign keeps a run from being written into, say, a home directory.
func refuseForeign(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return reason(err)
	}
	for _, e := range entries {
		switch e.Name() {
		case studyFile, unfinishedFile, lockFile:
			return nil
		}
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			return hinted{fmt.Errorf("it holds other files (%s) and no run", e.Name()),
				"give a new or empty directory, or that of an earlier run"}
		}
	}
	return nil
}

// Finish marks the run as ended well: Unfinished finds it no more.
func (d *Dir) Finish() error {
	if err := os.Remove(filepath.Join(d.path, unfinishedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("failed to finish the run directory %s: %w", d.path, reason(err))
	}
	return syncDir(d.path)
}

// Discard takes back what Open made, if there was no run before and nothing else has been written
// since.
func (d *Dir) Discard() {
	if !d.fresh {
		return
	}
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return
	}
	for _, e := range entries {
		switch e.Name() {
		case studyFile, unfinishedFile, lockFile:
		default:
			return
		}
	}
	d.lock.Close() // Windows removes no open file
	for _, e := range entries {
		os.Remove(filepath.Join(d.path, e.Name()))
	}
	os.Remove(d.path)
}

// Close gives the directory free for other processes.
func (d *Dir) Close() error { return d.lock.Close() }

// SaveTrial writes v as the finished trial of that hash.
func (d *Dir) SaveTrial(hash string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("failed to encode trial %s: %w", hash, err)
	}
	return WriteFile(d.trialPath(hash), append(data, '\n'))
}

// LoadTrial reads the finished trial of that hash into v; found is false where there is none. A
// file that cannot be read or is no trial is an error: the caller runs the trial again.
func (d *Dir) LoadTrial(hash string, v any) (found bool, err error) {
	path := d.trialPath(hash)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return false, fmt.Errorf("failed to read %s: %w", path, reason(err))
	}
	return true, nil
}

func (d *Dir) trialPath(hash string) string {
	return filepath.Join(d.path, trialsDir, fileName(hash)+".json")
}

// fileName makes a hash such as "sha256:0f…" a name that every file system takes.
func fileName(hash string) string { return strings.ReplaceAll(hash, ":", "-") }

// NewPath makes a directory <root>/<study>-<date>-<time> that did not exist before, and gives its
// path.
func NewPath(root, study string, now time.Time) (string, error) {
	if err := makeDir(root); err != nil {
		return "", fmt.Errorf("failed to make %s: %w", root, unwritable(err))
	}
	base := filepath.Join(root, study+"-"+now.Format("20060102-150405"))
	for n, path := 2, base; ; n++ {
		err := os.Mkdir(path, 0o755) // fails where it exists: two processes never get the same
		if err == nil {
			return path, syncDir(root)
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("failed to make %s: %w", path, reason(err))
		}
		path = fmt.Sprintf("%s-%d", base, n)
	}
}

// Unfinished gives the newest run directory <root>/<study>-… that was interrupted in exactly this
// study and that nobody is writing, or "".
func Unfinished(root, study string, text []byte) string {
	paths, _ := filepath.Glob(filepath.Join(root, study+"-*")) // fails for bad patterns only
	sort.Sort(sort.Reverse(sort.StringSlice(paths)))           // names end in date and time
	for _, path := range paths {
		if _, err := os.Stat(filepath.Join(path, unfinishedFile)); err != nil {
			continue
		}
		have, err := os.ReadFile(filepath.Join(path, studyFile))
		if err == nil && bytes.Equal(have, text) && free(path) {
			return path
		}
	}
	return ""
}

// free tells whether no process holds the run directory.
func free(path string) bool {
	f, err := os.OpenFile(filepath.Join(path, lockFile), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return tryLock(f) == nil
}

// unwritable advises on a directory that cannot be made or written.
func unwritable(err error) error {
	return hinted{reason(err), "give a directory that can be written with --out"}
}

// hinted is an error with advice for the command line.
type hinted struct {
	error
	hint string
}

func (h hinted) Hint() string  { return h.hint }
func (h hinted) Unwrap() error { return h.error }
