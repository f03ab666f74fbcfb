package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gradlab/internal/wholefile"
	"gradlab/lab"
	"gradlab/preflight"
)

// WritePreflight writes preflight.json, and for each part the picture of predicted and measured gradients as
// SVG and PNG, into the directory dir, which it creates if need be. It returns the names of the files.
func WritePreflight(dir string, p *lab.Preflight) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("failed to make the directory: %w", err)
	}
	var names []string
	write := func(name string, data []byte, err error) error {
		if err != nil {
			return fmt.Errorf("failed to make %s: %w", name, err)
		}
		names = append(names, name)
		return wholefile.Write(filepath.Join(dir, name), data)
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err := write("preflight.json", append(text, '\n'), err); err != nil {
		return names, err
	}
	ids := map[string]bool{}
	for i := range p.Parts {
		f, ok := preflightFigure(&p.Parts[i])
		if !ok {
			continue
		}
		f.Name = uniqueID(p.Parts[i].Study, ids) + "-preflight"
		svg, err := f.SVG()
		if err := write(f.Name+".svg", svg, err); err != nil {
			return names, err
		}
		png, err := f.PNG()
		if err := write(f.Name+".png", png, err); err != nil {
			return names, err
		}
	}
	return names, nil
}

// preflightFigure draws log₁₀ of the gradient at every position, predicted as a line and measured as marks with
// their interval over seeds, for each network of the part.
func preflightFigure(p *lab.PartPreflight) (figure, bool) {
	models := p.Models[:min(len(p.Models), maxArms)]
	var arms []*arm
	var here [][]lab.Position
	var plain []lab.Arm
	for _, m := range models {
		plain = append(plain, lab.Arm{Name: strings.Join(m.Arms, "; ")})
	}
	styles := styleArms(nil, plain)
	y := emptySpan()
	for i, m := range models {
		arms = append(arms, &arm{Arm: plain[i], Style: styles[i]})
		for k, q := range m.Positions {
			y.add(logOf(q.Gradient.Predicted), logOf(q.Gradient.Measured.Low), logOf(q.Gradient.Measured.Mean), logOf(q.Gradient.Measured.High))
			if k == len(here) {
				here = append(here, nil)
			}
			here[k] = append(here[k], lab.Position{Name: q.Name, Kind: q.Kind})
		}
	}
	if y.empty() {
		return figure{}, false
	}
	var names []string
	for _, positions := range here {
		names = append(names, tick(positions))
	}
	const left, right, top, plotHeight = 44, 712, 8, 270
	head := legendHeight(arms, 4, right)
	foot := slantedHeight(names, right-left) + 18
	f := figure{
		Title:   "Before training: log₁₀ of the gradient at every position, predicted and measured",
		Caption: "Lines are predicted from the model and the moments of its input alone; marks are measured at initialisation, with the 95 % interval over seeds.",
		w:       width, h: top + head + 30 + plotHeight + foot,
	}
	f.draw = func(c draw.Canvas) {
		legend(&c, arms, 4, right, f.h-top)
		pn := newPanel(c, left, foot, right, foot+plotHeight, span{-0.5, float64(len(names)) - 0.5}, y.padded(0.05))
		pn.yAxis(axisNumber)
		pn.slanted(names)
		pn.title("log10 gradient (root mean square per element): lines predicted, marks measured")
		small := style(9, muted, draw.XLeft)
		pn.FillText(small, vg.Point{X: left, Y: 8}, "← input")
		small.XAlign = draw.XRight
		pn.FillText(small, vg.Point{X: right, Y: 8}, "output →")
		for i, m := range models {
			drawPreflight(&pn, m.Positions, styles[i])
		}
	}
	return f, true
}

// drawPreflight draws one network.
func drawPreflight(pn *panel, positions []preflight.Position, s series) {
	var xs, predicted []float64
	for i, q := range positions {
		xs, predicted = append(xs, float64(i)), append(predicted, logOf(q.Gradient.Predicted))
	}
	pn.curve(draw.LineStyle{Color: s.light, Width: 1.4, Dashes: s.dashes}, xs, predicted)
	for i, q := range positions {
		e := q.Gradient.Measured
		if low, high := logOf(e.Low), logOf(e.High); finite(low) && finite(high) {
			pn.StrokeLine2(line(s.tone, 1), pn.px(xs[i]), pn.py(low), pn.px(xs[i]), pn.py(high))
		}
		pn.mark(s, xs[i], logOf(e.Mean), 2.6)
	}
}
