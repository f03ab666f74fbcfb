package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"

	"gradlab/gradcheck"
	"gradlab/lab"
)

// Check writes what a check of gradients found as plain text: for each network a row for every tensor, how its
// entries were decided, float32, and the verdict; then a line for each network.
func Check(w io.Writer, c *lab.Check, o Options) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	t := &terminal{Writer: bufio.NewWriter(w), width: max(min(o.Width, 120), 40), color: o.Color}
	networks := 0
	for _, part := range c.Parts {
		d := part.Data
		t.line("", "")
		t.paragraph("", fmt.Sprintf("%s · %s, %d×%d×%d, %d classes", shorten(clean(part.Study), 60), shorten(clean(d.Name), 60), d.H, d.W, d.C, len(d.Classes)), bold1)
		for i := range part.Models {
			t.checked(&part.Models[i])
			networks++
		}
	}
	if networks > 1 {
		t.line("", "")
		t.table(checkTable(c))
	}
	t.line("", "")
	t.paragraph("", checkSentence(c), verdictColour(c.Verdict))
	if o.Dir != "" {
		t.paragraph("", "Files in "+clean(o.Dir)+": check.json, and pictures of the error over step sizes as PNG and SVG.", "")
	}
	return t.Flush()
}

func verdictColour(v gradcheck.Verdict) string {
	switch v {
	case gradcheck.Pass:
		return green
	case gradcheck.Fail:
		return red
	}
	return yellow
}

// checkSentence sums up a check.
func checkSentence(c *lab.Check) string {
	all := 0
	for _, p := range c.Parts {
		all += len(p.Models)
	}
	s := fmt.Sprintf("%s: %s", c.Verdict, plural(c.Count(gradcheck.Pass), "network")+fmt.Sprintf(" of %d passed", all))
	if n := c.Count(gradcheck.Fail); n > 0 {
		s += fmt.Sprintf(", %d failed", n)
	}
	if n := c.Count(gradcheck.Inconclusive); n > 0 {
		s += fmt.Sprintf(", %d not decided", n)
	}
	return s
}

// checked writes what was found of one network.
func (t *terminal) checked(m *lab.ModelCheck) {
	t.line("", "")
	t.paragraph("", strings.Join(m.Arms, "; "), bold1)
	how := fmt.Sprintf("%s mode, %s, step %.0e, tolerance %.0e, %s", m.Mode, plural(m.Samples, "sample"), m.Step, m.Tolerance, duration(m.Seconds))
	var looks []string
	for _, l := range m.Looks {
		looks = append(looks, fmt.Sprintf("%s (loss %.4g)", l.When, l.Loss))
	}
	t.paragraph("  ", how+": "+strings.Join(looks, ", "), dim)
	t.line("", "")
	t.table(tensorTable(&m.Report))
	t.line("", "")
	for _, s := range checkStatements(&m.Report) {
		t.paragraph("  "+s.head, s.text, "")
	}
	t.line("", "")
	t.paragraph("  ", fmt.Sprintf("%s: %s", m.Verdict, m.Reason), verdictColour(m.Verdict))
}

// row is a tensor over all looks.
type checkRow struct {
	gradcheck.Tensor
	looks int
}

// checkRows are the tensors of a network, each with its worst look.
func checkRows(r *gradcheck.Report) []checkRow {
	var rows []checkRow
	at := map[string]int{}
	for _, l := range r.Looks {
		for _, s := range l.Tensors {
			i, found := at[s.Name]
			if !found {
				at[s.Name] = len(rows)
				rows = append(rows, checkRow{s, 1})
				continue
			}
			old := rows[i]
			worse := gradcheck.Worse(old.Verdict, s.Verdict)
			if worse != old.Verdict || old.Verdict == s.Verdict && s.Largest > old.Largest {
				rows[i].Tensor = s
				if s.Curve == nil {
					rows[i].Curve = old.Curve
				}
			}
			rows[i].Median = max(old.Median, s.Median)
			rows[i].looks = old.looks + 1
		}
	}
	return rows
}

// tensorTable has a row for every tensor; each shows its largest error over all looks.
func tensorTable(r *gradcheck.Report) textTable {
	g := textTable{columns: []column{{head: "tensor"}, {head: "numbers", right: true}, {head: "checked", right: true, drop: 1},
		{head: "median error", right: true, drop: 4}, {head: "largest", right: true}, {head: "at", drop: 3}, {head: "backward", right: true, drop: 2},
		{head: "numeric", right: true, drop: 2}, {head: "verdict"}}}
	for _, row := range checkRows(r) {
		index, analytic, numeric, largest, median := "", "", "", none, none
		if w := row.Worst; w != nil {
			index = strings.Trim(strings.ReplaceAll(fmt.Sprint(w.Index), " ", ","), "[]")
			analytic, numeric = figureOf(w.Analytic), figureOf(w.Numeric)
			largest, median = errorOf(row.Largest), errorOf(row.Median)
		}
		g.rows = append(g.rows, []string{clean(row.Name), thousands(row.Values), thousands(row.Checked), median, largest, index, analytic, numeric, string(row.Verdict)})
		g.codes = append(g.codes, verdictColour(row.Verdict))
	}
	return g
}

func figureOf(f float64) string { return strings.ReplaceAll(fmt.Sprintf("%.4g", f), "-", "−") }

// errorOf writes a relative error: "3e-09", "0".
func errorOf(f float64) string {
	if f == 0 {
		return "0"
	}
	return fmt.Sprintf("%.0e", f)
}

// vee is the V of an error over step sizes, from large ones to small ones, its height the logarithm.
func vee(curve []gradcheck.Point) string {
	const low, high = -12, 0 // of log₁₀
	blocks := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, p := range curve {
		at := 0.0
		if p.Error > 0 {
			at = (math.Log10(p.Error) - low) / (high - low)
		}
		b.WriteRune(blocks[max(0, min(len(blocks)-1, int(at*float64(len(blocks)))))])
	}
	return b.String()
}

// veeText shows the V of the first, a middle and the last tensor.
func veeText(r *gradcheck.Report) string {
	var names, curves []string
	for _, row := range checkRows(r) {
		if row.Curve != nil {
			names, curves = append(names, row.Name), append(curves, vee(row.Curve))
		}
	}
	var parts []string
	for i := range names {
		if i == min(1, len(names)-1) || i == len(names)/2 || i == len(names)-1 {
			parts = append(parts, names[i]+" "+curves[i])
		}
	}
	if parts == nil {
		return ""
	}
	return strings.Join(parts, ", ") + ": the error of the central difference, from 1 down to 10⁻¹², for steps from 1/4 to 2⁻³⁰"
}

// checkStatements puts the figures that are not of one tensor into words.
func checkStatements(r *gradcheck.Report) []statement {
	var out []statement
	add := func(head, format string, args ...any) {
		out = append(out, statement{fmt.Sprintf("%-13s", head), fmt.Sprintf(format, args...)})
	}
	if s := decidedText(r); s != "" {
		add("decided by", "%s", s)
	}
	if order := orderOf(r); order > 0 {
		add("order", "the error of the central difference falls with the step to the power %.2f, as it should with 2", order)
	}
	directions, wrong := 0, []string{}
	for _, l := range r.Looks {
		directions += len(l.Directions)
		for _, d := range l.Directions {
			if d.Verdict == gradcheck.Fail && d.Found != nil {
				wrong = append(wrong, fmt.Sprintf("%s%v", d.Tensor, d.Found))
			}
		}
	}
	if text := veeText(r); text != "" {
		add("V over h", "%s", text)
	}
	if left := r.Values - r.Checked; left > 0 {
		text := fmt.Sprintf("%s of %s numbers were not checked by themselves at each look", thousands(left), thousands(r.Values))
		if directions > 0 {
			text += fmt.Sprintf("; each tensor was as a whole, along %s in all", plural(directions, "random direction"))
		}
		add("left out", "%s", text)
	}
	var why []string
	for _, row := range checkRows(r) {
		reason := fmt.Sprintf("%s: %s", row.Name, row.Reason)
		if row.Verdict != gradcheck.Pass && len(why) < 3 {
			why = append(why, reason)
		}
	}
	if why != nil {
		add("why", "%s", strings.Join(why, "; "))
	}
	if len(wrong) > 0 {
		add("halving", "leads to %s", strings.Join(wrong[:min(len(wrong), 4)], ", "))
	}
	if text := singleText(r); text != "" {
		add("float32", "%s", text)
	}
	return out
}

// decidedText says how many entries were decided by what, over all looks.
func decidedText(r *gradcheck.Report) string {
	var d gradcheck.Decided
	for _, l := range r.Looks {
		d = d.Plus(l.Decided)
	}
	total, bend := d.Total(), "the slopes beside a bend"
	if r.Mode == gradcheck.Plain {
		bend = "not decided, over a bend"
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{d.Central, "central difference"}, {d.Richardson, "Richardson's extrapolation"}, {d.Complex, "complex step"},
		{d.Norm, "the tensor's norm"}, {d.Bend, bend}, {d.Failed, "failed"}, {d.Undecided, "not decided"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s (%s)", p.what, partOf(p.n, total), thousands(p.n)))
		}
	}
	return strings.Join(parts, ", ")
}

// partOf is a share in percent, which is all or nothing only where it is.
func partOf(n, all int) string {
	switch p := 100 * float64(n) / float64(all); {
	case n == all:
		return "100 %"
	case p < 0.05:
		return "< 0.1 %"
	default:
		return fmt.Sprintf("%.1f %%", min(p, 99.9))
	}
}

// orderOf is the observed order nearest to 2; 0 for none.
func orderOf(r *gradcheck.Report) float64 {
	best := 0.0
	for _, l := range r.Looks {
		for _, s := range l.Tensors {
			if s.Order != 0 && math.Abs(s.Order-2) < math.Abs(best-2) {
				best = s.Order
			}
		}
	}
	return best
}

// singleText says how far float32 is from what is tolerated, where it is nearest.
func singleText(r *gradcheck.Report) string {
	var names []string
	seen := map[string]bool{}
	var worst *gradcheck.Single
	when := ""
	for _, l := range r.Looks {
		for i, s := range l.Single {
			if !seen[s.ISA] {
				seen[s.ISA] = true
				names = append(names, s.ISA)
			}
			if s.Verdict != gradcheck.Inconclusive && (worst == nil || s.Margin < worst.Margin) {
				worst, when = &l.Single[i], l.When
			}
		}
	}
	switch {
	case names == nil:
		return ""
	case worst == nil:
		return strings.Join(names, ", ") + ": nothing could be compared"
	}
	return fmt.Sprintf("%s: nearest to the tolerance is %s %s, off by %.1e of its norm where %.1e are tolerated (sums of up to %d terms): margin %.1f",
		strings.Join(names, ", "), worst.Worst, when, worst.Error, worst.Tolerance, worst.Sums, worst.Margin)
}

// checkTable has a row for every network.
func checkTable(c *lab.Check) textTable {
	g := textTable{columns: []column{{head: "network"}, {head: "numbers", right: true}, {head: "checked", right: true, drop: 2}, {head: "largest error", right: true, drop: 1}, {head: "float32 margin", right: true, drop: 1}, {head: "verdict"}}}
	for _, p := range c.Parts {
		for _, m := range p.Models {
			largest, margin := 0.0, math.Inf(1)
			for _, l := range m.Looks {
				for _, s := range l.Tensors {
					largest = max(largest, s.Largest)
				}
				for _, s := range l.Single {
					if s.Margin > 0 {
						margin = min(margin, s.Margin)
					}
				}
			}
			shown := none
			if !math.IsInf(margin, 0) {
				shown = fmt.Sprintf("%.1f", margin)
			}
			verdict := string(m.Verdict)
			if m.Suspect != "" {
				verdict += ": " + clean(m.Suspect)
			}
			name := strings.Join(m.Arms, "; ")
			if n := len(m.Arms); n > 2 {
				name = fmt.Sprintf("%s and %d more", m.Arms[0], n-1)
			}
			if len(c.Parts) > 1 {
				name = p.Study + ": " + name
			}
			g.rows = append(g.rows, []string{clean(name), thousands(m.Values), thousands(m.Checked), errorOf(largest), shown, verdict})
			g.codes = append(g.codes, verdictColour(m.Verdict))
		}
	}
	return g
}

// gradientCheck writes the check that a study's results hold: a sentence, and the networks that did not pass.
func (t *terminal) gradientCheck(c *lab.Check) {
	t.line("", "")
	t.line("Gradient check", bold1)
	t.paragraph("", checkSentence(c)+". More closely: gradlab check "+shorten(clean(c.Study), 60), verdictColour(c.Verdict))
	for _, p := range c.Parts {
		for _, m := range p.Models {
			if m.Verdict != gradcheck.Pass {
				t.paragraph("• ", fmt.Sprintf("%s, %s: %s: %s", p.Study, strings.Join(m.Arms, "; "), m.Verdict, m.Reason), "")
			}
		}
	}
}

// checkNote explains the table in a report.
const checkNote = "Before the figures of gradients are believed: backpropagation's gradients in float64, on the layers that train, beside those of the loss's values " +
	"(relative error |n − a|/(|n| + |a|), of entries of every tensor drawn by the study; every tensor as a whole along random directions), and the float32 kernels beside float64: " +
	"margin is the tolerance, derived from the lengths of the sums, over the error. More closely: gradlab check."
