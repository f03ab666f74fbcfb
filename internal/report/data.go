package report

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"gradlab/data"
	"gradlab/lab"
)

// maxClassRows is how many classes of the data are counted one by one.
const maxClassRows = 20

const dataNote = "Images of each class before transforms; of the channels mean ± standard deviation, of pixels from 0 to 1."

// dataTable counts the images of each class and says what their channels are like, a column for each split.
func dataTable(d lab.Data) textTable {
	if d.Look == nil {
		return textTable{}
	}
	g := textTable{columns: []column{{head: "class"}, {head: "training", right: true}, {head: "test", right: true}}}
	row := func(name, train, test string) { g.rows = append(g.rows, []string{name, train, test}) }
	for i, name := range d.Classes[:min(len(d.Classes), maxClassRows)] {
		row(clean(name), figureAt(d.Look.Train.Counts, i, thousands), figureAt(d.Look.Test.Counts, i, thousands))
	}
	if n := len(d.Classes) - maxClassRows; n > 0 {
		row(fmt.Sprintf("… and %d more", n), "", "")
	}
	row("all", thousands(d.Train), thousands(d.Test))
	if len(d.Shape) == 3 && (d.Shape[2] == 1 || d.Shape[2] == 3) {
		for c, channel := range data.ChannelNames(d.Shape[2]) {
			row(channel, moments(d.Look.Train, c), moments(d.Look.Test, c))
		}
	}
	return g
}

// figureAt is figure i as text; none where a file that was edited lacks it.
func figureAt[T any](figures []T, i int, text func(T) string) string {
	if i >= len(figures) {
		return none
	}
	return text(figures[i])
}

// moments is what the pixels of one channel are like.
func moments(l data.SplitLook, channel int) string {
	two := func(f float64) string { return lab.Decimal(f, 2) }
	return figureAt(l.Mean, channel, two) + " ± " + figureAt(l.Deviation, channel, two)
}

// dataWarnings is what a person should know of the data, in sentences.
func dataWarnings(d lab.Data) []string {
	if d.Look == nil {
		return nil
	}
	var all []string
	for _, w := range d.Look.Warnings {
		first, size := utf8.DecodeRuneInString(w)
		all = append(all, clean(string(unicode.ToUpper(first))+w[size:])+".")
	}
	return all
}
