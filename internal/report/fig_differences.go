package report

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gradlab/lab"
)

// most comparisons that a picture holds; more are left to the table.
const maxDifferences = 30

// differencesFigure draws the difference in test accuracy of each compared pair with its interval,
// against the line of no difference.
func differencesFigure(p *part) (figure, bool) {
	var list []lab.Comparison
	x := span{0, 0}
	for _, c := range p.Comparisons {
		if c.Metric == lab.MetricAccuracy && finite(c.Diff.Mean) {
			list = append(list, c)
			x.add(100*c.Diff.Mean, 100*c.Diff.Low, 100*c.Diff.High)
		}
	}
	if len(list) == 0 || len(list) > maxDifferences {
		return figure{}, false
	}
	label := style(9.5, ink, draw.XRight)
	var names vg.Length
	for _, c := range list {
		names = max(names, min(label.Width(pairName(c)), 250))
	}
	const row, right = 20, 592
	left := names + 14
	f := figure{
		Name:  "differences",
		Title: "Differences in test accuracy, paired by seed",
		Caption: "Each line is a pair of arms: how many percentage points the first is ahead of the second, with the 95 % interval of that difference. " +
			"An interval that crosses the zero line shows no difference. Verdicts are stricter: they correct for the number of comparisons.",
		w: width,
		h: vg.Length(len(list))*row + 40,
	}
	f.draw = func(c draw.Canvas) {
		pn := newPanel(c, left, 30, right, f.h-8, x.padded(0.05), span{0, float64(len(list))})
		for _, t := range majorTicks(pn.x0, pn.x1) {
			pn.StrokeLine2(line(grid, 0.6), pn.px(t), pn.Min.Y, pn.px(t), pn.Max.Y)
			s := axisNumber(t)
			if t > 0 {
				s = "+" + s
			}
			pn.FillText(style(9, muted, draw.XCenter), vg.Point{X: pn.px(t), Y: pn.Min.Y - 10}, s)
		}
		pn.StrokeLine2(line(muted, 1), pn.px(0), pn.Min.Y, pn.px(0), pn.Max.Y)
		pn.FillText(style(9, muted, draw.XRight), vg.Point{X: left - 8, Y: 20}, "percentage points")
		for i, cmp := range list {
			pn.differenceRow(cmp, float64(len(list)-1-i)+0.5)
		}
	}
	return f, true
}

// against stands between the arms of a pair.
const against = " against "

func pairName(c lab.Comparison) string { return clean(c.B) + against + clean(c.A) }

func (p *panel) differenceRow(c lab.Comparison, y float64) {
	t := muted
	switch c.Verdict {
	case lab.Better:
		t = gain
	case lab.Worse:
		t = loss
	}
	mid := p.py(y)
	if finite(c.Diff.Low) && finite(c.Diff.High) {
		p.StrokeLine2(draw.LineStyle{Color: t.light, Width: 1.8}, p.px(100*c.Diff.Low), mid, p.px(100*c.Diff.High), mid)
	}
	glyph := slices.Index([]string{lab.Better, lab.Worse}, c.Verdict)
	shape := []draw.GlyphDrawer{ring{}, draw.CircleGlyph{}, diamond{}}[glyph+1]
	drawMark(p.Canvas, series{tone: t, glyph: shape}, vg.Point{X: p.px(100 * c.Diff.Mean), Y: mid}, 3)
	label := style(9.5, ink, draw.XRight)
	p.FillText(label, vg.Point{X: p.Min.X - 8, Y: mid}, fit(label, pairName(c), p.Min.X-12))
	verdict := style(9, t, draw.XLeft)
	text := lab.Signed(100*c.Diff.Mean, 1) + "  " + clean(c.Verdict)
	p.FillText(verdict, vg.Point{X: p.Max.X + 10, Y: mid}, fit(verdict, text, width-p.Max.X-12))
}
