package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"gradlab/internal/tree"
)

// Bounds on an archive of CIFAR-10. The real ones have 170 MB and ten entries, and unpack to 185 MB.
const (
	maxArchive  = 1 << 30   // bytes of an archive
	maxUnpacked = 512 << 20 // bytes that it unpacks to
	maxEntries  = 1000      // files and directories in it
)

// openCIFARPath opens the directory or archive that spec names, with c to read its files.
func openCIFARPath(ctx context.Context, spec Spec, c *cifarReader) (*Dataset, error) {
	if err := refuseOptions(spec); err != nil {
		return nil, err
	}
	if err := readPath(ctx, spec.Source, c); err != nil {
		return nil, err
	}
	d, err := c.dataset()
	if err != nil {
		return nil, err
	}
	if d.Train, err = head(d.Train, spec.Train, "training"); err != nil {
		return nil, err
	}
	d.Test, err = head(d.Test, spec.Test, "test")
	return d, err
}

// head is the first n images of s, all for n = 0.
func head(s *Set, n int, what string) (*Set, error) {
	n, err := headCount(s.N(), n, what)
	return s.Head(n), err
}

// headCount is n of all images, all for n = 0.
func headCount(all, n int, what string) (int, error) {
	if n > all {
		return 0, hint(fmt.Errorf("%d %s images were asked for, it has %d", n, what, all), "ask for fewer")
	}
	return cmp.Or(n, all), nil
}

// readPath hands the files of a directory or an archive to c.
func readPath(ctx context.Context, name string, c *cifarReader) error {
	info, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return hint(errors.New("there is no such file or directory, and no data set of that name"),
			"name "+strings.Join(sourceNames(), ", ")+", or the path of a directory or an archive")
	}
	if err != nil {
		return hint(err, "see whether you may read it")
	}
	if info.IsDir() {
		found := findCIFAR10(name)
		if found == "" {
			_, err := c.dataset()
			return err
		}
		if found == name {
			return readDir(ctx, name, c)
		}
		return readPath(ctx, found, c)
	}
	if info.Size() > maxArchive {
		return hint(fmt.Errorf("it has %d bytes, more than an archive of CIFAR-10 can have (%d)", info.Size(), maxArchive), cifarAdvice)
	}
	t, err := tree.Open(name, tree.Limits{Files: maxEntries, Unpacked: maxUnpacked, Floor: maxUnpacked})
	if err != nil {
		return withAdvice(err)
	}
	defer t.Close()
	return withAdvice(t.Walk(ctx, func(e tree.Entry) error {
		if e.Dir || !isCIFARFile(e.Name) {
			return nil
		}
		if e.Problem != "" {
			return hint(fmt.Errorf("%s: %s", e.Name, e.Problem), cifarAdvice)
		}
		r, err := e.Open()
		if err != nil {
			return err
		}
		defer r.Close()
		return c.add(path.Base(e.Name), r)
	}))
}

// readDir hands the six files in dir to c, those of the binary layout if there are both.
func readDir(ctx context.Context, dir string, c *cifarReader) error {
	suffix := ""
	if _, err := os.Stat(filepath.Join(dir, "data_batch_1.bin")); err == nil {
		suffix = ".bin"
	}
	for _, file := range cifarFiles {
		name := file.name + suffix
		f, err := openRegular(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // and is missing in the end
		}
		if err != nil {
			return err
		}
		err = c.add(name, reader{ctx, f})
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// openRegular opens a file; a pipe or a device, which could keep the reader for ever, is refused.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, hint(fmt.Errorf("%s is no ordinary file", name), cifarAdvice)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	return f, hint(err, "see whether you may read it")
}

// A reader stops with the context's error when that is done.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
