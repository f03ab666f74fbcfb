package study

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Pos is a place in a study file. Lines and columns count from 1, columns in characters.
type Pos struct {
	File         string
	Line, Column int
}

func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// An Error is one mistake in a study file, with the place where it is.
type Error struct {
	Pos     Pos
	Message string // what was expected, and what was found
	line    string // the line of the source, "" when there is none
	width   int    // characters to underline
	hint    string
	use     string // " in $activation (line 8)" where the value stands for a variable; part of Message
}

// Hint says what to do about the mistake, or is empty.
func (e *Error) Hint() string { return e.hint }

// Error is "file:line:column: message", and below it the line with a caret under the place.
func (e *Error) Error() string {
	head := e.Pos.String() + ": " + e.Message
	if e.line == "" {
		return head
	}
	line, column, width := window([]rune(e.line), e.Pos.Column, e.width)
	gutter := fmt.Sprintf("%5d | ", e.Pos.Line)
	return head + "\n" + gutter + string(line) + "\n" +
		strings.Repeat(" ", len(gutter)-2) + "| " + indent(line[:column-1]) + strings.Repeat("^", width)
}

// maxShown is the number of characters of a long line that an error shows.
const maxShown = 100

// window cuts a long line to what surrounds the column, and keeps the underlined part inside it.
// Characters that a terminal would obey are replaced.
func window(line []rune, column, width int) ([]rune, int, int) {
	line = slices.Clone(line)
	for i, r := range line {
		if r != '\t' && !unicode.IsPrint(r) {
			line[i] = '�'
		}
	}
	column = min(max(column, 1), len(line)+1)
	if len(line) > maxShown {
		from := min(max(column-1-maxShown/2, 0), len(line)-maxShown)
		to := from + maxShown
		cut := slices.Clone(line[from:to])
		if from > 0 {
			cut[0] = '…'
		}
		if to < len(line) {
			cut[len(cut)-1] = '…'
		}
		line, column = cut, column-from
	}
	return line, column, max(1, min(width, len(line)-column+1))
}

// indent is as wide as line: spaces, and tabs where line has tabs.
func indent(line []rune) string {
	blank := make([]rune, len(line))
	for i, r := range line {
		blank[i] = ' '
		if r == '\t' {
			blank[i] = '\t'
		}
	}
	return string(blank)
}

// Errors are several mistakes in one study file, in the order of their places.
type Errors []*Error

// Error shows every mistake with its hint.
func (e Errors) Error() string {
	var parts []string
	for _, err := range e {
		text := err.Error()
		if err.hint != "" {
			text += "\nhint: " + err.hint
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\n")
}

// Unwrap lets errors.As find the first *Error.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, err := range e {
		list[i] = err
	}
	return list
}

// maxErrors is how many mistakes are reported at once.
const maxErrors = 5

// problems gathers mistakes; one that several arms or several uses of a variable share is kept once.
type problems struct {
	list []*Error
	seen map[string]bool
}

func (p *problems) add(err *Error) {
	key := err.Pos.String() + strings.TrimSuffix(err.Message, err.use)
	if p.seen[key] {
		return
	}
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	p.seen[key] = true
	p.list = append(p.list, err)
}

// full tells that there is enough to report.
func (p *problems) full() bool { return len(p.list) >= maxErrors }

// err is nil, the only *Error, or Errors.
func (p *problems) err() error {
	switch len(p.list) {
	case 0:
		return nil
	case 1:
		return p.list[0]
	}
	slices.SortStableFunc(p.list, func(a, b *Error) int {
		if a.Pos.File != b.Pos.File {
			return strings.Compare(a.Pos.File, b.Pos.File)
		}
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Column - b.Pos.Column
	})
	return Errors(p.list[:min(len(p.list), maxErrors)])
}
