package data

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// A Spec says which data set is meant: in a study file
//
//	data: cifar10
//	data: {shapes: {train: 4000, test: 1000, seed: 1}}
//
// and on the command line cifar10, shapes?train=4000&test=1000&seed=1 or a path.
type Spec struct {
	Source string // a name of Sources, or the path of a directory or archive
	Train  int    // number of training images; 0 is the source's own
	Test   int    // number of test images; 0 is the source's own
	Seed   uint64 // of a source that is drawn: other seeds are other images
}

// ParseSpec reads a Spec from one string: a source, and after a question mark options joined by &.
func ParseSpec(text string) (Spec, error) {
	source, options, found := strings.Cut(text, "?")
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
		if err := s.set(name, value); err != nil {
			return Spec{}, hint(fmt.Errorf("failed to read the data's options in %q: %w", text, err),
				"options follow the name like this: shapes?train=4000&test=1000&seed=1")
		}
	}
	return s, nil
}

// MaxImages bounds the number of training images and that of test images that a Spec may ask for:
// as many of shapes take 3 GB.
const MaxImages = 1_000_000

func (s *Spec) set(name, value string) error {
	switch name {
	case "train", "test":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > MaxImages {
			return fmt.Errorf("%s is %q, expected a number of images from 1 to %d", name, value, MaxImages)
		}
		if name == "train" {
			s.Train = n
		} else {
			s.Test = n
		}
	case "seed":
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return fmt.Errorf("seed is %q, expected a whole number from 0 to 2⁶⁴−1", value)
		}
		s.Seed = n
	default:
		return fmt.Errorf("unknown option %q: expected train, test or seed", name)
	}
	return nil
}

// String is the form that ParseSpec reads.
func (s Spec) String() string {
	var options []string
	if s.Train != 0 {
		options = append(options, "train="+strconv.Itoa(s.Train))
	}
	if s.Test != 0 {
		options = append(options, "test="+strconv.Itoa(s.Test))
	}
	if s.Seed != 0 {
		options = append(options, "seed="+strconv.FormatUint(s.Seed, 10))
	}
	if len(options) == 0 {
		return s.Source
	}
	return s.Source + "?" + strings.Join(options, "&")
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
	Cache string // directory; "" is $GRADLAB_CACHE, or gradlab in the user's cache directory
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
	d, err := openPath(ctx, spec, newCIFARReader())
	if err != nil {
		return nil, fmt.Errorf("failed to open data %s: %w", spec.Source, err)
	}
	return d, nil
}
