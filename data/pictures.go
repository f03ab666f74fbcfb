package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gradlab/internal/picture"
	"gradlab/internal/tree"
)

// Pictures is what is known of the files that a set was made of.
type Pictures struct {
	Layout     string       // how classes and splits were found: "a directory for each class in train/ and val/"
	Smallest   [2]int       // width and height of the picture with the fewest pixels, before it was resized
	Largest    [2]int       // of that with the most
	Resized    bool         // whether a picture was not of the set's size
	Unreadable []Unreadable // files that were left out, by path
	Notes      []string     // what a person should know, in words
}

// Unreadable is a file that is no picture, or not a whole one.
type Unreadable struct{ Path, Problem string }

// Bounds on directories and archives of pictures.
var pictureLimits = tree.Limits{
	Files:    4 * MaxImages,
	Unpacked: 1 << 40,
	Factor:   250, // photographs reach 1.5; docs/log.md says what is refused by it
	Floor:    256 << 20,
}

const (
	maxHeld     = 8 << 30 // bytes of a set's pixels
	ownSize     = 64      // the longest side of pictures that keep their size
	defaultSide = 32      // of others
	headBytes   = 1 << 18 // of a file, in which its header is looked for

	unreadableShare = 10 // more than one in so many pictures that cannot be read: the set is not what was meant
)

// A found is what a tree holds.
type found struct {
	files, dirs []string
	heads       map[string][2]int // width and height by path, where sizes were asked for
}

// scan lists a tree's files; with sizes it reads their headers too.
func scan(ctx context.Context, t *tree.Tree, sizes bool) (*found, error) {
	f := &found{heads: map[string][2]int{}}
	seen := map[string]bool{}
	err := t.Walk(ctx, func(e tree.Entry) error {
		if e.Dir {
			f.dirs = append(f.dirs, e.Name)
			return nil
		}
		if seen[e.Name] {
			return hint(fmt.Errorf("the archive has %q twice", e.Name), againAdvice)
		}
		seen[e.Name] = true
		if t.Kind != "directory" && isCIFARFile(e.Name) {
			return errCIFAR
		}
		f.files = append(f.files, e.Name)
		if !sizes || e.Problem != "" || hidden(e.Name) {
			return nil
		}
		if b, err := e.Head(headBytes); err == nil {
			if info, err := picture.Inspect(b); err == nil {
				f.heads[e.Name] = [2]int{info.W, info.H}
			}
		}
		return nil
	})
	return f, err
}

// openPictures makes a data set of the picture files in t, of which f is what scan found, and calls it name.
func openPictures(ctx context.Context, t *tree.Tree, f *found, spec Spec, name string) (*Dataset, error) {
	var a *arrangement
	var err error
	if spec.List != "" {
		var b []byte
		if b, err = readList(ctx, t, spec.List); err == nil {
			a, err = parseList(b)
		}
	} else {
		a, err = arrange(f.files, f.dirs)
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
	if h == 0 {
		h, w = chooseSize(slices.Concat(train, test), f.heads)
	}
	if bytes := int64(len(train)+len(test)) * int64(h) * int64(w) * 3; bytes > maxHeld {
		return nil, hint(fmt.Errorf("%d pictures of %d×%d take %d bytes of memory, more than %d", len(train)+len(test), h, w, bytes, int64(maxHeld)),
			"ask for a smaller size: ?size="+fmt.Sprint(defaultSide))
	}
	l := newLoading(slices.Concat(train, test), classes, h, w, spec.Stretch)
	if err := l.run(ctx, t); err != nil {
		return nil, err
	}
	p := &Pictures{Layout: a.words, Notes: a.notes}
	if err := l.report(p, spec.Strict); err != nil {
		return nil, err
	}
	d := &Dataset{Name: name, Classes: classes, Pictures: p, held: l.memory()}
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

// chooseSize gives the pictures' own size if they share one that is small, and the default else.
func chooseSize(samples []sample, sizes map[string][2]int) (h, w int) {
	for _, s := range samples {
		size, ok := sizes[s.path]
		switch {
		case !ok: // cannot be read
		case max(size[0], size[1]) > ownSize, w != 0 && size != [2]int{w, h}:
			return defaultSide, defaultSide
		default:
			w, h = size[0], size[1]
		}
	}
	return cmp.Or(h, defaultSide), cmp.Or(w, defaultSide)
}

// readList reads the list called name: a file of the tree if there is one, or else a file by its path.
func readList(ctx context.Context, t *tree.Tree, name string) ([]byte, error) {
	var b []byte
	inside := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	err := t.Walk(ctx, func(e tree.Entry) error {
		if e.Dir || e.Problem != "" || e.Name != inside {
			return nil
		}
		var err error
		if b, err = e.Read(maxList); err != nil {
			return err
		}
		return errFound
	})
	if errors.Is(err, errFound) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := openRegular(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, hint(fmt.Errorf("there is no list %s, neither in it nor by that path", name), listAdvice)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err = io.ReadAll(io.LimitReader(reader{ctx, f}, maxList+1))
	if err == nil && len(b) > maxList {
		err = hint(fmt.Errorf("the list has more than %d bytes", maxList), listAdvice)
	}
	return b, err
}

var errFound = errors.New("found")

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
	for i, s := range l.samples {
		if problem := l.problems[i]; problem != "" {
			p.Unreadable = append(p.Unreadable, Unreadable{s.path, problem})
			continue
		}
		size := l.sizes[i]
		if n := size[0] * size[1]; n < smallest {
			smallest, p.Smallest = n, size
		}
		if n := size[0] * size[1]; n > largest {
			largest, p.Largest = n, size
		}
		p.Resized = p.Resized || size != [2]int{l.w, l.h}
	}
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
