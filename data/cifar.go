package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
)

var cifarClasses = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

const (
	cifarSide   = 32
	cifarPixels = cifarSide * cifarSide * 3
	cifarRecord = 1 + cifarPixels // a label, then the red, the green and the blue plane
	cifarImages = 10_000          // per file

	cifarAdvice = "give the path of cifar-10-binary.tar.gz, cifar-10-python.tar.gz, or a directory that one of them was unpacked into"
	againAdvice = "the file may be cut off or damaged: copy or download it again"
)

// cifarFiles are the six files of CIFAR-10: five of training images, one of test images. In the
// binary layout their names end in .bin; the hashes are those of the binary layout's bytes.
var cifarFiles = [6]struct{ name, sha256 string }{
	{"data_batch_1", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
	{"data_batch_2", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
	{"data_batch_3", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
	{"data_batch_4", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
	{"data_batch_5", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
	{"test_batch", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"},
}

const cifarTest = 5 // index of test_batch

// A cifarReader puts the files of CIFAR-10 together, in whatever order and layout they come.
type cifarReader struct {
	verify bool
	images int    // at most, per file: the sets have room for that many
	pixels []byte // N × H × W × C, images places per file
	labels []uint8
	count  [len(cifarFiles)]int // images read, by file
	from   [len(cifarFiles)]string
	buffer bytes.Buffer
}

// newCIFARReader takes the published contents only.
func newCIFARReader() *cifarReader { return &cifarReader{verify: true, images: cifarImages} }

// cifarFile gives the index of the file of that name, −1 for no file of CIFAR-10.
func cifarFile(name string) (file int, binary bool) {
	stem, binary := strings.CutSuffix(name, ".bin")
	for i, f := range cifarFiles {
		if f.name == stem {
			return i, binary
		}
	}
	return -1, false
}

// add reads one file if it is one of CIFAR-10; name is its base name.
func (c *cifarReader) add(name string, r io.Reader) error {
	file, binary := cifarFile(name)
	if file < 0 {
		return nil
	}
	if c.from[file] != "" {
		return hint(fmt.Errorf("%s comes after %s: one of them is too many", name, c.from[file]), cifarAdvice)
	}
	c.from[file] = name

	// A pickle is a little longer than its images, for the file names; twice as long where
	// Python 3 wrote it by protocol 2, with bytes as characters in UTF-8.
	limit := int64(c.images) * cifarRecord
	if !binary {
		limit = 2*limit + 4096
	}
	c.buffer.Reset()
	c.buffer.Grow(int(limit) + bytes.MinRead)
	n, err := c.buffer.ReadFrom(io.LimitReader(r, limit+1))
	if err != nil {
		return fmt.Errorf("failed to read %s: %w", name, err)
	}
	if n > limit {
		return hint(fmt.Errorf("%s is longer than %d bytes", name, limit), cifarAdvice)
	}
	if binary {
		err = c.addRecords(file, c.buffer.Bytes())
	} else {
		err = c.addPickle(file, c.buffer.Bytes())
	}
	if err != nil {
		return hint(fmt.Errorf("failed to read %s: %w", name, err), againAdvice)
	}
	return nil
}

// addRecords reads the binary layout: records of a label and three planes.
func (c *cifarReader) addRecords(file int, b []byte) error {
	if len(b) == 0 || len(b)%cifarRecord != 0 {
		return fmt.Errorf("%d bytes, expected %d: %d records of %d", len(b), c.images*cifarRecord, c.images, cifarRecord)
	}
	return c.store(file, len(b)/cifarRecord, func(i int) (uint8, []byte) {
		record := b[i*cifarRecord : (i+1)*cifarRecord]
		return record[0], record[1:]
	})
}

// store takes n images of a file: image gives the label and the planes of each. What is hashed
// are the bytes of the binary layout.
func (c *cifarReader) store(file, n int, image func(i int) (label uint8, planes []byte)) error {
	if n > c.images || n < c.images && c.verify {
		return fmt.Errorf("%d images, expected %d", n, c.images)
	}
	if c.pixels == nil {
		c.pixels = make([]byte, len(cifarFiles)*c.images*cifarPixels)
		c.labels = make([]uint8, len(cifarFiles)*c.images)
	}
	var sum hash.Hash
	if c.verify {
		sum = sha256.New()
	}
	for i := range n {
		label, planes := image(i)
		if int(label) >= len(cifarClasses) {
			return fmt.Errorf("image %d has label %d, expected 0 to %d", i, label, len(cifarClasses)-1)
		}
		if sum != nil {
			sum.Write([]byte{label})
			sum.Write(planes)
		}
		at := file*c.images + i
		c.labels[at] = label
		interleave(c.pixels[at*cifarPixels:(at+1)*cifarPixels], planes)
	}
	c.count[file] = n
	if sum == nil {
		return nil
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != cifarFiles[file].sha256 {
		return hint(fmt.Errorf("its images are not those of CIFAR-10: SHA-256 %s, expected %s", got, cifarFiles[file].sha256),
			"the file is damaged or another set: copy or download it again (gradlab data fetch cifar10)")
	}
	return nil
}

// interleave turns three planes into pixels of three channels.
func interleave(dst, planes []byte) {
	const n = cifarSide * cifarSide
	red, green, blue := planes[:n], planes[n:2*n], planes[2*n:3*n]
	for i := range n {
		dst[3*i], dst[3*i+1], dst[3*i+2] = red[i], green[i], blue[i]
	}
}

// missing lists the files that did not come.
func (c *cifarReader) missing() []string {
	var names []string
	for i, f := range cifarFiles {
		if c.from[i] == "" {
			names = append(names, f.name)
		}
	}
	return names
}

// dataset is what was read. Files with fewer images than there is room for are moved together.
func (c *cifarReader) dataset() (*Dataset, error) {
	switch missing := c.missing(); {
	case len(missing) == len(cifarFiles):
		return nil, hint(errors.New("no file of CIFAR-10 in it: expected data_batch_1.bin … test_batch.bin, or the same without .bin (the python version)"), cifarAdvice)
	case len(missing) > 0:
		return nil, hint(fmt.Errorf("files of CIFAR-10 are missing: %s", strings.Join(missing, ", ")), againAdvice)
	}
	train := 0
	for file := range cifarTest {
		copy(c.pixels[train*cifarPixels:], c.pixels[file*c.images*cifarPixels:][:c.count[file]*cifarPixels])
		copy(c.labels[train:], c.labels[file*c.images:][:c.count[file]])
		train += c.count[file]
	}
	part := func(name string, first, n int) *Set {
		return &Set{
			Name: name, Classes: cifarClasses, H: cifarSide, W: cifarSide, C: 3,
			Pixels: c.pixels[first*cifarPixels:][: n*cifarPixels : n*cifarPixels],
			Labels: c.labels[first:][:n:n],
		}
	}
	return &Dataset{
		Name: "cifar10", Classes: cifarClasses,
		Train: part("cifar10/train", 0, train),
		Test:  part("cifar10/test", cifarTest*c.images, c.count[cifarTest]),
		held:  int64(len(c.pixels) + len(c.labels)),
	}, nil
}

// openCIFAR10 looks for CIFAR-10 in the cache.
func openCIFAR10(ctx context.Context, spec Spec, o Options) (*Dataset, error) {
	dir, err := CacheDir(o.Cache)
	if err != nil {
		return nil, err
	}
	path := findCIFAR10(dir)
	if path == "" {
		return nil, hint(fmt.Errorf("it is not in the cache %s", dir),
			"get it with: gradlab data fetch cifar10 (170 MB), or name the archive or directory you have: --data PATH")
	}
	spec.Source = path
	return openCIFARPath(ctx, spec, newCIFARReader())
}

// findCIFAR10 gives the directory or archive in dir that holds CIFAR-10, "" for none.
func findCIFAR10(dir string) string {
	for _, name := range []string{"data_batch_1.bin", "data_batch_1"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir
		}
	}
	for _, name := range []string{"cifar-10-batches-bin", "cifar-10-batches-py", cifarArchive, "cifar-10-python.tar.gz"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return filepath.Join(dir, name)
		}
	}
	return ""
}

// CacheDir is the directory where data sets are kept: dir, or else $GRADLAB_CACHE, or else gradlab
// in the user's cache directory. It need not exist.
func CacheDir(dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("GRADLAB_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", hint(fmt.Errorf("failed to find the cache directory: %w", err), "set GRADLAB_CACHE to a directory")
	}
	return filepath.Join(dir, "gradlab"), nil
}
