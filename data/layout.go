package data

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A sample is one picture file with what it is.
type sample struct {
	path  string // in the tree
	class string
	split string // "train", "val", "test"; "" where gradlab splits
}

// An arrangement is which files of a tree are pictures of which class and split.
type arrangement struct {
	samples []sample
	words   string   // of how they were found
	notes   []string // what a person should know, in words
}

// splitNames are how directories and lists call the splits.
var splitNames = map[string]string{
	"train": "train", "training": "train",
	"val": "val", "valid": "val", "validation": "val", "dev": "val",
	"test": "test", "testing": "test", "eval": "test",
}

const layoutAdvice = "expected train/CLASS/… with val/ or test/ beside train, or CLASS/… of two or more classes, or a list in CSV: ?list=FILE"

// A folder is one directory of a tree.
type folder struct {
	path  string
	dirs  map[string]*folder
	files []string // directly in it
}

// newFolder puts files and directories, given by their paths, in their places. What programs leave behind for
// themselves is left out.
func newFolder(files, dirs []string) *folder {
	root := &folder{}
	for _, d := range dirs {
		if !hidden(d) {
			root.at(d)
		}
	}
	for _, f := range files {
		if !hidden(f) {
			in := root.at(strings.TrimSuffix(path.Dir(f), "."))
			in.files = append(in.files, f)
		}
	}
	return root
}

// at is the directory below f at a path.
func (f *folder) at(p string) *folder {
	for name := range strings.SplitSeq(p, "/") {
		if name == "" {
			continue
		}
		next := f.dirs[name]
		if next == nil {
			if f.dirs == nil {
				f.dirs = map[string]*folder{}
			}
			next = &folder{path: path.Join(f.path, name)}
			f.dirs[name] = next
		}
		f = next
	}
	return f
}

// all is the files in f and below.
func (f *folder) all() []string {
	files := slices.Clone(f.files)
	for _, d := range f.dirs {
		files = append(files, d.all()...)
	}
	return files
}

// names is the names of f's directories in order.
func (f *folder) names() []string {
	var names []string
	for name := range f.dirs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func hidden(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		switch {
		case strings.HasPrefix(part, "."), part == "__MACOSX", part == "Thumbs.db", part == "desktop.ini":
			return true
		}
	}
	return false
}

// arrange finds classes and splits in the directories of a tree. Directories around them, as archives have,
// are entered.
func arrange(files, dirs []string) (*arrangement, error) {
	root := newFolder(files, dirs)
	for {
		names := root.names()
		switch n := len(root.files); {
		case len(names) == 0 && n > 0:
			return nil, hint(fmt.Errorf("it has no directories of pictures: %s in none that names a class", count(n, "file lies", "files lie")), layoutAdvice)
		case len(names) == 0:
			return nil, hint(errors.New("it has no directories of pictures"), layoutAdvice)
		}
		splits := map[string]*folder{}
		for _, name := range names {
			if s := splitNames[strings.ToLower(name)]; s != "" && splits[s] == nil {
				splits[s] = root.dirs[name]
			}
		}
		switch {
		case len(splits) == len(names):
			return arrangeSplits(splits)
		case len(names) == 1 && len(root.dirs[names[0]].dirs) > 0:
			root = root.dirs[names[0]]
		default:
			return arrangeClasses(root)
		}
	}
}

// arrangeClasses takes every directory in root for a class that is to be split.
func arrangeClasses(root *folder) (*arrangement, error) {
	a := &arrangement{words: "a directory for each class, split by gradlab"}
	for _, name := range root.names() {
		if splitNames[strings.ToLower(name)] != "" && len(root.dirs[name].dirs) > 0 {
			return nil, hint(fmt.Errorf("beside %s/ lies %s", root.dirs[name].path, otherThan(root.names(), name)), layoutAdvice)
		}
	}
	return a, a.take("", root)
}

// otherThan is the first of names that is no split, in the form of a directory.
func otherThan(names []string, name string) string {
	for _, n := range names {
		if n != name && splitNames[strings.ToLower(n)] == "" {
			return n + "/, which is neither val/ nor test/"
		}
	}
	return "what is neither val/ nor test/"
}

// arrangeSplits takes directories that are splits.
func arrangeSplits(splits map[string]*folder) (*arrangement, error) {
	if splits["train"] == nil {
		return nil, hint(errors.New("there is no train/ beside the directories of other splits"), layoutAdvice)
	}
	a := &arrangement{}
	var found []string
	for _, split := range []string{"train", "val", "test"} {
		d := splits[split]
		switch {
		case d == nil:
			continue
		case len(d.dirs) == 0 && split == "test" && len(d.files) > 0 && splits["val"] != nil: // a competition's
			a.notes = append(a.notes, fmt.Sprintf("%s/ has no directories of classes: %s not used", d.path, count(len(d.files), "file is", "files are")))
			continue
		case len(d.dirs) == 0:
			return nil, hint(fmt.Errorf("%s/ has no directories of classes", d.path), layoutAdvice)
		}
		found = append(found, path.Base(d.path)+"/")
		if err := a.take(split, d); err != nil {
			return nil, err
		}
	}
	if len(found) == 1 {
		return nil, hint(fmt.Errorf("there is %s/ but neither val/ nor test/", splits["train"].path),
			"name that directory itself to have it split: --data …/"+splits["train"].path)
	}
	a.words = "a directory for each class in " + strings.Join(found, " and ")
	return a, nil
}

// take adds the pictures of a directory of classes.
func (a *arrangement) take(split string, root *folder) error {
	for _, class := range root.names() {
		files := root.dirs[class].all()
		if len(files) == 0 {
			return hint(fmt.Errorf("the class %s has no pictures: %s/ is empty", class, root.dirs[class].path), "put pictures there, or remove it")
		}
		for _, f := range files {
			a.samples = append(a.samples, sample{f, class, split})
		}
	}
	return nil
}

// maxClasses is how many a label of one byte tells apart.
const maxClasses = 256

// classes is the names of the classes in order: of numbers by their value, else of bytes. Classes that only
// some splits have are an error, but for those that are missing in a test set.
func (a *arrangement) classes() ([]string, error) {
	in := map[string]map[string]bool{}
	for _, s := range a.samples {
		if in[s.class] == nil {
			in[s.class] = map[string]bool{}
		}
		in[s.class][s.split] = true
	}
	var names []string
	numbers := true
	for name := range in {
		names = append(names, name)
		_, err := strconv.ParseUint(name, 10, 32)
		numbers = numbers && err == nil
	}
	slices.SortFunc(names, func(x, y string) int {
		if numbers {
			a, _ := strconv.ParseUint(x, 10, 32)
			b, _ := strconv.ParseUint(y, 10, 32)
			return cmp.Or(cmp.Compare(a, b), strings.Compare(x, y))
		}
		return strings.Compare(x, y)
	})
	for _, name := range names {
		if !in[name]["train"] && !in[name][""] {
			return nil, hint(fmt.Errorf("no training picture is of the class %s, which others are", name), "see whether the directories of classes are called alike in every split")
		}
	}
	switch {
	case len(names) < 2:
		return nil, hint(fmt.Errorf("all pictures are of one class (%s)", strings.Join(names, "")), layoutAdvice)
	case len(names) > maxClasses:
		return nil, hint(fmt.Errorf("there are %d classes, more than %d", len(names), maxClasses), layoutAdvice)
	}
	return names, nil
}

// count is a number with its noun, in the singular or plural.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
