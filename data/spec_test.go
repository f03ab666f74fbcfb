package data

import (
	"context"
	"path/filepath"
	"testing"
)

func TestParseSpec(t *testing.T) {
	for _, v := range []struct {
		text string
		want Spec
		back string // String, where it differs from text
	}{
		{"shapes", Spec{Source: "shapes"}, ""},
		{"shapes?train=4000&test=1000&seed=7", Spec{Source: "shapes", Train: 4000, Test: 1000, Seed: 7}, ""},
		{"shapes?seed=18446744073709551615", Spec{Source: "shapes", Seed: 1<<64 - 1}, ""},
		{"shapes?seed=0&test=5", Spec{Source: "shapes", Test: 5}, "shapes?test=5"},
		{"./a/b.tar.gz?train=9", Spec{Source: "./a/b.tar.gz", Train: 9}, ""},
		{`C:\data\cifar`, Spec{Source: `C:\data\cifar`}, ""},
	} {
		got, err := ParseSpec(v.text)
		if err != nil || got != v.want {
			t.Errorf("ParseSpec(%q) = %+v, %v, want %+v", v.text, got, err, v.want)
		}
		if v.back == "" {
			v.back = v.text
		}
		if got.String() != v.back {
			t.Errorf("%q comes back as %q, want %q", v.text, got.String(), v.back)
		}
	}
}

func TestParseSpecErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "names none",
		"?train=5":             "names none",
		"shapes?":              `unknown option ""`,
		"shapes?trian=5":       `unknown option "trian": expected train, test or seed`,
		"shapes?train=0":       `train is "0"`,
		"shapes?train=-1":      `train is "-1"`,
		"shapes?train=1e3":     `train is "1e3"`,
		"shapes?train=":        `train is ""`,
		"shapes?test=99999999": `test is "99999999", expected a number of images from 1 to 1000000`,
		"shapes?train=1000001": `train is "1000001", expected a number of images from 1 to 1000000`,
		"shapes?seed=-1":       `seed is "-1"`,
		"shapes?seed=1&&":      `unknown option ""`,
	} {
		_, err := ParseSpec(text)
		checkError(t, err, want)
	}
}

func TestOpenShapes(t *testing.T) {
	d, err := Open(context.Background(), Spec{Source: "shapes", Train: 30, Test: 20, Seed: 2}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Shapes(context.Background(), 30, 20, 2)
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.N() != 30 || d.Test.N() != 20 || d.Digest() != want.Digest() {
		t.Errorf("%d + %d images, digest %s, want 30 + 20 and %s", d.Train.N(), d.Test.N(), d.Digest(), want.Digest())
	}
}

// Numbers of images that a program asks for are checked like those of a text.
func TestOpenCounts(t *testing.T) {
	for _, spec := range []Spec{
		{Source: "shapes", Train: -1}, {Source: "shapes", Test: -1}, {Source: "shapes", Train: MaxImages + 1}, {Source: "shapes", Test: MaxImages + 1},
		{Source: "cifar10", Train: -5},
	} {
		_, err := Open(context.Background(), spec, Options{})
		checkError(t, err, "images were asked for, expected up to 1000000 of each")
	}
	_, err := Shapes(context.Background(), -1, 5, 1)
	checkError(t, err, "failed to draw shapes: -1 training and 5 test images were asked for")
}

func TestSources(t *testing.T) {
	empty, full := t.TempDir(), t.TempDir()
	archive := write(t, filepath.Join(full, cifarArchive), nil)
	for _, v := range []struct{ name, cache, want string }{
		{"shapes", empty, "built in"},
		{"cifar10", empty, "not here yet: gradlab data fetch cifar10"},
		{"cifar10", full, archive},
	} {
		for _, s := range Sources() {
			if got := s.Where(Options{Cache: v.cache}); s.Name == v.name && got != v.want {
				t.Errorf("%s is %q, want %q", s.Name, got, v.want)
			}
		}
	}
}

// The digest tells shapes, labels and pixels apart.
func TestDigest(t *testing.T) {
	base := func() *Dataset { return &Dataset{Train: testSet(6, 2, 3, 3), Test: testSet(3, 2, 3, 3)} }
	seen := map[string]string{}
	for what, change := range map[string]func(*Dataset){
		"base":  func(*Dataset) {},
		"pixel": func(d *Dataset) { d.Test.Pixels[5]++ },
		"label": func(d *Dataset) { d.Train.Labels[5]++ },
		"shape": func(d *Dataset) { d.Train.H, d.Train.W = 3, 2 },
		"split": func(d *Dataset) { d.Train, d.Test = d.Test, d.Train },
		"head":  func(d *Dataset) { d.Train = d.Train.Head(5) },
	} {
		d := base()
		change(d)
		if other, ok := seen[d.Digest()]; ok {
			t.Errorf("%s and %s have one digest", what, other)
		}
		seen[d.Digest()] = what
	}
	a, b := base(), base()
	b.Name, b.Train.Name = "elsewhere", "elsewhere"
	if a.Digest() != b.Digest() {
		t.Error("names change the digest")
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, s := range []string{"shapes", "shapes?train=4000&test=1000&seed=1", "a?b=c", "?", "x?train=01", "x?seed=5&seed=6"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpec(text)
		if err != nil {
			return
		}
		if again, err := ParseSpec(s.String()); err != nil || again != s {
			t.Errorf("%q is %+v, its form %q is %+v (%v)", text, s, s.String(), again, err)
		}
	})
}
