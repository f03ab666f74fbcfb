// Package runlog is the run directory: files that a person can read, of which each is either whole
// or not there, but for the logs of events, whose records are.
//
//	study.yaml                                the study as it was expanded
//	outline.json                              what its results are before the first trial
//	run.json                                  whose run it is, and the trials that the study asks for now
//	trials/<hash>/result.json                 a trial that has ended, found again by the hash of what defines it
//	trials/<hash>/weights.safetensors         what it was trained to
//	trials/<hash>/events.jsonl                what happened in it, a record a line
//	trials/<hash>/checkpoint.safetensors      where it stands, until it has ended
//	unfinished                                there until the run has ended well
//	.lock                                     held by the process that writes
//
// The formats stand in docs/reliability.md. Open and Create take a directory and change nothing of a run that is
// there; Begin does. Everything is written through a disk.FS.
//
// The package knows nothing of what trials, events and checkpoints say. It imports internal/disk and
// internal/wholefile. Read dir.go (the directory), trial.go and events.go (a trial), list.go and clean.go (looking
// at runs and tidying them).
package runlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gradlab/internal/disk"
	"gradlab/internal/wholefile"
)

const (
	studyFile      = "study.yaml"
	runFile        = "run.json"
	trialsDir      = "trials"
	unfinishedFile = "unfinished"
	lockFile       = ".lock"
)

// A Dir is a run directory that this process alone may write. Its methods may be called from
// several goroutines.
type Dir struct {
	disk  disk.FS
	path  string
	study Study
	lock  io.Closer // nil of one that has been closed
	made  []string  // what Open or Create made, to be removed in this order
	begun bool

	mu   sync.Mutex
	logs map[string]*log // of events, by trial
	safe map[string]bool // trials whose directory is there, its name synced by this process
}

// Study is what a run directory is opened for.
type Study struct {
	Name    string
	Text    []byte // as it was expanded
	Program string // the version of gradlab that runs it
}

// Path is the directory's path as it was given to Open.
func (d *Dir) Path() string { return d.path }

// Free is the room on the directory's file system, as far as it is known.
func (d *Dir) Free() (bytes int64, known bool) { return d.disk.Free(d.path) }

// Open takes the run directory at path, made where it is missing, for a study of the given name in its expanded
// text, run by this version of gradlab. A directory is refused that holds other things than a run, the run of a study with another name or of a
// newer format, or one that another process is writing. A study that has changed since goes on with what is new in
// it: trials that it no longer asks for stay.
func Open(d disk.FS, path string, study Study) (*Dir, error) {
	made := missing(d, path)
	if err := wholefile.MakeDirOn(d, path); err != nil {
		remove(d, made)
		return nil, fmt.Errorf("failed to open the run directory %s: %w", path, unwritable(err))
	}
	return take(d, path, study, made)
}

// Create takes a directory <root>/<study>-<date>-<time> that did not exist before.
func Create(d disk.FS, root string, now time.Time, study Study) (*Dir, error) {
	made := missing(d, root)
	if err := wholefile.MakeDirOn(d, root); err != nil {
		remove(d, made)
		return nil, fmt.Errorf("failed to make %s: %w", root, unwritable(err))
	}
	base := filepath.Join(root, study.Name+"-"+now.Format("20060102-150405"))
	for n, path := 2, base; ; n++ {
		err := d.Mkdir(path) // fails where it exists: two processes never get the same
		if err == nil {
			err = d.SyncDir(root)
			made = append([]string{path}, made...)
		}
		switch {
		case err == nil:
			return take(d, path, study, made)
		case !errors.Is(err, fs.ErrExist):
			remove(d, made)
			return nil, fmt.Errorf("failed to make %s: %w", path, unwritable(err))
		}
		path = fmt.Sprintf("%s-%d", base, n)
	}
}

// missing lists path and the directories above it that do not exist, the lowest first.
func missing(d disk.FS, path string) []string {
	var all []string
	for {
		if _, err := d.Stat(path); !errors.Is(err, fs.ErrNotExist) {
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
func remove(d disk.FS, made []string) {
	for _, path := range made {
		d.Remove(path)
	}
}

// take locks the directory at path and looks whose it is.
func take(on disk.FS, path string, study Study, made []string) (_ *Dir, err error) {
	d := &Dir{disk: on, path: path, study: study, made: made, logs: map[string]*log{}, safe: map[string]bool{}}
	defer func() {
		if err != nil {
			d.Discard()
			err = fmt.Errorf("failed to open the run directory %s: %w", path, err)
		}
	}()
	if err := refuseForeign(on, path); err != nil {
		return nil, err
	}
	lock := filepath.Join(path, lockFile)
	d.made = append(missing(on, lock), d.made...)
	if d.lock, err = on.Lock(lock); err != nil {
		if errors.Is(err, disk.ErrLocked) {
			return nil, hinted{fmt.Errorf("another gradlab is writing there: %w", err), "wait until it has finished, or give another directory with --out"}
		}
		return nil, unwritable(err)
	}
	before, err := readRun(on, path)
	if err != nil {
		return nil, err
	}
	if before != nil && before.Study != study.Name {
		return nil, hinted{fmt.Errorf("it holds the run of another study (%s)", before.Study), "give another directory with --out"}
	}
	if err := wholefile.Clean(on, path); err != nil {
		return nil, unwritable(err)
	}
	return d, nil
}

// refuseForeign keeps a run from being written into, say, a home directory.
func refuseForeign(d disk.FS, path string) error {
	entries, err := d.ReadDir(path)
	if err != nil {
		return wholefile.Reason(err)
	}
	for _, e := range entries {
		switch e.Name() {
		case studyFile, runFile, unfinishedFile, lockFile:
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

// Begin marks the run as unfinished and writes the study, what its results are before the first trial, and the hashes
// of its trials ("" is one that is not known yet), in this order: a directory with a study and no mark is a finished
// run, and the trials of run.json are those of an outline that is there.
func (d *Dir) Begin(trials []string, outline any) error {
	hashes := []string{}
	for _, hash := range trials {
		if hash != "" {
			hashes = append(hashes, hash)
		}
	}
	run, err := json.MarshalIndent(Run{
		Format: Format, Study: d.study.Name, Program: d.study.Program, Trials: hashes, Asked: len(trials),
		Begun: time.Now().UTC().Format(time.RFC3339),
	}, "", " ")
	if err != nil {
		return fmt.Errorf("failed to encode %s: %w", runFile, err)
	}
	known, err := seal(outlineFile, outline)
	if err != nil {
		return fmt.Errorf("failed to encode %s: %w", outlineFile, err)
	}
	var made []string
	for _, file := range []struct {
		name string
		data []byte
	}{{unfinishedFile, nil}, {studyFile, d.study.Text}, {outlineFile, known}, {runFile, append(run, '\n')}} {
		path := filepath.Join(d.path, file.name)
		made = append(made, missing(d.disk, path)...)
		if err := wholefile.WriteTo(d.disk, path, file.data); err != nil {
			remove(d.disk, made)
			return err
		}
	}
	if err := d.settle(); err != nil {
		remove(d.disk, made)
		return fmt.Errorf("failed to begin the run directory %s: %w", d.path, wholefile.Reason(err))
	}
	d.begun = true
	return nil
}

// settle makes survive what a killed process has made and may not have synced: the directory itself, and those of
// its trials.
func (d *Dir) settle() error {
	trials := filepath.Join(d.path, trialsDir)
	if err := wholefile.MakeDirOn(d.disk, trials); err != nil {
		return err
	}
	for _, dir := range []string{filepath.Dir(d.path), trials} {
		if err := d.disk.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// Discard takes back what Open or Create made, if the run has not begun, and closes the directory.
func (d *Dir) Discard() {
	d.Close() // Windows removes no open file
	if !d.begun {
		remove(d.disk, d.made)
	}
}

// Finish marks the run as ended well: Unfinished finds it no more.
func (d *Dir) Finish() error {
	err := d.disk.Remove(filepath.Join(d.path, unfinishedFile))
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = d.disk.SyncDir(d.path)
	}
	if err != nil {
		return fmt.Errorf("failed to finish the run directory %s: %w", d.path, wholefile.Reason(err))
	}
	return nil
}

// Close gives the directory free for other processes.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for hash, l := range d.logs {
		l.file.Close()
		delete(d.logs, hash)
	}
	if d.lock == nil {
		return nil
	}
	lock := d.lock
	d.lock = nil
	return lock.Close()
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
