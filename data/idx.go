package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gradlab/internal/picture"
	"gradlab/internal/tree"
)

const (
	maxIDX    = 1 << 30 // bytes of one file when it is unpacked
	idxAdvice = "IDX files are train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each plain or with .gz"
)

// idxName is what IDX files are called: MNIST's, Fashion-MNIST's, and with a prefix EMNIST's.
var idxName = regexp.MustCompile(`^(.*?)(train|t10k|test)-(images|labels)[-.]idx[134]-ubyte(\.gz)?$`)

// idxFiles is where the four files are, by "train" or "test" and "images" or "labels".
type idxFiles map[[2]string]string

// findIDX looks for IDX files among the files of a tree. Of a file that is there plain and packed, the plain
// one is taken.
func findIDX(files []string) (idxFiles, error) {
	sets := map[string]idxFiles{}
	for _, f := range slices.Sorted(slices.Values(files)) {
		m := idxName.FindStringSubmatch(path.Base(f))
		if m == nil || hidden(f) {
			continue
		}
		set := path.Join(path.Dir(f), m[1])
		if sets[set] == nil {
			sets[set] = idxFiles{}
		}
		if m[2] == "t10k" {
			m[2] = "test"
		}
		part := [2]string{m[2], m[3]}
		if sets[set][part] == "" { // the plain one comes first
			sets[set][part] = f
		}
	}
	if len(sets) > 1 {
		var names []string
		for name := range sets {
			names = append(names, name)
		}
		slices.Sort(names)
		return nil, hint(fmt.Errorf("it has several sets of IDX files: %.300s", strings.Join(names, ", ")), "put the four files of one into a directory and name that")
	}
	for _, found := range sets {
		for _, split := range []string{"train", "test"} {
			for _, what := range []string{"images", "labels"} {
				if found[[2]string{split, what}] == "" {
					return nil, hint(fmt.Errorf("it has IDX files, but not those of the %s %s", split, what), idxAdvice)
				}
			}
		}
		return found, nil
	}
	return nil, nil
}

// openIDX makes a data set of IDX files.
func openIDX(ctx context.Context, t *tree.Tree, files idxFiles, spec Spec, name string) (*Dataset, error) {
	other := spec
	other.Source, other.Train, other.Test, other.Height, other.Width, other.Stretch = "", 0, 0, 0, 0, false
	if other != (Spec{}) {
		return nil, hint(fmt.Errorf("it is IDX files, which have no use for the options %s", strings.TrimPrefix(other.String(), "?")), "leave them out")
	}
	read := map[string]*idxArray{}
	err := t.Walk(ctx, func(e tree.Entry) error {
		for part, file := range files {
			if e.Name != file || e.Dir {
				continue
			}
			if e.Problem != "" {
				return hint(fmt.Errorf("%s: %s", file, e.Problem), idxAdvice)
			}
			b, err := e.Read(maxIDX)
			if err == nil {
				read[part[0]+part[1]], err = parseIDX(b)
			}
			if err != nil {
				return hint(fmt.Errorf("failed to read %s: %w", file, err), againAdvice)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	d := &Dataset{Name: name}
	if d.Train, err = idxSet(trainName, read["trainimages"], read["trainlabels"]); err != nil {
		return nil, hint(fmt.Errorf("failed to read the training images: %w", err), idxAdvice)
	}
	if d.Test, err = idxSet(testName, read["testimages"], read["testlabels"]); err != nil {
		return nil, hint(fmt.Errorf("failed to read the test images: %w", err), idxAdvice)
	}
	if a, b := d.Train, d.Test; a.H != b.H || a.W != b.W || a.C != b.C {
		return nil, hint(fmt.Errorf("training images are %d×%d×%d, test images %d×%d×%d", a.H, a.W, a.C, b.H, b.W, b.C), idxAdvice)
	}
	d.Classes = idxClasses(d.Train.Labels, d.Test.Labels)
	for _, s := range []*Set{d.Train, d.Test} {
		s.Classes = d.Classes
		if bytes := int64(s.N()) * int64(spec.Height) * int64(spec.Width) * int64(s.C); bytes > maxHeld {
			return nil, hint(fmt.Errorf("%d images of %d×%d take %d bytes of memory, more than %d", s.N(), spec.Height, spec.Width, bytes, int64(maxHeld)), "ask for a smaller size")
		}
		if spec.Height != 0 {
			s.resize(spec.Height, spec.Width, spec.Stretch)
		}
	}
	if d.Train, err = head(d.Train, spec.Train, "training"); err != nil {
		return nil, err
	}
	d.Test, err = head(d.Test, spec.Test, "test")
	return d, err
}

// maxHeld bounds the bytes of a set's images, which are resized in memory.
const maxHeld = 8 << 30

// An idxArray is bytes with their dimensions.
type idxArray struct {
	dims []int
	data []byte
}

// parseIDX reads a file, plain or packed by gzip. A packed one is unpacked no further than its dimensions say.
func parseIDX(b []byte) (*idxArray, error) {
	if !bytes.HasPrefix(b, []byte("\x1f\x8b")) {
		r := bytes.NewReader(b)
		a, size, err := idxHeader(r)
		if err != nil {
			return nil, err
		}
		if a.data = b[len(b)-r.Len():]; len(a.data) != size {
			return nil, fmt.Errorf("it has %d bytes of data, its dimensions %v need %d", len(a.data), a.dims, size)
		}
		return a, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	a, size, err := idxHeader(z)
	if err != nil {
		return nil, err
	}
	if most := max(pictureLimits.Floor, pictureLimits.Factor*int64(len(b))); int64(size) > most {
		return nil, fmt.Errorf("it has %d bytes and would unpack to %d", len(b), size)
	}
	a.data = make([]byte, size+1) // one more than there should be
	n := 0
	for err == nil && n < len(a.data) {
		var more int
		more, err = z.Read(a.data[n:])
		n += more
	}
	switch {
	case n > size:
		return nil, fmt.Errorf("it has more data than the %d bytes that its dimensions %v need", size, a.dims)
	case err != io.EOF:
		return nil, fmt.Errorf("the packed file is damaged or ends too early: %w", err)
	case n < size:
		return nil, fmt.Errorf("it has %d bytes of data, its dimensions %v need %d", n, a.dims, size)
	}
	a.data = a.data[:size:size]
	return a, nil
}

// idxHeader reads what comes before the data, and says how many bytes these should be: two bytes of zero, the type,
// the number of dimensions, each of them in four bytes, the upper first (LeCun, Cortes and Burges, "The MNIST
// database of handwritten digits").
func idxHeader(r io.Reader) (*idxArray, int, error) {
	const ubyte = 8
	var b [4]byte
	if _, err := io.ReadFull(r, b[:]); err != nil || b[0] != 0 || b[1] != 0 || b[3] < 1 || b[3] > 4 {
		return nil, 0, errors.New("it does not begin as an IDX file does")
	}
	if b[2] != ubyte {
		return nil, 0, fmt.Errorf("its numbers are of type 0x%02x, expected bytes (0x08)", b[2])
	}
	a, size := &idxArray{}, int64(1)
	for range b[3] {
		var d [4]byte
		if _, err := io.ReadFull(r, d[:]); err != nil {
			return nil, 0, errors.New("it ends within its header")
		}
		n := int64(binary.BigEndian.Uint32(d[:]))
		if n < 1 || n > maxIDX || size > maxIDX/n {
			return nil, 0, fmt.Errorf("a dimension is %d: expected at least 1, and %d bytes at most", n, maxIDX)
		}
		size *= n
		a.dims = append(a.dims, int(n))
	}
	return a, int(size), nil
}

// idxSet puts images and labels together.
func idxSet(name string, images, labels *idxArray) (*Set, error) {
	if len(labels.dims) != 1 || len(images.dims) < 3 {
		return nil, fmt.Errorf("labels have the dimensions %v and images %v, expected [n] and [n height width]", labels.dims, images.dims)
	}
	s := &Set{Name: name, H: images.dims[1], W: images.dims[2], C: 1, Pixels: images.data, Labels: labels.data}
	if len(images.dims) == 4 {
		s.C = images.dims[3]
	}
	if images.dims[0] != labels.dims[0] {
		return nil, fmt.Errorf("%d images, %d labels", images.dims[0], labels.dims[0])
	}
	if n := s.N(); n > MaxImages || max(s.H, s.W) > maxSide || s.C != 1 && s.C != 3 {
		return nil, fmt.Errorf("%d images of %d×%d×%d: expected up to %d, with sides up to %d and 1 or 3 channels", n, s.H, s.W, s.C, MaxImages, maxSide)
	}
	return s, nil
}

// fashion is how the classes of Fashion-MNIST are called, whose files have MNIST's names. They are told by
// their first labels.
var (
	fashion = []string{"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"}

	fashionTrain = []byte{9, 0, 0, 3, 0, 2, 7, 2, 5, 5}
	fashionTest  = []byte{9, 2, 1, 1, 6, 1, 4, 6, 5, 7}
)

// idxClasses is the names of the classes: numbers from 0 on, where the files are not Fashion-MNIST.
func idxClasses(train, test []byte) []string {
	most := max(slices.Max(train), slices.Max(test), 1)
	if most == 9 && len(train) == 60_000 && len(test) == 10_000 && bytes.HasPrefix(train, fashionTrain) && bytes.HasPrefix(test, fashionTest) {
		return fashion
	}
	var names []string
	for i := range int(most) + 1 {
		names = append(names, strconv.Itoa(i))
	}
	return names
}

// resize gives every image another size.
func (s *Set) resize(h, w int, stretch bool) {
	if h == s.H && w == s.W {
		return
	}
	pixels := make([]byte, s.N()*h*w*s.C)
	for i := range s.N() {
		r := picture.Raster{Pix: s.Image(i), Stride: s.W * s.C, Step: s.C, W: s.W, H: s.H}
		if !stretch {
			r = r.Crop(w, h)
		}
		picture.Resize(pixels[i*h*w*s.C:(i+1)*h*w*s.C], w, h, s.C, r)
	}
	s.H, s.W, s.Pixels = h, w, pixels
}
