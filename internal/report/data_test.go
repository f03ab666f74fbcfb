package report

import (
	"strings"
	"testing"

	"gradlab/data"
	"gradlab/lab"
)

// looked is data of 22 classes with a warning that would be markup.
func looked() lab.Data {
	d := lab.Data{Name: "photos", Train: 2200, Test: 44, Shape: []int{8, 8, 3}, Look: &lab.DataLook{
		Train:    data.SplitLook{Mean: []float64{0.5, 0.25, 0.12}, Deviation: []float64{0.1, 0.2, 0.3}},
		Test:     data.SplitLook{Mean: []float64{0.6, 0.7, 0.8}, Deviation: []float64{0.1, 0.2, 0.3}},
		Warnings: []string{"left out: a/<b>.png: it is no picture"},
	}}
	for i := range 22 {
		d.Classes = append(d.Classes, string(rune('a'+i)))
		d.Look.Train.Counts, d.Look.Test.Counts = append(d.Look.Train.Counts, 89+i), append(d.Look.Test.Counts, 2)
	}
	return d
}

// TestDataSection: both reports count the classes, say what the channels are like, and warn.
func TestDataSection(t *testing.T) {
	r := small()
	r.Parts[0].Data = looked()
	page, err := html(newView(r), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"Markdown": {string(markdown(newTextView(r))), []string{"### The data\n\n- Left out: a/&lt;b&gt;.png: it is no picture.\n",
			"| t | 108 | 2 |\n| … and 2 more |  |  |\n| all | 2\u202f200 | 44 |\n| red | 0.50 ± 0.10 | 0.60 ± 0.10 |\n", "| blue | 0.12 ± 0.30 | 0.80 ± 0.30 |"}},
		"HTML": {string(page), []string{"<h3>The data</h3>", "Left out: a/&lt;b&gt;.png: it is no picture.", "<td>all</td><td class=\"n\">2\u202f200</td><td class=\"n\">44</td>"}},
	} {
		for _, want := range c.want {
			if !strings.Contains(c.text, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
	}
}

// TestDataSectionOfEditedFiles: a look that lacks figures, or that nobody took, makes no report fail.
func TestDataSectionOfEditedFiles(t *testing.T) {
	d := looked()
	d.Look.Train.Counts, d.Look.Test.Mean = nil, nil
	g := dataTable(d)
	if got := g.rows[0]; got[1] != none || got[2] != "2" {
		t.Errorf("row %q", got)
	}
	d.Look = nil
	if g := dataTable(d); len(g.rows) > 0 || len(dataWarnings(d)) > 0 {
		t.Errorf("rows %q of no look", g.rows)
	}
}

// TestTerminalNamesTheTables: of CSV files, those that are written.
func TestTerminalNamesTheTables(t *testing.T) {
	var b strings.Builder
	r := small()
	r.Parts[0].Choice = &lab.Choice{Arms: []lab.ArmChoice{{Arm: "a", Candidates: make([]lab.Candidate, 2)}}}
	if err := Terminal(&b, r, Options{Dir: "runs/x", Width: 100}); err != nil {
		t.Fatal(err)
	}
	if n := len(tables(r)); n != 4 {
		t.Errorf("%d tables, want choices.csv beside three", n)
	}
	listed := strings.Join(strings.Fields(b.String()), " ")
	for _, table := range tables(r) {
		if !strings.Contains(listed, table.name) {
			t.Errorf("%s is not named", table.name)
		}
	}
}
