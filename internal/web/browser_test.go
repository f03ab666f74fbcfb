package web

import (
	"fmt"
	"slices"
	"testing"

	"gradlab/internal/browsertest"
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
		p.Screenshot("live")
		p.Reload()
		p.Wait(shows("main .head", "1 of 4 trials"))
		r.finish()
		p.Wait(shows("main .head", "4 of 4 trials"))
		p.Wait(shows("main .head", "finished"))
		inOrder(t, p, r.host)
	})
}
