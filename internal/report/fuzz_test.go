package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	"gradlab/lab"
)

// FuzzRead: a results.json that somebody has changed is refused, or worked out and shown; nothing panics.
func FuzzRead(f *testing.F) {
	f.Add(Marshal(synthesize(2, 1)))
	f.Add([]byte(`{"format":1,"parts":[{}],"trials":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "results.json")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := Read(path)
		if err != nil {
			return
		}
		lab.Analyse(r)
		if err := Terminal(new(bytes.Buffer), r, Options{Width: 80}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestReadOfChangedResults empties each list and object of results once, where a list counts by its first item.
func TestReadOfChangedResults(t *testing.T) {
	whole := Marshal(synthesize(2, 1))
	var root any
	if err := json.Unmarshal(whole, &root); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "results.json")
	read, refused := 0, 0
	try := func(what string) {
		defer func() {
			if cause := recover(); cause != nil {
				t.Errorf("%s: panic: %v\n%s", what, cause, debug.Stack())
			}
		}()
		data, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := Read(path)
		if err != nil {
			refused++
			return
		}
		read++
		lab.Analyse(r)
		if err := Terminal(new(bytes.Buffer), r, Options{Width: 80}); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	var visit func(path string, v any, set func(any))
	visit = func(path string, v any, set func(any)) {
		switch v.(type) {
		case map[string]any, []any:
			for _, other := range []any{nil, []any{}, map[string]any{}} {
				set(other)
				try(fmt.Sprintf("%s = %v", path, other))
			}
			set(v)
		}
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				visit(path+"."+key, v[key], func(other any) { v[key] = other })
			}
		case []any:
			if len(v) > 0 {
				visit(path+"[0]", v[0], func(other any) { v[0] = other })
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(root.(map[string]any))) {
		if object := root.(map[string]any); key != "comparisons" && key != "conclusions" { // Analyse makes them
			visit(key, object[key], func(other any) { object[key] = other })
		}
	}
	if read < 50 || refused < 20 {
		t.Errorf("%d were read, %d refused", read, refused)
	}
}
