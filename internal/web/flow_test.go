package web

import (
	"fmt"
	"math"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"gradlab/internal/browsertest"
	"gradlab/internal/live"
	"gradlab/lab"
)

// TestFiguresOverAllOfTraining: gradients, weights and updates are scales, whose mean is the geometric one, shares are not;
// a figure that a trial lacks does not count, and a trial under way has none.
func TestFiguresOverAllOfTraining(t *testing.T) {
	f := func(f float64) *float64 { return &f }
	trials := []*live.Trial{
		{Trial: &lab.Trial{Positions: []lab.Position{{Name: "linear1", GradRMS: f(1e-4), ActStd: f(1), Dead: f(0.5), Parameters: []lab.ParameterProbe{{Name: "linear1.weight", WeightRMS: f(1), UpdateRatio: f(1e-3)}}}}}},
		{Trial: &lab.Trial{Positions: []lab.Position{{Name: "linear1", GradRMS: f(1e-2), ActStd: f(3), Parameters: []lab.ParameterProbe{{Name: "linear1.weight", WeightRMS: f(4), UpdateRatio: f(0)}}}}}},
		{Trial: &lab.Trial{}},
	}
	got := overall(trials, 0)
	m := got.Parameters[0]
	for name, c := range map[string]struct {
		got  *float64
		want float64
	}{"gradient": {got.GradRMS, 1e-3}, "activations": {got.ActStd, 2}, "dead": {got.Dead, 0.5}, "weight": {m.WeightRMS, 2}, "update": {m.UpdateRatio, 1e-3}} {
		if c.got == nil || math.Abs(*c.got-c.want) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, known(c.got), c.want)
		}
	}
	if got.Saturated != nil || m.GradRMS != nil {
		t.Error("there is a figure that no trial has")
	}
	if overall(trials[2:], 0) != nil || overall(trials, 1) != nil {
		t.Error("there are figures of a position that no trial has seen to its end")
	}
}

// TestAMomentOfTraining: a cell of the heat map opens its position at its time, arrow keys move both, and the address
// keeps them.
func TestAMomentOfTraining(t *testing.T) {
	b := browsertest.Start(t)
	results := synthetic(2, 3, 4, 5)
	server := httptest.NewServer(New(written(t, results)))
	defer server.Close()
	defer server.CloseClientConnections()
	p := b.Open(t, browsertest.Views[0], server.URL+"/#/run/run/gradients?arm=1")
	p.Wait(counts(".heatrow", 5))
	p.Wait(shows(".time output", "steps 31 to 40 · mean over 3 trials"))

	var at struct{ X, Y float64 } // the middle of the third position's cell in the second of four windows
	p.Eval(`(() => {
		const area = document.querySelector(".heat canvas").getBoundingClientRect();
		const row = document.querySelectorAll(".heatrow")[2].getBoundingClientRect();
		return {X: row.right + (area.right - row.right) * 1.5 / 4, Y: (row.top + row.bottom) / 2};
	})()`, &at)
	p.Run(chromedp.MouseClickXY(at.X, at.Y))
	p.Wait("location.hash.includes('position=linear3') && location.hash.includes('step=20')")
	p.Wait(shows(".position h2", "linear3"))
	p.Wait(shows(".time output", "steps 11 to 20"))
	logs := 0.0
	for _, trial := range results.Trials[3:6] {
		logs += math.Log10(*trial.Flow[1].GradRMS[2]) / 3
	}
	want := strings.Replace(fmt.Sprintf("%.2f", logs), "-", "−", 1)
	p.Wait(fmt.Sprintf("[...document.querySelectorAll('details tbody tr')].some(r => r.textContent.startsWith('linear3') && r.cells[3].textContent === %q)", want))

	p.Eval("document.querySelector('.heatrows').focus()", nil)
	p.Press("Left", "Down", "Enter")
	p.Wait("location.hash.includes('position=linear4') && location.hash.includes('step=10')")
	p.Reload()
	p.Wait(shows(".position h2", "linear4"))
	p.Wait("document.querySelector('input[type=range]').getAttribute('aria-valuetext') === 'steps 1 to 10'")
	p.Wait(counts(".layer[aria-pressed=true]", 1))
	p.Click("button.layer:first-of-type")
	p.Wait(shows(".position h2", "linear1"))
	inOrder(t, p, server.Listener.Addr().String())
}

// A gradient that is exactly zero is no missing figure: where it is so in every trial the mean is zero, else that of the
// others, and in how many it is so is said.
func TestGradientsThatAreExactlyZero(t *testing.T) {
	r := synthetic(1, 3, 1, 3)
	for i, row := range [][]float64{{0, 1, 0}, {0, 4, 2}, {0, 16, 8}} {
		for p := range row {
			r.Trials[i].Flow[0].GradRMS[p] = &row[p]
		}
	}
	var flow Flow
	get(t, New(written(t, r)), "/api/runs/run/flow", &flow)
	got := flow.Values["grad_rms"][0]
	for p, want := range []float64{0, 4, 4} { // geometric means
		if got[p] == nil || math.Abs(*got[p]-want) > 1e-12 {
			t.Errorf("position %d: %v, expected %v", p+1, got[p], want)
		}
	}
	if want := []int{3, 0, 1}; !slices.Equal(flow.Zero[0], want) {
		t.Errorf("zero in %v trials, expected %v", flow.Zero[0], want)
	}
}
