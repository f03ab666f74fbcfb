package web

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gradlab/internal/browsertest"
	"gradlab/internal/report"
)

// Trials are found by words and labels, and the address keeps what was looked for.
func filterTrials(t *testing.T, b *browsertest.Browser, r *training) {
	p := b.Open(t, wide, r.address+"/#/run/small-run/trials")
	p.Wait(counts(".row a", 4))
	p.Click(".view input[type=search]")
	p.Type("activation:tanh seed:2")
	p.Wait(counts(".row a", 1))
	p.Wait(shows(".row a", "tanh · seed 2"))
	p.Wait("location.hash.includes('seed')")
	p.Reload()
	p.Wait(counts(".row a", 1))
	p.Click(".row a")
	p.Wait("location.hash.includes('trial=')")
	inOrder(t, p, r.host)
}

// Of a thousand trials the page holds those in sight, wherever that is, and finds any.
func thousandTrials(t *testing.T, b *browsertest.Browser) {
	path := written(t, synthetic(25, 40, 2, 3))
	server := httptest.NewServer(New(path))
	defer server.Close()
	defer server.CloseClientConnections()
	p := b.Open(t, wide, server.URL+"/#/run/run/trials")
	p.Wait(shows(".row a", "width 1 · seed 1"))
	p.Wait("document.querySelectorAll('.row').length < 100")
	p.Eval("document.querySelector('.grid').scrollTo(0, 1e9)", nil)
	p.Wait(shows(".row a", "width 25 · seed 40"))
	p.Wait("document.querySelectorAll('.row').length < 100")
	p.Click(".view input[type=search]")
	p.Type("width>23 seed:17")
	p.Wait(shows(".view .facts", "2 of 1,000 trials"))
	p.Wait(counts(".row a", 2))
	inOrder(t, p, server.Listener.Addr().String())
}

// Runs, views, trials and positions are reached without a mouse, and where the focus is can be seen.
func useKeyboard(t *testing.T, b *browsertest.Browser, r *training) {
	p := b.Open(t, wide, r.address)
	p.Wait(counts("#runs a[href*='overview']", 2))
	p.TabTo("a.skip", 1)
	p.TabTo("#runs a[href*='small-run']", 4)
	p.Press("Enter")
	p.Wait(shows("h1", "small"))
	p.TabTo(".tabs a[href*='trials']", 12)
	seen(t, p)
	p.Press("Enter")
	p.Wait(counts(".row a", 4))
	p.TabTo(".grid .row a", 20)
	seen(t, p)
	p.Press("Enter")
	p.Wait("location.hash.includes('trial=')")
	p.TabTo("[role=listbox]", 30)
	seen(t, p)
	p.Press("Home", "Down", "Enter")
	p.Wait("location.hash.includes('position=')")
	inOrder(t, p, r.host)
}

// A position is chosen with the mouse, and what is known of it is shown.
func choosePosition(t *testing.T, b *browsertest.Browser, r *training) {
	p := b.Open(t, wide, r.address+"/#/run/small-run/gradients?arm=0")
	p.Wait(counts(".heatrow", 6))
	p.Click(".heatrow:nth-child(4)")
	p.Wait("location.hash.includes('position=linear1')")
	p.Screenshot("position")
	p.Reload()
	p.Wait(counts(".heatrow[aria-selected=true]", 1))
	inOrder(t, p, r.host)
}

// What a study calls its arms and classes is text, whatever it looks like.
func showNames(t *testing.T, b *browsertest.Browser) {
	const evil = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
	results := synthetic(3, 3, 4, 3)
	text := report.Marshal(results)
	for _, name := range []string{"width 1", "synthetic", "Which width?", "linear1", "drawn"} {
		quoted, _ := json.Marshal(name + evil)
		text = bytes.ReplaceAll(text, []byte(`"`+name+`"`), quoted)
	}
	path := written(t, results)
	if err := os.WriteFile(filepath.Join(path, "results.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(New(path))
	defer server.Close()
	defer server.CloseClientConnections()
	p := b.Open(t, wide, server.URL)
	for _, view := range []string{"overview", "trials", "curves?arm=0", "gradients?arm=0", "diagnosis?arm=0", "comparison"} {
		p.Eval("location.hash = '#/run/run/"+view+"'", nil)
		p.Wait(shows("main", "<img src=x onerror"))
		p.Wait("document.querySelector('.tabs [aria-current]').href.includes('" + strings.TrimSuffix(view, "?arm=0") + "')")
		p.Wait("document.querySelector('.view').children.length > 0")
		var owned bool
		if p.Eval("document.title === 'owned' || document.querySelector('img[src=x], body script') !== null", &owned); owned {
			t.Errorf("%s: a name has become part of the page", view)
		}
	}
	inOrder(t, p, server.Listener.Addr().String())
}

// Every view passes axe-core, in light and in dark, and on a phone, and none is wider than the phone.
func lookAtViews(t *testing.T, b *browsertest.Browser, r *training) {
	for _, view := range []struct{ name, address, ready string }{
		{"runs", "#/", counts("main a[href*='overview']", 2)},
		{"overview", "#/run/small-run/overview", shows(".view h2", "Where and how")},
		{"trials", "#/run/small-run/trials", counts(".row a", 4)},
		{"curves", "#/run/small-run/curves?arm=0", counts(".view canvas", 7)},
		{"gradients", "#/run/small-run/gradients?arm=0&position=linear1", counts(".heatrow", 6)},
		{"diagnosis", "#/run/small-run/diagnosis?arm=1", shows(".patient h2", "sigmoid")},
		{"pictures", "#/run/small-run/pictures?arm=0", "document.querySelectorAll('.view .filters img').length === 4 && document.querySelectorAll('.view .samples img').length > 24"},
		{"comparison", "#/run/small-run/comparison", shows(".view h2", "Arms against each other")},
		{"compare", "#/compare?a=small-run&b=other-run", shows("h2", "What differs")},
	} {
		t.Run(view.name, func(t *testing.T) {
			p := b.Open(t, wide, r.address+"/"+view.address)
			p.Wait(view.ready)
			for _, v := range browsertest.Views[:3] { // what is dark is so on a phone
				p.SetView(v)
				p.Wait(view.ready)
				p.Screenshot(view.name + "-" + v.Name)
				accessible(t, p, v.Name)
				var width int
				if p.Eval("document.documentElement.scrollWidth", &width); int64(width) > v.Width {
					t.Errorf("%s: the page is %d wide, its window %d", v.Name, width, v.Width)
				}
			}
			inOrder(t, p, r.host)
		})
	}
}
