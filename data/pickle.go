package data

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// This file reads Python's pickles as far as the python version of CIFAR-10 needs: dictionaries,
// lists, tuples, strings, whole numbers and NumPy arrays of bytes, as Python 2 wrote them in 2009
// (protocol 2) and as Python 3 with NumPy 1 or 2 writes them again (protocols 2 to 5). It is no
// interpreter: the few callables of pickleCalls are known by name, and whatever else a pickle
// names is an error, so nothing in the file can run. The opcodes are described in Python's
// Lib/pickletools.py.

// A value of a pickle is nil, bool, int, text, global, tuple, *list, dict, dtype or *array.
type (
	text   []byte // of bytes and of str alike; points into the pickle
	global string // "module name"
	tuple  []any
	list   struct{ items []any }
	dict   map[string]any
	dtype  string // NumPy's: "u1" is unsigned bytes
)

// array is a NumPy array of bytes.
type array struct {
	shape   []int // up to two
	fortran bool  // the first index runs fastest
	data    text
}

// pickleSteps bounds the opcodes of one pickle. A file of CIFAR-10 has about 50,000.
const pickleSteps = 1 << 20

// A pickle is what remains to be read, and the state of the machine that reads it.
type pickle struct {
	rest   []byte
	stack  []any
	marks  []int // heights of the stack
	memo   map[uint32]any
	size   int // of all of it, in bytes
	copied int // bytes of decoded texts: at most size, however often a text is recalled
}

var errPickleEnd = errors.New("the pickle ends too early")

// readPickle gives the value of a pickle. Its texts point into b.
func readPickle(b []byte) (any, error) {
	p := &pickle{rest: b, size: len(b), memo: map[uint32]any{}}
	for range pickleSteps {
		at := len(b) - len(p.rest)
		op, err := p.take(1)
		if err == nil && op[0] == '.' {
			if len(p.stack) != 1 {
				return nil, fmt.Errorf("the pickle ends with %d values, expected 1", len(p.stack))
			}
			return p.stack[0], nil
		}
		if err == nil {
			err = p.step(op[0])
		}
		if err != nil {
			return nil, fmt.Errorf("byte %d: %w", at, err)
		}
	}
	return nil, fmt.Errorf("the pickle has more than %d operations", pickleSteps)
}

// step executes one opcode.
func (p *pickle) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		v, err := p.number(1)
		if err == nil && (v < 2 || v > 5) {
			return fmt.Errorf("pickle protocol %d, expected 2 to 5", v)
		}
		return err
	case 0x95: // FRAME: its length says nothing that the contents do not
		_, err := p.take(8)
		return err

	case 'N':
		p.push(nil)
	case 0x88, 0x89: // NEWTRUE, NEWFALSE
		p.push(op == 0x88)
	case 'K': // BININT1
		return p.pushNumber(1)
	case 'M': // BININT2
		return p.pushNumber(2)
	case 'J': // BININT, signed
		v, err := p.number(4)
		p.push(int(int32(v)))
		return err
	case 'U', 'C', 0x8c: // SHORT_BINSTRING, SHORT_BINBYTES, SHORT_BINUNICODE
		return p.pushText(1)
	case 'T', 'B', 'X': // BINSTRING, BINBYTES, BINUNICODE
		return p.pushText(4)
	case 0x8d, 0x8e, 0x96: // BINUNICODE8, BINBYTES8, BYTEARRAY8
		return p.pushText(8)

	case '(': // MARK
		p.marks = append(p.marks, len(p.stack))
	case ')', 0x85, 0x86, 0x87: // EMPTY_TUPLE, TUPLE1 to TUPLE3
		n := 0
		if op != ')' {
			n = int(op - 0x84)
		}
		items, err := p.pop(n)
		p.push(tuple(items))
		return err
	case 't': // TUPLE
		items, err := p.popMark()
		p.push(tuple(items))
		return err
	case ']': // EMPTY_LIST
		p.push(new(list))
	case '}': // EMPTY_DICT
		p.push(dict{})
	case 'a', 'e': // APPEND, APPENDS
		return p.extend(op == 'e')
	case 's', 'u': // SETITEM, SETITEMS
		return p.setItems(op == 'u')

	case 'q', 'r', 0x94: // BINPUT, LONG_BINPUT, MEMOIZE
		return p.put(op)
	case 'h': // BINGET
		return p.get(1)
	case 'j': // LONG_BINGET
		return p.get(4)

	case 'c', 0x93: // GLOBAL, STACK_GLOBAL
		return p.global(op)
	case 'R': // REDUCE
		return p.reduce()
	case 'b': // BUILD
		return p.build()
	default:
		return fmt.Errorf("pickle operation %#02x, which no file of CIFAR-10 has", op)
	}
	return nil
}

// take gives the next n bytes.
func (p *pickle) take(n uint64) ([]byte, error) {
	if n > uint64(len(p.rest)) {
		return nil, errPickleEnd
	}
	b := p.rest[:n:n]
	p.rest = p.rest[n:]
	return b, nil
}

// number gives a little-endian number of n ≤ 8 bytes.
func (p *pickle) number(n int) (uint64, error) {
	b, err := p.take(uint64(n))
	var word [8]byte
	copy(word[:], b)
	return binary.LittleEndian.Uint64(word[:]), err
}

func (p *pickle) push(v any) { p.stack = append(p.stack, v) }

func (p *pickle) pushNumber(n int) error {
	v, err := p.number(n)
	p.push(int(v))
	return err
}

// pushText pushes a text whose length is in the next n bytes.
func (p *pickle) pushText(n int) error {
	length, err := p.number(n)
	if err != nil {
		return err
	}
	b, err := p.take(length)
	p.push(text(b))
	return err
}

// pop gives the n topmost values; those below the newest mark are out of reach.
func (p *pickle) pop(n int) ([]any, error) {
	floor := 0
	if len(p.marks) > 0 {
		floor = p.marks[len(p.marks)-1]
	}
	from := len(p.stack) - n
	if from < floor {
		return nil, errors.New("the pickle takes a value that is not there")
	}
	items := append([]any(nil), p.stack[from:]...)
	p.stack = p.stack[:from]
	return items, nil
}

// popMark gives the values above the newest mark.
func (p *pickle) popMark() ([]any, error) {
	if len(p.marks) == 0 {
		return nil, errors.New("the pickle takes a mark that is not there")
	}
	from := p.marks[len(p.marks)-1]
	items, err := p.pop(len(p.stack) - from)
	p.marks = p.marks[:len(p.marks)-1]
	return items, err
}

// popItems gives the values above the mark, or without one the n topmost.
func (p *pickle) popItems(mark bool, n int) ([]any, error) {
	if mark {
		return p.popMark()
	}
	return p.pop(n)
}

// top is the topmost value.
func (p *pickle) top() any {
	if len(p.stack) == 0 {
		return nil
	}
	return p.stack[len(p.stack)-1]
}

// extend appends to the list under the items.
func (p *pickle) extend(mark bool) error {
	items, err := p.popItems(mark, 1)
	if err != nil {
		return err
	}
	l, ok := p.top().(*list)
	if !ok {
		return errors.New("the pickle appends to something that is no list")
	}
	l.items = append(l.items, items...)
	return nil
}

// setItems adds keys and values to the dictionary under them.
func (p *pickle) setItems(mark bool) error {
	items, err := p.popItems(mark, 2)
	if err != nil {
		return err
	}
	d, ok := p.top().(dict)
	if !ok || len(items)%2 != 0 {
		return errors.New("the pickle adds items to something that is no dictionary")
	}
	for i := 0; i < len(items); i += 2 {
		key, ok := name(items[i])
		if !ok {
			return errors.New("the pickle has a dictionary with a key that is no short text")
		}
		d[key] = items[i+1]
	}
	return nil
}

// name gives a text that is short enough for a name: longer ones are not copied, since one long
// text could be used a million times.
func name(v any) (string, bool) {
	t, ok := v.(text)
	if !ok || len(t) > 64 {
		return "", false
	}
	return string(t), true
}

// put remembers the topmost value.
func (p *pickle) put(op byte) error {
	var key uint64
	var err error
	switch op {
	case 'q':
		key, err = p.number(1)
	case 'r':
		key, err = p.number(4)
	default:
		key = uint64(len(p.memo))
	}
	if err == nil && len(p.stack) == 0 {
		err = errors.New("the pickle remembers a value that is not there")
	}
	if err == nil {
		p.memo[uint32(key)] = p.top()
	}
	return err
}

// get pushes the value remembered under the number in the next n bytes.
func (p *pickle) get(n int) error {
	key, err := p.number(n)
	if err != nil {
		return err
	}
	v, ok := p.memo[uint32(key)]
	if !ok {
		return fmt.Errorf("the pickle recalls value %d, which it never remembered", key)
	}
	p.push(v)
	return nil
}
