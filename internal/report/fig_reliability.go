package report

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gradlab/internal/stats"
)

// fewPredictions is how many a bin needs for its mark: of fewer, accuracy says nothing.
const fewPredictions = 10

// reliabilityFigure draws accuracy against confidence, over all seeds of each arm.
func reliabilityFigure(p *part) (figure, bool) {
	var arms []*arm
	var all [][]stats.CalibrationBin
	for i := range p.Arms {
		if bins := reliability(p, &p.Arms[i]); bins != nil {
			arms, all = append(arms, &p.Arms[i]), append(all, bins)
		}
	}
	if len(arms) == 0 {
		return figure{}, false
	}
	const left, size, top = 210, 330, 8
	head := legendHeight(arms, 4, 714)
	f := figure{
		Name:  "reliability",
		Title: "Confidence and accuracy on the test set",
		Caption: "Predictions of all seeds by their confidence, in 15 bins of equal width; a mark is a bin of at least ten. On the dotted line confidence is right; below it the network is surer than it should be. " +
			"The expected calibration error in the table weighs bins by their numbers of predictions.",
		perArm: true, w: width, h: top + head + 30 + size + 44,
	}
	f.draw = func(c draw.Canvas) {
		legend(&c, arms, 4, 714, f.h-top)
		pn := newPanel(c, left, 44, left+size, 44+size, span{0, 1}, span{0, 1})
		pn.title("accuracy, %")
		pn.yAxis(func(v float64) string { return axisNumber(100 * v) })
		var at []float64
		var names []string
		for i := 0; i <= 10; i += 2 {
			at, names = append(at, float64(i)/10), append(names, axisNumber(float64(10*i)))
		}
		pn.xAxis(at, names)
		pn.FillText(style(9, muted, draw.XCenter), vg.Point{X: left + size/2, Y: 16}, "confidence, %")
		s := line(muted, 0.9)
		s.Dashes = []vg.Length{1, 2.5}
		pn.StrokeLine2(s, pn.px(0), pn.py(0), pn.px(1), pn.py(1))
		for i, a := range arms {
			var xs, ys []float64
			for _, b := range all[i] {
				if b.N >= fewPredictions {
					xs, ys = append(xs, b.Confidence), append(ys, b.Accuracy)
				}
			}
			pn.curve(draw.LineStyle{Color: a.Style.light, Width: 1.2, Dashes: a.Style.dashes}, xs, ys)
			for k := range xs {
				pn.mark(a.Style, xs[k], ys[k], 2.6)
			}
		}
	}
	return f, true
}
