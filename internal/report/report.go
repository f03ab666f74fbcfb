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

import (
	"fmt"
	"os"
	"path/filepath"

	"gradlab/internal/wholefile"
	"gradlab/lab"
)

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
	if err := os.MkdirAll(filepath.Join(dir, "plots"), 0o755); err != nil {
		return nil, fmt.Errorf("failed to make the report's directory: %w", err)
	}
	var names []string
	write := func(name string, data []byte, err error) error {
		if err != nil {
			return fmt.Errorf("failed to make %s: %w", name, err)
		}
		if err := wholefile.Write(filepath.Join(dir, filepath.FromSlash(name)), data); err != nil {
			return err
		}
		names = append(names, name)
		return nil
	}

	if err := write("results.json", Marshal(r), nil); err != nil {
		return names, err
	}
	for _, table := range tables(r) {
		data, err := table.bytes()
		if err := write(table.name, data, err); err != nil {
			return names, err
		}
	}
	v := newView(r)
	for i := range v.Parts {
		for _, f := range v.Parts[i].Figures {
			data, err := f.SVG()
			if err := write("plots/"+f.Name+".svg", data, err); err != nil {
				return names, err
			}
			data, err = f.PNG()
			if err := write("plots/"+f.Name+".png", data, err); err != nil {
				return names, err
			}
		}
	}
	if err := write("report.md", markdown(v), nil); err != nil {
		return names, err
	}
	page, err := html(v, o)
	if err := write("report.html", page, err); err != nil {
		return names, err
	}
	return names, nil
}
