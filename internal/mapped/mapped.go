// Package mapped gives room for bytes of which there may be more than memory: in memory, or in a file that is mapped.
// It imports nothing of gradlab.
package mapped

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"

	"github.com/edsrzf/mmap-go"
)

// Room is a number of bytes, zero at first. They are no longer there after Close.
type Room struct {
	Bytes []byte
	file  *os.File // nil in memory
	view  mmap.MMap
}

// pattern is what files are called that hold a Room.
const pattern = "room-*.mapped"

// Make makes room for n bytes: in memory where they are at most limit, else in a file in dir, which is made where it
// is missing. The file has its whole size on the disk from the start, since a full disk would end the program later, at
// a write to memory. It is removed at once where systems allow that to open files, so that nothing is left behind
// whatever happens; elsewhere, by Close, or by the next Make.
func Make(n, limit int64, dir string) (*Room, error) {
	if n < 0 || n > math.MaxInt {
		return nil, fmt.Errorf("failed to make room for %d bytes: no program can address so many", n)
	}
	if n <= limit || n == 0 {
		return &Room{Bytes: make([]byte, n)}, nil
	}
	r, err := makeFile(n, dir)
	if err != nil {
		return nil, fmt.Errorf("failed to make room for %d bytes in %s: %w", n, dir, err)
	}
	return r, nil
}

func makeFile(n int64, dir string) (_ *Room, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, reason(err)
	}
	removeStale(dir)
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, reason(err)
	}
	r := &Room{file: f}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if runtime.GOOS != "windows" {
		os.Remove(f.Name())
	}
	if err := reserve(f, n); err != nil {
		return nil, reason(err)
	}
	if r.view, err = mmap.MapRegion(f, int(n), mmap.RDWR, 0, 0); err != nil {
		return nil, err
	}
	r.Bytes = r.view
	return r, nil
}

// removeStale removes what a program that was killed has left. Of a file in use, the system refuses it, or it is no
// loss: who uses it has it open.
func removeStale(dir string) {
	stale, _ := filepath.Glob(filepath.Join(dir, pattern)) // fails for bad patterns only
	for _, name := range stale {
		os.Remove(name)
	}
}

// zeros writes n of them.
func zeros(f *os.File, n int64) error {
	block := make([]byte, min(n, 1<<20))
	for n > 0 {
		w, err := f.Write(block[:min(n, int64(len(block)))])
		if err != nil {
			return err
		}
		n -= int64(w)
	}
	return nil
}

// InFile says whether the bytes are in a file.
func (r *Room) InFile() bool { return r.file != nil }

// Close gives the room back. Nobody may read Bytes any more, or a part of it.
func (r *Room) Close() error {
	r.Bytes = nil
	if r.file == nil {
		return nil
	}
	err := errors.Join(r.view.Unmap(), r.file.Close())
	if runtime.GOOS == "windows" {
		err = errors.Join(err, os.Remove(r.file.Name()))
	}
	r.file = nil
	return err
}

// reason leaves out what the caller says: the operation and the file's own name.
func reason(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
