package report

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// flowFigure draws log10 of the gradient at every position, a line per arm with a band over seeds.
func flowFigure(p *part) (figure, bool) {
	type flow struct {
		*arm
		Band
	}
	var flows []flow
	var arms []*arm
	y := emptySpan()
	for i := range p.Arms {
		a := &p.Arms[i]
		b := BandOf(a.gradientRows(p.Common))
		y.add(b.Mid...)
		y.add(b.Low...)
		y.add(b.High...)
		if len(runs(b.Mid)) > 0 {
			flows, arms = append(flows, flow{a, b}), append(arms, a)
		}
	}
	if len(flows) == 0 {
		return figure{}, false
	}
	const left, right, top, plotHeight = 44, 712, 8, 270
	head := legendHeight(arms, 4, right)
	foot := slantedHeight(p.Ticks, right-left) + 18
	f := figure{
		Name:  "gradient-flow",
		Title: "Gradient flow: log₁₀ of the gradient at every " + p.place(),
		Caption: "The loss sends its gradient from the right end (output) to the left end (input). A line that falls to the left " +
			"loses gradient on the way: one unit down is ten times less for those layers to learn from. A level line is healthy. " +
			"A gradient of exactly zero has no logarithm and is left out. Shaded: the 95 % interval over seeds.",
		perArm: true,
		w:      width,
		h:      top + head + 30 + plotHeight + foot,
	}
	if p.Common != nil {
		f.Caption += commonNote
	}
	f.draw = func(c draw.Canvas) {
		legend(&c, arms, 4, right, f.h-top)
		n := len(p.Ticks)
		pn := newPanel(c, left, foot, right, foot+plotHeight, span{-0.5, float64(n) - 0.5}, y.padded(0.05))
		pn.yAxis(axisNumber)
		pn.slanted(p.Ticks)
		pn.title("log10 gradient (root mean square per element)")
		small := style(9, muted, draw.XLeft)
		pn.FillText(small, vg.Point{X: left, Y: 8}, "← input")
		small.XAlign = draw.XRight
		pn.FillText(small, vg.Point{X: right, Y: 8}, "output →")
		for _, fl := range flows {
			xs := make([]float64, len(fl.Mid))
			for i := range xs {
				xs[i] = float64(i)
			}
			pn.ribbon(fl.Style.tone, xs, fl.Low, fl.High)
			pn.curve(draw.LineStyle{Color: fl.Style.light, Width: 1.6, Dashes: fl.Style.dashes}, xs, fl.Mid)
			for i := range xs {
				pn.mark(fl.Style, xs[i], fl.Mid[i], 2.3)
			}
		}
	}
	return f, true
}
