package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gradlab/internal/cores"
	"gradlab/lab"
)

// Read reads a results.json that Marshal wrote. A figure that was NaN or infinite comes back as NaN
// where it is a plain number, and as nil where it is a pointer.
func Read(path string) (*lab.Results, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("failed to read results: %w", err)
	}
	r := new(lab.Results)
	file := struct {
		*lab.Results
		Format *int              `json:"format"`
		Trials []json.RawMessage `json:"trials"`
	}{Results: r}
	err = json.Unmarshal(data, &file)
	syntax, mistyped := (*json.SyntaxError)(nil), (*json.UnmarshalTypeError)(nil)
	if errors.As(err, &syntax) || errors.As(err, &mistyped) && (mistyped.Field == "format" || mistyped.Field == "") {
		return nil, broken(fmt.Errorf("failed to read results: %s is no results.json: %w", path, place(data, err)))
	}
	switch {
	case file.Format == nil:
		return nil, broken(fmt.Errorf("failed to read results: %s has no \"format\": it is no results.json of gradlab", path))
	case *file.Format != lab.Format:
		return nil, &readError{fmt.Errorf("failed to read results: %s has format %d, this gradlab reads format %d", path, *file.Format, lab.Format),
			"use the gradlab that wrote it, or run the study again"}
	}
	r.Format = *file.Format
	if err == nil {
		r.Trials, err = readTrials(file.Trials)
	}
	if err != nil {
		return nil, broken(fmt.Errorf("failed to read results: %s: %w", path, place(data, err)))
	}
	if len(r.Parts) == 0 {
		return nil, broken(fmt.Errorf("failed to read results: %s holds no study", path))
	}
	return r, nil
}

// readTrials decodes trials on all cores: of large results, nearly everything is in them.
func readTrials(texts []json.RawMessage) ([]lab.Trial, error) {
	if texts == nil {
		return nil, nil
	}
	trials := make([]lab.Trial, len(texts))
	errs := make([]error, len(texts))
	cores.Each(len(texts), func(i int) { errs[i] = json.Unmarshal(texts[i], &trials[i]) })
	return trials, cmp.Or(errs...)
}

// A readError is why a results.json cannot be read, with advice.
type readError struct {
	error
	hint string
}

// Hint is the advice.
func (e *readError) Hint() string  { return e.hint }
func (e *readError) Unwrap() error { return e.error }

func broken(err error) error {
	return &readError{err, "run the study again with the same --out: finished trials are not run again"}
}

// place says where an error of encoding/json is: it knows only the byte of a wrong sign, and speaks
// of Go's types.
func place(data []byte, err error) error {
	if e, ok := err.(*json.SyntaxError); ok && e.Offset <= int64(len(data)) {
		return fmt.Errorf("line %d: %w", 1+bytes.Count(data[:e.Offset], []byte("\n")), err)
	}
	var value any
	if json.Unmarshal(data, &value) == nil {
		if wrong := mismatch(reflect.TypeFor[lab.Results](), value, ""); wrong != "" {
			return errors.New(wrong)
		}
	}
	return err
}

// mismatch is the first value of a JSON text that does not fit a Go type, with the path to it:
// "trials[3].positions: expected a list, found a string"; or "".
func mismatch(t reflect.Type, value any, path string) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if value == nil || t.Kind() == reflect.Interface {
		return ""
	}
	want, fits := "", false
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		object, ok := value.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(object)) {
			inner := path + "." + key
			if path == "" {
				inner = key
			}
			if wrong := mismatch(memberType(t, key), object[key], inner); wrong != "" {
				return wrong
			}
		}
		want, fits = "an object", ok
	case reflect.Slice:
		list, ok := value.([]any)
		for i, item := range list {
			if wrong := mismatch(t.Elem(), item, fmt.Sprintf("%s[%d]", path, i)); wrong != "" {
				return wrong
			}
		}
		want, fits = "a list", ok
	case reflect.String:
		_, fits = value.(string)
		want = "a string"
	case reflect.Float64:
		_, fits = value.(float64)
		want = "a number"
	case reflect.Int:
		f, ok := value.(float64)
		want, fits = "a whole number", ok && f == math.Trunc(f) && math.Abs(f) < 1<<53
	case reflect.Uint64: // a seed may be larger than a float64 holds exactly
		f, ok := value.(float64)
		want, fits = "a whole number that is not negative", ok && f == math.Trunc(f) && f >= 0
	case reflect.Bool:
		_, fits = value.(bool)
		want = "true or false"
	default:
		return ""
	}
	if fits {
		return ""
	}
	return fmt.Sprintf("%s: expected %s, found %s", cmp.Or(path, "the file"), want, kindOf(value))
}

// memberType is the type of a struct's or map's member of that name; what nobody reads is any type.
func memberType(t reflect.Type, name string) reflect.Type {
	if t.Kind() == reflect.Map {
		return t.Elem()
	}
	for _, f := range reflect.VisibleFields(t) {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name && tag != "-" {
			return f.Type
		}
	}
	return reflect.TypeFor[any]()
}

// kindOf names a decoded JSON value.
func kindOf(value any) string {
	switch v := value.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a string"
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(value)
}
