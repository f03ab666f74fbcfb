package report

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gradlab/internal/browsertest"
	"gradlab/lab"
)

// pageFile writes the report's page of r and returns its address.
func pageFile(t *testing.T, r *lab.Results) string {
	t.Helper()
	data, err := html(newView(r), Options{IncludeSample: true})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(path)
}

// TestPageInABrowser: in light and dark, wide and on a phone, with everything unfolded, a page breaks no rule of
// axe-core, is no wider than its window, logs no error and runs no script that a name holds.
func TestPageInABrowser(t *testing.T) {
	browser := browsertest.Start(t)
	ordinary := synthesize(2, 2) // few shapes, since axe-core looks at each
	for i := range ordinary.Parts {
		for j := range ordinary.Parts[i].Arms[2:] {
			ordinary.Parts[i].Arms[2+j].Network = nil
		}
	}
	pages := map[string]*lab.Results{"ordinary": ordinary, "hostile": cases()["hostile"]}
	for name, views := range map[string][]browsertest.View{"ordinary": browsertest.Views, "hostile": browsertest.Views[3:]} {
		address := pageFile(t, pages[name])
		for _, view := range views {
			p := browser.Open(t, view, address)
			p.Wait("document.readyState === 'complete'")
			p.Eval("document.querySelectorAll('details').forEach(d => d.open = true)", nil)
			for _, v := range p.Violations() {
				t.Errorf("%s, %s: %v", name, view.Name, v)
			}
			var wide int
			if p.Eval("document.documentElement.scrollWidth", &wide); int64(wide) > view.Width {
				t.Errorf("%s, %s: the page is %d wide, expected at most %d", name, view.Name, wide, view.Width)
			}
			if problems := p.Problems(); len(problems) > 0 {
				t.Errorf("%s, %s: %q", name, view.Name, problems)
			}
			p.Screenshot("report-" + name + "-" + view.Name)
		}
	}
}

// saved is what the button of a table saves.
func saved(t *testing.T, p *browsertest.Page, id string) [][]string {
	t.Helper()
	p.Eval(`URL.createObjectURL = blob => { window.saved = null; blob.text().then(s => window.saved = s); return "#" }`, nil)
	p.Click("[id='" + id + "'] button.csv")
	p.Wait("typeof saved === 'string'")
	var text string
	p.Eval("saved", &text)
	if strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") {
		t.Errorf("%s has a line that does not end as RFC 4180 asks", id)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return rows
}

// TestTablesAreSaved: a table's CSV holds its figures unrounded, and no formula.
func TestTablesAreSaved(t *testing.T) {
	r := small()
	arms := r.Parts[0].Arms
	for i := range r.Trials {
		if r.Trials[i].Arm == arms[0].Name {
			r.Trials[i].Arm = "=1+1, \"quoted\""
		}
	}
	arms[0].Name = "=1+1, \"quoted\""
	p := browsertest.Start(t).Open(t, browsertest.Views[0], pageFile(t, r))
	rows := saved(t, p, "activations.arms")
	if len(rows) != len(arms)+1 {
		t.Fatalf("%d rows of %d arms", len(rows), len(arms))
	}
	for i, a := range arms {
		row := rows[i+1]
		name := a.Name
		if i == 0 {
			name = "'" + name
		}
		if row[0] != name {
			t.Errorf("arm %d is called %q, expected %q", i, row[0], name)
		}
		for head, want := range map[string]float64{"Test accuracy, mean": a.TestAccuracy.Mean, "Test accuracy, low": a.TestAccuracy.Low, "Train loss, high": a.TrainLoss.High,
			"Gradient slope, mean": a.Slope.Mean, "Parameters": float64(a.Parameters)} {
			at := slices.Index(rows[0], head)
			if at < 0 {
				t.Fatalf("no column %q among %q", head, rows[0])
			}
			if got, err := strconv.ParseFloat(row[at], 64); err != nil || got != want {
				t.Errorf("%s of %s is %q, expected %v", head, a.Name, row[at], want)
			}
		}
	}
	for _, id := range []string{"activations.comparisons", "depth.trends", "depth.activity", "record.trials"} {
		if id == "record.trials" {
			p.Eval("location.hash = '#record.trials'", nil)
			p.Wait("document.getElementById('record.trials').querySelector('details').open")
		}
		rows := saved(t, p, id)
		var shown int
		if p.Eval("document.getElementById('"+id+"').querySelectorAll('tbody tr').length", &shown); len(rows) != shown+1 || shown == 0 {
			t.Errorf("%s: %d rows saved, %d shown", id, len(rows)-1, shown)
		}
	}
	var names []string
	p.Eval("Array.from(document.querySelectorAll('button.csv'), b => b.getAttribute('aria-label'))", &names)
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) || len(names) < 8 {
		t.Errorf("the buttons are called %q", names)
	}
}

// TestLinks: a link to what is folded unfolds it, each heading has its link for the keyboard, and the contents lead to
// every card.
func TestLinks(t *testing.T) {
	address := pageFile(t, small())
	b := browsertest.Start(t)
	p := b.Open(t, browsertest.Views[0], address+"#record.trials")
	p.Wait("document.getElementById('record.trials').querySelector('details').open")
	var folded bool
	p = b.Open(t, browsertest.Views[0], address)
	p.Wait("document.readyState === 'complete'")
	if p.Eval("document.getElementById('record.trials').querySelector('details').open", &folded); folded {
		t.Error("the trials are unfolded though nothing points to them")
	}
	p.Press("Tab") // what is focused after a key is pressed shows it
	p.Eval("document.querySelector('[id=\"depth.gradient-flow\"] .link').focus()", nil)
	p.Wait("getComputedStyle(document.activeElement).opacity === '1'")
	p.Press("Enter")
	p.Wait("location.hash === '#depth.gradient-flow'")
	var missing []string
	p.Eval("Array.from(document.querySelectorAll('.part .card[id]'), c => c.id).filter(id => !document.querySelector('nav a[href=\"#' + id + '\"]'))", &missing)
	if len(missing) != 1 || missing[0] != "record.trials" {
		t.Errorf("the contents lack %q, expected to lack but the list of trials", missing)
	}
	var dead []string
	p.Eval("Array.from(document.querySelectorAll('a[href^=\"#\"]'), a => a.getAttribute('href').slice(1)).filter(id => !document.getElementById(id))", &dead)
	if len(dead) > 0 {
		t.Errorf("links to %q lead nowhere", dead)
	}
}
