package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// arranged is the samples of an arrangement, each as split:class:path.
func arranged(a *arrangement) []string {
	var all []string
	for _, s := range a.samples {
		all = append(all, s.split+":"+s.class+":"+s.path)
	}
	slices.Sort(all)
	return all
}

func TestArrange(t *testing.T) {
	for _, v := range []struct {
		what  string
		files string
		want  string
		words string
	}{
		{"train and val", "train/a/1 train/b/2 val/a/3 val/b/4 README", "train:a:train/a/1 train:b:train/b/2 val:a:val/a/3 val:b:val/b/4", "in train/ and val/"},
		{"other names, capitals", "Training/a/1 Training/b/2 TEST/a/3", "test:a:TEST/a/3 train:a:Training/a/1 train:b:Training/b/2", "in Training/ and TEST/"},
		{"wrapped", "set/x/train/a/1 set/x/train/b/2 set/x/val/a/3", "train:a:set/x/train/a/1 train:b:set/x/train/b/2 val:a:set/x/val/a/3", "in train/ and val/"},
		{"one tree", "a/1 a/2 b/3", ":a:a/1 :a:a/2 :b:b/3", "split by gradlab"},
		{"one tree, wrapped", "set/a/1 set/b/3 LICENSE", ":a:set/a/1 :b:set/b/3", "split by gradlab"},
		{"deeper", "a/x/1 a/y/z/2 b/3", ":a:a/x/1 :a:a/y/z/2 :b:b/3", "split by gradlab"},
		{"left behind", "a/1 a/.DS_Store a/Thumbs.db b/2 .git/x __MACOSX/a/._1", ":a:a/1 :b:b/2", "split by gradlab"},
		{"classes called like splits", "train/1 boat/2", ":boat:boat/2 :train:train/1", "split by gradlab"},
		{"test without classes", "train/a/1 train/b/2 val/a/3 test/1 test/2", "train:a:train/a/1 train:b:train/b/2 val:a:val/a/3", "in train/ and val/"},
	} {
		a, err := arrange(strings.Fields(v.files), nil)
		if err != nil {
			t.Errorf("%s: %v", v.what, err)
			continue
		}
		if d := cmp.Diff(strings.Fields(v.want), arranged(a)); d != "" || !strings.Contains(a.words, v.words) {
			t.Errorf("%s: %q %s", v.what, a.words, d)
		}
	}
}

func TestArrangeErrors(t *testing.T) {
	var many []string
	for i := range maxClasses + 1 {
		many = append(many, fmt.Sprintf("c%d/1", i))
	}
	for _, v := range []struct{ what, files, dirs, want string }{
		{"nothing", "", "", "no directories of pictures"},
		{"pictures without classes", "1.png 2.png", "", "no directories of pictures"},
		{"one class", "a/1 a/2", "", "all pictures are of one class (a)"},
		{"an empty class", "a/1 b/2", "c", "the class c has no pictures: c/ is empty"},
		{"an empty class of a split", "train/a/1 train/b/2 val/a/1", "val/b", "the class b has no pictures: val/b/ is empty"},
		{"a split without pictures", "train/a/1 train/b/2", "val", "val/ has no directories of classes"},
		{"no test", "train/a/1 train/b/2", "", "there is train/ but neither val/ nor test/"},
		{"misspelt", "train/a/1 train/b/2 vall/a/1", "", "beside train/ lies vall/, which is neither val/ nor test/"},
		{"no train", "val/a/1 test/a/1", "", "there is no train/"},
		{"a class of the test set only", "train/a/1 train/b/2 test/c/3", "", "no training picture is of the class c"},
		{"many classes", strings.Join(many, " "), "", "257 classes, more than 256"},
	} {
		a, err := arrange(strings.Fields(v.files), strings.Fields(v.dirs))
		if err == nil {
			_, err = a.classes()
		}
		t.Run(v.what, func(t *testing.T) { checkError(t, err, v.want) })
	}
}

// Classes that are numbers stand in the order of their values.
func TestClasses(t *testing.T) {
	for files, want := range map[string]string{
		"10/1 9/1 007/1":  "007 9 10",
		"10/1 9/1 ten/1":  "10 9 ten",
		"b/1 a/1 B/1 ä/1": "B a b ä",
	} {
		a, err := arrange(strings.Fields(files), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.classes(); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, %v, want %s", files, got, err, want)
		}
	}
}

// treeOf is a tree of one directory for each class with so many files.
func treeOf(prefix string, n map[string]int) []string {
	var files []string
	for class, n := range n {
		for i := range n {
			files = append(files, fmt.Sprintf("%s%s/%03d.png", prefix, class, i))
		}
	}
	return files
}

func sidesOf(t *testing.T, files []string, spec Spec) (train, test []sample) {
	t.Helper()
	a, err := arrange(files, nil)
	if err == nil {
		train, test, err = a.sides(spec)
	}
	if err != nil {
		t.Fatal(err)
	}
	return train, test
}

func keys(samples []sample) []string {
	var all []string
	for _, s := range samples {
		all = append(all, s.key())
	}
	return all
}

// A split holds out its share of each class, follows from the seed, and is the same for an archive with a
// directory around all.
func TestDivide(t *testing.T) {
	n := map[string]int{"a": 50, "b": 7, "c": 2}
	train, test := sidesOf(t, treeOf("", n), Spec{Seed: 3})
	held := map[string]int{}
	for _, s := range test {
		held[s.class]++
	}
	if want := (map[string]int{"a": 10, "b": 1, "c": 1}); !cmp.Equal(held, want) || len(train)+len(test) != 59 {
		t.Errorf("%v and %d pictures, want %v and 59", held, len(train)+len(test), want)
	}
	wrappedTrain, wrappedTest := sidesOf(t, treeOf("x/y/", n), Spec{Seed: 3})
	if d := cmp.Diff(keys(slices.Concat(train, test)), keys(slices.Concat(wrappedTrain, wrappedTest))); d != "" {
		t.Errorf("with directories around it: %s", d)
	}
	if _, other := sidesOf(t, treeOf("", n), Spec{Seed: 4}); cmp.Equal(keys(test), keys(other)) {
		t.Error("another seed gives the same split")
	}
	if _, half := sidesOf(t, treeOf("", n), Spec{Holdout: 0.5}); len(half) != 25+4+1 {
		t.Errorf("a half is %d pictures, want 30", len(half))
	}

	// One picture more: of the others at most one changes its place.
	n["a"]++
	_, more := sidesOf(t, treeOf("", n), Spec{Seed: 3})
	gone := 0
	for _, k := range keys(test) {
		if !slices.Contains(keys(more), k) {
			gone++
		}
	}
	if gone > 1 {
		t.Errorf("%d pictures left the test set", gone)
	}
}

// Every picture is as likely to be held out as another: by 400 seeds, of 20 with a share of a fifth. The
// number of times is binomial with deviation 8; the bound is at 4.5 of them.
func TestDivideFair(t *testing.T) {
	files := treeOf("", map[string]int{"a": 20, "b": 2})
	times := map[string]int{}
	for seed := range uint64(400) {
		_, test := sidesOf(t, files, Spec{Seed: seed})
		for _, k := range keys(test) {
			times[k]++
		}
	}
	for i := range 20 {
		if k := fmt.Sprintf("a/%03d.png", i); times[k] < 80-36 || times[k] > 80+36 {
			t.Errorf("%s was held out %d times of 400, want about 80", k, times[k])
		}
	}
}

// The first pictures of a set are of all classes, in their proportions.
func TestOrdered(t *testing.T) {
	train, _ := sidesOf(t, treeOf("", map[string]int{"a": 100, "b": 50, "c": 25}), Spec{})
	seen := map[string]int{}
	for i, s := range train { // 80, 40 and 20
		seen[s.class]++
		for class, n := range map[string]int{"a": 80, "b": 40, "c": 20} {
			if want := float64((i+1)*n) / 140; float64(seen[class]) < want-1 || float64(seen[class]) > want+1 {
				t.Fatalf("of the first %d, %d are of class %s, want %.1f", i+1, seen[class], class, want)
			}
		}
	}
}

func TestSidesErrors(t *testing.T) {
	split := "train/a/1 train/b/2 val/a/3"
	for _, v := range []struct {
		files, want string
		spec        Spec
	}{
		{"a/1 b/1 b/2", "the class a has one picture", Spec{}},
		{split, "split already, and holdout", Spec{Holdout: 0.1}},
		{split, "this one is split already", Spec{Seed: 1}},
	} {
		a, err := arrange(strings.Fields(v.files), nil)
		if err == nil {
			_, _, err = a.sides(v.spec)
		}
		checkError(t, err, v.want)
	}
}

// With all three splits, the test set is what is tested on, and somebody is told.
func TestSidesThree(t *testing.T) {
	a, err := arrange(strings.Fields("train/a/1 train/b/2 val/a/3 test/a/4"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, test, err := a.sides(Spec{})
	if err != nil || len(test) != 1 || test[0].path != "test/a/4" {
		t.Errorf("%v, %v", test, err)
	}
	if len(a.notes) != 1 || !strings.Contains(a.notes[0], "1 validation picture is not used") {
		t.Errorf("notes %q", a.notes)
	}
}

// FuzzArrange: whatever files are called, an arrangement names files that there are, once each.
func FuzzArrange(f *testing.F) {
	for _, s := range []string{"train/a/1 train/b/2 val/a/3", "a/1 b/2", "x/y/z/1", "train/1 boat/2", "/ // a//b ../c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := strings.Fields(text)
		slices.Sort(files)
		files = slices.Compact(files)
		a, err := arrange(files, nil)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, s := range a.samples {
			if seen[s.path] || !slices.Contains(files, s.path) || s.class == "" {
				t.Errorf("%+v of %q", s, files)
			}
			seen[s.path] = true
		}
		if _, err := a.classes(); err == nil {
			a.sides(Spec{})
		}
	})
}
