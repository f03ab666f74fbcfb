package report

import (
	"gonum.org/v1/plot/vg/draw"
)

// foretold is an arm's log10 gradients of the first step by position: what theory says, and what was measured.
type foretold struct {
	*arm
	predicted []float64
	Band
}

// theoryFigure draws the gradient of the first step at every position beside its prediction.
func theoryFigure(p *part) (figure, bool) {
	var all []foretold
	predicted := false
	for i := range p.Arms {
		a := &p.Arms[i]
		var rows [][]float64
		for _, t := range a.Trials {
			if len(t.Flow) == 0 || t.Flow[0].Steps.Last != 1 {
				continue
			}
			rows = append(rows, logs(t.Flow[0].GradRMS, p.where(t)))
		}
		f := foretold{arm: a, Band: BandOf(rows)}
		if a.Theory != nil {
			var at []int // of a network that no trial has run yet, every position is shown
			if len(a.All) > 0 {
				at = p.where(a.All[0])
			}
			f.predicted = logs(a.Theory.GradRMS, at)
		}
		predicted = predicted || len(f.predicted) > 0 && len(f.Mid) > 0
		all = append(all, f)
	}
	if !predicted { // results of a version without theory
		return figure{}, false
	}
	f, ok := foretoldFigure(all, p.Ticks)
	f.Name, f.perArm = "gradient-theory", true
	f.Title = "Theory and the first step: log₁₀ of the gradient at every " + p.place()
	f.Caption = "Lines are what mean-field theory predicts from the network and the moments of its inputs, before training; marks are " +
		"the first step's gradients, with the 95 % interval over seeds. Where marks lie on their line, the fall is a property of the " +
		"network as it was built and initialised, and not of the data."
	if p.Common != nil {
		f.Caption += commonNote
	}
	return f, ok
}

// foretoldFigure draws predictions as lines, and what was measured as marks with their intervals.
func foretoldFigure(all []foretold, ticks []string) (figure, bool) {
	var arms []*arm
	y := emptySpan()
	for _, f := range all {
		arms = append(arms, f.arm)
		for _, values := range [][]float64{f.predicted, f.Mid, f.Low, f.High} {
			y.add(values...)
		}
	}
	if y.empty() || len(ticks) == 0 {
		return figure{}, false
	}
	const left, right, top, plotHeight = 44, 712, 8, 270
	head := legendHeight(arms, 4, right)
	foot := slantedHeight(ticks, right-left) + 18
	f := figure{w: width, h: top + head + 30 + plotHeight + foot}
	f.draw = func(c draw.Canvas) {
		legend(&c, arms, 4, right, f.h-top)
		pn := newPanel(c, left, foot, right, foot+plotHeight, span{-0.5, float64(len(ticks)) - 0.5}, y.padded(0.05))
		pn.yAxis(axisNumber)
		pn.slanted(ticks)
		pn.title("log10 gradient (root mean square per element): lines predicted, marks measured")
		pn.ends()
		for _, one := range all {
			one.drawOn(&pn)
		}
	}
	return f, true
}

func (f foretold) drawOn(pn *panel) {
	xs := make([]float64, max(len(f.predicted), len(f.Mid)))
	for i := range xs {
		xs[i] = float64(i)
	}
	if len(f.predicted) > 0 {
		pn.curve(draw.LineStyle{Color: f.Style.light, Width: 1.4, Dashes: f.Style.dashes}, xs, f.predicted)
	}
	for i := range f.Mid {
		if finite(f.Low[i]) && finite(f.High[i]) {
			pn.StrokeLine2(line(f.Style.tone, 1), pn.px(xs[i]), pn.py(f.Low[i]), pn.px(xs[i]), pn.py(f.High[i]))
		}
		pn.mark(f.Style, xs[i], f.Mid[i], 2.6)
	}
}
