package report

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"

	"gradlab/lab"
)

// Marshal is r as the bytes of results.json. JSON has no NaN and no infinity, and encoding/json
// refuses them, but a diverged trial has both and must be stored like any other: they become null.
// Lists of plain numbers and strings stay on one line, which keeps the file readable and a fifth as
// long.
func Marshal(r *lab.Results) []byte {
	stamped := *r
	stamped.Format = lab.Format
	var e encoder
	e.value(reflect.ValueOf(stamped), 0)
	e.WriteByte('\n')
	return e.Bytes()
}

// MarshalCheck is c as the bytes of check.json, under the same rules.
func MarshalCheck(c *lab.Check) []byte {
	var e encoder
	e.value(reflect.ValueOf(*c), 0)
	e.WriteByte('\n')
	return e.Bytes()
}

// encoder writes Go values as indented JSON under the rules of encoding/json's struct tags.
type encoder struct{ bytes.Buffer }

func (e *encoder) value(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Invalid:
		e.WriteString("null")
	case reflect.Pointer, reflect.Interface:
		e.value(v.Elem(), depth) // of nil it is the invalid value
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			e.WriteString("null")
			return
		}
		e.plain(v)
	case reflect.String:
		e.text(v.String())
	case reflect.Struct:
		e.list('{', '}', depth, false, members(v))
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		var items []member
		for _, k := range keys {
			items = append(items, member{k.String(), v.MapIndex(k)})
		}
		e.list('{', '}', depth, len(items) <= 4 && allPlain(items), items)
	case reflect.Slice, reflect.Array:
		var items []member
		for i := range v.Len() {
			items = append(items, member{"", v.Index(i)})
		}
		e.list('[', ']', depth, allPlain(items), items)
	default:
		e.plain(v)
	}
}

// text writes a string. Bytes that are no UTF-8 become U+FFFD, and <, > and & stay legible.
func (e *encoder) text(s string) {
	j := json.NewEncoder(e)
	j.SetEscapeHTML(false)
	if j.Encode(strings.ToValidUTF8(s, "\uFFFD")) == nil { // a buffer takes everything
		e.Truncate(e.Len() - 1) // the line feed after it
	}
}

// plain writes a value that encoding/json can write by itself.
func (e *encoder) plain(v reflect.Value) {
	data, err := json.Marshal(v.Interface())
	if err != nil { // a channel or a function inside a map[string]any: no value of ours
		data = []byte("null")
	}
	e.Write(data)
}

// list writes the items of an object or array, on one line or on a line each.
func (e *encoder) list(open, shut byte, depth int, inline bool, items []member) {
	e.WriteByte(open)
	for i, item := range items {
		if i > 0 {
			e.WriteByte(',')
		}
		switch {
		case !inline:
			e.WriteByte('\n')
			e.WriteString(strings.Repeat("  ", depth+1))
		case i > 0:
			e.WriteByte(' ')
		}
		if open == '{' {
			e.text(item.name)
			e.WriteString(": ")
		}
		e.value(item.value, depth+1)
	}
	if !inline && len(items) > 0 {
		e.WriteByte('\n')
		e.WriteString(strings.Repeat("  ", depth))
	}
	e.WriteByte(shut)
}

type member struct {
	name  string
	value reflect.Value
}

// members are the fields of a struct under their JSON names; those of an embedded struct count as
// the struct's own.
func members(v reflect.Value) []member {
	var out []member
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported():
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct:
			out = append(out, members(v.Field(i))...)
		case strings.Contains(option, "omitempty") && (v.Field(i).IsZero() ||
			v.Field(i).Kind() == reflect.Slice && v.Field(i).Len() == 0):
		case name == "":
			out = append(out, member{field.Name, v.Field(i)})
		default:
			out = append(out, member{name, v.Field(i)})
		}
	}
	return out
}

// allPlain tells whether no item contains others.
func allPlain(items []member) bool {
	for _, item := range items {
		v := item.value
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		switch v.Kind() {
		case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
			return false
		}
	}
	return true
}
