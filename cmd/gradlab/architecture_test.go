package main

import (
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// row is a line of the table of packages in ARCHITECTURE.md.
var row = regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\| .* \\| ([^|]*) \\|$")

// TestTheTableOfPackages: the table in ARCHITECTURE.md names every package with what it imports of gradlab, and a
// package imports only packages below it.
func TestTheTableOfPackages(t *testing.T) {
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	said, order := map[string][]string{}, map[string]int{}
	for i, m := range row.FindAllStringSubmatch(string(text), -1) {
		order[m[1]] = i
		said[m[1]] = strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || r == ' ' || r == '–' })
	}
	imports := packageImports(t)
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		if strings.Contains(pkg, "/asm") || pkg == "internal/clinic/cmd" { // a module and a command of their own
			continue
		}
		if _, ok := order[pkg]; !ok {
			t.Errorf("%s has no row", pkg)
			continue
		}
		var short []string
		for _, i := range imports[pkg] {
			short = append(short, filepath.Base(i))
			if at, ok := order[i]; ok && at <= order[pkg] {
				t.Errorf("%s imports %s, which stands above it", pkg, i)
			}
		}
		slices.Sort(short)
		listed := slices.Clone(said[pkg])
		slices.Sort(listed)
		if pkg != "cmd/gradlab" && !slices.Equal(short, listed) {
			t.Errorf("%s imports %v, its row says %v", pkg, short, listed)
		}
	}
	for pkg := range order {
		if imports[pkg] == nil {
			t.Errorf("there is no package %s", pkg)
		}
	}
}

// packageImports is what each package imports of gradlab, tests aside.
func packageImports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir("../..", func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		dir, err := filepath.Rel("../..", filepath.Dir(path))
		if err != nil || strings.HasPrefix(dir, ".") || strings.Contains(dir, "testdata") {
			return err
		}
		dir = filepath.ToSlash(dir)
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if all[dir] == nil {
			all[dir] = []string{}
		}
		for _, i := range file.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if own, ok := strings.CutPrefix(name, "gradlab/"); ok && !slices.Contains(all[dir], own) {
				all[dir] = append(all[dir], own)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
