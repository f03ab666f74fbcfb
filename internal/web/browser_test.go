package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gradlab/internal/browsertest"
	"gradlab/internal/report"
	"gradlab/lab"
)

// inOrder fails where a page has met anything wrong, or has asked another host than its server's.
func inOrder(t *testing.T, p *browsertest.Page, host string) {
	t.Helper()
	for _, problem := range p.Problems() {
		t.Errorf("the page has a problem: %s", problem)
	}
	if hosts := p.Hosts(); !slices.Equal(hosts, []string{host}) {
		t.Errorf("the page has asked %v, its server is %s", hosts, host)
	}
}

// shows is an expression for whether the page reads text somewhere in the elements of a selector.
func shows(selector, text string) string {
	return fmt.Sprintf("[...document.querySelectorAll(%q)].some(e => e.innerText.includes(%q))", selector, text)
}

// counts is an expression for whether a selector finds n elements.
func counts(selector string, n int) string {
	return fmt.Sprintf("document.querySelectorAll(%q).length === %d", selector, n)
}

// TestInABrowser is what a person does with the dashboard, in a Chromium.
func TestInABrowser(t *testing.T) {
	b := browsertest.Start(t)
	wide := browsertest.Views[0]

	// A run is followed from its first epoch to its end, without a reload, and all the same with one.
	t.Run("a live run", func(t *testing.T) {
		r := begin(t)
		p := b.Open(t, wide, r.address)
		p.Wait(shows("h1", "small"))
		p.Wait(shows("main .head", "0 of 4 trials"))
		r.epochs(4)
		p.Wait(shows("main .head", "1 of 4 trials"))
		p.Wait(`[...document.querySelectorAll("main tbody tr")].some(row => /^tanh\s+1\s/.test(row.innerText))`) // finished seeds
		p.Screenshot("live")
		p.Reload()
		p.Wait(shows("main .head", "1 of 4 trials"))
		r.finish()
		p.Wait(shows("main .head", "4 of 4 trials"))
		p.Wait(shows("main .head", "finished"))
		inOrder(t, p, r.host)
	})

	// A dashboard that ends, or a laptop that sleeps, is said; when it is back, the page catches up by itself.
	t.Run("a lost connection", func(t *testing.T) {
		r := begin(t)
		serve := func(address string) (at string, end func()) {
			l, err := Listen(address, true)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			over := make(chan error)
			go func() { over <- New(r.path).Serve(ctx, l) }()
			return l.Addr().String(), func() { stop(); <-over }
		}
		at, end := serve("127.0.0.1:0")
		p := b.Open(t, wide, "http://"+at)
		p.Wait(shows("main .head", "0 of 4 trials"))
		end()
		p.Wait(shows("#link", "The connection is lost"))
		r.epochs(4)
		_, end = serve(at)
		defer end()
		p.Wait(shows("main .head", "1 of 4 trials"))
		p.Wait("document.querySelector('#link').innerText === ''")
	})

	// To stop asks first, what is not confirmed stops nothing, and the rest goes on.
	t.Run("stopping", func(t *testing.T) {
		r := begin(t)
		p := b.Open(t, wide, r.address+"/#/run/small-run/trials")
		p.Wait(counts(".row [aria-label^='Stop trial']", 4))
		p.Click(".row [aria-label='Stop trial tanh · seed 2']")
		p.Wait(shows("dialog[open]", "Stop trial “tanh · seed 2”?"))
		p.Screenshot("stop")
		accessible(t, p, "the question whether to stop")
		p.Press("Escape")
		p.Wait(counts("dialog", 0))
		r.epochs(1)
		p.Wait(shows(".row", "1/3")) // nothing was stopped
		p.Click(".row [aria-label='Stop trial tanh · seed 2']")
		p.Wait(counts("dialog[open]", 1))
		p.Click("dialog .danger")
		p.Wait(counts("dialog", 0))
		r.epochs(7) // two trials, and the first of the last one
		p.Wait("[...document.querySelectorAll('.row')].filter(row => row.innerText.includes('done')).length === 2")
		p.Click(".head button")
		p.Wait(shows("dialog[open]", "Stop the run?"))
		p.Click("dialog .danger")
		p.Wait(shows("main .head", "interrupted"))
		p.Wait(counts(".row [aria-label^='Stop trial']", 0))
		if err := <-r.ended; !errors.Is(err, lab.ErrInterrupted) {
			t.Errorf("the run ended with %v", err)
		} else {
			r.ended <- err
		}
		inOrder(t, p, r.host)
	})

	r := begin(t)
	r.finish()
	if err := os.CopyFS(filepath.Join(filepath.Dir(r.path), "other-run"), os.DirFS(r.path)); err != nil {
		t.Fatal(err)
	}

	// Trials are found by words and labels, and the address keeps what was looked for.
	t.Run("filtering", func(t *testing.T) {
		p := b.Open(t, wide, r.address+"/#/run/small-run/trials")
		p.Wait(counts(".row a", 4))
		p.Click(".view input[type=search]")
		p.Press(strings.Split("activation:tanh seed:2", "")...)
		p.Wait(counts(".row a", 1))
		p.Wait(shows(".row a", "tanh · seed 2"))
		p.Reload()
		p.Wait(counts(".row a", 1))
		p.Click(".row a")
		p.Wait("location.hash.includes('trial=')")
		inOrder(t, p, r.host)
	})

	// Runs, views, trials and positions are reached without a mouse, and where the focus is can be seen.
	t.Run("keyboard", func(t *testing.T) {
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
		p.Press("1")
		p.Wait("location.hash.includes('/overview')")
		inOrder(t, p, r.host)
	})

	// A position is chosen with the mouse, and what is known of it is shown.
	t.Run("a position", func(t *testing.T) {
		p := b.Open(t, wide, r.address+"/#/run/small-run/gradients?arm=0")
		p.Wait(counts(".heatrow", 6))
		p.Click(".heatrow:nth-child(4)")
		p.Wait("location.hash.includes('position=linear1')")
		p.Screenshot("position")
		p.Reload()
		p.Wait(counts(".heatrow[aria-selected=true]", 1))
		inOrder(t, p, r.host)
	})

	// What a study calls its arms and classes is text, whatever it looks like.
	t.Run("names", func(t *testing.T) {
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
	})

	// Every view passes axe-core, in light and in dark, and on a phone, and none is wider than the phone.
	for _, view := range []struct{ name, address, ready string }{
		{"runs", "#/", counts("main a[href*='overview']", 2)},
		{"overview", "#/run/small-run/overview", shows(".view h2", "Where and how")},
		{"trials", "#/run/small-run/trials", counts(".row a", 4)},
		{"curves", "#/run/small-run/curves?arm=0", counts(".view canvas", 7)},
		{"gradients", "#/run/small-run/gradients?arm=0&position=linear1", counts(".heatrow", 6)},
		{"diagnosis", "#/run/small-run/diagnosis?arm=1", shows(".patient h2", "sigmoid")},
		{"comparison", "#/run/small-run/comparison", shows(".view h2", "Arms against each other")},
		{"compare", "#/compare?a=small-run&b=other-run", shows("h2", "What differs")},
	} {
		t.Run("view "+view.name, func(t *testing.T) {
			p := b.Open(t, wide, r.address+"/"+view.address)
			p.Wait(view.ready)
			for _, v := range browsertest.Views[:3] { // what is dark is so on a phone
				p.SetView(v)
				p.Wait(view.ready)
				p.Screenshot(view.name + "-" + v.Name)
				accessible(t, p, v.Name)
				var wide int
				if p.Eval("document.documentElement.scrollWidth", &wide); int64(wide) > v.Width {
					t.Errorf("%s: the page is %d wide, its window %d", v.Name, wide, v.Width)
				}
			}
			inOrder(t, p, r.host)
		})
	}
}

// accessible fails where axe-core finds anything.
func accessible(t *testing.T, p *browsertest.Page, where string) {
	t.Helper()
	for _, v := range p.Violations() {
		t.Errorf("%s: %v", where, v)
	}
}

// seen fails where the element that has the focus looks as without it.
func seen(t *testing.T, p *browsertest.Page) {
	t.Helper()
	var outline string
	p.Eval("(s => s.outlineStyle + ' ' + s.outlineWidth + ' ' + s.boxShadow)(getComputedStyle(document.activeElement))", &outline)
	if strings.HasPrefix(outline, "none") && strings.HasSuffix(outline, " none") || strings.Contains(outline, " 0px none") {
		t.Errorf("the focus cannot be seen: %s", outline)
	}
}
