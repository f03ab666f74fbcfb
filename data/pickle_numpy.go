package data

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Callables and classes that may stand in a pickle: what NumPy arrays and bytes are made by.
const (
	makeArray  global = "_reconstruct" // of numpy.core.multiarray, in NumPy 2 numpy._core.multiarray
	fromBuffer global = "_frombuffer"  // of numpy.core.numeric, in NumPy 2 numpy._core.numeric
	arrayType  global = "ndarray"
	makeDtype  global = "dtype"
	encode     global = "encode" // of _codecs: bytes in Python 3's protocol 2
)

var pickleGlobals = map[string]global{
	"numpy.core.multiarray _reconstruct":  makeArray,
	"numpy._core.multiarray _reconstruct": makeArray,
	"numpy.core.numeric _frombuffer":      fromBuffer,
	"numpy._core.numeric _frombuffer":     fromBuffer,
	"numpy ndarray":                       arrayType,
	"numpy dtype":                         makeDtype,
	"_codecs encode":                      encode,
}

// global pushes a callable or class by its name, which is in the pickle (GLOBAL) or on the stack.
func (p *pickle) global(op byte) error {
	names := make([]any, 2)
	if op == 'c' {
		for i := range names {
			end := bytes.IndexByte(p.rest, '\n')
			if end < 0 {
				return errPickleEnd
			}
			names[i] = text(p.rest[:end])
			p.rest = p.rest[end+1:]
		}
	} else {
		var err error
		if names, err = p.pop(2); err != nil {
			return err
		}
	}
	module, ok1 := name(names[0])
	callable, ok2 := name(names[1])
	if !ok1 || !ok2 {
		return errors.New("the pickle names a callable by something that is no short text")
	}
	g, ok := pickleGlobals[module+" "+callable]
	if !ok {
		return fmt.Errorf("the pickle calls %.40q of %.40q, which no file of CIFAR-10 does", callable, module)
	}
	p.push(g)
	return nil
}

// reduce pushes the value of a call: only of what arrays and bytes are made by.
func (p *pickle) reduce() error {
	call, err := p.pop(2)
	if err != nil {
		return err
	}
	callable, _ := call[0].(global)
	args, _ := call[1].(tuple)
	var result any
	switch {
	case callable == makeArray && len(args) == 3 && args[0] == any(arrayType):
		result = new(array) // build fills it
	case callable == makeDtype && len(args) == 3:
		kind, _ := name(args[0])
		result = dtype(kind)
	case callable == fromBuffer && len(args) == 4:
		result, err = newArray(args[2], args[1], isText(args[3], "F"), args[0])
	case callable == encode && len(args) == 2 && isText(args[1], "latin1"):
		s, _ := args[0].(text)
		if p.copied += len(s); p.copied > p.size {
			return errors.New("the pickle decodes a text more than once")
		}
		result, err = latin1(s)
	default:
		return fmt.Errorf("the pickle calls %.40q with arguments that no file of CIFAR-10 has", string(callable))
	}
	p.push(result)
	return err
}

// build fills an array or a dtype with its state.
func (p *pickle) build() error {
	states, err := p.pop(1)
	if err != nil {
		return err
	}
	state, ok := states[0].(tuple)
	switch v := p.top().(type) {
	case dtype: // byte order and the like: nothing that matters to bytes
		if !ok {
			return errors.New("the pickle has a dtype without its state")
		}
		return nil
	case *array:
		if len(state) != 5 { // version, shape, dtype, Fortran order, bytes
			return errors.New("the pickle has an array without its state")
		}
		fortran, _ := state[3].(bool)
		filled, err := newArray(state[1], state[2], fortran, state[4])
		if err == nil {
			*v = *filled
		}
		return err
	}
	return errors.New("the pickle gives a state to something that is no array")
}

// newArray checks the parts of an array of bytes. No error prints a value of the pickle that is not a
// number or a short text: a tuple may hold itself.
func newArray(shape, kind any, fortran bool, data any) (*array, error) {
	t, ok1 := shape.(tuple)
	d, ok2 := kind.(dtype)
	b, ok3 := data.(text)
	if !ok1 || !ok2 || !ok3 {
		return nil, errors.New("the pickle has an array that is none")
	}
	if d != "u1" && d != "|u1" && d != "uint8" {
		return nil, fmt.Errorf("the pickle has an array of %.20q, expected unsigned bytes (u1)", string(d))
	}
	dims := make([]int, len(t))
	for i, v := range t {
		n, ok := v.(int)
		if !ok || len(t) > 2 {
			return nil, errors.New("the pickle has an array whose shape is not of one or two whole numbers")
		}
		dims[i] = n
	}
	return &array{shape: dims, fortran: fortran, data: b}, nil
}

func isText(v any, want string) bool {
	t, ok := v.(text)
	return ok && string(t) == want
}

// latin1 turns the UTF-8 of characters up to 255 into one byte for each.
func latin1(s text) (text, error) {
	b := make([]byte, 0, utf8.RuneCount(s))
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r > 255 {
			return nil, fmt.Errorf("the pickle has bytes in Latin-1 with character %U", r)
		}
		b = append(b, byte(r))
		s = s[n:]
	}
	return b, nil
}

// addPickle reads the python layout: a dictionary with data, an array [images, 3072], and labels.
func (c *cifarReader) addPickle(file int, b []byte) error {
	v, err := readPickle(b)
	if err != nil {
		return err
	}
	d, ok := v.(dict)
	if !ok {
		return errors.New("the pickle is no dictionary")
	}
	a, ok := d["data"].(*array)
	if !ok {
		return errors.New(`the pickle has no array "data"`)
	}
	labels, ok := d["labels"].(*list)
	if !ok {
		return errors.New(`the pickle has no list "labels"`)
	}
	n := len(labels.items)
	if len(a.shape) != 2 || a.shape[0] != n || a.shape[1] != cifarPixels || len(a.data) != n*cifarPixels {
		return fmt.Errorf("%d labels and an array of shape %v with %d bytes, expected [%d, %d]",
			n, a.shape, len(a.data), c.images, cifarPixels)
	}
	bytes := make([]uint8, n)
	for i, v := range labels.items {
		l, ok := v.(int)
		if !ok || l < 0 || l > 255 {
			return fmt.Errorf("label %d is no number of a class", i)
		}
		bytes[i] = uint8(l)
	}
	column := make([]byte, cifarPixels)
	return c.store(file, n, func(i int) (uint8, []byte) {
		if !a.fortran {
			return bytes[i], a.data[i*cifarPixels : (i+1)*cifarPixels]
		}
		for k := range column {
			column[k] = a.data[k*n+i]
		}
		return bytes[i], column
	})
}
