package report

import (
	"strings"

	"gradlab/lab"
)

// section is a card of the page: what a link can point to.
type section struct {
	ID    string // an anchor: the part's, a full stop, and what the card is
	Title string
}

// Short is the title without what it explains, for the contents.
func (s section) Short() string {
	short, _, _ := strings.Cut(s.Title, ":")
	return short
}

// File is the name under which the section's table is saved.
func (s section) File() string { return strings.ReplaceAll(s.ID, ".", "-") + ".csv" }

// The sections that a page has once. Their anchors are no part's.
var (
	checked   = section{"gradient-check", "Gradient check"}
	reading   = section{"reading", "How to read this"}
	record    = section{"record", "Machine and digests"}
	trialList = section{"record.trials", "Trials and digests"}
)

// Section begins a card of the part and enters it into the contents, which so lists what the page has.
func (p *partPage) Section(what, title string) section {
	s := section{p.ID + "." + what, title}
	p.Sections = append(p.Sections, s)
	return s
}

// Itself is the part as something to link to.
func (p *partPage) Itself() section { return section{p.ID, clean(p.Study)} }

// pageTable is a table as the page shows it.
type pageTable struct {
	section
	Columns []pageColumn
	Rows    [][]pageCell
}

type pageColumn struct {
	Head  string
	Parts string // what the figures of a cell are, for CSV
}

type pageCell struct {
	Text string
	Data string // for CSV; "" is the text
}

func (g pageTable) Section() section { return g.section }

func newPageTable(s section, t textTable) pageTable {
	g := pageTable{section: s}
	for _, c := range t.columns {
		g.Columns = append(g.Columns, pageColumn{c.head, c.parts})
	}
	for i, texts := range t.rows {
		var row []pageCell
		for j, text := range texts {
			c := pageCell{Text: text}
			if i < len(t.exact) && j < len(t.exact[i]) {
				c.Data = t.exact[i][j]
			}
			row = append(row, c)
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// parts name the figures of exact.
const parts = "mean,low,high"

// exact is an estimate with its interval, for CSV, in a unit.
func exact(e *lab.Estimate, unit float64) string {
	if e == nil {
		return ",,"
	}
	in := func(f float64) string { f *= unit; return number(&f) }
	return in(e.Mean) + "," + in(e.Low) + "," + in(e.High)
}

// exactDifference is a comparison's difference, in the unit in which it is shown.
func exactDifference(c lab.Comparison) string {
	if isFraction(c.Metric) {
		return exact(&c.Diff, 100)
	}
	return exact(&c.Diff, 1)
}

// Rows are the cells.
func (t textTable) Rows() [][]string { return t.rows }
