package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// element is a start tag of a page with its attributes by name.
type element struct {
	name string
	attr map[string]string
}

// parseXML reads a page, which is written so as to be XML too, and fails where it is not well formed.
func parseXML(t *testing.T, data []byte) (elements []element, text string) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Entity = xml.HTMLEntity
	var b strings.Builder
	for {
		token, err := d.Token()
		if err == io.EOF {
			return elements, b.String()
		}
		if err != nil {
			line, _ := d.InputPos()
			t.Fatalf("line %d: %v", line, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{token.Name.Local, map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			elements = append(elements, e)
		case xml.CharData:
			b.Write(token)
		}
	}
}

// TestPage: every page is well formed, asks for nothing outside, runs no script but its own, and
// has ids once.
func TestPage(t *testing.T) {
	for name, r := range cases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, o := range []Options{{}, {IncludeSample: true}} {
				data, err := html(newView(r), o)
				if err != nil {
					t.Fatal(err)
				}
				elements, text := parseXML(t, data)
				scripts, ids := 0, map[string]bool{}
				for _, e := range elements {
					switch e.name {
					case "script":
						scripts++
					case "link", "iframe", "object", "embed", "base", "form", "use", "image":
						t.Errorf("the page has an element <%s>", e.name)
					}
					for k, v := range e.attr {
						if strings.HasPrefix(k, "on") {
							t.Errorf("<%s> has the attribute %s=%q", e.name, k, v)
						}
						if (k == "src" || k == "href") && !strings.HasPrefix(v, "#") && !strings.HasPrefix(v, "data:image/png;base64,") {
							t.Errorf("<%s> refers to %q", e.name, v)
						}
					}
					if id := e.attr["id"]; id != "" {
						if ids[id] {
							t.Errorf("id %q twice", id)
						}
						ids[id] = true
					}
				}
				if scripts != 1 {
					t.Errorf("%d scripts, want the page's own", scripts)
				}
				for _, bad := range []string{"url(", "@import", "ZgotmplZ"} {
					if bytes.Contains(data, []byte(bad)) {
						t.Errorf("the page contains %q", bad)
					}
				}
				for _, c := range r.Conclusions {
					if !strings.Contains(text, clean(c.Text)) || !strings.Contains(text, clean(c.Command)) {
						t.Errorf("the page lacks the conclusion %q or its command %q", c.Text, c.Command)
					}
				}
				if strings.Contains(text, "NaN") && !strings.Contains(name, "fail") {
					t.Error("the page shows NaN")
				}
			}
		})
	}
}

func TestPageNotices(t *testing.T) {
	r := small()
	r.Machine.ISA = "portable"
	page, err := html(newView(r), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(page, []byte("This run used portable code")) || !bytes.Contains(page, []byte(r.Warnings[0])) {
		t.Error("the page lacks a warning")
	}
	r.Warnings = append(r.Warnings, "Kernels fell back to portable code.")
	if n := len(notices(r)); n != len(r.Warnings) {
		t.Errorf("%d notices of %d warnings, one of them about portable code", n, len(r.Warnings))
	}
}

// TestSampleOnlyWhenAsked: pictures of a data set must not reach a page that is published.
func TestSampleOnlyWhenAsked(t *testing.T) {
	r := small()
	for _, include := range []bool{false, true} {
		page, err := html(newView(r), Options{IncludeSample: include})
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(page, []byte("data:image/png")); got != include {
			t.Errorf("IncludeSample %t: the page has a picture: %t", include, got)
		}
	}
	if bytes.Contains(Marshal(r), []byte("ixels")) {
		t.Error("results.json holds pixels")
	}
}

func TestMarkdownShowsEverything(t *testing.T) {
	for name, r := range cases() {
		v := newView(r)
		md := string(markdown(v))
		for _, c := range r.Conclusions {
			if !strings.Contains(md, mdText(c.Text)) || !strings.Contains(md, clean(c.Command)) {
				t.Errorf("%s: report.md lacks %q or its command", name, c.Text)
			}
		}
		if strings.Contains(outsideCode(md), "<script") {
			t.Errorf("%s: report.md has markup of a name", name)
		}
		for _, p := range v.Parts {
			for _, f := range p.Figures {
				if !strings.Contains(md, "](plots/"+f.Name+".png)") {
					t.Errorf("%s: report.md does not link %s", name, f.Name)
				}
			}
		}
	}
}

// outsideCode is Markdown without its fenced blocks, as CommonMark finds them.
func outsideCode(md string) string {
	var out []string
	fence := ""
	for l := range strings.Lines(md) {
		ticks := l[:len(l)-len(strings.TrimLeft(l, "`"))]
		switch {
		case fence == "" && len(ticks) >= 3:
			fence = ticks
		case fence != "" && len(ticks) >= len(fence) && strings.TrimSpace(l) == ticks:
			fence = ""
		case fence == "":
			out = append(out, l)
		}
	}
	return strings.Join(out, "")
}
