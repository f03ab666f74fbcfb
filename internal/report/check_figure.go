package report

import (
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gradlab/lab"
)

// WriteCheck writes check.json, and for each network the picture of errors over step sizes as SVG and PNG, into the
// directory dir, which it creates if need be. It returns the names of the files.
func WriteCheck(dir string, c *lab.Check) ([]string, error) {
	w, err := newFolder(dir)
	if err != nil {
		return nil, err
	}
	if err := w.write("check.json", MarshalCheck(c), nil); err != nil {
		return w.names, err
	}
	ids := map[string]bool{}
	for _, p := range c.Parts {
		for _, m := range p.Models {
			f, ok := veeFigure(&m)
			if !ok {
				continue
			}
			f.Name = uniqueID(p.Study+"-"+m.Arms[0], ids) + "-check"
			if err := w.draw("", f); err != nil {
				return w.names, err
			}
		}
	}
	return w.names, nil
}

// veeFigure draws, for one entry of each tensor, the error of the central difference over step sizes.
func veeFigure(m *lab.ModelCheck) (figure, bool) {
	var plain []lab.Arm
	var lines [][2][]float64
	if len(m.Looks) == 0 {
		return figure{}, false
	}
	for _, s := range m.Looks[0].Tensors {
		if s.Curve == nil || len(lines) == maxArms {
			continue
		}
		var xs, ys []float64
		for _, p := range s.Curve {
			xs, ys = append(xs, math.Log10(p.Step)), append(ys, math.Log10(max(p.Error, 1e-16)))
		}
		plain, lines = append(plain, lab.Arm{Name: s.Name}), append(lines, [2][]float64{xs, ys})
	}
	if len(lines) == 0 {
		return figure{}, false
	}
	var arms []*arm
	for i, s := range styleArms(nil, plain) {
		arms = append(arms, &arm{Arm: plain[i], Style: s})
	}
	const left, right, top, plotHeight, foot = 44, 712, 8, 270, 40
	head := legendHeight(arms, 4, right)
	f := figure{
		Title: "Central difference: error over the step, " + strings.Join(m.Arms, "; "),
		w:     width,
		h:     top + head + 30 + plotHeight + foot,
	}
	f.draw = func(c draw.Canvas) {
		legend(&c, arms, 4, right, f.h-top)
		pn := newPanel(c, left, foot, right, foot+plotHeight, span{-9.3, -0.3}, span{-14, 0.3})
		pn.yAxis(axisNumber)
		var at []float64
		var names []string
		for x := -9; x < 0; x++ {
			at, names = append(at, float64(x)), append(names, axisNumber(float64(x)))
		}
		pn.xAxis(at, names)
		pn.title("log10 relative error against backpropagation, by log10 of the step")
		small := style(9, muted, draw.XLeft)
		pn.FillText(small, vg.Point{X: left, Y: 8}, "← rounding: error ~ 1/h")
		small.XAlign = draw.XRight
		pn.FillText(small, vg.Point{X: right, Y: 8}, "truncation: error ~ h² →")
		log := math.Log10(m.Tolerance)
		pn.StrokeLine2(line(axis, 0.8), pn.Min.X, pn.py(log), pn.Max.X, pn.py(log))
		pn.FillText(style(9, muted, draw.XRight), vg.Point{X: pn.Max.X, Y: pn.py(log) + 7}, "tolerance")
		for i, l := range lines {
			pn.curve(draw.LineStyle{Color: arms[i].Style.light, Width: 1.6, Dashes: arms[i].Style.dashes}, l[0], l[1])
			for k := range l[0] {
				pn.mark(arms[i].Style, l[0][k], l[1][k], 2.3)
			}
		}
	}
	return f, true
}
