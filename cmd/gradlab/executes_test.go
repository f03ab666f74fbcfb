package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestNothingExecutes: no package of the program can start another program, load code, or call C. A study file
// has nothing to ask for. What starts a browser is for tests alone, and no package of the program imports it.
func TestNothingExecutes(t *testing.T) {
	root := filepath.Join("..", "..")
	read := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != root && (strings.HasPrefix(e.Name(), ".") && e.Name() != ".." || slices.Contains([]string{"testdata", "asm", "browsertest"}, e.Name())) {
			return filepath.SkipDir // tools of those who work on the code
		}
		if e.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		read++
		for _, i := range file.Imports {
			if name, _ := strconv.Unquote(i.Path.Value); slices.Contains([]string{"os/exec", "plugin", "C", "text/template", "gradlab/internal/browsertest"}, name) {
				t.Errorf("%s imports %s", path, name)
			}
		}
		return nil
	})
	if err != nil || read < 100 {
		t.Fatalf("%d files were read: %v", read, err)
	}
}
