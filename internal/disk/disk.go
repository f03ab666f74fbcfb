// Package disk is the few operations on files from which nothing lost is made: what writes a run
// directory does it through an FS, so that a test can put a double in its place that forgets what was not
// synced, fails at any call, or is full. OS is the real one. It imports nothing of gradlab.
//
// What an FS promises is what a file system promises, and no more: bytes that were written survive a
// power failure once Sync has returned, a name once SyncDir of its directory has, and Rename puts a new file in
// the place of an old one at once.
package disk

import (
	"errors"
	"io"
	"io/fs"
)

// FS is a file system. Paths are the system's, as of package filepath. Errors are those of package os: a
// missing file is fs.ErrNotExist, a name that is taken fs.ErrExist. All methods may be called from several
// goroutines.
type FS interface {
	ReadFile(path string) ([]byte, error)
	ReadDir(path string) ([]fs.DirEntry, error) // sorted by name
	Stat(path string) (fs.FileInfo, error)      // of what a link points to

	Mkdir(path string) error                    // the directory above is there, path is not
	Create(path string) (File, error)           // an empty file, where none is
	Append(path string) (File, error)           // a file that is there or not, to be written behind its end
	Truncate(path string, size int64) error     // cuts the file, and syncs it
	Rename(from, to string) error               // both in one directory; replaces to
	Remove(path string) error                   // a file or an empty directory
	SyncDir(path string) error                  // makes the names in it survive
	Lock(path string) (io.Closer, error)        // makes the file; ErrLocked while another holds it
	Free(path string) (bytes int64, known bool) // room for this user on the file system of path
}

// File is a file that is being written.
type File interface {
	io.Writer // an error comes with the number of bytes that were written before it
	Sync() error
	Close() error
}

// ErrLocked is what Lock gives for a file that another process, or another caller, has locked.
var ErrLocked = errors.New("it is locked")
