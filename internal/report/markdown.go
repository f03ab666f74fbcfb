package report

import (
	"fmt"
	"strings"

	"gradlab/lab"
)

// markdown is report.md: tables and sentences, with links to the plots beside it.
func markdown(v *view) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", mdText(v.Study))
	fmt.Fprintf(&b, "%s\n\n", mdText(strings.Join(facts(v.Results), " · ")))
	if v.Command != "" {
		b.WriteString(mdCode(v.Command))
	}
	for _, n := range v.Warnings {
		fmt.Fprintf(&b, "> **Note.** %s\n\n", mdText(n))
	}
	if len(v.Parts) == 0 {
		b.WriteString("No results: the study has no arms.\n")
	}
	for i := range v.Parts {
		markdownPart(&b, &v.Parts[i])
	}
	if v.Check != nil {
		fmt.Fprintf(&b, "## Gradient check\n\n%s\n\n", mdText(checkSentence(v.Check)+"."))
		mdTable(&b, checkTable(v.Check))
		fmt.Fprintf(&b, "%s\n\n", checkNote)
	}
	if len(v.Parts) > 0 {
		fmt.Fprintf(&b, "All figures are in `results.json`; `%s` hold them as tables. `report.html` holds this report with all pictures in one file.\n", strings.Join(tableNames(v.Results), "`, `"))
	}
	return []byte(b.String())
}

func markdownPart(b *strings.Builder, p *part) {
	fmt.Fprintf(b, "## %s\n\n", mdText(p.Study))
	if p.Question != "" {
		fmt.Fprintf(b, "*%s*\n\n", mdText(p.Question))
	}
	fmt.Fprintf(b, "%s\n\n", mdText(dataLine(p)))
	mdConclusions(b, "Answers", p.Answers)
	mdConclusions(b, "Details", p.Details)
	if len(p.Arms) > 0 {
		b.WriteString("### Arms\n\n")
		mdTable(b, armTable(p))
		fmt.Fprintf(b, "%s\n\n", armTableNote)
	}
	for _, o := range outcomeBlocks(p) {
		fmt.Fprintf(b, "### %s\n\n", o.Title)
		mdTable(b, o.Table)
		fmt.Fprintf(b, "%s\n\n", mdText(o.Note))
	}
	if rows := remedied(p); len(rows) > 0 {
		b.WriteString("### Remedies\n\n")
		mdTable(b, remedyTable(rows))
	}
	if g := clippingTable(p); len(g.rows) > 0 {
		b.WriteString("### Clipping\n\n")
		mdTable(b, g)
		fmt.Fprintf(b, "%s\n\n", clippingNote)
	}
	mdDiagnosis(b, p)
	if len(p.Trends) > 0 {
		b.WriteString("### Steps\n\n")
		mdTable(b, trendTable(p))
	}
	if len(p.Comparisons) > 0 {
		b.WriteString("### Comparisons\n\n")
		g := textTable{columns: []column{{head: "comparison"}, {head: "metric"}, {head: "pairs", right: true}, {head: "difference", right: true}, {head: "p", right: true}, {head: "p (Holm)", right: true}, {head: "p (permutation, Holm)", right: true}, {head: "verdict"}}}
		for _, c := range p.Comparisons {
			g.rows = append(g.rows, []string{pairName(c), metricName(c.Metric), fmt.Sprint(c.N), difference(c), pValue(c.P), pValue(c.PHolm), pValue(c.PPermHolm), clean(c.Verdict)})
		}
		mdTable(b, g)
		fmt.Fprintf(b, "%s\n\n", comparisonsNote)
	}
	mdData(b, p.Data)
	for _, f := range p.Figures {
		fmt.Fprintf(b, "### %s\n\n![%s](plots/%s.png)\n\n%s\n\n", mdText(f.Title), mdText(f.Title), f.Name, mdText(f.Caption))
	}
}

func mdData(b *strings.Builder, d lab.Data) {
	g := dataTable(d)
	if len(g.rows) == 0 {
		return
	}
	b.WriteString("### The data\n\n")
	warnings := dataWarnings(d)
	for _, w := range warnings {
		fmt.Fprintf(b, "- %s\n", mdText(w))
	}
	if len(warnings) > 0 {
		b.WriteString("\n")
	}
	mdTable(b, g)
	fmt.Fprintf(b, "%s\n\n", dataNote)
}

func mdConclusions(b *strings.Builder, head string, list []lab.Conclusion) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "### %s\n\n", head)
	for i, c := range list {
		fmt.Fprintf(b, "- %s\n", mdText(prose(c.Text)))
		if e := evidence(c.Evidence); e != "" {
			fmt.Fprintf(b, "  <br>Evidence: %s\n", mdText(e))
		}
		last := i == len(list)-1
		if c.Command != "" && (last || list[i+1].Command != c.Command) {
			b.WriteString("\nThe command that repeats this:\n\n" + mdCode(c.Command))
		}
	}
	b.WriteString("\n")
}

const (
	// intervalsNote says why an interval may leave out zero where no difference is shown.
	intervalsNote = "Each interval is of one comparison alone; verdicts are corrected for all of them."

	armTableNote = "Means over seeds. The gradient slope is by how much log₁₀ of the gradient grows from one hidden fully-connected layer " +
		"to the next towards the output: +0.3 means that each layer further from the output gets half the gradient. Losses are those of the data; " +
		"a penalty on the weights comes on top, as it stands at the end of training. With early stopping all figures are those of the best epoch."
	comparisonsNote = "Differences in test accuracy, where nothing else is said, in percentage points: first arm minus second, paired by seed, with the 95 % interval. p is from a paired t test; " +
		"Holm's correction accounts for the number of comparisons; the permutation test assumes no normal distribution. " + intervalsNote
)

// trendTable shows each step of a numeric variable: what accuracy and gradient do.
func trendTable(p *part) textTable {
	g := textTable{columns: []column{{head: "from"}, {head: "to"}, {head: "accuracy, points", right: true}, {head: "log₁₀ gradient", right: true}, {head: "verdict"}}}
	for _, t := range p.Trends {
		g.rows = append(g.rows, []string{clean(t.From), clean(t.To), points(t.Accuracy.Diff), signed(t.Gradient.Diff), clean(t.Verdict)})
	}
	return g
}

func mdTable(b *strings.Builder, g textTable) {
	for _, c := range g.columns {
		b.WriteString("| " + c.head + " ")
	}
	b.WriteString("|\n")
	for _, c := range g.columns {
		if c.right {
			b.WriteString("| ---: ")
		} else {
			b.WriteString("| --- ")
		}
	}
	b.WriteString("|\n")
	for _, row := range g.rows {
		for _, cell := range row {
			b.WriteString("| " + mdText(cell) + " ")
		}
		b.WriteString("|\n")
	}
	b.WriteString("\n")
}

// mdText makes text mean itself in Markdown: neither markup nor HTML.
func mdText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "[", `\[`, "]", `\]`, "#", `\#`).Replace(clean(s))
}

// mdCode is a command as a block, in a fence longer than any row of backticks in it.
func mdCode(s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + "sh\n" + clean(s) + "\n" + fence + "\n\n"
}
