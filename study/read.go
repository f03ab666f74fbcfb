package study

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a study file may be at most. The YAML library's time grows with the square of the nesting,
// so that nesting is bounded before the library sees the file.
const (
	maxBytes  = 1 << 20
	maxTokens = 100_000
	maxDepth  = 32
)

// readFile reads a file of at most maxBytes.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("failed to read study: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &Error{Pos: Pos{File: path}, Message: "this is a directory, expected a study file",
			hint: "name the YAML file itself"}
	}
	src, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("failed to read study: %w", err)
	}
	return src, nil
}

// read turns a YAML text into nodes.
func read(name string, src []byte) (*node, error) {
	if len(src) > maxBytes {
		return nil, &Error{Pos: Pos{File: name}, Message: fmt.Sprintf("the file is longer than %d bytes", maxBytes),
			hint: "is this a study file?"}
	}
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	if err := checkText(name, src); err != nil {
		return nil, err
	}
	s := &source{name: name, lines: strings.Split(string(src), "\n")}
	return s.parse(string(src))
}

// parse runs the YAML library, and holds its panics, should it have any, away from the caller.
func (s *source) parse(src string) (n *node, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = nil, &Error{Pos: Pos{File: s.name}, Message: fmt.Sprintf("this is no YAML: %v", r)}
		}
	}()
	tokens := lexer.Tokenize(src)
	if err := s.checkTokens(tokens); err != nil {
		return nil, err
	}
	// Keys that stand twice are found in decode, which says where the first one is.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax *yaml.SyntaxError
		if !errors.As(err, &syntax) {
			return nil, &Error{Pos: Pos{File: s.name}, Message: "this is no YAML: " + err.Error()}
		}
		return nil, s.syntax(syntax.GetToken(), syntax.GetMessage())
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, &Error{Pos: Pos{File: s.name}, Message: "expected a study, found an empty file",
			hint: "gradlab study print depth shows a study to begin with"}
	}
	n, problem := s.tree(file.Docs[0].Body, 0)
	if problem != nil {
		return nil, problem
	}
	return n, nil
}

// syntax is a mistake in the YAML itself, as the library calls it.
func (s *source) syntax(tk *token.Token, message string) *Error {
	n := s.at(tk)
	hint := ""
	switch {
	case strings.Contains(message, "'\t'"):
		message, hint = "a tab stands where a value or a key begins", "YAML is indented with spaces only"
	case strings.Contains(message, "mapping value is not allowed"):
		hint = "put a text with a colon in quotes, and begin a key on its own line"
	case strings.Contains(message, "must be specified"), strings.Contains(message, "not found"):
		hint = "close every bracket and brace that is opened"
	case strings.Contains(message, "could not find end character"):
		hint = "close the quotes"
	}
	return n.problem(hint, "%s", message)
}

// checkText refuses what is no text: bytes that are not UTF-8, and control characters.
func checkText(name string, src []byte) error {
	line, column := 1, 1
	for rest := src; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			return &Error{Pos: Pos{name, line, column}, Message: fmt.Sprintf("byte %#02x is not UTF-8", rest[0]),
				hint: "save the file as UTF-8 text"}
		case isStray(r):
			return &Error{Pos: Pos{name, line, column}, Message: fmt.Sprintf("control character %U", r),
				hint: "a study file is plain text"}
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		rest = rest[size:]
	}
	return nil
}

// isStray tells whether a character has no place in a text.
func isStray(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// unsupported are the parts of YAML that study files do without.
var unsupported = map[token.Type]string{
	token.AnchorType:      "an anchor",
	token.AliasType:       "an alias",
	token.TagType:         "a tag",
	token.DirectiveType:   "a directive",
	token.MergeKeyType:    "a merge key",
	token.MappingKeyType:  "a complex key",
	token.DocumentEndType: "the end of a document",
}

// checkTokens refuses what study files do without, and nesting deeper than maxDepth.
func (s *source) checkTokens(tokens token.Tokens) error {
	if len(tokens) > maxTokens {
		return &Error{Pos: Pos{File: s.name}, Message: fmt.Sprintf("the file has more than %d words and signs", maxTokens),
			hint: "is this a study file?"}
	}
	var columns []int // of the lists and mappings around the token that are written by indentation
	brackets := 0
	for i, tk := range tokens {
		if what, found := unsupported[tk.Type]; found {
			return s.at(tk).problem("give a value a name under let, and use it as $name",
				"%s is not part of a study file", what)
		}
		structure := tk
		switch tk.Type {
		case token.InvalidType:
			return s.syntax(tk, tk.Error)
		case token.DocumentHeaderType:
			if i > 0 && tokens[i-1].Type != token.CommentType {
				return s.at(tk).problem("write a file for each study", "a second document begins here")
			}
			continue
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType:
		case token.MappingValueType:
			if i > 0 {
				structure = tokens[i-1] // the key
			}
		default:
			continue
		}
		if column := structure.Position.Column; brackets == 0 {
			for len(columns) > 0 && columns[len(columns)-1] >= column {
				columns = columns[:len(columns)-1]
			}
			columns = append(columns, column)
		}
		if len(columns)+max(brackets, 0) > 2*maxDepth { // tree counts exactly
			return s.at(tk).problem("", "lists and mappings are nested more than %d deep", maxDepth)
		}
	}
	return nil
}
