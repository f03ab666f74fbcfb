package study

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the errors in testdata/mistakes.txt")

// base is a study of the keys that a case leaves out.
var base = []struct{ key, line string }{
	{"study:", "study: s"},
	{"model:", "model: [flatten, linear: classes]"},
	{"train:", "train: {epochs: 1, sgd: {rate: 0.1}}"},
	{"data:", "data: shapes"},
}

// completed adds to a case what it leaves out.
func completed(name, src string) string {
	if strings.HasPrefix(name, "whole file") || strings.Contains(src, "studies:") {
		return src
	}
	for _, b := range base {
		if !strings.HasPrefix(src, b.key) && !strings.Contains(src, "\n"+b.key) {
			src += b.line + "\n"
		}
	}
	return src
}

// report is what a person sees of an error.
func report(err error) string {
	if err == nil {
		return "no error"
	}
	text := err.Error()
	if one, ok := err.(*Error); ok && one.Hint() != "" {
		text += "\nhint: " + one.Hint()
	}
	return text
}

func TestMistakes(t *testing.T) {
	const file = "testdata/mistakes.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "\n== ")
	if len(blocks) < 41 {
		t.Fatalf("%s has %d cases, want at least 40", file, len(blocks)-1)
	}
	written := blocks[0]
	for _, block := range blocks[1:] {
		name, rest, _ := strings.Cut(block, "\n")
		src, want, found := strings.Cut("\n"+rest, "\n-- error\n")
		if !found {
			t.Fatalf("%s: %q has no -- error", file, name)
		}
		src = strings.TrimPrefix(src+"\n", "\n")
		_, err := Parse("a.yaml", []byte(completed(name, src)))
		got := report(err)
		written += "\n== " + name + "\n" + src + "-- error\n" + got + "\n"
		if *update {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(strings.TrimSpace(want), got); diff != "" {
				t.Errorf("error differs (-want +got):\n%s", diff)
			}
			var one *Error
			if !errors.As(err, &one) {
				t.Errorf("errors.As finds no *Error in %v", err)
			}
		})
	}
	if *update {
		if err := os.WriteFile(file, []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
