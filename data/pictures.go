package data

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"gradlab/internal/tree"
)

// Pictures is what is known of the files that a set was made of.
type Pictures struct {
	Layout     string        `json:"layout"`                // how classes and splits were found: "a directory for each class in train/ and val/"
	Smallest   [2]int        `json:"smallest"`              // width and height of the picture with the fewest pixels, before it was resized
	Largest    [2]int        `json:"largest"`               // of that with the most
	Sizes      []PictureSize `json:"sizes"`                 // those of the most pictures, before they were resized; at most maxSizes of them
	OtherSizes int           `json:"other_sizes,omitempty"` // how many sizes there are beside these
	Resized    bool          `json:"resized"`               // whether a picture was not of the set's size
	Unreadable []Unreadable  `json:"unreadable,omitempty"`  // files that were left out, by path
	Notes      []string      `json:"notes,omitempty"`       // what a person should know, in words
}

// PictureSize is how many pictures have a size.
type PictureSize struct {
	W     int `json:"width"`
	H     int `json:"height"`
	Count int `json:"count"`
}

// maxSizes is how many sizes are named.
const maxSizes = 5

// commonest orders the counts of sizes, width and height, by the number of pictures and then by size.
func commonest(counts map[[2]int]int) (sizes []PictureSize, others int) {
	for size, n := range counts {
		sizes = append(sizes, PictureSize{size[0], size[1], n})
	}
	slices.SortFunc(sizes, func(a, b PictureSize) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(b.W*b.H, a.W*a.H), cmp.Compare(b.W, a.W))
	})
	others = max(len(sizes)-maxSizes, 0)
	return sizes[: len(sizes)-others : len(sizes)-others], others
}

// Unreadable is a file that is no picture, or not a whole one.
type Unreadable struct {
	Path    string `json:"path"`
	Problem string `json:"problem"`
}

// Bounds on directories and archives of pictures.
var pictureLimits = tree.Limits{
	Files:    4 * MaxImages,
	Unpacked: 1 << 40,
	Factor:   250, // photographs reach 1.5; docs/log.md says what is refused by it
	Floor:    256 << 20,
}

const (
	ownSize     = 64      // the longest side of pictures that keep their size
	defaultSide = 32      // of others
	headBytes   = 1 << 18 // of a file, in which its header is looked for

	unreadableShare = 10 // more than one in so many pictures that cannot be read: the set is not what was meant
)

// openPictures makes a data set of the picture files in t, of which f is what scan found, and calls it name.
func openPictures(ctx context.Context, t *tree.Tree, f *found, spec Spec, name string, o Options) (_ *Dataset, err error) {
	var a *arrangement
	if spec.List != "" {
		var b []byte
		if b, err = readList(ctx, t, spec.List); err == nil {
			a, err = parseList(b)
		}
	} else {
		a, err = arrange(f.files, f.dirs)
	}
	if note := f.unfollowed(a); note != "" && err != nil {
		err = fmt.Errorf("%w (%s)", err, note)
	} else if note != "" {
		a.notes = append(a.notes, note)
	}
	if err != nil {
		return nil, err
	}
	classes, err := a.classes()
	if err != nil {
		return nil, err
	}
	train, test, err := a.sides(spec)
	if err != nil {
		return nil, err
	}
	h, w := spec.Height, spec.Width
	if h == 0 && spec.List != "" {
		if err := f.measure(ctx, t, slices.Concat(train, test)); err != nil {
			return nil, err
		}
	}
	if h == 0 {
		h, w = chooseSize(slices.Concat(train, test), f.heads)
	}
	room, err := makeRoom(len(train)+len(test), h, w, 3, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			room.Close()
		}
	}()
	l := newLoading(slices.Concat(train, test), classes, h, w, spec.Stretch, room.Bytes)
	if err := l.run(ctx, t); err != nil {
		return nil, err
	}
	p := &Pictures{Layout: a.words, Notes: a.notes}
	if err := l.report(p, spec.Strict); err != nil {
		return nil, err
	}
	d := &Dataset{Name: name, Classes: classes, Pictures: p, held: l.memory(), room: room}
	if !room.InFile() {
		d.held += int64(len(room.Bytes))
	}
	if err := l.split(d, len(train), spec.Channels); err != nil {
		return nil, err
	}
	if err := everyClass(d.Train); err != nil {
		return nil, err
	}
	if d.Train, err = head(d.Train, spec.Train, "training"); err != nil {
		return nil, err
	}
	d.Test, err = head(d.Test, spec.Test, "test")
	return d, err
}

// everyClass says whether the set has pictures of every class.
func everyClass(s *Set) error {
	var n [maxClasses]int
	for _, l := range s.Labels {
		n[l]++
	}
	for i, name := range s.Classes {
		if n[i] == 0 {
			return hint(fmt.Errorf("no training picture of the class %s can be read", name), "put pictures there, or remove it")
		}
	}
	return nil
}

// report enters into p what happened to the files. Few that cannot be read are left out; many are an error.
func (l *loading) report(p *Pictures, strict bool) error {
	smallest, largest := math.MaxInt, 0
	counts := map[[2]int]int{}
	for i, s := range l.samples {
		if problem := l.problems[i]; problem != "" {
			p.Unreadable = append(p.Unreadable, Unreadable{s.path, problem})
			continue
		}
		size := l.sizes[i]
		counts[size]++
		if n := size[0] * size[1]; n < smallest {
			smallest, p.Smallest = n, size
		}
		if n := size[0] * size[1]; n > largest {
			largest, p.Largest = n, size
		}
		p.Resized = p.Resized || size != [2]int{l.w, l.h}
	}
	p.Sizes, p.OtherSizes = commonest(counts)
	slices.SortFunc(p.Unreadable, func(a, b Unreadable) int { return strings.Compare(a.Path, b.Path) })
	n := len(p.Unreadable)
	switch {
	case n == 0:
		return nil
	case strict:
		return hint(fmt.Errorf("%s: %s%s", p.Unreadable[0].Path, p.Unreadable[0].Problem, andMore(n-1)), "repair or remove it; without strict it is left out with a warning")
	case n*unreadableShare > len(l.samples):
		return hint(fmt.Errorf("%d of %d files cannot be read as pictures: %s: %s%s", n, len(l.samples), p.Unreadable[0].Path, p.Unreadable[0].Problem, andMore(n-1)),
			"see whether this is the directory, archive or list that you mean, and remove what is no picture")
	}
	return nil
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; and %d more", n)
}

// nameOf is what a data set is called that lies at a path.
func nameOf(p string) string {
	if absolute, err := filepath.Abs(p); err == nil {
		p = absolute
	}
	name := filepath.Base(p)
	for _, suffix := range []string{".gz", ".bz2", ".zst", ".tgz", ".tar", ".zip", ".csv"} {
		if len(name) > len(suffix) && strings.EqualFold(name[len(name)-len(suffix):], suffix) {
			name = name[:len(name)-len(suffix)]
		}
	}
	return name
}
