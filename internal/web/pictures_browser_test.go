package web

import (
	"fmt"
	"testing"

	"gradlab/internal/browsertest"
)

// pictured is what a person sees of the network of a trial of a finished run at address, and of the diagnoses of its two
// arms: as many images and mistakes as the trial has, and from each verdict a way to its evidence.
func pictured(t *testing.T, b *browsertest.Browser, r *training) {
	var run Run
	get(t, New(r.path), "/api/runs/small-run", &run)
	var d TrialDetail
	get(t, New(r.path), "/api/runs/small-run/trials/"+run.Trials[1].ID, &d)
	confusion, wrong := d.Trial.Confusion, 0
	for class, row := range confusion {
		for taken, n := range row {
			if taken != class {
				wrong += n
			}
		}
	}
	p := b.Open(t, wide, r.address+"/#/run/small-run/pictures?trial="+d.Trial.ID)
	p.Wait(counts(".samples", 1+min(1, wrong)))
	p.Wait(counts(".filters img", 4))
	p.Wait(shows("main .card", fmt.Sprintf("%d of 40 test images are taken for another class", wrong)))
	p.Wait(shows("main .card", fmt.Sprintf("%d of 40 are right", 40-wrong)))
	for class, row := range confusion {
		p.Wait(fmt.Sprintf("document.querySelectorAll('.confusion tbody tr')[%d].querySelector('.right').innerText === '%d'", class, row[class]))
	}
	p.Wait("[...document.querySelectorAll('main img')].every(e => e.alt && e.complete && e.naturalWidth)")
	p.Eval("location.hash = '#/run/small-run/diagnosis'", nil)
	p.Wait(counts(".patient", 2) + " && " + counts(".condition button", 2))
	p.Click(".condition button")
	p.Wait("document.activeElement.id.startsWith('arm-')")
	p.Wait("document.querySelectorAll('.verdict').length === document.querySelectorAll('.verdict a').length")
	inOrder(t, p, r.host)
}
