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
					if !strings.Contains(text, prose(c.Text)) || !strings.Contains(text, clean(c.Command)) {
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

// TestPageNotices: the page shows the run's warnings and makes up none. Portable code may have been
// asked for on a machine that could do better.
func TestPageNotices(t *testing.T) {
	r := small()
	r.Machine.ISA = "portable"
	r.Warnings = append(r.Warnings, "a second one")
	page, err := html(newView(r), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range r.Warnings {
		if !bytes.Contains(page, []byte(w)) {
			t.Errorf("the page lacks the warning %q", w)
		}
	}
	if n := bytes.Count(page, []byte(`class="warning"`)); n != len(r.Warnings) {
		t.Errorf("%d notices of %d warnings", n, len(r.Warnings))
	}
}

// TestOnlyALoneLeaderStandsOut: the arm with the highest mean is no winner unless it is shown to be.
func TestOnlyALoneLeaderStandsOut(t *testing.T) {
	for _, c := range []struct {
		leaders []string
		marked  int
		arm     string // whose confusion matrix is drawn
		why     string
	}{
		{nil, 0, "relu", "of the arm with the highest mean accuracy"},
		{[]string{"tanh", "relu"}, 0, "tanh", "among the arms between which no difference is shown"},
		{[]string{"tanh"}, 1, "tanh", "of the leading arm"},
	} {
		r := small()
		r.Parts[0].Leaders = c.leaders
		v := newView(r)
		page, err := html(v, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(page, []byte(`<tr class="best">`)); n != c.marked {
			t.Errorf("leaders %q: %d arms stand out, want %d", c.leaders, n, c.marked)
		}
		f, ok := confusionFigure(&v.Parts[0])
		if !ok || f.Title != "What is taken for what: "+c.arm || !strings.Contains(f.Caption, c.why) {
			t.Errorf("leaders %q: %q, %q; want %s, %q", c.leaders, f.Title, f.Caption, c.arm, c.why)
		}
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
			if !strings.Contains(md, mdText(prose(c.Text))) || !strings.Contains(md, clean(c.Command)) {
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
