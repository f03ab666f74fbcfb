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

// tile is a quantity of an arm over training: position × step, means over seeds.
type tile struct {
	*arm
	cells [][]float64 // [window][row]; NaN where nothing is known
	names []string    // of the positions, a row each
}

// newTile fills a tile, with the named positions or every one. It reports false where nothing is known. value is the
// quantity of a trial in one of its windows at a position, from 0 and within the trial's; NaN where there is none.
func newTile(a *arm, names []string, value func(t lab.Trial, w lab.Flow, i int) float64) (tile, bool) {
	all := tile{arm: a, names: names}
	if names == nil && len(a.Trials) > 0 {
		for _, pos := range a.Trials[0].Positions {
			all.names = append(all.names, pos.Name)
		}
	}
	windows, known := 0, false
	for _, t := range a.Trials {
		windows = max(windows, len(t.Flow))
	}
	for w := range windows {
		sums, counts := make([]float64, len(all.names)), make([]float64, len(all.names))
		for _, t := range a.Trials {
			if w >= len(t.Flow) {
				continue
			}
			for row, i := range indexes(t, names) {
				if row >= len(sums) || i < 0 {
					continue
				}
				if x := value(t, t.Flow[w], i); finite(x) {
					sums[row] += x
					counts[row]++
					known = true
				}
			}
		}
		for i := range sums {
			sums[i] /= counts[i] // 0/0 is NaN: no figure
		}
		all.cells = append(all.cells, sums)
	}
	return all, known
}

// tilesFigure draws tiles, at least one, on one scale of colours, which what names.
func tilesFigure(tiles []tile, scale span, what string) figure {
	const cell, top, foot, gapX, gapY = 9, 34, 26, 18, 20
	columns := min(len(tiles), 3)
	tileWidth := (width - 8 - vg.Length(columns-1)*gapX) / vg.Length(columns)
	rowHeights := make([]vg.Length, (len(tiles)+columns-1)/columns)
	height := vg.Length(top)
	for i, t := range tiles {
		rowHeights[i/columns] = max(rowHeights[i/columns], vg.Length(len(t.names))*cell+foot+gapY)
	}
	for _, h := range rowHeights {
		height += h
	}
	f := figure{perArm: true, w: width, h: height}
	f.draw = func(c draw.Canvas) {
		colourBar(c, width-4, f.h-4, scale, what)
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
			pn := newPanel(c, left+names+5, y-16-vg.Length(len(t.names))*cell, left+tileWidth, y-16,
				span{0, float64(len(t.cells))}, span{float64(len(t.names)), 0})
			pn.cells(t.cells, len(t.names), scale)
			for j := range t.names {
				pn.FillText(small, vg.Point{X: pn.Min.X - 4, Y: pn.py(float64(j) + 0.5)}, fit(small, t.names[j], names))
			}
			pn.stepAxis(t.arm)
		}
	}
	return f
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

// colourBar draws the scale of what with its right top corner at (right, top).
func colourBar(c draw.Canvas, right, top vg.Length, scale span, what string) {
	const w, h = 150, 8
	left := right - w - 30
	for i := range levels {
		x := left + w*vg.Length(i)/levels
		c.FillPolygon(heat(i, levels), []vg.Point{{X: x, Y: top - h}, {X: min(x+w/levels+1, left+w), Y: top - h}, {X: min(x+w/levels+1, left+w), Y: top}, {X: x, Y: top}})
	}
	s := style(8.5, muted, draw.XRight)
	c.FillText(s, vg.Point{X: left - 5, Y: top - h/2}, what+"   "+lab.Decimal(scale.low, 1))
	s.XAlign = draw.XLeft
	c.FillText(s, vg.Point{X: left + w + 5, Y: top - h/2}, lab.Decimal(scale.high, 1))
}
