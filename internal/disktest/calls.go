package disktest

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"

	"gradlab/internal/disk"
)

// Disk implements disk.FS as a program sees it that has started since the last Restart.
var _ disk.FS = (*Disk)(nil)

func (d *Disk) now() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.life
}

func (d *Disk) call(name, path string, work func(part bool) error) error {
	return d.do(d.now(), name, path, work)
}

// get is a call on a path at which something must be.
func (d *Disk) get(name, path string, work func(n *node) error) error {
	return d.call(name, path, func(bool) error {
		n := d.find(path)
		if n == nil {
			return d.missing(name, path)
		}
		return work(n)
	})
}

func (d *Disk) ReadFile(path string) (data []byte, err error) {
	err = d.get("ReadFile", path, func(n *node) error {
		if n.isDir() {
			return &fs.PathError{Op: "read", Path: path, Err: errors.New("is a directory")}
		}
		data = slices.Clone(n.data)
		return nil
	})
	return data, err
}

func (d *Disk) ReadDir(path string) (all []fs.DirEntry, err error) {
	err = d.get("ReadDir", path, func(n *node) error {
		if !n.isDir() {
			return &fs.PathError{Op: "readdir", Path: path, Err: errors.New("not a directory")}
		}
		for _, name := range slices.Sorted(maps.Keys(n.names)) {
			all = append(all, info{name, n.names[name], int64(len(n.names[name].data))})
		}
		return nil
	})
	return all, err
}

func (d *Disk) Stat(path string) (i fs.FileInfo, err error) {
	err = d.get("Stat", path, func(n *node) error {
		i = info{path, n, int64(len(n.data))}
		return nil
	})
	return i, err
}

// add puts a node where nothing is.
func (d *Disk) add(call, path string, n *node) error {
	dir, name, err := d.parent(call, path)
	if err != nil {
		return err
	}
	if dir.names[name] != nil {
		return &fs.PathError{Op: call, Path: path, Err: fs.ErrExist}
	}
	if d.space == 0 {
		return &fs.PathError{Op: call, Path: path, Err: ErrFull}
	}
	dir.alter(change{add: name, node: n})
	return nil
}

func (d *Disk) Mkdir(path string) error {
	return d.call("Mkdir", path, func(bool) error { return d.add("mkdir", path, newDir()) })
}

func (d *Disk) Create(path string) (disk.File, error) {
	return d.open("Create", path, func() (*node, error) {
		n := &node{}
		return n, d.add("create", path, n)
	})
}

func (d *Disk) Append(path string) (disk.File, error) {
	return d.open("Append", path, func() (*node, error) {
		if n := d.find(path); n != nil {
			return n, nil
		}
		n := &node{}
		return n, d.add("open", path, n)
	})
}

func (d *Disk) open(name, path string, work func() (*node, error)) (disk.File, error) {
	f := &file{disk: d, path: path}
	err := d.call(name, path, func(bool) (err error) {
		f.life = d.life
		f.node, err = work()
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d *Disk) Truncate(path string, size int64) error {
	return d.get("Truncate", path, func(n *node) error {
		if size > int64(len(n.data)) {
			return &fs.PathError{Op: "truncate", Path: path, Err: fs.ErrInvalid}
		}
		n.data = n.data[:size:size]
		n.sync()
		return nil
	})
}

func (d *Disk) Rename(from, to string) error {
	return d.call("Rename", from, func(bool) error {
		dir, name, err := d.parent("rename", from)
		if err != nil {
			return err
		}
		n := dir.names[name]
		into, as, err := d.parent("rename", to)
		if n == nil || err != nil {
			return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
		}
		if into != dir {
			return &fs.PathError{Op: "rename", Path: to, Err: errors.New("another directory")}
		}
		if old := dir.names[as]; old != nil && old.isDir() {
			return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrExist}
		}
		dir.alter(change{remove: name, add: as, node: n})
		return nil
	})
}

func (d *Disk) Remove(path string) error {
	return d.get("Remove", path, func(n *node) error {
		if len(n.names) > 0 {
			return &fs.PathError{Op: "remove", Path: path, Err: fs.ErrExist} // as package os has it of a directory that is not empty
		}
		dir, name, err := d.parent("remove", path)
		if err == nil {
			dir.alter(change{remove: name})
		}
		return err
	})
}

func (d *Disk) SyncDir(path string) error {
	return d.get("SyncDir", path, func(n *node) error {
		n.sync()
		return nil
	})
}

func (d *Disk) Lock(path string) (io.Closer, error) {
	l := &lock{disk: d, path: path}
	err := d.call("Lock", path, func(bool) error {
		l.life = d.life
		if d.locked[path] {
			return &fs.PathError{Op: "lock", Path: path, Err: disk.ErrLocked}
		}
		if d.find(path) == nil {
			if err := d.add("lock", path, &node{}); err != nil {
				return err
			}
		}
		d.locked[path] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Free does not know: what fills a disk here is what others write after it was asked.
func (d *Disk) Free(string) (bytes int64, known bool) { return 0, false }

// lock is freed by Close, and by the death of its program.
type lock struct {
	disk *Disk
	path string
	life int
}

func (l *lock) Close() error {
	l.disk.mu.Lock()
	defer l.disk.mu.Unlock()
	if l.life == l.disk.life && !l.disk.dead {
		delete(l.disk.locked, l.path)
	}
	return nil
}

// file is one that is being written.
type file struct {
	disk   *Disk
	node   *node
	path   string
	life   int
	closed bool
}

func (f *file) do(name string, work func(part bool) error) error {
	return f.disk.do(f.life, name, f.path, func(part bool) error {
		if f.closed {
			return fs.ErrClosed
		}
		return work(part)
	})
}

func (f *file) Write(p []byte) (n int, err error) {
	err = f.do("Write", func(part bool) error {
		n = len(p)
		if part {
			n /= 2
		}
		full := f.disk.space >= 0 && int64(n) > f.disk.space
		if full {
			n = int(f.disk.space)
		}
		if f.disk.space >= 0 {
			f.disk.space -= int64(n)
		}
		f.node.data = slices.Concat(f.node.data, p[:n])
		if full {
			return ErrFull
		}
		return nil
	})
	return n, err
}

func (f *file) Sync() error {
	return f.do("Sync", func(bool) error {
		f.node.sync()
		return nil
	})
}

func (f *file) Close() error {
	return f.do("Close", func(bool) error {
		f.closed = true
		return nil
	})
}
