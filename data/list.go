package data

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"gradlab/internal/tree"
)

// maxList bounds a list's bytes.
const maxList = 256 << 20

const listAdvice = "a list is CSV, with a first line that names its columns: path,label,split (split is train, val or test, and may be missing)"

// columnNames are how lists call their columns.
var columnNames = map[string][]string{
	"path":  {"path", "file", "filename", "file_name", "image", "filepath"},
	"label": {"label", "class", "category", "class_name"},
	"split": {"split", "set", "subset"},
}

// readList reads the list called name: a file of the tree if there is one, or else a file by its path.
func readList(ctx context.Context, t *tree.Tree, name string) ([]byte, error) {
	var b []byte
	inside := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	err := t.Walk(ctx, func(e tree.Entry) error {
		if e.Dir || e.Problem != "" || e.Name != inside {
			return nil
		}
		var err error
		if b, err = e.Read(maxList); err != nil {
			return err
		}
		return errFound
	})
	if errors.Is(err, errFound) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := openRegular(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, hint(fmt.Errorf("there is no list %s, neither in it nor by that path", name), listAdvice)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err = io.ReadAll(io.LimitReader(reader{ctx, f}, maxList+1))
	if err == nil && len(b) > maxList {
		err = hint(fmt.Errorf("the list has more than %d bytes", maxList), listAdvice)
	}
	return b, err
}

var errFound = errors.New("found")

// parseList reads a list of pictures. Columns are told by their names and separated by commas, semicolons
// or tabs; other columns are left out.
func parseList(b []byte) (*arrangement, error) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	first, _, _ := bytes.Cut(b, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(b))
	for _, separator := range ";\t" {
		if !bytes.ContainsRune(first, ',') && bytes.ContainsRune(first, separator) {
			r.Comma = separator
		}
	}
	r.ReuseRecord = true
	head, err := r.Read()
	if err == io.EOF {
		return nil, hint(errors.New("the list is empty"), listAdvice)
	}
	if err != nil {
		return nil, hint(fmt.Errorf("failed to read the list: %w", err), listAdvice)
	}
	at := map[string]int{"path": -1, "label": -1, "split": -1}
	for i, name := range head {
		for column, names := range columnNames {
			if at[column] < 0 && slices.Contains(names, strings.ToLower(strings.TrimSpace(name))) {
				at[column] = i
			}
		}
	}
	for _, column := range []string{"path", "label"} {
		if at[column] < 0 {
			return nil, hint(fmt.Errorf("the list has no column %s: its columns are %.200q", column, strings.Join(head, ", ")), listAdvice)
		}
	}
	a := &arrangement{words: "a list"}
	if err := a.readRows(r, at); err != nil {
		return nil, hint(fmt.Errorf("failed to read the list: %w", err), listAdvice)
	}
	return a, nil
}

func (a *arrangement) readRows(r *csv.Reader, at map[string]int) error {
	seen := map[string]bool{}
	without := 0
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		s := sample{path: path.Clean(strings.ReplaceAll(row[at["path"]], `\`, "/")), class: strings.TrimSpace(row[at["label"]])}
		if i := at["split"]; i >= 0 {
			name := strings.ToLower(strings.TrimSpace(row[i]))
			if s.split = splitNames[name]; s.split == "" && name != "" {
				return fmt.Errorf("line %d: the split is %.40q, expected train, val or test", line, row[i])
			}
		}
		switch {
		case strings.HasPrefix(s.path, "/"), strings.HasPrefix(s.path, ".."), len(s.path) > 1 && s.path[1] == ':', s.path == ".":
			return fmt.Errorf("line %d: the path %.80q leads out of the directory or names nothing", line, row[at["path"]])
		case s.class == "":
			return fmt.Errorf("line %d: the label is empty", line)
		case seen[s.path]:
			return fmt.Errorf("line %d: %.80q stands in the list already", line, s.path)
		case len(a.samples) == 2*MaxImages:
			return fmt.Errorf("it has more than %d lines", 2*MaxImages)
		}
		seen[s.path] = true
		// Rows share their memory with the file, which need not be kept.
		s.path, s.class = strings.Clone(s.path), strings.Clone(s.class)
		if s.split == "" {
			without++
		}
		a.samples = append(a.samples, s)
	}
	switch {
	case len(a.samples) == 0:
		return errors.New("it names no picture")
	case without > 0 && without < len(a.samples):
		return fmt.Errorf("%d of %d lines have no split: give it to all or none", without, len(a.samples))
	case without > 0:
		a.words = "a list, split by gradlab"
	}
	return nil
}

// WriteList writes which pictures d is made of as a list that can be given back as data. Sets that are not
// made of picture files have none.
func WriteList(w io.Writer, d *Dataset) error {
	c := csv.NewWriter(w)
	c.Write([]string{"path", "label", "split"})
	for _, side := range []struct {
		set  *Set
		name string
	}{{d.Train, "train"}, {d.Test, "test"}} {
		if len(side.set.Paths) != side.set.N() {
			return hint(fmt.Errorf("failed to list %s: it is not made of picture files", d.Name), "name a directory, an archive or a list of pictures")
		}
		for i, p := range side.set.Paths {
			c.Write([]string{p, d.Classes[side.set.Labels[i]], side.name})
		}
	}
	c.Flush()
	return c.Error()
}
