package browsertest_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gradlab/internal/browsertest"
)

// bad is a page that has of everything that tests look for.
const bad = `<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1>
<button id="first" onclick="document.title = 'clicked'">First</button> <button id="second">Second</button>
<p style="color: #ccc; background: #fff">pale</p>
<script>console.error("told", 7); setTimeout(() => { throw new Error("thrown") }); fetch("http://localhost:1/away").catch(() => 0)
addEventListener("keydown", e => document.body.dataset.key = (e.shiftKey ? "Shift+" : "") + e.key)</script></main>`

func TestAPageThatIsWrongIsFoundOut(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(bad))
	}))
	defer s.Close()
	p := browsertest.Start(t).Open(t, browsertest.Views[2], s.URL)

	p.Wait("document.readyState === 'complete'")
	var width int
	if p.Eval("innerWidth", &width); width < 375 { // a page without a viewport is laid out wider
		t.Errorf("the window is %d wide, expected a phone's", width)
	}
	p.TabTo("#second", 3)
	p.Press("Shift+Tab", "Enter")
	p.Wait("document.title === 'clicked'")
	p.Press("Down")
	p.Wait("document.body.dataset.key === 'ArrowDown'")
	p.Click("#second")
	p.Wait("document.activeElement.id === 'second'")
	if text := p.Text("h1"); text != "Bad" {
		t.Errorf("the heading reads %q", text)
	}
	problems := strings.Join(p.Problems(), "\n")
	for _, want := range []string{`"told" 7`, "Error: thrown", "localhost:1"} {
		if !strings.Contains(problems, want) {
			t.Errorf("problems lack %q:\n%s", want, problems)
		}
	}
	if !slices.Contains(p.Hosts(), "localhost:1") || len(p.Hosts()) != 2 {
		t.Errorf("hosts are %v, expected two", p.Hosts())
	}
	if !slices.ContainsFunc(p.Violations(), func(v browsertest.Violation) bool { return v.ID == "color-contrast" }) {
		t.Errorf("pale text is no violation: %v", p.Violations())
	}
	p.SetView(browsertest.Views[1])
	p.Wait("matchMedia('(prefers-color-scheme: dark)').matches && matchMedia('(prefers-reduced-motion)').matches && innerWidth === 1280")
}
