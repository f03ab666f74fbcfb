package study

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
)

//go:embed builtin/*.yaml
var builtinFiles embed.FS

// A Builtin is a study that comes with the program.
type Builtin struct {
	Name     string
	Question string
	Source   string // the file, with its comments, to print and to change
	Tour     bool   // whether it consists of other built-in studies
}

// Builtins lists the built-in studies by name.
func Builtins() []Builtin { return loadBuiltins() }

var loadBuiltins = sync.OnceValue(func() []Builtin {
	files, err := fs.Glob(builtinFiles, "builtin/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var list []Builtin
	for _, file := range files {
		src, err := builtinFiles.ReadFile(file)
		if err != nil {
			panic(err) // embedded
		}
		root, err := read(file, src)
		if err != nil {
			panic(err) // embedded, and read by every test
		}
		b := Builtin{
			Name:   strings.TrimSuffix(path.Base(file), ".yaml"),
			Source: string(src),
			Tour:   root.get("studies") != nil,
		}
		if n := root.get("question"); n != nil {
			b.Question = strings.Join(strings.Fields(n.text()), " ")
		}
		list = append(list, b)
	}
	return list
})

// builtin finds a built-in study by its name.
func builtin(name string) (Builtin, bool) {
	for _, b := range Builtins() {
		if b.Name == name {
			return b, true
		}
	}
	return Builtin{}, false
}

// Load reads a built-in study by its name, or a study file by its path. A file that has the name of
// a built-in study is reached as ./name.
func Load(nameOrPath string) (*Study, error) { return loadBy(nameOrPath, Parse) }

// loadBy is Load with what reads a file.
func loadBy(nameOrPath string, parse func(filename string, src []byte) (*Study, error)) (*Study, error) {
	if b, found := builtin(nameOrPath); found {
		return Parse("built-in study "+b.Name, []byte(b.Source))
	}
	src, err := readFile(nameOrPath)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(nameOrPath, "/.\\") {
		var known []string
		for _, b := range Builtins() {
			known = append(known, b.Name)
		}
		hint := "built-in studies are " + strings.Join(known, ", ")
		if near := nearestName(nameOrPath, known); near != "" {
			hint = "did you mean " + near + "? " + hint
		}
		return nil, &Error{Pos: Pos{File: nameOrPath}, Message: "there is no built-in study and no file of this name", hint: hint}
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, &Error{Pos: Pos{File: nameOrPath}, Message: "there is no such file",
			hint: "name a study file, or a built-in study"}
	}
	if err != nil {
		return nil, err
	}
	return parse(nameOrPath, src)
}
