package data

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gradlab/internal/picture"
	"gradlab/internal/tree"
)

// A found is what a tree holds.
type found struct {
	files, dirs []string
	heads       map[string][2]int // width and height by path, where sizes were asked for
	links       []string          // of files, those that are links and not followed
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
		if e.Link {
			f.links = append(f.links, e.Name)
		}
		if sizes && !hidden(e.Name) {
			f.head(e)
		}
		return nil
	})
	return f, err
}

// head reads the size of a picture, if it is one.
func (f *found) head(e tree.Entry) {
	if e.Problem != "" {
		return
	}
	if b, err := e.Head(headBytes); err == nil {
		if info, err := picture.Inspect(b); err == nil {
			f.heads[e.Name] = [2]int{info.W, info.H}
		}
	}
}

// measure reads the sizes of these samples alone. A list may lie in any directory: files there that it does not name
// are nobody's business.
func (f *found) measure(ctx context.Context, t *tree.Tree, samples []sample) error {
	listed := map[string]bool{}
	for _, s := range samples {
		listed[s.path] = true
	}
	return t.Walk(ctx, func(e tree.Entry) error {
		if !e.Dir && listed[e.Name] {
			f.head(e)
		}
		return nil
	})
}

// unfollowed tells of links that stand where directories of classes could: those that stand for pictures are told
// of as such. a is nil where nothing was found.
func (f *found) unfollowed(a *arrangement) string {
	pictures := map[string]bool{}
	if a != nil {
		for _, s := range a.samples {
			pictures[s.path] = true
		}
	}
	var left []string
	for _, l := range f.links {
		if !pictures[l] && !hidden(l) {
			left = append(left, l)
		}
	}
	n := len(left)
	if n == 0 {
		return ""
	}
	slices.Sort(left)
	return fmt.Sprintf("%s not followed: %s%s", count(n, "link is", "links are"), strings.Join(left[:min(n, maxNamed)], ", "), andMore(n-min(n, maxNamed)))
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
