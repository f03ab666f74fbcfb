// Package runlog is the run directory: files that a person can read, of which each is either whole
// or not there.
//
//	study.yaml          the study as it was expanded
//	trials/<hash>.json  one finished trial each, found again by the hash of what defines it
//	unfinished          there until the run has ended well
//	.lock               held by the process that writes
//
// Open and Create take a directory and change nothing of a run that is there; Begin does. The package
// knows nothing of what the files say, and imports internal/wholefile to write them.
package runlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"gradlab/internal/wholefile"
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
	study []byte
	lock  *os.File
	made  []string // what Open or Create made, to be removed in this order
	begun bool
}

// Path is the directory's path as it was given to Open.
func (d *Dir) Path() string { return d.path }

// Open takes the run directory at path, made where it is missing. study is the expanded study's
// text; its first line says whose run it is. A directory is refused that holds other things than a
// run, the run of a study that differs in more than its lines "seeds: …", or one that another process
// is writing.
func Open(path string, study []byte) (*Dir, error) {
	made := missing(path)
	if err := wholefile.MakeDir(path); err != nil {
		remove(made)
		return nil, fmt.Errorf("failed to open the run directory %s: %w", path, unwritable(err))
	}
	return take(path, study, made)
}

// Create takes a directory <root>/<study>-<date>-<time> that did not exist before; name is the
// study's.
func Create(root, name string, now time.Time, study []byte) (*Dir, error) {
	made := missing(root)
	if err := wholefile.MakeDir(root); err != nil {
		remove(made)
		return nil, fmt.Errorf("failed to make %s: %w", root, unwritable(err))
	}
	base := filepath.Join(root, name+"-"+now.Format("20060102-150405"))
	for n, path := 2, base; ; n++ {
		err := os.Mkdir(path, 0o755) // fails where it exists: two processes never get the same
		if err == nil {
			err = wholefile.SyncDir(root)
			made = append([]string{path}, made...)
		}
		switch {
		case err == nil:
			return take(path, study, made)
		case !errors.Is(err, fs.ErrExist):
			remove(made)
			return nil, fmt.Errorf("failed to make %s: %w", path, unwritable(err))
		}
		path = fmt.Sprintf("%s-%d", base, n)
	}
}

// missing lists path and the directories above it that do not exist, the lowest first.
func missing(path string) []string {
	var all []string
	for {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return all
		}
		all = append(all, path)
		above := filepath.Dir(path)
		if above == path { // a drive that is not there
			return all
		}
		path = above
	}
}

// remove takes back what was made, as far as nothing else is in it.
func remove(made []string) {
	for _, path := range made {
		os.Remove(path)
	}
}

// take locks the directory at path and looks whose it is.
func take(path string, study []byte, made []string) (_ *Dir, err error) {
	d := &Dir{path: path, study: study, made: made}
	defer func() {
		if err != nil {
			d.Discard()
			err = fmt.Errorf("failed to open the run directory %s: %w", path, err)
		}
	}()
	if err := refuseForeign(path); err != nil {
		return nil, err
	}
	lock := filepath.Join(path, lockFile)
	d.made = append(missing(lock), d.made...)
	if d.lock, err = os.OpenFile(lock, os.O_CREATE|os.O_RDWR, 0o644); err != nil {
		return nil, unwritable(err)
	}
	if err := tryLock(d.lock); err != nil {
		if errors.Is(err, errLocked) {
			return nil, hinted{err, "wait until it has finished, or give another directory with --out"}
		}
		return nil, err
	}
	before, err := os.ReadFile(filepath.Join(path, studyFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, wholefile.Reason(err)
	}
	if mine, theirs := firstLine(study), firstLine(before); len(before) > 0 && mine != theirs {
		return nil, hinted{fmt.Errorf("it holds the run of another study (%s)", theirs), "give another directory with --out"}
	}
	if len(before) > 0 && !slices.Equal(withoutSeeds(study), withoutSeeds(before)) {
		return nil, hinted{fmt.Errorf("it holds a run of this study as it was before it was changed (%s there says how)", studyFile),
			"give another directory with --out; only the seeds may change in one that holds a run"}
	}
	if err := wholefile.Clean(path); err != nil {
		return nil, unwritable(err)
	}
	return d, nil
}

func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return string(bytes.Trim(line, "# \r"))
}

// withoutSeeds is the lines of a study but for those that say its seeds: with other seeds it is the
// same run, grown or shrunk.
func withoutSeeds(study []byte) []string {
	return slices.DeleteFunc(strings.Split(string(study), "\n"), func(line string) bool {
		return strings.HasPrefix(line, "seeds:")
	})
}

// refuseForeign keeps a run from being written into, say, a home directory.
func refuseForeign(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return wholefile.Reason(err)
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

// Begin marks the run as unfinished and writes the study, in this order: a directory with a study
// and no mark is a finished run.
func (d *Dir) Begin() error {
	mark := filepath.Join(d.path, unfinishedFile)
	made := missing(mark)
	if err := wholefile.Write(mark, nil); err != nil {
		return err
	}
	if err := wholefile.Write(filepath.Join(d.path, studyFile), d.study); err != nil {
		remove(made)
		return err
	}
	d.begun = true
	return nil
}

// Discard takes back what Open or Create made, if the run has not begun, and closes the directory.
func (d *Dir) Discard() {
	if d.lock != nil {
		d.lock.Close() // Windows removes no open file
	}
	if !d.begun {
		remove(d.made)
	}
}

// Finish marks the run as ended well: Unfinished finds it no more.
func (d *Dir) Finish() error {
	if err := os.Remove(filepath.Join(d.path, unfinishedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("failed to finish the run directory %s: %w", d.path, wholefile.Reason(err))
	}
	return wholefile.SyncDir(d.path)
}

// Close gives the directory free for other processes.
func (d *Dir) Close() error { return d.lock.Close() }

// SaveTrial writes v as the finished trial of that hash.
func (d *Dir) SaveTrial(hash string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("failed to encode trial %s: %w", hash, err)
	}
	return wholefile.Write(d.trialPath(hash), append(data, '\n'))
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
		return false, fmt.Errorf("failed to read %s: %w", path, wholefile.Reason(err))
	}
	return true, nil
}

// Has tells whether there is a finished trial of that hash.
func (d *Dir) Has(hash string) bool {
	_, err := os.Stat(d.trialPath(hash))
	return err == nil
}

func (d *Dir) trialPath(hash string) string {
	return filepath.Join(d.path, trialsDir, fileName(hash)+".json")
}

// fileName makes a hash such as "sha256:0f…" a name that every file system takes.
func fileName(hash string) string { return strings.ReplaceAll(hash, ":", "-") }

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
	return hinted{wholefile.Reason(err), "give a directory that can be written with --out"}
}

// hinted is an error with advice for the command line.
type hinted struct {
	error
	hint string
}

func (h hinted) Hint() string  { return h.hint }
func (h hinted) Unwrap() error { return h.error }
