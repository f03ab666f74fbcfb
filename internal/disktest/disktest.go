// Package disktest is a file system in memory for tests of what writes through internal/disk: it forgets what was
// not synced, fails or dies at any call, tears writes, and is full when it is told to be. It imports internal/disk.
//
// A disk keeps two states: what running programs see, and what would be there after a power failure. Sync carries a
// file's bytes from the first to the second, SyncDir the names in a directory; a file whose name was not synced is lost
// with all its bytes, and a name that was synced may come back with none of them. Read node.go for that, faults.go for
// what goes wrong, and calls.go for the calls themselves.
package disktest

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
)

// Disk is a disk.FS. Its paths are relative. The zero value is not ready; New gives an empty one.
type Disk struct {
	mu      sync.Mutex
	root    *node
	locked  map[string]bool
	calls   int
	space   int64 // bytes that may still be written; negative is no limit
	fault   func(Call) Fault
	life    int  // counts restarts: what a dead program has opened stays dead
	dead    bool // until Restart
	onDeath func()
}

// New gives an empty disk without faults.
func New() *Disk { return &Disk{root: newDir(), locked: map[string]bool{}, space: -1} }

// Calls is the number of calls since New or the last Inject.
func (d *Disk) Calls() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

// Files gives all files that a program would see now, with their bytes, by slashed path.
func (d *Disk) Files() map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[string][]byte{}
	d.root.walk("", func(path string, n *node) {
		if !n.isDir() {
			all[path] = n.data
		}
	})
	return all
}

// find gives the node at a path; nil where there is none.
func (d *Disk) find(path string) *node {
	n := d.root
	for _, name := range split(path) {
		if n == nil || !n.isDir() {
			return nil
		}
		n = n.names[name]
	}
	return n
}

// missing is the error of a path at which nothing is.
func (d *Disk) missing(call, path string) error {
	for dir := filepath.Dir(path); dir != "."; dir = filepath.Dir(dir) {
		if n := d.find(dir); n != nil && !n.isDir() {
			return &fs.PathError{Op: call, Path: path, Err: errors.New("not a directory")}
		}
	}
	return &fs.PathError{Op: call, Path: path, Err: fs.ErrNotExist}
}

// parent gives the directory of a path, and the name in it.
func (d *Disk) parent(call, path string) (*node, string, error) {
	dir := d.find(filepath.Dir(path))
	if dir == nil || !dir.isDir() {
		return nil, "", d.missing(call, path)
	}
	return dir, filepath.Base(path), nil
}

func split(path string) []string {
	path = filepath.ToSlash(filepath.Clean(path))
	if path == "." || path == "/" {
		return nil
	}
	return strings.Split(strings.Trim(path, "/"), "/")
}
