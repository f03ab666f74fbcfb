package study

import (
	"errors"
	"strings"
	"testing"
)

// TestFormat: a file may name its format; that of a newer gradlab is refused before its mistakes are.
func TestFormat(t *testing.T) {
	const rest = "\nstudy: x\ndata: shapes\nmodel: [flatten, linear: classes]\ntrain: {epochs: 1, sgd: {rate: 0.1}}\n"
	for _, c := range []struct{ first, want string }{
		{"format: 1", ""},
		{"format: 2\nquantum: true", "has format 2, and this gradlab knows no format above 1"},
		{"format: 0", "expected the version"},
		{"format: one", "expected the version"},
		{"format: [1]", "expected the version"},
		{"format: 1\nformat: 1", "format"},
		{"formats: 1", "formats"},
	} {
		s, err := Parse("x.yaml", []byte(c.first+rest))
		if c.want == "" {
			if err != nil || s.Name() != "x" {
				t.Errorf("%q: %v", c.first, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.first, err)
			continue
		}
		var h interface{ Hint() string }
		if newer := strings.Contains(c.want, "knows no format"); newer && (!errors.As(err, &h) || !strings.Contains(h.Hint(), "newer gradlab")) {
			t.Errorf("%q: no hint with %v", c.first, err)
		}
	}
}
