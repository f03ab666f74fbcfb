package study

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse: no input makes Parse panic; an error is one of ours with a place inside the file; a
// study that parses has a source that expands to it again.
func FuzzParse(f *testing.F) {
	for _, b := range Builtins() {
		f.Add([]byte(b.Source))
	}
	text, err := os.ReadFile("testdata/mistakes.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, block := range strings.Split(string(text), "\n== ")[1:] {
		name, rest, _ := strings.Cut(block, "\n")
		src, _, _ := strings.Cut(rest, "-- error\n")
		f.Add([]byte(completed(name, src)))
	}
	for _, src := range []string{grid, settable, hashed} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := Parse("fuzz.yaml", src)
		checkError(t, err, "fuzz.yaml", strings.Count(string(src), "\n")+1)
		if err != nil {
			return
		}
		parts, err := s.Parts()
		if err != nil {
			t.Fatalf("Parse accepts what Parts refuses: %v", err)
		}
		for _, p := range parts {
			checkSource(t, p)
		}
	})
}

// FuzzSet: no path and no value makes Set or Parts panic.
func FuzzSet(f *testing.F) {
	for _, set := range []string{
		"train.epochs=3", "seeds=", "vary.activation=[tanh, gelu]", "let.width=1", "model.1.linear=3", "data.shapes.train=5",
		"model=", "vary=", "let.=", ".=", "model.1=[", "train=$width", "let.x={a: $x}", "study.s.t=3", "also.0.x=1", "train.sgd.rate.a.b=1",
	} {
		path, value, _ := strings.Cut(set, "=")
		f.Add(path, value)
	}
	f.Fuzz(func(t *testing.T, path, value string) {
		for _, src := range []string{settable, "study: t\nstudies: [{study: depth, set: {train.epochs: 3}}, {study: activations}]\n"} {
			s, err := Parse("a.yaml", []byte(src))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Count(path+value, "\n") + 1
			if err := s.Set(path, value); err != nil {
				checkError(t, err, "--set", lines)
				continue
			}
			parts, err := s.Parts()
			checkError(t, err, "--set", lines)
			for _, p := range parts {
				checkSource(t, p)
			}
		}
	})
}

// checkError fails unless err is nil or made of Errors; those in the file have a place within so many
// lines. (A study that is set wrongly may also have its mistake where the set value is used.)
func checkError(t *testing.T, err error, file string, lines int) {
	t.Helper()
	if err == nil {
		return
	}
	list := Errors{}
	var one *Error
	if !errors.As(err, &list) {
		if !errors.As(err, &one) {
			t.Fatalf("%T is no *Error: %v", err, err)
		}
		list = Errors{one}
	}
	if len(list) == 0 || len(list) > maxErrors {
		t.Fatalf("%d errors at once", len(list))
	}
	for _, e := range list {
		if e.Pos.Line < 0 || e.Pos.Column < 0 || e.Pos.File == file && e.Pos.Line > lines {
			t.Fatalf("place %v lies outside", e.Pos)
		}
		if text := e.Error(); !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x1b\r") {
			t.Fatalf("error would disturb a terminal: %q", text)
		}
	}
}
