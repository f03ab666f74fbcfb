package study

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A source is one text that nodes come from: a study file, or what follows --set.
type source struct {
	name  string
	lines []string
}

// kind is what a node is.
type kind int

const (
	null     kind = iota
	boolean       // value is a bool
	whole         // value is an int64
	decimal       // value is a float64
	text          // value is a string
	list          // items
	mapping       // pairs
	reported      // anything whose mistake has been reported
)

// A node is one value of a study file with the place where it stands.
type node struct {
	kind   kind
	value  any
	quoted bool // a text in quotes is no $variable
	items  []*node
	pairs  []pair

	src          *source
	line, column int
	width        int   // characters
	via          *node // the $variable that this node stands for
}

type pair struct{ key, value *node }

// get is the value under a key of a mapping, or nil.
func (n *node) get(key string) *node {
	for _, p := range n.pairs {
		if p.key.value == key {
			return p.value
		}
	}
	return nil
}

// only is the mapping n with no other keys than these.
func (n *node) only(keys ...string) *node {
	c := *n
	c.pairs = slices.DeleteFunc(slices.Clone(n.pairs), func(p pair) bool { return !slices.Contains(keys, p.key.text()) })
	return &c
}

// key is the node of the key itself, or n when it has none of this name.
func (n *node) key(name string) *node {
	for _, p := range n.pairs {
		if p.key.value == name {
			return p.key
		}
	}
	return n
}

// clone is a copy whose lists and mappings can be changed.
func (n *node) clone() *node {
	c := *n
	c.items = make([]*node, len(n.items))
	for i, item := range n.items {
		c.items[i] = item.clone()
	}
	c.pairs = make([]pair, len(n.pairs))
	for i, p := range n.pairs {
		c.pairs[i] = pair{p.key, p.value.clone()}
	}
	return &c
}

// text is the value of a text, and "" of everything else.
func (n *node) text() string {
	s, _ := n.value.(string)
	return s
}

// describe says in an error what was found.
func (n *node) describe() string {
	var what string
	switch n.kind {
	case null:
		what = "nothing"
	case boolean, whole, decimal:
		what = scalarText(n)
	case text:
		what = strconv.Quote(shorten(n.text()))
	case list:
		what = "a list"
		if len(n.items) == 0 {
			what = "an empty list"
		}
	case mapping:
		what = "a mapping"
	}
	return what
}

// shorten cuts a long text.
func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// pos is where n stands.
func (n *node) pos() Pos { return Pos{n.src.name, n.line, n.column} }

// problem is an Error at n.
func (n *node) problem(hint, format string, args ...any) *Error {
	e := &Error{Pos: n.pos(), Message: fmt.Sprintf(format, args...), hint: hint, width: n.width}
	if n.via != nil {
		e.use = fmt.Sprintf(" in %s (line %d)", n.via.text(), n.via.line)
		e.Message += e.use
	}
	if n.line >= 1 && n.line <= len(n.src.lines) {
		e.line = n.src.lines[n.line-1]
	}
	return e
}

// at makes a node at the token.
func (s *source) at(tk *token.Token) *node {
	n := &node{src: s, line: 1, column: 1, width: 1}
	if tk == nil || tk.Position == nil {
		return n
	}
	n.line = min(max(tk.Position.Line, 1), max(len(s.lines), 1))
	n.column = max(tk.Position.Column, 1)
	if origin := strings.TrimSpace(tk.Origin); !strings.Contains(origin, "\n") {
		n.width = max(1, utf8.RuneCountInString(origin))
	}
	return n
}

// tree turns what the YAML library read into nodes. What study files do not use is an error.
func (s *source) tree(a ast.Node, depth int) (*node, *Error) {
	if a == nil {
		return s.at(nil), nil
	}
	n := s.at(a.GetToken())
	if depth > maxDepth {
		return nil, n.problem("", "lists and mappings are nested more than %d deep", maxDepth)
	}
	switch a := a.(type) {
	case *ast.MappingNode:
		return s.pairs(n, a.IsFlowStyle, a.Values, depth)
	case *ast.MappingValueNode: // a mapping of one pair, as in [linear: 84]
		return s.pairs(n, false, []*ast.MappingValueNode{a}, depth)
	case *ast.SequenceNode:
		n.kind, n.width = list, 1
		for _, value := range a.Values {
			item, err := s.tree(value, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
	case *ast.LiteralNode:
		n.kind, n.quoted = text, true
		n.value = strings.TrimRight(a.Value.Value, "\n")
	case *ast.NullNode:
		n.kind = null
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		tk := a.GetToken()
		if tk.Type == token.SingleQuoteType || tk.Type == token.DoubleQuoteType {
			n.kind, n.value, n.quoted = text, tk.Value, true
		} else {
			n.kind, n.value = scalar(tk.Value)
		}
	default:
		return nil, n.problem("", "expected a value, a list or a mapping")
	}
	if strings.ContainsFunc(n.text(), isStray) {
		return nil, n.problem("a study file is plain text", "there is a control character in this text")
	}
	return n, nil
}

// pairs fills the mapping n. One without braces starts where its first key does.
func (s *source) pairs(n *node, flow bool, values []*ast.MappingValueNode, depth int) (*node, *Error) {
	n.kind, n.width = mapping, 1
	for i, v := range values {
		key, err := s.tree(v.Key, depth+1)
		if err != nil {
			return nil, err
		}
		if key.kind == list || key.kind == mapping || key.kind == null {
			return nil, key.problem("", "expected a name as key, found %s", key.describe())
		}
		key.kind, key.value = text, v.Key.GetToken().Value
		if i == 0 && !flow {
			n.line, n.column = key.line, key.column
		}
		value, err := s.tree(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if value.kind == null {
			value.line, value.column, value.width = key.line, key.column, key.width
		}
		n.pairs = append(n.pairs, pair{key, value})
	}
	return n, nil
}

// The numbers of YAML's core schema, without octal and hexadecimal ones.
var (
	wholeText   = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)
	decimalText = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// scalar tells what a value without quotes is.
func scalar(s string) (kind, any) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return null, nil
	case "true", "True", "TRUE":
		return boolean, true
	case "false", "False", "FALSE":
		return boolean, false
	case ".nan", ".NaN", ".NAN":
		return decimal, math.NaN()
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
		return decimal, math.Inf(1)
	case "-.inf", "-.Inf", "-.INF":
		return decimal, math.Inf(-1)
	}
	if wholeText.MatchString(s) {
		if v, err := strconv.ParseInt(s, 10, 64); err == nil {
			return whole, v
		}
	}
	if decimalText.MatchString(s) && (wholeText.MatchString(s) || strings.ContainsAny(s, ".eE")) {
		// A number beyond the range of float64 is infinite, and refused wherever numbers are.
		v, _ := strconv.ParseFloat(s, 64)
		return decimal, v
	}
	return text, s
}
