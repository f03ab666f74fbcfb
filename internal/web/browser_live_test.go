package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"gradlab/internal/browsertest"
	"gradlab/lab"
)

// A run is followed from its first epoch to its end, without a reload, and all the same with one.
func followLive(t *testing.T, b *browsertest.Browser) {
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
}

// A dashboard that ends, or a laptop that sleeps, is said; when it is back, the page catches up by itself.
func comeAgain(t *testing.T, b *browsertest.Browser) {
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
}

// What has changed is shown although its answer comes after another view was chosen, and although nothing follows it.
func answerLate(t *testing.T, b *browsertest.Browser) {
	r := begin(t)
	var late atomic.Bool
	server := New(r.path)
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if late.Load() && q.URL.Path == "/api/runs/small-run" {
			time.Sleep(2 * time.Second)
		}
		server.ServeHTTP(w, q)
	}))
	defer slow.Close()
	defer slow.CloseClientConnections()
	p := b.Open(t, wide, slow.URL+"/#/run/small-run/overview")
	p.Wait(shows("main .head", "0 of 4 trials"))
	late.Store(true)
	r.finish()
	time.Sleep(1500 * time.Millisecond) // the page has asked, and has no answer yet
	p.Click(".tabs a[href*='diagnosis']")
	p.Wait(counts("main .patient", 2))
	p.Wait("!document.querySelector('main .view').innerText.includes('Not judged')")
	p.Wait(shows("main .head", "finished"))
	inOrder(t, p, slow.Listener.Addr().String())
}

// A browser has six connections to a server. Tabs that nobody looks at give theirs back, and catch up when they are seen.
func manyTabs(t *testing.T, b *browsertest.Browser) {
	r := begin(t)
	first := b.Open(t, wide, r.address)
	first.Wait(shows("main .head", "0 of 4 trials"))
	for range 7 {
		b.Open(t, wide, r.address).Wait(shows("main .head", "0 of 4 trials"))
	}
	r.epochs(4)
	first.ToFront()
	first.Wait(shows("main .head", "1 of 4 trials"))
	inOrder(t, first, r.host)
}

// To stop asks first, what is not confirmed stops nothing, and the rest goes on.
func stopTrials(t *testing.T, b *browsertest.Browser) {
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
	p.Wait(`[...document.querySelectorAll('.row')].some(row => row.innerText.includes('tanh · seed 2') && row.innerText.includes('interrupted'))`)
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
}
