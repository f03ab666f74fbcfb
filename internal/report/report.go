// Package report turns the results of a study into what a person reads: tables, pictures and
// sentences, for the terminal, as Markdown, as one self-contained HTML file, as PNG and SVG plots,
// and as JSON and CSV for other programs.
//
// It may import lab and data (for their types), stats (for bands over seeds) and wholefile (to write files). It
// promises that equal results give equal bytes, that no result, however degenerate or hostile,
// makes it fail or run a script in a reader's browser, and that no page it writes asks the network
// for anything.
//
// Read, in this order: view.go (results arranged by part and arm), terminal.go, markdown.go,
// html.go, then the drawings: series.go (colours), figure.go, panel.go and one file per picture.
package report

import "gradlab/lab"

// Options says how to show results. The zero value is 100 columns without colour or sample.
type Options struct {
	Width         int    // columns of the terminal; 0 is 100
	Color         bool   // ANSI colours on the terminal
	Dir           string // where the files of the report are, for the terminal to name; "" names none
	IncludeSample bool   // embed a contact sheet of the data in report.html; not for files to publish
}

// WriteAll writes results.json, the CSV files, the plots (PNG and SVG under plots/), report.md and
// report.html into the directory dir, which it creates if need be. Each file appears whole or not at
// all. It returns the paths of the files relative to dir, in the order in which they were written:
// results.json first, so that a failing drawing never costs the figures.
func WriteAll(dir string, r *lab.Results, o Options) ([]string, error) {
	w, err := newFolder(dir)
	if err != nil {
		return nil, err
	}
	if err := w.write("results.json", Marshal(r), nil); err != nil {
		return w.names, err
	}
	for _, table := range tables(r) {
		data, err := table.bytes()
		if err := w.write(table.name, data, err); err != nil {
			return w.names, err
		}
	}
	v := newView(r)
	for i := range v.Parts {
		for _, f := range v.Parts[i].Figures {
			if err := w.draw("plots/", f); err != nil {
				return w.names, err
			}
		}
	}
	if err := w.write("report.md", markdown(v), nil); err != nil {
		return w.names, err
	}
	page, err := html(v, o)
	if err := w.write("report.html", page, err); err != nil {
		return w.names, err
	}
	return w.names, nil
}
