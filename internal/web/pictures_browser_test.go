package web

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"gradlab/internal/browsertest"
)

// pictured is what a person sees of the network of a finished trial, and of its diagnosis: as many images and mistakes as
// the trial has, a way from each verdict to its evidence, and no list that leads nowhere.
func pictured(t *testing.T, b *browsertest.Browser) {
	path, r := trained(t, "run")
	server := httptest.NewServer(New(path))
	defer server.Close()
	defer server.CloseClientConnections() // of events, which do not end by themselves
	trial := r.Trials[1]
	wrong := 0
	for class, row := range trial.Confusion {
		for taken, n := range row {
			if taken != class {
				wrong += n
			}
		}
	}
	p := b.Open(t, browsertest.Views[0], server.URL+"/#/run/run/pictures?trial="+trial.ID)
	p.Wait(fmt.Sprintf("document.querySelectorAll('.samples').length === %d", 1+min(1, wrong)))
	p.Wait("document.querySelectorAll('.filters img').length === 3")
	p.Wait(shows("main .card", fmt.Sprintf("%d of 40 test images are taken for another class", wrong)))
	p.Wait(shows("main .card", fmt.Sprintf("%d of 40 are right", 40-wrong)))
	for class, row := range trial.Confusion {
		p.Wait(fmt.Sprintf("document.querySelectorAll('.confusion tbody tr')[%d].querySelector('.right').innerText === '%d'", class, row[class]))
	}
	p.Wait("[...document.querySelectorAll('main img')].every(e => e.alt && e.complete && e.naturalWidth)")
	p.Screenshot("pictures")
	p.Eval("location.hash = '#/run/run/diagnosis'", nil)
	p.Wait("document.querySelectorAll('.patient').length === 1 && document.querySelectorAll('.condition button').length === 1")
	p.Click(".condition button")
	p.Wait("document.activeElement.id === 'arm-0'")
	p.Wait("document.querySelectorAll('.verdict').length === document.querySelectorAll('.verdict a').length")
	p.Screenshot("diagnosis")
	inOrder(t, p, server.Listener.Addr().String())
}
