package tree

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/zstd"
)

const (
	againAdvice = "the file may be cut off or damaged: copy or download it again"
	linkAdvice  = "pack the files themselves: tar --dereference, zip without --symlinks"
	kindAdvice  = "name a directory, a zip, or a tar that is plain or packed by gzip, bzip2 or zstd"
)

// window bounds what zstd keeps to unpack: 128 MB is what zstd --long takes by default.
const window = 128 << 20

func openArchive(name string, size int64, l Limits) (*Tree, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &Error{err, "see whether you may read it"}
	}
	t, err := archive(f, size, l)
	if err != nil {
		f.Close()
		return nil, err
	}
	t.close = f.Close
	return t, nil
}

// archive tells what kind of archive f is.
func archive(f io.ReaderAt, size int64, l Limits) (*Tree, error) {
	kind, err := sniff(f)
	if err != nil {
		return nil, err
	}
	t := &Tree{Kind: kind, limits: l, close: func() error { return nil }}
	if kind == "zip" {
		z, err := zip.NewReader(f, size)
		if err != nil {
			return nil, explain(err)
		}
		if err := checkZip(z, size, l); err != nil {
			return nil, err
		}
		t.walk = func(_ context.Context, visit func(Entry) error) error { return walkZip(z, visit) }
		return t, nil
	}
	t.walk = func(ctx context.Context, visit func(Entry) error) error {
		return walkTar(ctx, io.NewSectionReader(f, 0, size), size, l, visit)
	}
	return t, nil
}

// magic is how the files begin that tell a kind.
var magic = []struct{ start, kind string }{
	{"PK\x03\x04", "zip"}, {"PK\x05\x06", "zip"},
	{"\x1f\x8b", "tar.gz"}, {"BZh", "tar.bz2"}, {"\x28\xb5\x2f\xfd", "tar.zst"},
	{"\xfd7zXZ\x00", "xz"}, {"7z\xbc\xaf\x27\x1c", "7z"}, {"Rar!", "rar"},
}

// ustar stands in every tar there.
const ustarAt = 257

func sniff(f io.ReaderAt) (string, error) {
	start := make([]byte, ustarAt+5)
	n, err := f.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	start = start[:n]
	if n == 0 {
		return "", wrong(againAdvice, "the file is empty")
	}
	for _, m := range magic {
		if !bytes.HasPrefix(start, []byte(m.start)) {
			continue
		}
		switch m.kind {
		case "xz", "7z", "rar":
			return "", wrong("unpack it and name the directory", "archives of the kind %s are not read", m.kind)
		}
		return m.kind, nil
	}
	if n == len(start) && bytes.Equal(start[min(ustarAt, n):], []byte("ustar")) {
		return "tar", nil
	}
	return "", wrong(kindAdvice, "it is neither a directory nor an archive that is read")
}

// checkZip looks at what a zip announces, before anything is unpacked. Entries that lie over one another,
// by which a small zip can announce much, are bounded by the sum.
func checkZip(z *zip.Reader, size int64, l Limits) error {
	var sum uint64
	for _, f := range z.File {
		if _, err := inside(f.Name); err != nil {
			return err
		}
		if f.Mode()&fs.ModeSymlink != 0 {
			return wrong(linkAdvice, "the archive's entry %q is a link", f.Name)
		}
		if sum += f.UncompressedSize64; f.UncompressedSize64 > 1<<62 || sum > uint64(bound(size, l)) {
			return bomb(size, l)
		}
	}
	return nil
}

func walkZip(z *zip.Reader, visit func(Entry) error) error {
	for _, f := range z.File {
		name, err := inside(f.Name)
		if err != nil {
			return err
		}
		if name == "" {
			continue
		}
		e := Entry{Name: name, Dir: f.Mode().IsDir(), Size: int64(f.UncompressedSize64), open: f.Open}
		switch encrypted := f.Flags&1 != 0; {
		case encrypted && !e.Dir:
			e.Problem = "it is encrypted"
		case !e.Dir && !f.Mode().IsRegular():
			e.Problem = "it is no ordinary file"
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// walkTar visits the entries of a tar, packed or not. It reads to the very end, where checksums are.
func walkTar(ctx context.Context, r io.Reader, size int64, l Limits, visit func(Entry) error) error {
	unpacked, done, err := unpack(stopping{ctx, r})
	if err != nil {
		return explain(err)
	}
	defer done()
	within := &bounded{unpacked, bound(size, l), bomb(size, l)}
	archive := tar.NewReader(within)
	for {
		h, err := archive.Next()
		if err == io.EOF {
			_, err := io.Copy(io.Discard, within)
			return explain(err)
		}
		if err != nil {
			return explain(err)
		}
		name, err := inside(h.Name)
		if err != nil {
			return err
		}
		e := Entry{Name: name, Size: h.Size, open: func() (io.ReadCloser, error) { return io.NopCloser(archive), nil }}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeGNUSparse:
		case tar.TypeDir:
			e.Dir = true
		case tar.TypeXGlobalHeader:
			continue
		case tar.TypeSymlink, tar.TypeLink:
			return wrong(linkAdvice, "the archive's entry %q is a link", h.Name)
		default:
			return wrong(linkAdvice, "the archive's entry %q is neither a file nor a directory", h.Name)
		}
		if name == "" {
			continue
		}
		if err := visit(e); err != nil {
			return err
		}
	}
}

// unpack gives what r holds, whichever way it is packed.
func unpack(r io.Reader) (unpacked io.Reader, done func(), err error) {
	packed := bufio.NewReaderSize(r, 1<<16)
	start, err := packed.Peek(4)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(packed)
		if err != nil {
			return nil, nil, err
		}
		return z, func() { z.Close() }, nil
	case bytes.HasPrefix(start, []byte("BZh")):
		return bzip2.NewReader(packed), func() {}, nil
	case bytes.Equal(start, []byte("\x28\xb5\x2f\xfd")):
		z, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return packed, func() {}, nil
}

// bound is how many bytes an archive of size bytes may unpack to.
func bound(size int64, l Limits) int64 {
	return min(l.Unpacked, max(l.Floor, size*l.Factor))
}

func bomb(size int64, l Limits) error {
	return wrong("no set of pictures shrinks like this: if it is one, unpack it and name the directory",
		"the archive has %d bytes and unpacks to more than %d", size, bound(size, l))
}

// bounded fails after left bytes, where io.LimitReader would end.
type bounded struct {
	r    io.Reader
	left int64
	err  error
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, b.err
	}
	return n, err
}

// stopping fails with the context's error when that is done.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// explain says in plain words what is wrong with an archive.
func explain(err error) error {
	var known *Error
	var corrupt flate.CorruptInputError
	var corruptBzip bzip2.StructuralError
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &Error{fmt.Errorf("the archive ends too early: %w", err), againAdvice}
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt), errors.As(err, &corruptBzip),
		errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrChecksum), errors.Is(err, zstd.ErrMagicMismatch), errors.Is(err, zstd.ErrCRCMismatch),
		errors.Is(err, zstd.ErrReservedBlockType), errors.Is(err, zstd.ErrCompressedSizeTooBig):
		return &Error{fmt.Errorf("the archive is damaged: %w", err), againAdvice}
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return &Error{fmt.Errorf("the archive needs more than %d MB of memory to unpack: %w", window>>20, err), "pack it again, without zstd's --ultra --long=31"}
	case errors.Is(err, tar.ErrHeader):
		return &Error{fmt.Errorf("the archive is damaged or holds no tar archive: %w", err), againAdvice}
	}
	return err
}
