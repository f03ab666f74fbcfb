// Package tree is the files of a directory or an archive (zip; tar, plain or packed by gzip, bzip2 or
// zstd), seen in one way. It reads within bounds, writes nothing, and never leaves what was named: a
// directory is opened as a root that no link leads out of, and an archive whose names climb is refused.
//
// It knows nothing of what the files hold, and imports nothing of gradlab.
package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Limits bound what is read of a tree.
type Limits struct {
	Files    int   // files and directories
	Unpacked int64 // bytes that an archive unpacks to
	Factor   int64 // how many times its own size it may unpack to, if that is more than Floor
	Floor    int64
}

// An Error is what is wrong with a tree, with advice for whoever named it.
type Error struct {
	Err    error
	Advice string
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Hint is the advice.
func (e *Error) Hint() string { return e.Advice }

func wrong(advice, format string, args ...any) error {
	return &Error{fmt.Errorf(format, args...), advice}
}

// An Entry is one file or directory of a tree.
type Entry struct {
	Name    string // separated by slashes, from the tree's root on
	Dir     bool
	Problem string // why the file is not read: "it is no ordinary file"; "" for none
	Link    bool   // it is a link that is not followed, to a file or a directory: its problem
	Size    int64  // of a file, as it was announced

	open func() (io.ReadCloser, error)
}

// Read gives the file's bytes, or an error when there are more than limit. It can be called while the entry
// is visited.
func (e Entry) Read(limit int64) ([]byte, error) {
	if e.Size > limit {
		return nil, fmt.Errorf("it has %d bytes, more than %d", e.Size, limit)
	}
	b, err := e.Head(limit + 1)
	if err == nil && int64(len(b)) > limit {
		return nil, fmt.Errorf("it has more than %d bytes", limit)
	}
	return b, err
}

// Head gives the first n bytes of the file, or all of a shorter one. It can be called once, in place of Read.
func (e Entry) Head(n int64) ([]byte, error) {
	r, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, n))
}

// Open gives a reader of the file, in place of Read and Head. It is to be closed before the next visit.
func (e Entry) Open() (io.ReadCloser, error) {
	r, err := e.open()
	if err != nil {
		return nil, explain(err)
	}
	return explaining{r}, nil
}

// explaining says in plain words what is wrong with an archive while it is read.
type explaining struct{ io.ReadCloser }

func (e explaining) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = explain(err)
	}
	return n, err
}

// A Tree is open until Close.
type Tree struct {
	Kind string // "directory", "zip", "tar", and how a tar is packed: "tar.gz"

	limits Limits
	walk   func(context.Context, func(Entry) error) error
	close  func() error
}

// Open opens the directory or archive at name; the kind of an archive is told by its contents.
func Open(name string, l Limits) (*Tree, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, &Error{err, "see whether it is there and you may read it"}
	}
	switch {
	case info.IsDir():
		return openDir(name, l)
	case !info.Mode().IsRegular():
		// A pipe or a device could keep the reader for ever.
		return nil, wrong("name a directory or an archive", "%s is no ordinary file", name)
	}
	return openArchive(name, info.Size(), l)
}

// Close gives back what Open took.
func (t *Tree) Close() error { return t.close() }

// Walk visits every entry. It ends with the first error of visit, when ctx is done, or when the tree goes
// beyond its limits. A tree can be walked again.
func (t *Tree) Walk(ctx context.Context, visit func(Entry) error) error {
	n := 0
	return t.walk(ctx, func(e Entry) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if n++; n > t.limits.Files {
			return wrong("take a part of it", "there are more than %d files and directories in it", t.limits.Files)
		}
		return visit(e)
	})
}

// openDir opens a directory. Links inside it are followed to files inside it, never to directories.
func openDir(name string, l Limits) (*Tree, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, &Error{err, "see whether you may read it"}
	}
	files := root.FS()
	walk := func(ctx context.Context, visit func(Entry) error) error {
		return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case name == "." && err == nil:
				return nil
			case err != nil && (d == nil || name == "."):
				return &Error{err, "see whether you may read it"}
			case err != nil: // of reading this directory, which was visited as one before
				return visit(Entry{Name: name, Dir: true, Problem: plain(err)})
			}
			return visit(dirEntry(root, name, d))
		})
	}
	return &Tree{Kind: "directory", limits: l, walk: walk, close: root.Close}, nil
}

func dirEntry(root *os.Root, name string, d fs.DirEntry) Entry {
	e := Entry{Name: name, Dir: d.IsDir(), open: func() (io.ReadCloser, error) { return root.Open(name) }}
	if e.Dir {
		return e
	}
	info, err := root.Stat(name) // follows a link, as far as the root
	switch {
	case err != nil && d.Type()&fs.ModeSymlink != 0:
		e.Problem, e.Link = "it is a link that leads out of the directory or nowhere", true
	case err != nil:
		e.Problem = plain(err)
	case info.IsDir():
		e.Problem, e.Link = "it is a link to a directory, and such links are not followed", true
	case !info.Mode().IsRegular():
		e.Problem = "it is no ordinary file"
	default:
		e.Size = info.Size()
	}
	return e
}

// plain is an error without the path and the call, which its reader knows.
func plain(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

// inside gives an archive's name for an entry in the form of Entry.Name, "" for the root itself. Names that
// lead out are refused: nothing is written anywhere, but whoever packs them means harm.
func inside(name string) (string, error) {
	clean := strings.ReplaceAll(name, `\`, "/") // as some packers on Windows write
	for _, part := range strings.Split(clean, "/") {
		if part == ".." {
			clean = "/"
		}
	}
	if strings.HasPrefix(clean, "/") || len(clean) > 1 && clean[1] == ':' {
		return "", wrong("this archive was not packed by an ordinary program: get it from elsewhere, or unpack it with care and name the directory",
			"the archive's entry %q leads out of it", name)
	}
	if clean = path.Clean(clean); clean == "." {
		return "", nil
	}
	return clean, nil
}
