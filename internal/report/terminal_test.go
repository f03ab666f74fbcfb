package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTerminalFits: no line is wider than the terminal, except commands, which are there to be
// copied, and without colour nothing steers the terminal.
func TestTerminalFits(t *testing.T) {
	for name, r := range cases() {
		for _, width := range []int{60, 72, 80, 100} {
			var b strings.Builder
			if err := Terminal(&b, r, Options{Width: width, Dir: "runs/x"}); err != nil {
				t.Fatal(err)
			}
			for l := range strings.Lines(b.String()) {
				l = strings.TrimRight(l, "\n")
				if n := utf8.RuneCountInString(l); n > width && !strings.HasPrefix(l, "  $ ") && name != "hostile" {
					t.Errorf("%s at %d columns: %d characters in %q", name, width, n, l)
				}
				if i := strings.IndexFunc(l, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }); i >= 0 {
					t.Fatalf("%s: control character %q in %q", name, l[i], l)
				}
			}
			for _, c := range r.Conclusions {
				if c.Answer && !strings.Contains(b.String(), "$ "+clean(c.Command)) {
					t.Errorf("%s: the command %q is missing", name, c.Command)
				}
			}
		}
	}
}

func TestTerminalColor(t *testing.T) {
	var plain, colored strings.Builder
	r := small()
	if err := Terminal(&plain, r, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := Terminal(&colored, r, Options{Color: true}); err != nil {
		t.Fatal(err)
	}
	strip := strings.NewReplacer(bold1, "", dim, "", red, "", green, "", yellow, "", reset, "")
	if strip.Replace(colored.String()) != plain.String() {
		t.Error("colour changes the text")
	}
	if !strings.Contains(colored.String(), green+"better"+reset) {
		t.Error("no verdict is green")
	}
}

func TestTerminalTable(t *testing.T) {
	var b strings.Builder
	if err := Terminal(&b, small(), Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	var rows []string
	for l := range strings.Lines(b.String()) {
		if strings.HasPrefix(l, "tanh · depth 3 ") || strings.HasPrefix(l, "arm  ") {
			rows = append(rows, strings.TrimRight(l, "\n"))
		}
	}
	// The first table is of activations, the second of depth.
	head, row := rows[1], rows[2]
	for _, column := range []string{"seeds", "test accuracy", "95 % interval", "test loss", "train loss", "gradient slope"} {
		end := strings.Index(head, column)
		if end < 0 {
			t.Fatalf("no column %q in %q", column, head)
		}
		end = utf8.RuneCountInString(head[:end+len(column)])
		cells := []rune(row)
		if cells[end-1] == ' ' || end < len(cells) && cells[end] != ' ' {
			t.Errorf("column %q is not aligned on the right:\n%s\n%s", column, head, row)
		}
	}
}
