// Package safetensors writes and reads files of named tensors that PyTorch, JAX and others read, too
// (https://huggingface.co/docs/safetensors): eight bytes with the length of a header, little-endian; the header, a
// JSON object that gives each tensor's type, shape and place, filled up with spaces; the values, little-endian, one
// tensor behind the other without gaps. A file is data alone: reading it runs nothing. The package imports nothing of
// gradlab.
//
// The same tensors give the same bytes, those that the reference implementation writes.
package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// File is what a file holds.
type File struct {
	Metadata map[string]string // texts about the whole; nil for none
	Tensors  []Tensor
}

// Tensor is values under a name.
type Tensor struct {
	Name  string
	Type  Type
	Shape []int
	Data  []byte // Type.Size() bytes for each value, little-endian, the last dimension running fastest
}

// Type is the type of a tensor's values.
type Type string

// The types that gradlab writes. The format has others, which are refused.
const (
	U8  Type = "U8"
	F32 Type = "F32"
	F64 Type = "F64"
	I64 Type = "I64"
)

// types are in the order of the reference implementation: of the tensors in a file, those of the last type come
// first, so that each one's values are aligned.
var types = []Type{U8, F32, F64, I64}

// Size is the number of bytes of a value; 0 for a type that is not known.
func (t Type) Size() int {
	switch t {
	case U8:
		return 1
	case F32:
		return 4
	case F64, I64:
		return 8
	}
	return 0
}

// Sorted gives the tensors in the order in which Encode writes them.
func (f File) Sorted() []Tensor {
	tensors := slices.Clone(f.Tensors)
	slices.SortStableFunc(tensors, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(slices.Index(types, b.Type), slices.Index(types, a.Type)), cmp.Compare(a.Name, b.Name))
	})
	return tensors
}

// entry is what the header says of a tensor.
type entry struct {
	Type    Type     `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"` // from the end of the header
}

const (
	metadataKey = "__metadata__"
	lengthBytes = 8
	maxHeader   = 100_000_000 // as of the reference implementation
)

// Encode gives the bytes of f. It fails for a tensor whose data does not fit its shape, and for two of one name.
func (f File) Encode() ([]byte, error) {
	tensors := f.Sorted()
	var header bytes.Buffer
	header.WriteByte('{')
	write := func(key string, value any) error {
		if header.Len() > 1 {
			header.WriteByte(',')
		}
		for i, v := range []any{key, value} {
			if i > 0 {
				header.WriteByte(':')
			}
			e := json.NewEncoder(&header)
			e.SetEscapeHTML(false)
			if err := e.Encode(v); err != nil {
				return err
			}
			header.Truncate(header.Len() - 1) // the encoder's newline
		}
		return nil
	}
	if len(f.Metadata) > 0 {
		if err := write(metadataKey, f.Metadata); err != nil {
			return nil, err
		}
	}
	at := int64(0)
	for i, t := range tensors {
		if i > 0 && t.Name == tensors[i-1].Name || t.Name == metadataKey {
			return nil, fmt.Errorf("failed to encode tensor %q: the name is taken", t.Name)
		}
		if size, err := bytesOf(t.Type, t.Shape); err != nil || size != int64(len(t.Data)) {
			return nil, fmt.Errorf("failed to encode tensor %q: %d bytes for the shape %v of %s", t.Name, len(t.Data), t.Shape, t.Type)
		}
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		end := at + int64(len(t.Data))
		if err := write(t.Name, entry{t.Type, shape, [2]int64{at, end}}); err != nil {
			return nil, fmt.Errorf("failed to encode tensor %q: %w", t.Name, err)
		}
		at = end
	}
	header.WriteByte('}')
	for header.Len()%8 != 0 {
		header.WriteByte(' ')
	}
	out := make([]byte, 0, int64(lengthBytes+header.Len())+at)
	out = binary.LittleEndian.AppendUint64(out, uint64(header.Len()))
	out = append(out, header.Bytes()...)
	for _, t := range tensors {
		out = append(out, t.Data...)
	}
	return out, nil
}

// Decode reads the bytes of a file. Tensors are in the order of their values, and share data's memory. It fails for
// whatever the format does not allow: what it gives fits together.
func Decode(data []byte) (File, error) {
	f, err := decode(data)
	if err != nil {
		return File{}, fmt.Errorf("failed to read safetensors: %w", err)
	}
	return f, nil
}

func decode(data []byte) (File, error) {
	if len(data) < lengthBytes {
		return File{}, errors.New("the file ends within the length of its header")
	}
	n := binary.LittleEndian.Uint64(data)
	if n > maxHeader || n > uint64(len(data)-lengthBytes) {
		return File{}, fmt.Errorf("its header is said to be %d bytes long, of a file of %d", n, len(data))
	}
	header, values := data[lengthBytes:lengthBytes+n], data[lengthBytes+n:]
	f, offsets, err := readHeader(header)
	if err != nil {
		return File{}, err
	}
	order := make([]int, len(f.Tensors))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(offsets[a][0], offsets[b][0]), cmp.Compare(offsets[a][1], offsets[b][1]))
	})
	sorted, at := make([]Tensor, 0, len(order)), int64(0)
	for _, i := range order {
		t, begin, end := f.Tensors[i], offsets[i][0], offsets[i][1]
		size, err := bytesOf(t.Type, t.Shape)
		switch {
		case err != nil:
			return File{}, fmt.Errorf("tensor %q: %w", t.Name, err)
		case begin != at || end < begin || end > int64(len(values)):
			return File{}, fmt.Errorf("tensor %q is said to stand at %d to %d of %d bytes, the one before it ends at %d", t.Name, begin, end, len(values), at)
		case size != end-begin:
			return File{}, fmt.Errorf("tensor %q has %d bytes for the shape %v of %s", t.Name, end-begin, t.Shape, t.Type)
		}
		t.Data = values[begin:end:end]
		sorted, at = append(sorted, t), end
	}
	if at != int64(len(values)) {
		return File{}, fmt.Errorf("%d bytes stand behind the last tensor", int64(len(values))-at)
	}
	f.Tensors = sorted
	return f, nil
}

// readHeader reads the header, whose tensors have no data yet.
func readHeader(header []byte) (f File, offsets [][2]int64, err error) {
	d := json.NewDecoder(bytes.NewReader(header))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return File{}, nil, errors.New("its header is no JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return File{}, nil, fmt.Errorf("its header is no JSON: %w", err)
		}
		name := key.(string) // of an object's keys there are no others
		if seen[name] {
			return File{}, nil, fmt.Errorf("its header names %q twice", name)
		}
		seen[name] = true
		if name == metadataKey {
			err = d.Decode(&f.Metadata)
		} else {
			var e entry
			err = d.Decode(&e)
			f.Tensors = append(f.Tensors, Tensor{Name: name, Type: e.Type, Shape: e.Shape})
			offsets = append(offsets, e.Offsets)
		}
		if err != nil {
			return File{}, nil, fmt.Errorf("its header says nothing sensible of %q: %w", name, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return File{}, nil, errors.New("its header does not end")
	}
	if rest := bytes.Trim(header[d.InputOffset():], " "); len(rest) > 0 {
		return File{}, nil, errors.New("something stands behind its header")
	}
	return f, offsets, nil
}

// bytesOf is the number of bytes of a tensor.
func bytesOf(t Type, shape []int) (int64, error) {
	n := int64(t.Size())
	if n == 0 {
		return 0, fmt.Errorf("its type is %q, expected one of %v", t, types)
	}
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("its shape is %v", shape)
		}
		if d > 0 && n > math.MaxInt64/int64(d) {
			return 0, fmt.Errorf("its shape %v is too large", shape)
		}
		n *= int64(d)
	}
	return n, nil
}
