package report

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A guide is a value to compare a profile with.
type guide struct {
	at   float64
	name string
}

// profileFigure draws a quantity along the network: a line per arm through its mean over seeds, with the band of its
// interval. rows gives a row per seed with a value per tick, NaN where there is none. axis says what is drawn.
func profileFigure(p *part, ticks []string, axis string, rows func(*arm) [][]float64, guides ...guide) (figure, bool) {
	type profile struct {
		*arm
		Band
	}
	var profiles []profile
	var arms []*arm
	y := emptySpan()
	for i := range p.Arms {
		a := &p.Arms[i]
		b := BandOf(rows(a))
		y.add(b.Mid...)
		y.add(b.Low...)
		y.add(b.High...)
		if len(runs(b.Mid)) > 0 {
			profiles, arms = append(profiles, profile{a, b}), append(arms, a)
		}
	}
	if len(profiles) == 0 {
		return figure{}, false
	}
	const left, right, top, plotHeight = 44, 712, 8, 270
	head := legendHeight(arms, 4, right)
	foot := slantedHeight(ticks, right-left) + 18
	f := figure{perArm: true, w: width, h: top + head + 30 + plotHeight + foot}
	f.draw = func(c draw.Canvas) {
		legend(&c, arms, 4, right, f.h-top)
		pn := newPanel(c, left, foot, right, foot+plotHeight, span{-0.5, float64(len(ticks)) - 0.5}, y.padded(0.05))
		pn.yAxis(axisNumber)
		pn.slanted(ticks)
		pn.title(axis)
		pn.ends()
		for _, g := range guides {
			pn.guide(g)
		}
		for _, one := range profiles {
			xs := make([]float64, len(one.Mid))
			for i := range xs {
				xs[i] = float64(i)
			}
			pn.ribbon(one.Style.tone, xs, one.Low, one.High)
			pn.curve(draw.LineStyle{Color: one.Style.light, Width: 1.6, Dashes: one.Style.dashes}, xs, one.Mid)
			for i := range xs {
				pn.mark(one.Style, xs[i], one.Mid[i], 2.3)
			}
		}
	}
	return f, true
}

// ends writes below the panel where the network begins and where it ends.
func (p *panel) ends() {
	small := style(9, muted, draw.XLeft)
	p.FillText(small, vg.Point{X: p.Min.X, Y: 8}, "← input")
	small.XAlign = draw.XRight
	p.FillText(small, vg.Point{X: p.Max.X, Y: 8}, "output →")
}

// guide draws a dotted line with its name at its right end, where it lies within the panel.
func (p *panel) guide(g guide) {
	if g.at <= p.y0 || g.at >= p.y1 {
		return
	}
	s := line(muted, 0.9)
	s.Dashes = []vg.Length{1, 2.5}
	p.StrokeLine2(s, p.Min.X, p.py(g.at), p.Max.X, p.py(g.at))
	p.FillText(style(8.5, muted, draw.XRight), vg.Point{X: p.Max.X, Y: p.py(g.at) + 6}, g.name)
}
