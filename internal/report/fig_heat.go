package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gradlab/lab"
)

// levels of colour of the heat map; few enough that neighbouring cells often join into one shape.
const levels = 48

// heatCells are the mean log10 gradients of an arm over its seeds: [window][position], of the named positions if
// there are names.
func heatCells(a *arm, names []string) [][]float64 {
	windows := 0
	for _, t := range a.Trials {
		windows = max(windows, len(t.Flow))
	}
	cells := make([][]float64, windows)
	for w := range cells {
		var sums, counts []float64
		for _, t := range a.Trials {
			if w >= len(t.Flow) {
				continue
			}
			at := indexes(t, names)
			for i := range at {
				if i == len(sums) {
					sums, counts = append(sums, 0), append(counts, 0)
				}
				if at[i] < 0 || at[i] >= len(t.Flow[w].GradRMS) {
					continue
				}
				if x := log10(t.Flow[w].GradRMS[at[i]]); finite(x) {
					sums[i] += x
					counts[i]++
				}
			}
		}
		cells[w] = sums
		for i := range sums {
			sums[i] /= counts[i] // 0/0 is NaN: no figure
		}
	}
	return cells
}

// heatFigure draws position × step as small multiples, one per arm, on one scale of colours.
func heatFigure(p *part) (figure, bool) {
	type tile struct {
		*arm
		cells [][]float64
		names []string
		rows  int
	}
	var tiles []tile
	scale := emptySpan()
	for i := range p.Arms {
		t := tile{arm: &p.Arms[i]}
		if differ(t.Trials) { // seeds drew different networks
			t.names = common(t.Trials)
		}
		t.cells = heatCells(t.arm, t.names)
		seen := false
		for _, column := range t.cells {
			scale.add(column...)
			seen = seen || len(runs(column)) > 0
			t.rows = max(t.rows, len(column))
		}
		if !seen {
			continue
		}
		if t.names == nil {
			for _, pos := range t.Trials[0].Positions {
				t.names = append(t.names, pos.Name)
			}
		}
		tiles = append(tiles, t)
	}
	if len(tiles) == 0 {
		return figure{}, false
	}

	const cell, top, foot, gapX, gapY = 9, 34, 26, 18, 20
	columns := min(len(tiles), 3)
	tileWidth := (width - 8 - vg.Length(columns-1)*gapX) / vg.Length(columns)
	rowHeights := make([]vg.Length, (len(tiles)+columns-1)/columns)
	height := vg.Length(top)
	for i, t := range tiles {
		rowHeights[i/columns] = max(rowHeights[i/columns], vg.Length(t.rows)*cell+foot+gapY)
	}
	for _, h := range rowHeights {
		height += h
	}
	if scale.high-scale.low < 0.1 {
		scale = scale.padded(0.5)
	}
	f := figure{
		Name:  "gradient-heat",
		Title: "Gradients over training: position × step",
		Caption: "Time runs to the right, the network from input (top) to output (bottom); bright cells have large gradients. " +
			"A network that is dark at the top from the first step was built so; one that darkens lost its gradients while training. " +
			"Grey: no figure, or a gradient of exactly zero.",
		Wide:   true,
		perArm: true,
		w:      width,
		h:      height,
	}
	f.draw = func(c draw.Canvas) {
		colourBar(c, width-4, f.h-4, scale)
		y := f.h - top
		for i, t := range tiles {
			k := i % columns
			if k == 0 && i > 0 {
				y -= rowHeights[i/columns-1]
			}
			left := 4 + vg.Length(k)*(tileWidth+gapX)
			small := style(7.5, muted, draw.XRight)
			var names vg.Length
			for _, name := range t.names {
				names = max(names, min(small.Width(clean(name)), tileWidth/3))
			}
			titleStyle := bold(style(10, ink, draw.XLeft))
			c.FillText(titleStyle, vg.Point{X: left + names + 5, Y: y - 6}, fit(titleStyle, t.Name, tileWidth-names-5))
			pn := newPanel(c, left+names+5, y-16-vg.Length(t.rows)*cell, left+tileWidth, y-16,
				span{0, float64(len(t.cells))}, span{float64(t.rows), 0})
			pn.cells(t.cells, t.rows, scale)
			for j := range min(len(t.names), t.rows) {
				pn.FillText(small, vg.Point{X: pn.Min.X - 4, Y: pn.py(float64(j) + 0.5)}, fit(small, t.names[j], names))
			}
			pn.stepAxis(t.arm)
		}
	}
	return f, true
}

// stepAxis writes the first and the last step below a tile.
func (p *panel) stepAxis(a *arm) {
	flow := a.Trials[0].Flow
	for _, t := range a.Trials {
		if len(t.Flow) > len(flow) {
			flow = t.Flow
		}
	}
	s := style(8, muted, draw.XLeft)
	y := p.Min.Y - 8
	p.FillText(s, vg.Point{X: p.Min.X, Y: y}, fmt.Sprintf("step %d", flow[0].Steps.First))
	s.XAlign = draw.XRight
	p.FillText(s, vg.Point{X: p.Max.X, Y: y}, thousands(flow[len(flow)-1].Steps.Last))
}

// cells fills the panel. Cells of one colour make one path, and neighbours in time one rectangle:
// an SVG of ten arms stays below a few hundred kilobytes.
func (p *panel) cells(cells [][]float64, rows int, scale span) {
	paths := make([]vg.Path, levels+1) // the last is for missing figures
	level := func(w, i int) int {
		if i >= len(cells[w]) || !finite(cells[w][i]) {
			return levels
		}
		return int(math.Round((cells[w][i] - scale.low) / (scale.high - scale.low) * (levels - 1)))
	}
	for i := range rows {
		for w := 0; w < len(cells); {
			l, from := level(w, i), w
			for w < len(cells) && level(w, i) == l {
				w++
			}
			// Shapes that only touch show a seam where both cover half a pixel: each reaches under
			// the neighbours that are painted after it.
			x0, x1 := p.px(float64(from)), p.px(float64(w))
			y0, y1 := p.py(float64(i+1)), p.py(float64(i))
			if from > 0 && level(from-1, i) > l {
				x0--
			}
			if w < len(cells) && level(w, i) > l {
				x1++
			}
			path := &paths[l]
			path.Move(vg.Point{X: x0, Y: y0})
			path.Line(vg.Point{X: x1, Y: y0})
			path.Line(vg.Point{X: x1, Y: y1 - 0.6})
			path.Line(vg.Point{X: x0, Y: y1 - 0.6})
			path.Close()
		}
	}
	for l, path := range paths {
		if len(path) == 0 {
			continue
		}
		c := absent.light
		if l < levels {
			c = heat(l, levels)
		}
		p.SetColor(c)
		p.Fill(path)
	}
}

// colourBar draws the scale with its right top corner at (right, top).
func colourBar(c draw.Canvas, right, top vg.Length, scale span) {
	const w, h = 150, 8
	left := right - w - 30
	for i := range levels {
		x := left + w*vg.Length(i)/levels
		c.FillPolygon(heat(i, levels), []vg.Point{{X: x, Y: top - h}, {X: min(x+w/levels+1, left+w), Y: top - h}, {X: min(x+w/levels+1, left+w), Y: top}, {X: x, Y: top}})
	}
	s := style(8.5, muted, draw.XRight)
	c.FillText(s, vg.Point{X: left - 5, Y: top - h/2}, "log10 gradient   "+lab.Decimal(scale.low, 1))
	s.XAlign = draw.XLeft
	c.FillText(s, vg.Point{X: left + w + 5, Y: top - h/2}, lab.Decimal(scale.high, 1))
}
