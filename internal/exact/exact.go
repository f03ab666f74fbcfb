// Package exact writes data as JSON from which the very same data is read again: numbers that JSON has none for, the
// NaN and the infinities of a network that diverges, are the texts "NaN", "+Inf" and "-Inf". It is for what a program
// keeps for itself; figures for others have null there. It imports nothing of gradlab.
package exact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
)

// Marshal writes v: a struct of exported fields, a slice, a pointer, a string, a bool, a number, or what is made of
// these. It fails for anything else, so that nothing is left out in silence.
func Marshal(v any) ([]byte, error) {
	tree, err := encode(reflect.ValueOf(v))
	if err != nil {
		return nil, fmt.Errorf("failed to encode: %w", err)
	}
	return json.Marshal(tree)
}

// Unmarshal reads what Marshal has written into what v points to. Fields that are not there are zero; there must be
// no others.
func Unmarshal(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return fmt.Errorf("failed to decode: %w", err)
	}
	target := reflect.ValueOf(v).Elem()
	target.SetZero()
	if err := decode(target, tree); err != nil {
		return fmt.Errorf("failed to decode: %w", err)
	}
	return nil
}

func encode(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v.Interface(), nil
	case reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return strconv.FormatFloat(f, 'g', -1, 64), nil
		}
		return v.Float(), nil
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return encode(v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			return nil, nil
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Bytes(), nil
		}
		list := make([]any, v.Len())
		for i := range list {
			item, err := encode(v.Index(i))
			if err != nil {
				return nil, err
			}
			list[i] = item
		}
		return list, nil
	case reflect.Struct:
		fields := map[string]any{}
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if !v.Type().Field(i).IsExported() {
				return nil, fmt.Errorf("field %s of %s is not exported", name, v.Type())
			}
			field, err := encode(v.Field(i))
			if err != nil {
				return nil, err
			}
			if !v.Field(i).IsZero() || v.Field(i).Kind() == reflect.Float64 { // -0 is zero, and is not 0
				fields[name] = field
			}
		}
		return fields, nil
	}
	return nil, fmt.Errorf("%s has no form", v.Type())
}

func decode(v reflect.Value, tree any) error {
	wrong := func() error { return fmt.Errorf("%v is no %s", tree, v.Type()) }
	switch v.Kind() {
	case reflect.Bool:
		b, ok := tree.(bool)
		if !ok {
			return wrong()
		}
		v.SetBool(b)
	case reflect.String:
		s, ok := tree.(string)
		if !ok {
			return wrong()
		}
		v.SetString(s)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := tree.(json.Number)
		i, err := strconv.ParseInt(string(n), 10, v.Type().Bits())
		if !ok || err != nil {
			return wrong()
		}
		v.SetInt(i)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, ok := tree.(json.Number)
		i, err := strconv.ParseUint(string(n), 10, v.Type().Bits())
		if !ok || err != nil {
			return wrong()
		}
		v.SetUint(i)
	case reflect.Float64:
		f, ok := number(tree)
		if !ok {
			return wrong()
		}
		v.SetFloat(f)
	case reflect.Pointer:
		if tree == nil {
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return decode(v.Elem(), tree)
	case reflect.Slice:
		return decodeSlice(v, tree, wrong)
	case reflect.Struct:
		fields, ok := tree.(map[string]any)
		if !ok {
			return wrong()
		}
		for name, field := range fields {
			f, ok := v.Type().FieldByName(name)
			if !ok || !f.IsExported() || len(f.Index) != 1 {
				return fmt.Errorf("%s has no field %q", v.Type(), name)
			}
			if err := decode(v.FieldByIndex(f.Index), field); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	default:
		return fmt.Errorf("%s has no form", v.Type())
	}
	return nil
}

func decodeSlice(v reflect.Value, tree any, wrong func() error) error {
	if tree == nil {
		return nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		text, ok := tree.(string)
		if !ok {
			return wrong()
		}
		quoted, _ := json.Marshal(text) // a string always can
		var data []byte
		if err := json.Unmarshal(quoted, &data); err != nil {
			return err
		}
		v.SetBytes(data)
		return nil
	}
	list, ok := tree.([]any)
	if !ok {
		return wrong()
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, item := range list {
		if err := decode(v.Index(i), item); err != nil {
			return err
		}
	}
	return nil
}

// number reads a number, or one of the texts for those that JSON does not have.
func number(tree any) (float64, bool) {
	switch t := tree.(type) {
	case json.Number:
		f, err := strconv.ParseFloat(string(t), 64)
		return f, err == nil
	case string:
		switch t {
		case "NaN":
			return math.NaN(), true
		case "+Inf":
			return math.Inf(1), true
		case "-Inf":
			return math.Inf(-1), true
		}
	}
	return 0, false
}
