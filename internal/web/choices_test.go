package web

import (
	"net/http/httptest"
	"testing"

	"gradlab/internal/browsertest"
)

// TestChoicesAreInTheAddress: what a person has chosen to see is there again after a reload, and for whom the address is
// given to.
func TestChoicesAreInTheAddress(t *testing.T) {
	b := browsertest.Start(t)
	server := httptest.NewServer(New(written(t, synthetic(4, 2, 5, 2))))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	host := server.Listener.Addr().String()

	t.Run("curves", func(t *testing.T) {
		p := b.Open(t, browsertest.Views[0], server.URL+"/#/run/run/curves")
		p.Wait("document.querySelectorAll('canvas').length > 1")
		p.Click(".legend button:nth-child(2)")
		p.Click(".controls input[type=checkbox]")
		p.Wait("/hide=1/.test(location.hash) && /log=1/.test(location.hash)")
		p.Reload()
		p.Wait("document.querySelectorAll('canvas').length > 1")
		p.Wait(counts(".legend [aria-pressed=false]", 1))
		p.Wait("document.querySelector('.controls input[type=checkbox]').checked")

		// The reader, by keyboard: the values of the three arms that are shown, at the first step and the last.
		p.TabTo(".plot", 40)
		p.Press("Right")
		p.Wait(counts(".charts .card:first-child .value", 3))
		p.Wait(shows(".charts .card:first-child .reader", "step 10"))
		p.Press("End")
		p.Wait(shows(".charts .card:first-child .reader", "step 50"))
		p.Press("+")
		p.Wait("!document.querySelector('.charts .card .whole').hidden")
		p.Press("0")
		p.Wait("document.querySelector('.charts .card .whole').hidden")
		inOrder(t, p, host)
	})

	t.Run("trials", func(t *testing.T) {
		p := b.Open(t, browsertest.Views[0], server.URL+"/#/run/run/trials?find=seed:2+width>=2+width!=3+accuracy<100")
		p.Wait(counts(".row a", 2))
		p.Click(".heads span:nth-child(6) button") // accuracy, the best first
		p.Wait("location.hash.includes('sort=')")
		p.Reload()
		p.Wait(counts(".row a", 2))
		p.Wait(counts("[aria-sort=descending]", 1))
		p.Wait("(([first, second]) => first >= second)([...document.querySelectorAll('.rows .row > :nth-child(6)')].map(cell => parseFloat(cell.innerText)))")
		inOrder(t, p, host)
	})

	// To skip the list of runs moves the focus, and leaves the address alone.
	t.Run("skip", func(t *testing.T) {
		p := b.Open(t, browsertest.Views[0], server.URL+"/#/run/run/comparison")
		p.Wait(shows("h2", "Arms against each other"))
		p.TabTo("a.skip", 1)
		p.Press("Enter")
		p.Wait("document.activeElement.id === 'main' && location.hash === '#/run/run/comparison'")
		inOrder(t, p, host)
	})

	// An address of something that is not there says so, and the page goes on.
	t.Run("nothing there", func(t *testing.T) {
		p := b.Open(t, browsertest.Views[0], server.URL+"/#/run/run/nowhere?part=-7&arm=99&trial=none")
		p.Wait(shows(".view h2", "Where and how"))
		p.Eval("location.hash = '#/run/run/curves?arm=99&hide=7,x&smooth=-4'", nil)
		p.Wait("document.querySelectorAll('canvas').length > 1")
		p.Eval("location.hash = '#/%E0%A4%A'", nil)
		p.Wait(shows(".view h2", "Where and how")) // of the only run
		inOrder(t, p, host)
	})
}
