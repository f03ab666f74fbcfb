package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gradlab/lab"
	"gradlab/preflight"
	"gradlab/theory"
)

// Preflight writes what is seen of a study's networks before training as plain text: for each its gradients,
// predicted and measured, in a picture, then the depth, one batch, and the verdict.
func Preflight(w io.Writer, p *lab.Preflight, o Options) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	t := &terminal{Writer: bufio.NewWriter(w), width: max(min(o.Width, 120), 40), color: o.Color}
	for _, part := range p.Parts {
		d := part.Data
		t.paragraph("", "Gradients as log₁₀ of the root mean square per element: ○ theory, ● measured, ◉ both. Saturated, update (over weights, first step) and factor (over the next position): theory / measured.", dim)
		t.line("", "")
		t.paragraph("", fmt.Sprintf("%s · %s, %d×%d×%d, %d classes", shorten(clean(part.Study), 60), shorten(clean(d.Name), 60), d.H, d.W, d.C, len(d.Classes)), bold1)
		for i := range part.Models {
			t.model(&part.Models[i])
		}
		t.line("", "")
		t.verdicts(part.Models)
	}
	if o.Dir != "" {
		t.line("", "")
		t.paragraph("", "Files in "+clean(o.Dir)+": preflight.json, and the picture as PNG and SVG.", "")
	}
	return t.Flush()
}

// model writes what was seen of one network.
func (t *terminal) model(m *lab.ModelPreflight) {
	r := m.Report
	t.line("", "")
	t.paragraph("", strings.Join(m.Arms, "; "), bold1)
	in := r.Input
	t.paragraph("  ", fmt.Sprintf("inputs (%s): mean %s, deviation %s, mean square %s; batch %d, rate %s, %d steps; %s of %s",
		in.Scaling, in.Mean.Short(), in.Deviation.Short(), in.Second.Short(), r.Batch, r.Rate.Short(), r.Steps,
		plural(r.Seeds, "network"), plural(r.Images, "image")), dim)
	t.line("", "")
	t.table(gradientTable(r))
	t.line("", "")
	for _, said := range saidOf(r) {
		t.paragraph("  "+said.head, said.text, "")
	}
	t.findings(r)
}

// statement is a line of figures.
type statement struct{ head, text string }

// saidOf puts the figures that are not of one position into words.
func saidOf(r *preflight.Report) []statement {
	var out []statement
	add := func(head, format string, args ...any) {
		out = append(out, statement{fmt.Sprintf("%-14s", head), fmt.Sprintf(format, args...)})
	}
	if r.NoTheory != "" {
		add("no theory", "%s.", r.NoTheory)
	}
	add("first loss", "predicted %s, measured %s; a guess costs %s", r.Loss.Predicted.Short(), spread(r.Loss.Measured), r.Chance.Short())
	if f := r.Fall; f != nil && f.Total.Measured.N > 0 {
		add("each layer", "multiplies the gradient's norm on the way back by %s (theory %s); from %s to %s by %s (theory %s)",
			spread(f.Factor.Measured), f.Factor.Predicted.Short(), f.Positions[len(f.Positions)-1], f.Positions[0], spread(f.Total.Measured), f.Total.Predicted.Short())
	}
	if d := r.Depth; d != nil {
		said := "without bound"
		if d.Trainable.Finite() && d.Trainable < 1000 {
			said = fmt.Sprintf("to a depth of about %s layers (%d ξ_c)", d.Trainable.Short(), theory.TrainableDepths)
		}
		add("depth", "%s: σ_w² %s, σ_b² %s, q* %s, χ₁ %s, ξ_q %s, ξ_c %s, ξ₁ %s; trainable %s", d.Block, d.Gain.Short(), d.Bias.Short(), d.Fixed.Short(),
			d.Chi.Short(), long(d.ScaleQ), long(d.ScaleC), long(d.Scale1), said)
	} else {
		add("depth", "no depth scale: %s", r.NoDepth)
	}
	if c := r.Clipping; c != nil {
		add("clipping", "by %s at %s; norm of the gradient predicted %s, measured %s; cuts %.0f %% of the batches",
			c.By, c.Limit.Short(), c.Norm.Predicted.Short(), spread(c.Norm.Measured), 100*float64(c.Cut))
	}
	o := r.Overfit
	verdict := "cannot be overfitted within that"
	if o.Done() {
		verdict = "can be overfitted"
	}
	add("one batch", "%s: loss %s to %s in %s, %d of %d correct: %s (the labels' frequencies alone give %s)", plural(o.Images, "image"),
		o.Before.Short(), o.After.Short(), plural(o.Steps, "step"), o.Correct, o.Images, verdict, o.Guess.Short())
	return out
}

// long writes a depth scale, of which a very large one is as good as infinite.
func long(n preflight.Number) string {
	switch f := float64(n); {
	case math.IsNaN(f):
		return "unknown"
	case f < 0:
		return "none (it grows)"
	case f > 1000:
		return "over 1000"
	}
	return n.Short()
}

// spread writes a mean with its interval.
func spread(e preflight.Estimate) string {
	if e.N == 0 {
		return none
	}
	s := e.Mean.Short()
	if e.Low.Finite() && e.High.Finite() {
		s += fmt.Sprintf(" [%s, %s]", e.Low.Short(), e.High.Short())
	}
	return s
}

// findings writes the verdict on one network with its reasons.
func (t *terminal) findings(r *preflight.Report) {
	t.line("", "")
	if r.Healthy() {
		t.line("  healthy: nothing stands in the way of learning", green)
		return
	}
	for _, f := range r.Findings {
		t.line("  "+f.Trouble+" — "+f.Cause, red)
		t.paragraph("    ", f.Text, "")
		for i, try := range f.Try {
			head := "         "
			if i == 0 {
				head = "    try: "
			}
			t.paragraph(head, try, "")
		}
	}
}

// verdicts sums up the networks of a part, one a line.
func (t *terminal) verdicts(models []lab.ModelPreflight) {
	g := textTable{columns: []column{{head: "network"}, {head: "gradient, first to last layer", right: true, drop: 1}, {head: "verdict"}}}
	for _, m := range models {
		total, code := none, green
		if m.Fall != nil {
			total = spread(m.Fall.Total.Measured)
		}
		if !m.Healthy() {
			code = red
		}
		g.rows = append(g.rows, []string{strings.Join(m.Arms, "; "), total, Verdict(m.Report)})
		g.codes = append(g.codes, code)
	}
	t.table(g)
}

// Verdict is that on a network in a few words: "healthy", "vanishing gradients (activation, depth)".
func Verdict(r *preflight.Report) string {
	var troubles []string
	causes := map[string][]string{}
	for _, f := range r.Findings {
		if causes[f.Trouble] == nil {
			troubles = append(troubles, f.Trouble)
		}
		if !slices.Contains(causes[f.Trouble], f.Cause) {
			causes[f.Trouble] = append(causes[f.Trouble], f.Cause)
		}
	}
	if troubles == nil {
		return "healthy"
	}
	for i, trouble := range troubles {
		troubles[i] = fmt.Sprintf("%s (%s)", trouble, strings.Join(causes[trouble], ", "))
	}
	if more := len(troubles) - 2; more > 0 {
		troubles = append(troubles[:2], fmt.Sprintf("%d more", more))
	}
	return strings.Join(troubles, "; ")
}

// gradientTable is the table of the positions, with a picture of log₁₀ gradients: ○ predicted, ● measured.
func gradientTable(r *preflight.Report) textTable {
	const cells = 25
	s := emptySpan()
	for _, q := range r.Positions {
		s.add(logOf(q.Gradient.Predicted), logOf(q.Gradient.Measured.Mean))
	}
	if s.empty() {
		s = span{-1, 0}
	}
	low, high := math.Floor(s.low), math.Ceil(s.high)
	if high == low {
		high++
	}
	left, right := lab.Decimal(low, 0), lab.Decimal(high, 0)
	scale := left + strings.Repeat(" ", max(1, cells-len([]rune(left))-len([]rune(right)))) + right
	g := textTable{columns: []column{{head: "position"}, {head: "theory", right: true}, {head: "measured", right: true}, {head: scale, drop: 1},
		{head: "saturated", right: true, drop: 5}, {head: "log₁₀ update", right: true, drop: 4}, {head: "factor", right: true, drop: 6}}}
	for _, q := range r.Positions {
		predicted, measured := logOf(q.Gradient.Predicted), logOf(q.Gradient.Measured.Mean)
		row := []string{clean(q.Name), decimal(predicted), decimal(measured)}
		if e := q.Gradient.Measured; e.Low > 0 && e.High.Finite() {
			row[2] += fmt.Sprintf(" [%s, %s]", decimal(logOf(e.Low)), decimal(logOf(e.High)))
		}
		picture := []rune(strings.Repeat("·", cells))
		cell := func(x float64) int {
			return max(0, min(int((x-low)/(high-low)*(cells-1)+0.5), cells-1))
		}
		if finite(predicted) {
			picture[cell(predicted)] = '○'
		}
		if finite(measured) {
			c := cell(measured)
			if picture[c] == '○' {
				picture[c] = '◉'
			} else {
				picture[c] = '●'
			}
		}
		row = append(row, string(picture), both(q.Saturated, share), both(q.UpdateRatio, func(n preflight.Number) string { return decimal(logOf(n)) }), both(q.Factor, preflight.Number.Short))
		g.rows = append(g.rows, row)
	}
	return g
}

func logOf(n preflight.Number) float64 {
	if !(n > 0) {
		return math.NaN()
	}
	return math.Log10(float64(n))
}

func decimal(f float64) string {
	if !finite(f) {
		return none
	}
	return lab.Decimal(f, 2)
}

// both writes "predicted / measured".
func both(p preflight.Pair, write func(preflight.Number) string) string {
	if p.Measured.N == 0 {
		return ""
	}
	predicted := none
	if p.Predicted.Finite() {
		predicted = write(p.Predicted)
	}
	return predicted + " / " + write(p.Measured.Mean)
}

func share(n preflight.Number) string {
	if !n.Finite() {
		return none
	}
	return fmt.Sprintf("%.0f %%", 100*float64(n))
}
