package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"gradlab/lab"
)

// Terminal writes what a study found as plain text: per part the question, a row per arm, the
// comparisons in short and the conclusions, then where the files are. It fits o.Width columns and
// leaves columns out of the tables before it breaks a line.
func Terminal(w io.Writer, r *lab.Results, o Options) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	t := &terminal{Writer: bufio.NewWriter(w), width: max(min(o.Width, 120), 40), color: o.Color, dir: o.Dir}
	v := newTextView(r)
	for _, n := range v.Warnings {
		t.paragraph("! ", n, yellow)
	}
	for i := range v.Parts {
		t.part(&v.Parts[i])
	}
	if v.Check != nil {
		t.gradientCheck(v.Check)
	}
	if len(v.Parts) == 0 {
		t.line("No results: the study has no arms.", "")
	}
	if o.Dir != "" {
		t.line("", "")
		t.line("Files in "+clean(o.Dir)+":", bold1)
		t.paragraph("  ", "report.html (open it in a browser), report.md, plots/, results.json, "+strings.Join(tableNames(r), ", "), "")
	}
	return t.Flush()
}

// terminal writes lines of limited width, coloured if asked.
type terminal struct {
	*bufio.Writer
	width int
	color bool
	dir   string // of the files of the report; "" without
}

// Colours are ANSI's first eight, which every terminal's theme makes readable.
const (
	bold1  = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

func (t *terminal) paint(s, code string) string {
	if !t.color || code == "" || s == "" {
		return s
	}
	return code + s + reset
}

func (t *terminal) line(s, code string) { fmt.Fprintln(t, t.paint(s, code)) }

// paragraph writes text broken at spaces, the first line after head, the others indented as far.
func (t *terminal) paragraph(head, text, code string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(head))
	for i, l := range wrap(prose(text), t.width-len(indent)) {
		if i > 0 {
			head = indent
		}
		t.line(head+l, code)
	}
}

// wrap breaks text at plain spaces into lines of at most width characters, in which no-break spaces
// become plain ones; a longer word has its own line.
func wrap(text string, width int) []string {
	var lines []string
	l := ""
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }) {
		word = strings.ReplaceAll(word, noBreak, " ")
		switch {
		case l == "":
			l = word
		case utf8.RuneCountInString(l)+1+utf8.RuneCountInString(word) <= width:
			l += " " + word
		default:
			lines, l = append(lines, l), word
		}
	}
	return append(lines, l)
}

func (t *terminal) part(p *part) {
	t.line("", "")
	title := clean(p.Study)
	about := fmt.Sprintf("%s · %s · %s", clean(p.Data.Name), plural(len(p.Arms), "arm"), plural(p.Seeds, "seed"))
	space := t.width - utf8.RuneCountInString(title) - utf8.RuneCountInString(about)
	fmt.Fprintln(t, t.paint(title, bold1)+strings.Repeat(" ", max(space, 2))+t.paint(about, dim))
	if p.Question != "" {
		t.paragraph("", p.Question, "")
	}
	t.line("", "")
	t.table(armTable(p))
	if g := clippingTable(p); len(g.rows) > 0 {
		t.line("", "")
		t.table(g)
	}
	if g := outcomeTable(p); len(g.rows) > 0 {
		t.line("", "")
		t.table(g)
	}
	t.comparisons(p)
	t.diagnoses(p)
	t.conclusions(p)
}

// comparisons lists the pairs; of many only the first, for the files hold the others.
func (t *terminal) comparisons(p *part) {
	const most = 12
	if len(p.Comparisons) == 0 {
		return
	}
	t.line("", "")
	g := textTable{columns: []column{{head: "comparison"}, {head: "metric", drop: 2}, {head: "difference", right: true}, {head: "p (Holm)", right: true, drop: 1}, {head: "verdict"}}}
	for _, c := range p.Comparisons[:min(most, len(p.Comparisons))] {
		code := ""
		switch c.Verdict {
		case lab.Better:
			code = green
		case lab.Worse:
			code = red
		}
		g.rows = append(g.rows, []string{pairName(c), metricName(c.Metric), difference(c), pValue(c.PHolm), clean(c.Verdict)})
		g.codes = append(g.codes, code)
	}
	t.table(g)
	if rest := len(p.Comparisons) - most; rest > 0 {
		t.line(fmt.Sprintf("… and %d more in comparisons.csv", rest), dim)
	}
}

// conclusions writes the answers; the details and what both rest on in full are in the files.
func (t *terminal) conclusions(p *part) {
	if len(p.Answers)+len(p.Details) == 0 {
		return
	}
	t.line("", "")
	t.line("Conclusions", bold1)
	for i, c := range p.Answers {
		t.paragraph("• ", c.Text, "")
		// Commands are not broken: they are there to be copied. Most often one repeats them all.
		last := i == len(p.Answers)-1
		if c.Command != "" && (last || p.Answers[i+1].Command != c.Command) {
			t.line("  $ "+clean(c.Command), dim)
		}
	}
	if n := len(p.Details); n > 0 {
		where := "report.html"
		if t.dir == "" { // no report is written
			where = "results.json"
		}
		t.paragraph("", fmt.Sprintf("%s with their evidence are in %s.", plural(n, "more conclusion"), where), dim)
	}
	if len(p.Comparisons) > 0 {
		t.paragraph("", intervalsNote, dim)
	}
}

// column is a column of a text table. A table too wide leaves out the column with the highest drop
// first, and never one with 0.
type column struct {
	head  string
	right bool // aligned
	drop  int
	parts string // what the exact figures of a cell are, parted by commas; "" where it is one
}

type textTable struct {
	columns []column
	rows    [][]string
	codes   []string   // colour of each row's last cell
	exact   [][]string // the cells' figures unrounded, for CSV; "" and missing ones are the text
}

// armTable is the table of a part's arms, for the terminal and Markdown.
func armTable(p *part) textTable {
	g := textTable{columns: []column{{head: "arm"}, {head: "seeds", right: true}, {head: "test accuracy", right: true},
		{head: "95 % interval", right: true, drop: 2}, {head: "test loss", right: true, drop: 3}, {head: "train loss", right: true, drop: 4}, {head: "gradient slope", right: true, drop: 5}}}
	penalised := slices.ContainsFunc(p.Arms, func(a arm) bool { return a.Penalty != nil })
	if penalised {
		g.columns = append(g.columns, column{head: "penalty", right: true, drop: 5})
	}
	stopped := slices.ContainsFunc(p.Arms, func(a arm) bool { return a.BestEpoch != nil })
	if stopped {
		g.columns = append(g.columns, column{head: "best epoch", right: true, drop: 5})
	}
	for i := range p.Arms {
		a := &p.Arms[i]
		accuracy := none
		if a.TestAccuracy != nil {
			accuracy = percent(a.TestAccuracy.Mean)
		}
		g.rows = append(g.rows, []string{clean(a.Name), a.seeds(), accuracy, percentRange(a.TestAccuracy), mean(a.TestLoss, 3), mean(a.TrainLoss, 3), slope(a.Slope)})
		if penalised {
			g.rows[i] = append(g.rows[i], mean(a.Penalty, 3))
		}
		if stopped {
			g.rows[i] = append(g.rows[i], mean(a.BestEpoch, 1))
		}
	}
	return g
}

// table writes a table with two spaces between columns and a rule under the head. The first column
// is shortened when leaving out columns is not enough.
func (t *terminal) table(g textTable) {
	widths := make([]int, len(g.columns))
	for i, c := range g.columns {
		widths[i] = utf8.RuneCountInString(c.head)
		for _, row := range g.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	widths[0] = min(widths[0], 44)
	shown := make([]bool, len(widths))
	total := -2
	for i, w := range widths {
		shown[i] = true
		total += w + 2
	}
	for total > t.width {
		worst := 0
		for i, c := range g.columns {
			if shown[i] && c.drop > g.columns[worst].drop {
				worst = i
			}
		}
		if worst == 0 {
			widths[0] = max(widths[0]-(total-t.width), 8)
			break
		}
		shown[worst] = false
		total -= widths[worst] + 2
	}

	line := func(cells []string, code, last string) {
		var parts []string
		for i, c := range cells {
			if !shown[i] {
				continue
			}
			c = squeeze(c, widths[i])
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if i == len(cells)-1 {
				c = t.paint(c, last)
			}
			if g.columns[i].right {
				c = pad + c
			} else {
				c += pad
			}
			parts = append(parts, c)
		}
		t.line(strings.TrimRight(strings.Join(parts, "  "), " "), code)
	}
	var heads, rules []string
	for i, c := range g.columns {
		heads, rules = append(heads, c.head), append(rules, strings.Repeat("─", widths[i]))
	}
	line(heads, dim, "")
	line(rules, dim, "")
	for i, row := range g.rows {
		last := ""
		if i < len(g.codes) {
			last = g.codes[i]
		}
		line(row, "", last)
	}
}

// metricName says a metric in words.
func metricName(m string) string {
	if m == lab.MetricGradient {
		return "log₁₀ gradient, first hidden layer"
	}
	return clean(strings.ReplaceAll(m, "_", " "))
}
