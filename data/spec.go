package data

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Spec says which data set is meant: in a study file
//
//	data: cifar10
//	data: {shapes: {train: 4000, test: 1000, seed: 1}}
//	data: {folder: {path: photographs, size: 32}}
//
// and on the command line cifar10, shapes?train=4000&test=1000&seed=1, a path, photographs?size=32, or the
// address of what was fetched, whose options follow a #.
type Spec struct {
	Source string // a name of Sources, the path of a directory, archive or list, or an address
	Train  int    // number of training images; 0 is the source's own
	Test   int    // number of test images; 0 is the source's own
	Seed   uint64 // of a source that is drawn, or split by gradlab: other seeds are other images

	// Of pictures and IDX files only.
	Height, Width int     // what pictures are resized to; 0 is their own size where they share one of up to 64, else 32
	Stretch       bool    // resize all of a picture; else the largest part in its middle that has the proportions
	Channels      int     // 1 or 3; 0 is 1 where every picture is grey, else 3
	Holdout       float64 // share of each class that is the test set, where gradlab splits; 0 is a fifth
	List          string  // a CSV file of path, label and split that says which pictures are what; "" for none
	Strict        bool    // a picture that cannot be read is an error
}

// ParseSpec reads a Spec from one string: a source, and after a question mark (of an address: a #) options
// joined by &.
func ParseSpec(text string) (Spec, error) {
	mark := "?"
	if isAddress(text) { // which may have a question mark of its own
		mark = "#"
	}
	source, options, found := strings.Cut(text, mark)
	s := Spec{Source: source}
	if source == "" {
		return Spec{}, hint(fmt.Errorf("failed to read the data's name: %q names none", text),
			"name "+strings.Join(sourceNames(), ", ")+", or the path of a directory or an archive")
	}
	if !found {
		return s, nil
	}
	for _, option := range strings.Split(options, "&") {
		name, value, _ := strings.Cut(option, "=")
		if err := s.Set(name, value); err != nil {
			example := "shapes?train=4000&test=1000&seed=1"
			if !s.named() {
				example = "photographs?size=32&holdout=0.2"
			}
			return Spec{}, hint(fmt.Errorf("failed to read the data's options in %q: %w", text, err),
				"options follow the name like this: "+example)
		}
	}
	return s, nil
}

// named says whether the source is one of Sources.
func (s *Spec) named() bool { return slices.Contains(sourceNames(), s.Source) }

// MaxImages bounds the number of training images and that of test images that a Spec may ask for:
// as many of shapes take 3 GB.
const MaxImages = 1_000_000

// maxSide bounds the height and width that pictures are resized to.
const maxSide = 4096

// SpecOptions are the names of the options that the source called name takes; what is no name of Sources is
// a path or an address, and takes the most.
func SpecOptions(name string) []string {
	s := Spec{Source: name}
	if s.named() {
		return []string{"train", "test", "seed"}
	}
	return []string{"train", "test", "seed", "size", "fit", "channels", "holdout", "list", "strict"}
}

// Set sets one option by its name, as ParseSpec and a study file do.
func (s *Spec) Set(name, value string) error {
	known := SpecOptions(s.Source)
	if !slices.Contains(known, name) {
		last := len(known) - 1
		return fmt.Errorf("unknown option %q: expected %s or %s", name, strings.Join(known[:last], ", "), known[last])
	}
	var err error
	switch name {
	case "train":
		s.Train, err = imageCount(name, value)
	case "test":
		s.Test, err = imageCount(name, value)
	case "seed":
		if s.Seed, err = strconv.ParseUint(value, 10, 64); err != nil {
			err = fmt.Errorf("seed is %q, expected a whole number from 0 to 2⁶⁴−1", value)
		}
	case "size":
		s.Height, s.Width, err = parseSize(value)
	case "fit":
		if s.Stretch = value == "stretch"; !s.Stretch && value != "crop" {
			err = fmt.Errorf("fit is %q, expected crop or stretch", value)
		}
	case "channels":
		if s.Channels, err = strconv.Atoi(value); err != nil || s.Channels != 1 && s.Channels != 3 {
			err = fmt.Errorf("channels is %q, expected 1 (grey) or 3 (red, green, blue)", value)
		}
	case "holdout":
		if s.Holdout, err = strconv.ParseFloat(value, 64); err != nil || !(s.Holdout > 0 && s.Holdout < 1) {
			err = fmt.Errorf("holdout is %q, expected the share of the test set, between 0 and 1", value)
		}
	case "list":
		if s.List = value; value == "" {
			err = errors.New("list is empty, expected the path of a CSV file")
		}
	case "strict":
		if s.Strict = value == "true" || value == ""; !s.Strict && value != "false" {
			err = fmt.Errorf("strict is %q, expected true or false", value)
		}
	}
	return err
}

func imageCount(name, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > MaxImages {
		return 0, fmt.Errorf("%s is %q, expected a number of images from 1 to %d", name, value, MaxImages)
	}
	return n, nil
}

// parseSize reads 32, or 24x32 for 24 rows of 32 pixels.
func parseSize(value string) (h, w int, err error) {
	high, wide, rectangle := strings.Cut(value, "x")
	if !rectangle {
		wide = high
	}
	h, err = strconv.Atoi(high)
	if err == nil {
		w, err = strconv.Atoi(wide)
	}
	if err != nil || min(h, w) < 1 || max(h, w) > maxSide {
		return 0, 0, fmt.Errorf("size is %q, expected pixels from 1 to %d: 32, or 24x32 for a height of 24 and a width of 32", value, maxSide)
	}
	return h, w, nil
}

// String is the form that ParseSpec reads.
func (s Spec) String() string {
	var options []string
	add := func(set bool, name, value string) {
		if set {
			options = append(options, name+"="+value)
		}
	}
	add(s.Train != 0, "train", strconv.Itoa(s.Train))
	add(s.Test != 0, "test", strconv.Itoa(s.Test))
	add(s.Seed != 0, "seed", strconv.FormatUint(s.Seed, 10))
	size := strconv.Itoa(s.Height)
	if s.Height != s.Width {
		size += "x" + strconv.Itoa(s.Width)
	}
	add(s.Height != 0, "size", size)
	add(s.Stretch, "fit", "stretch")
	add(s.Channels != 0, "channels", strconv.Itoa(s.Channels))
	add(s.Holdout != 0, "holdout", strconv.FormatFloat(s.Holdout, 'g', -1, 64))
	add(s.List != "", "list", s.List)
	add(s.Strict, "strict", "true")
	switch {
	case len(options) == 0:
		return s.Source
	case isAddress(s.Source):
		return s.Source + "#" + strings.Join(options, "&")
	}
	return s.Source + "?" + strings.Join(options, "&")
}

// isAddress says whether a source is to be fetched from somewhere.
func isAddress(source string) bool {
	return strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://")
}

// checkCounts says whether numbers of images can be asked for; 0 is the source's own.
func checkCounts(train, test int) error {
	if min(train, test) < 0 || max(train, test) > MaxImages {
		return hint(fmt.Errorf("%d training and %d test images were asked for, expected up to %d of each", train, test, MaxImages),
			"0 is the data set's own number")
	}
	return nil
}

// Options say where data sets are kept.
type Options struct {
	// Memory is the bytes of picture files' pixels that a set holds in memory; those of more are in a file in the cache
	// directory, which is mapped and gone when the program ends. 0 is $GRADLAB_DATA_MEMORY, or else half of what is free.
	Memory int64
	Cache  string // directory; "" is $GRADLAB_CACHE, or gradlab in the user's cache directory
}

// A Source is a data set that gradlab knows by name.
type Source struct {
	Name  string
	About string // one line
	open  func(context.Context, Spec, Options) (*Dataset, error)
	info  func(Spec) (Info, error)
}

// Sources lists the data sets known by name.
func Sources() []Source {
	return []Source{
		{"shapes", "ten classes of drawn objects, 32×32 RGB, any number", openShapes, shapesInfo},
		{"cifar10", "CIFAR-10: 50,000 + 10,000 photographs in ten classes, 32×32 RGB; 170 MB to download", openCIFAR10, cifar10Info},
	}
}

// Where says in a few words where the source's images are: for lists.
func (s Source) Where(o Options) string {
	if s.Name != "cifar10" {
		return "built in"
	}
	dir, err := CacheDir(o.Cache)
	if err != nil {
		return err.Error()
	}
	if path := findCIFAR10(dir); path != "" {
		return path
	}
	return "not here yet: gradlab data fetch " + s.Name
}

func sourceNames() []string {
	var names []string
	for _, s := range Sources() {
		names = append(names, s.Name)
	}
	return names
}

// Open loads a data set into memory. Whatever is wrong with a path or a file comes back as one
// error with a Hint.
func Open(ctx context.Context, spec Spec, o Options) (*Dataset, error) {
	if err := checkCounts(spec.Train, spec.Test); err != nil {
		return nil, fmt.Errorf("failed to open data %s: %w", spec.Source, err)
	}
	for _, s := range Sources() {
		if s.Name == spec.Source {
			d, err := s.open(ctx, spec, o)
			if err != nil {
				return nil, fmt.Errorf("failed to open %s: %w", spec.Source, err)
			}
			return d, nil
		}
	}
	d, err := openSource(ctx, spec, o)
	if err != nil {
		return nil, fmt.Errorf("failed to open data %s: %w", spec.Source, err)
	}
	return d, nil
}
