package data

import (
	"archive/tar"
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Bounds on what is read. The real archives have 170 MB and ten entries, and unpack to 185 MB.
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
	f, err := openRegular(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if info.Size() > maxArchive {
		return hint(fmt.Errorf("it has %d bytes, more than an archive of CIFAR-10 can have (%d)", info.Size(), maxArchive), cifarAdvice)
	}
	return explain(readArchive(ctx, f, c))
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

// readArchive hands the files in a tar archive, packed by gzip or not, to c. Nothing is unpacked
// to disk.
func readArchive(ctx context.Context, r io.Reader, c *cifarReader) error {
	packed := bufio.NewReaderSize(reader{ctx, r}, 1<<16)
	start, err := packed.Peek(262)
	switch {
	case len(start) == 0 && errors.Is(err, io.EOF):
		return hint(errors.New("the file is empty"), againAdvice)
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		unpacked, err := gzip.NewReader(packed)
		if err != nil {
			return err
		}
		defer unpacked.Close()
		return readTar(&bounded{unpacked, maxUnpacked}, c)
	case len(start) == 262 && string(start[257:262]) == "ustar":
		return readTar(&bounded{packed, maxUnpacked}, c)
	}
	return hint(errors.New("it is neither a directory nor an archive in tar or tar.gz form"), cifarAdvice)
}

// readTar hands the files in a tar archive to c. It reads to the very end, where gzip's checksum is.
func readTar(r io.Reader, c *cifarReader) error {
	const hostile = "this is not an archive of CIFAR-10 as it was published: download it again (gradlab data fetch cifar10)"
	archive := tar.NewReader(r)
	for entries := 0; ; entries++ {
		if entries == maxEntries {
			return hint(fmt.Errorf("the archive has more than %d entries", maxEntries), hostile)
		}
		h, err := archive.Next()
		if err == io.EOF {
			_, err := io.Copy(io.Discard, r)
			return err
		}
		if err != nil {
			return err
		}
		// Nothing is written anywhere; still, whoever packs such names means harm.
		if !filepath.IsLocal(h.Name) || strings.Contains(h.Name, `\`) {
			return hint(fmt.Errorf("the archive's entry %q leads out of it", h.Name), hostile)
		}
		switch h.Typeflag {
		case tar.TypeReg:
			if err := c.add(path.Base(h.Name), archive); err != nil {
				return err
			}
		case tar.TypeDir, tar.TypeXGlobalHeader:
		default:
			return hint(fmt.Errorf("the archive's entry %q is neither a file nor a directory", h.Name), hostile)
		}
	}
}

// explain says in plain words what is wrong with an archive.
func explain(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return hint(fmt.Errorf("the file ends too early: %w", err), againAdvice)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return hint(fmt.Errorf("the file is damaged: %w", err), againAdvice)
	case errors.Is(err, tar.ErrHeader):
		return hint(fmt.Errorf("what it holds is no tar archive: %w", err), cifarAdvice)
	}
	return err
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

// bounded fails after left bytes, where io.LimitReader would end.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, hint(fmt.Errorf("the archive unpacks to more than %d bytes", maxUnpacked), cifarAdvice)
	}
	return n, err
}
