// Package wholefile writes files of which each is either whole or not there: beside its place,
// synced and renamed, and the directory synced. After a crash or a power failure a reader sees the
// old file or the new one. It imports internal/disk, through which it writes.
package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"gradlab/internal/disk"
)

// Write puts data at path, as a whole or not at all. Directories above it are made.
func Write(path string, data []byte) error { return WriteTo(disk.OS, path, data) }

// WriteTo is Write on a file system of the caller's.
func WriteTo(d disk.FS, path string, data []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("failed to write %s: %w", path, Reason(err))
		}
	}()
	dir := filepath.Dir(path)
	if err := MakeDirOn(d, dir); err != nil {
		return err
	}
	f, name, err := beside(d, path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close() // a second Close does nothing
			d.Remove(name)
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := d.Rename(name, path); err != nil {
		return err
	}
	return d.SyncDir(dir)
}

// beside makes a temporary file in the directory of path, of a name that temporary knows.
func beside(d disk.FS, path string) (f disk.File, name string, err error) {
	for range 1000 {
		number := strconv.FormatUint(uint64(rand.Uint32()), 10)
		name = filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+number+".tmp")
		if f, err = d.Create(name); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, name, err
}

var temporary = regexp.MustCompile(`^\..+\.[0-9]+\.tmp$`)

// IsTemporary tells whether a file of that name is what a Write that was killed has left.
func IsTemporary(name string) bool { return temporary.MatchString(name) }

// Clean removes what a Write that was killed has left in dir and below. Nobody may be writing there.
func Clean(d disk.FS, dir string) error {
	entries, err := d.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.IsDir():
			err = Clean(d, path)
		case e.Type().IsRegular() && IsTemporary(e.Name()):
			err = d.Remove(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// SyncDir makes the names in a directory survive a power failure.
func SyncDir(dir string) error { return disk.OS.SyncDir(dir) }

// MakeDir makes dir and what is missing above it, and syncs the parents of what it made.
func MakeDir(dir string) error { return MakeDirOn(disk.OS, dir) }

// MakeDirOn is MakeDir on a file system of the caller's.
func MakeDirOn(d disk.FS, dir string) error {
	info, err := d.Stat(dir)
	if err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is a file, not a directory", dir)
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if parent == dir { // a drive that is not there
		return err
	}
	if err := MakeDirOn(d, parent); err != nil {
		return err
	}
	if err := d.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.SyncDir(parent)
}

// Reason drops the operation and the path of a path error, for a message that names its own.
func Reason(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	var linkErr *os.LinkError
	if errors.As(err, &linkErr) {
		return linkErr.Err
	}
	return err
}
