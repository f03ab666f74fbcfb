package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gradlab/lab"
)

// accuracyFigure draws a bar per arm with its interval and a dot per seed.
func accuracyFigure(p *part) (figure, bool) {
	var arms []*arm
	x := span{0, 0}
	label := style(10, ink, draw.XRight)
	var names vg.Length
	for i := range p.Arms {
		a := &p.Arms[i]
		if a.TestAccuracy == nil || !finite(a.TestAccuracy.Mean) {
			continue
		}
		arms = append(arms, a)
		x.add(a.TestAccuracy.Mean, a.TestAccuracy.Clipped().High)
		for _, t := range a.Trials {
			x.add(lastAccuracy(t.Epochs))
		}
		names = max(names, min(label.Width(clean(a.Name)), 190))
	}
	if len(arms) == 0 {
		return figure{}, false
	}
	x.high = min(max(1.05*x.high, 1.5*chanceOf(p), 0.02), 1)

	const row, right = 25, 606
	left := names + 14
	f := figure{
		Name:  "accuracy",
		Title: "Test accuracy",
		Caption: "How often the trained network is right on images it never saw. Bar: mean over seeds; line with ends: " +
			"its 95 % interval; dots: single seeds. Whether two arms differ is tested pair by pair: see the comparisons.",
		perArm: true,
		w:      width,
		h:      vg.Length(len(arms))*row + 46,
	}
	f.draw = func(c draw.Canvas) {
		pn := newPanel(c, left, 30, right, f.h-16, x, span{0, float64(len(arms))})
		pn.percentAxis()
		pn.FillText(style(9, muted, draw.XLeft), vg.Point{X: right + 12, Y: f.h - 8}, "mean [95 % interval], %")
		for i, a := range arms {
			pn.accuracyRow(a, float64(len(arms)-1-i)+0.5)
		}
		if chance := chanceOf(p); chance > 0 && chance < x.high {
			s := line(muted, 1)
			s.Dashes = []vg.Length{1, 2.5}
			pn.StrokeLine2(s, pn.px(chance), pn.Min.Y, pn.px(chance), pn.Max.Y+2)
			pn.FillText(style(8.5, muted, draw.XCenter), vg.Point{X: pn.px(chance), Y: f.h - 8}, "guessing")
		}
	}
	return f, true
}

// percentAxis draws vertical grid lines with percentages below.
func (p *panel) percentAxis() {
	for _, t := range majorTicks(100*p.x0, 100*p.x1) {
		x := p.px(t / 100)
		p.StrokeLine2(line(grid, 0.6), x, p.Min.Y, x, p.Max.Y)
		p.FillText(style(9, muted, draw.XCenter), vg.Point{X: x, Y: p.Min.Y - 10}, fmt.Sprintf("%g %%", math.Round(t*10)/10))
	}
	p.StrokeLine2(line(axis, 0.8), p.Min.X, p.Min.Y, p.Min.X, p.Max.Y)
}

func (p *panel) accuracyRow(a *arm, y float64) {
	e, mid := a.TestAccuracy, p.py(y)
	half := vg.Length(7)
	p.FillPolygon(fade(a.Style.tone, 0.28), []vg.Point{
		{X: p.px(0), Y: mid - half}, {X: p.px(e.Mean), Y: mid - half}, {X: p.px(e.Mean), Y: mid + half}, {X: p.px(0), Y: mid + half}})
	p.StrokeLine2(draw.LineStyle{Color: a.Style.light, Width: 2.2}, p.px(e.Mean), mid-half, p.px(e.Mean), mid+half)
	for i, t := range a.Trials {
		// Seeds are spread over the bar's height in a fixed pattern so that equal ones stay visible.
		at := vg.Point{X: p.px(lastAccuracy(t.Epochs)), Y: mid + vg.Length(float64(i*5%7)/6-0.5)*9}
		if finite(at.X.Points()) {
			p.DrawGlyph(draw.GlyphStyle{Color: fade(a.Style.tone, 0.75), Radius: 1.5, Shape: draw.CircleGlyph{}}, at)
		}
	}
	if ends := e.Clipped(); e.N > 1 && finite(ends.Low) && finite(ends.High) {
		s := draw.LineStyle{Color: ink.light, Width: 1.1}
		low, high := p.px(max(ends.Low, p.x0)), p.px(min(ends.High, p.x1))
		p.StrokeLine2(s, low, mid, high, mid)
		p.StrokeLine2(s, low, mid-3, low, mid+3)
		p.StrokeLine2(s, high, mid-3, high, mid+3)
	}
	label := style(10, ink, draw.XRight)
	p.FillText(label, vg.Point{X: p.Min.X - 8, Y: mid}, fit(label, a.Name, p.Min.X-12))
	p.FillText(bold(style(10, ink, draw.XRight)), vg.Point{X: p.Max.X + 42, Y: mid}, fmt.Sprintf("%.1f", 100*e.Mean))
	p.FillText(style(9, muted, draw.XLeft), vg.Point{X: p.Max.X + 48, Y: mid}, percentRange(e))
}

// lastAccuracy is a trial's final test accuracy, NaN if it has none.
func lastAccuracy(epochs []lab.Epoch) float64 {
	if len(epochs) == 0 {
		return math.NaN()
	}
	return epochs[len(epochs)-1].TestAccuracy
}
