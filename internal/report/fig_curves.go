package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gradlab/lab"
)

// curvesFigure draws training loss, test loss and test accuracy over epochs side by side: per arm
// the mean with a band over seeds, and every seed as a thin line.
func curvesFigure(p *part) (figure, bool) {
	panels := curvePanels(p)
	var arms []*arm
	epochs := 0
	losses, accuracies := emptySpan(), emptySpan()
	for i := range p.Arms {
		a := &p.Arms[i]
		for _, t := range a.Trials {
			epochs = max(epochs, len(t.Epochs))
			for _, e := range t.Epochs {
				for _, pane := range panels {
					if pane.accuracy {
						accuracies.add(pane.value(e))
					} else {
						losses.add(pane.value(e))
					}
				}
			}
		}
		if len(a.Trials) > 0 {
			arms = append(arms, a)
		}
	}
	if epochs == 0 {
		return figure{}, false
	}

	// A diverging arm must not press all others into a line: losses above four times that of
	// guessing leave the picture at its top.
	guess := 0.0
	if n := len(p.Data.Classes); n > 1 {
		guess = math.Log(float64(n))
	}
	cut := ""
	if top := 4 * guess; guess > 0 && losses.high > top && losses.low < top {
		losses.high = top
		cut = " Losses above " + strconv.FormatFloat(top, 'f', 1, 64) + " leave the picture."
	}

	const left, right, top, gap, plotHeight = 34, 714, 8, 44, 200
	head := legendHeight(arms, 4, right)
	f := figure{
		Name:  "curves",
		Title: "Loss and accuracy over epochs",
		Caption: "A falling curve learns, a flat one does not. Thick: the mean over seeds; shaded: its 95 % interval " +
			"(of two seeds: both); thin: each seed. The dotted line is what guessing reaches." + cut,
		perArm: true,
		w:      width,
		h:      top + head + 30 + plotHeight + 36,
	}
	f.draw = func(c draw.Canvas) {
		legend(&c, arms, 4, right, f.h-top)
		n := vg.Length(len(panels))
		w := (vg.Length(right-left) - (n-1)*gap) / n
		x := span{0.8, float64(epochs) + 0.2}
		if epochs == 1 {
			x = span{0.5, 1.5}
		}
		for k, pane := range panels {
			y, chance := losses.padded(0.06), guess
			if pane.accuracy {
				y, chance = accuracies.padded(0.06), 100*chanceOf(p)
				y.low, y.high = max(y.low, 0), min(y.high, 100)
			}
			from := left + vg.Length(k)*(w+gap)
			pn := newPanel(c, from, 36, from+w, 36+plotHeight, x, y)
			pn.title(pane.name)
			if !pane.accuracy && losses.empty() {
				pn.FillText(style(9, muted, draw.XCenter), pn.Center(), "no finite loss")
				continue
			}
			pn.yAxis(axisNumber)
			at, names := epochTicks(epochs)
			pn.xAxis(at, names)
			pn.FillText(style(9, muted, draw.XCenter), vg.Point{X: from + w/2, Y: 10}, "epoch")
			if chance > max(y.low, 0) && chance < y.high {
				s := line(muted, 0.9)
				s.Dashes = []vg.Length{1, 2.5}
				pn.StrokeLine2(s, pn.Min.X, pn.py(chance), pn.Max.X, pn.py(chance))
			}
			for _, a := range arms {
				pn.trialCurves(a, pane.value)
			}
		}
	}
	return f, true
}

// A curvePanel is one of the panels side by side.
type curvePanel struct {
	name     string
	accuracy bool
	value    func(lab.Epoch) float64
}

// curvePanels are those of the test set; where that was run once it has no curves, and training is shown alone.
func curvePanels(p *part) []curvePanel {
	trained := curvePanel{"Training loss", false, func(e lab.Epoch) float64 { return e.TrainLoss }}
	if !p.tested() {
		return []curvePanel{trained,
			{"Test loss", false, func(e lab.Epoch) float64 { return e.TestLoss }},
			{"Test accuracy, %", true, func(e lab.Epoch) float64 { return 100 * e.TestAccuracy }},
		}
	}
	return []curvePanel{trained, {"Training accuracy, %", true, func(e lab.Epoch) float64 {
		if e.TrainTotal == 0 {
			return math.NaN()
		}
		return 100 * float64(e.TrainCorrect) / float64(e.TrainTotal)
	}}}
}

// trialCurves draws one arm: band, seeds, mean.
func (p *panel) trialCurves(a *arm, value func(lab.Epoch) float64) {
	var rows [][]float64
	for _, t := range a.Trials {
		var row []float64
		for _, e := range t.Epochs {
			row = append(row, value(e))
		}
		rows = append(rows, row)
	}
	b := BandOf(rows)
	xs := counts(len(b.Mid))
	p.ribbon(a.Style.tone, xs, b.Low, b.High)
	for _, row := range rows {
		p.curve(draw.LineStyle{Color: fade(a.Style.tone, 0.35), Width: 0.5}, xs, row)
	}
	p.curve(draw.LineStyle{Color: a.Style.light, Width: 1.7, Dashes: a.Style.dashes}, xs, b.Mid)
	if len(xs) <= 20 {
		for i := range xs {
			p.mark(a.Style, xs[i], b.Mid[i], 2.4)
		}
	}
}

// counts is 1, 2, … n.
func counts(n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = float64(i + 1)
	}
	return xs
}

// epochTicks are the first epoch and at most eight round ones.
func epochTicks(n int) (at []float64, names []string) {
	step := 1
	for k := 0; n/step > 8; k++ {
		step = step * []int{2, 5, 2}[k%3] / []int{1, 2, 1}[k%3] // 1, 2, 5, 10, 20, 50 …
	}
	for i := 0; i <= n; i += step {
		e := max(i, 1)
		if i == 0 && step == 1 {
			continue
		}
		at, names = append(at, float64(e)), append(names, strconv.Itoa(e))
	}
	return at, names
}

// chanceOf is the accuracy of guessing among equally frequent classes; 0 if they are unknown.
func chanceOf(p *part) float64 {
	if len(p.Data.Classes) < 2 {
		return 0
	}
	return 1 / float64(len(p.Data.Classes))
}
