package study

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const settable = `study: s
data: shapes
let: {width: 84}
vary: {activation: [tanh, relu]}
model:
  - flatten
  - linear: $width
  - $activation
  - linear: classes
train: {epochs: 2, schedule: cosine, sgd: {rate: 0.1}}
`

func TestSet(t *testing.T) {
	for _, c := range []struct {
		name, set string
		check     func(Part) any
		want      any
	}{
		{"a number", "train.epochs=3", func(p Part) any { return p.Arms[1].Train.Epochs }, 3},
		{"a new key", "train.sgd.rate=0.5", func(p Part) any { return p.Arms[0].Train.Rule.Rate }, 0.5},
		{"below a name", "train.schedule.cosine.floor=0.1", func(p Part) any { return p.Arms[0].Train.Schedule.Floor }, 0.1},
		{"beside a default", "train.probe=never", func(p Part) any { return p.Arms[0].Train.Probe }, -1},
		{"seeds", "seeds=[4, 5]", func(p Part) any { return p.Seeds }, []uint64{4, 5}},
		{"data", "data=cifar10", func(p Part) any { return p.Data.Source }, "cifar10"},
		{"data's options", "data.shapes.train=7", func(p Part) any { return p.Data.Train }, 7},
		{"a layer, in the place of a variable", "model.1.linear=10", func(p Part) any { return strings.Contains(p.Source, "let") }, false},
		{"a grid", "vary.activation=[gelu, silu, tanh]", func(p Part) any { return len(p.Arms) }, 3},
		{"a fixed variable that varies", "vary.width=[1, 2, 3]", func(p Part) any { return len(p.Arms) }, 6},
		{"a varied variable that is fixed", "let.activation=gelu", func(p Part) any { return armNames(p) }, []string{"s"}},
		{"the name", "study=other", func(p Part) any { return p.Name }, "other"},
		{"a removed key", "train.schedule=", func(p Part) any { return p.Arms[0].Train.Schedule.Name }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Parse("a.yaml", []byte(settable))
			if err != nil {
				t.Fatal(err)
			}
			path, value, _ := strings.Cut(c.set, "=")
			if err := s.Set(path, value); err != nil {
				t.Fatal(err)
			}
			p, err := s.Parts()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, c.check(p[0])); diff != "" {
				t.Errorf("differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSetMistakes(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"train.epoch=3", `--set:1:7: unknown key "epoch" in train
    1 | train.epoch=3
      |       ^^^^^
hint: did you mean epochs?`},
		{"train.epochs=0", `--set:1:14: epochs: expected a whole number from 1 to 1000000, found 0
    1 | train.epochs=0
      |              ^
hint: for example epochs: 2`},
		{"vary.activation=[tnah]", `--set:1:18: unknown layer "tnah" in $activation (line 8)
    1 | vary.activation=[tnah]
      |                  ^^^^
hint: did you mean tanh?`},
		{"vary.activation=[tanh, tnah]", `--set:1:24: unknown layer "tnah" in $activation (line 8)
    1 | vary.activation=[tanh, tnah]
      |                        ^^^^
hint: did you mean tanh?`},
		{"seeds=[1, 2", `--set:1:7: sequence end token ']' not found
    1 | seeds=[1, 2
      |       ^
hint: close every bracket and brace that is opened`},
		{"train..epochs=3", `--set:1:7: expected a name in the path
    1 | train..epochs=3
      |       ^
hint: names in a path are joined by dots, as in train.epochs`},
		{"model.9.linear=3", `--set:1:7: expected an index below 4, found "9"
    1 | model.9.linear=3
      |       ^`},
		{"train.epochs.x=3", `--set:1:14: there is no "x" in 2
    1 | train.epochs.x=3
      |              ^`},
		{"train.probe=", `--set:1:7: there is no "probe" to remove
    1 | train.probe=
      |       ^^^^^`},
		{"let.depth=3", `--set:1:5: variable depth is never used
    1 | let.depth=3
      |     ^^^^^
hint: write $depth where its value belongs, or remove it`},
		{"model.2=", `--set:1:7: $activation varies, and this leaves no place where it stands
    1 | model.2=
      |       ^
hint: set vary.activation to nothing as well (--set vary.activation=), or keep $activation`},
		{"seeds=&a 3", `--set:1:7: an anchor is not part of a study file
    1 | seeds=&a 3
      |       ^
hint: give a value a name under let, and use it as $name`},
		{"seeds=\xff", "--set:1:7: byte 0xff is not UTF-8\nhint: save the file as UTF-8 text"},
	} {
		s, err := Parse("a.yaml", []byte(settable))
		if err != nil {
			t.Fatal(err)
		}
		path, value, _ := strings.Cut(c.set, "=")
		if err = s.Set(path, value); err == nil {
			_, err = s.Parts()
		}
		if diff := cmp.Diff(c.want, report(err)); diff != "" {
			t.Errorf("%s: error differs (-want +got):\n%s", c.set, diff)
		}
	}
}

// What a change leaves without meaning goes, and the user need not know that it was there.
func TestSetDropsWhatHasNoMeaningLeft(t *testing.T) {
	four := []string{"sigmoid", "tanh", "relu", "scaled-sigmoid"}
	for _, c := range []struct {
		sets   []string
		arms   []string
		epochs int
	}{
		{[]string{"train.epochs=3"}, four, 3},
		{[]string{"let.epochs=10"}, four, 10},
		{[]string{"train.epochs=3", "train.epochs=$epochs"}, append(slices.Clone(four), "sigmoid · epochs 10"), 2},
		{[]string{"vary.activation=[tanh, gelu]", "train={epochs: 1, sgd: {rate: 0.1}}"}, []string{"tanh", "gelu", "sigmoid"}, 1},
		{[]string{"vary.activation=", "model=[flatten, linear: classes]"}, []string{"epochs 2", "epochs 10"}, 2},
		{[]string{"vary.activation=", "model=[flatten, linear: classes]", "train.epochs=3"}, []string{"activations"}, 3},
	} {
		for _, inTour := range []bool{false, true} {
			s, err := Load("activations")
			if inTour {
				s, err = Parse("t.yaml", []byte("study: t\nstudies: [{study: activations}, {study: depth}]\n"))
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range c.sets {
				path, value, _ := strings.Cut(set, "=")
				if inTour {
					path = "activations." + path
				}
				if err := s.Set(path, value); err != nil {
					t.Fatal(err)
				}
			}
			p, err := s.Parts()
			if err != nil {
				t.Errorf("%v: %s", c.sets, report(err))
				continue
			}
			if diff := cmp.Diff(c.arms, armNames(p[0])); diff != "" || p[0].Arms[0].Train.Epochs != c.epochs {
				t.Errorf("%v: %d epochs, want %d; arms differ (-want +got):\n%s", c.sets, p[0].Arms[0].Train.Epochs, c.epochs, diff)
			}
			checkSource(t, p[0])
		}
	}
	// An arm that was set in vain is a mistake.
	s, err := Load("activations")
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"train.epochs=3", "also=[{activation: relu, epochs: 5}]"} {
		path, value, _ := strings.Cut(set, "=")
		if err := s.Set(path, value); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = s.Parts(); !strings.HasPrefix(report(err), "--set:1:26: variable epochs is never used") {
		t.Errorf("error is %s", report(err))
	}
}

// A value that is wrong at four uses is one mistake.
func TestAMistakeIsSaidOnce(t *testing.T) {
	s, err := Load("activations")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Set("vary.activation", "[tnh]"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Parts()
	if _, one := err.(*Error); !one {
		t.Errorf("error is %s", report(err))
	}
}

func TestSetTextTakesAnyPath(t *testing.T) {
	for _, path := range []string{"/a b/c: d", "[x]", "$HOME", "3", "#5", `C:\data\"cifar"`, "true"} {
		s, err := Parse("a.yaml", []byte(settable))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetText("data", path); err != nil {
			t.Fatal(err)
		}
		p, err := s.Parts()
		if err != nil || p[0].Data.Source != path {
			t.Errorf("%q became %q: %v", path, p[0].Data.Source, err)
		}
		if again := only(t, p[0].Source); again.Data.Source != path {
			t.Errorf("%q became %q in the source", path, again.Data.Source)
		}
	}
}

func TestSetInATour(t *testing.T) {
	const tour = `study: t
data: {shapes: {train: 100, test: 50}}
seeds: 3
studies:
  - study: depth
    set: {train.epochs: 5, vary.depth: [3, 4], seeds: 4}
  - {study: activations, set: {let.epochs: 7, also: null}}
`
	for _, c := range []struct {
		sets   []string
		epochs [2]int
		seeds  [2]int
		source string
	}{
		{nil, [2]int{5, 7}, [2]int{4, 3}, "shapes"},
		{[]string{"seeds=6", "data=cifar10"}, [2]int{5, 7}, [2]int{6, 6}, "cifar10"},
		{[]string{"depth.train.epochs=1", "activations.seeds=2"}, [2]int{1, 7}, [2]int{4, 2}, "shapes"},
		{[]string{"studies.0.set={vary.depth: [3, 4]}"}, [2]int{2, 7}, [2]int{3, 3}, "shapes"},
	} {
		p := parts(t, tour, c.sets...)
		for i := range p {
			if got := p[i].Arms[0].Train.Epochs; got != c.epochs[i] {
				t.Errorf("%v: %s has %d epochs, want %d", c.sets, p[i].Name, got, c.epochs[i])
			}
			if got := len(p[i].Seeds); got != c.seeds[i] {
				t.Errorf("%v: %s has %d seeds, want %d", c.sets, p[i].Name, got, c.seeds[i])
			}
			if p[i].Data.Source != c.source {
				t.Errorf("%v: %s is on %v, want %s", c.sets, p[i].Name, p[i].Data, c.source)
			}
		}
	}
}
