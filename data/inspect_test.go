package data

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// looked is a set of images of two bytes each, given with their labels.
func looked(labels string, images ...string) *Set {
	s := &Set{Classes: []string{"ant", "bee", "cat"}, H: 1, W: 2, C: 1, Pixels: []byte(strings.Join(images, ""))}
	for _, l := range labels {
		s.Labels = append(s.Labels, uint8(l-'a'))
	}
	return s
}

func TestInspect(t *testing.T) {
	train := looked("aaaabbc", "ab", "ac", "ad", "ab", "ae", "af", "xx")
	test := looked("abb", "ad", "ac", "zy")
	train.Paths = []string{"1", "2", "3", "4", "5", "6", "7"}
	test.Paths = []string{"t1", "t2", "t3"}
	d := &Dataset{Classes: train.Classes, Train: train, Test: test, Pictures: &Pictures{
		Unreadable: []Unreadable{{"x.jpg", "the JPEG ends too early"}}, Notes: []string{"a note"},
	}}
	look := Inspect(d)
	if want := (Duplicates{Across: []Pair{{2, 0}, {1, 1}}, Within: 1, Conflict: 1}); !cmp.Equal(want, look.Duplicates) {
		t.Errorf("duplicates %+v, want %+v", look.Duplicates, want)
	}
	if !cmp.Equal(look.Train.Counts, []int{4, 2, 1}) || !cmp.Equal(look.Test.Counts, []int{1, 2, 0}) || look.Train.Plain != 1 || look.Test.Plain != 0 {
		t.Errorf("%+v, %+v", look.Train, look.Test)
	}
	want := []string{
		"2 test pictures are also in the training set, to the pixel: what is learned by heart counts as right (t1 is 3, t2 is 2)",
		"1 picture has another label than its copy",
		"1 training picture is there more than once",
		"1 picture is of one colour",
		"left out: x.jpg: the JPEG ends too early",
		"classes are not balanced: ant has 4 training pictures, cat has 1; a guess that is always ant is right in 33.3 % of the test set",
		"the test set has no picture of cat",
		"the test set is small: one of 3 pictures is 33.33 points, and an accuracy of 90 % is known to ±33.9 points (95 % interval) from one run",
		"a note",
	}
	if diff := cmp.Diff(want, look.Warnings); diff != "" {
		t.Error(diff)
	}

	// Moments, by hand: bytes 97 to 102 and 120.
	var sum, squares float64
	for _, b := range train.Pixels {
		sum += float64(b) / 255
		squares += float64(b) / 255 * float64(b) / 255
	}
	mean := sum / 14
	if m, s := look.Train.Mean[0], look.Train.Deviation[0]; math.Abs(m-mean) > 1e-12 || math.Abs(s-math.Sqrt(squares/14-mean*mean)) > 1e-12 {
		t.Errorf("mean %v, deviation %v, want %v", m, s, mean)
	}
}

// A set without fault gives no warning, and many files are not all named.
func TestInspectMany(t *testing.T) {
	s := func(first byte, n int) *Set {
		set := looked(strings.Repeat("abc", n/3))
		for i := range n {
			set.Pixels = append(set.Pixels, byte(i%256), first+byte(i/256))
		}
		return set
	}
	d := &Dataset{Train: s(0, 3000), Test: s(100, 6000)}
	d.Classes = d.Train.Classes
	look := Inspect(d)
	look.Warnings = look.leaks(d) // images of one colour cannot be avoided here
	if look.Duplicates.Across != nil || len(look.Warnings) > 1 || look.small(d) != nil || look.balance(d) != nil {
		t.Errorf("warnings %q, %q", look.Warnings, look.balance(d))
	}
	d.Pictures = &Pictures{Unreadable: make([]Unreadable, 12)}
	if got := d.Warnings(); len(got) != 11 || got[10] != "left out: 2 files more, 12 in all" {
		t.Errorf("%q", got)
	}
}
