package report

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Markers that vg/draw does not have, or with hairlines that do not show.
type (
	diamond struct{}
	plus    struct{}
	cross   struct{}
	ring    struct{}
	hollow  struct{} // an empty square
)

func (diamond) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	r := s.Radius * 1.25
	c.FillPolygon(s.Color, []vg.Point{{X: at.X - r, Y: at.Y}, {X: at.X, Y: at.Y - r}, {X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y + r}})
}

func (plus) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	r := s.Radius * 1.1
	l := draw.LineStyle{Color: s.Color, Width: 1.8}
	c.StrokeLine2(l, at.X-r, at.Y, at.X+r, at.Y)
	c.StrokeLine2(l, at.X, at.Y-r, at.X, at.Y+r)
}

func (cross) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	r := s.Radius * 0.9
	l := draw.LineStyle{Color: s.Color, Width: 1.7}
	c.StrokeLine2(l, at.X-r, at.Y-r, at.X+r, at.Y+r)
	c.StrokeLine2(l, at.X-r, at.Y+r, at.X+r, at.Y-r)
}

func (ring) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	c.SetLineStyle(draw.LineStyle{Color: s.Color, Width: 1.4})
	var p vg.Path
	p.Move(vg.Point{X: at.X + s.Radius, Y: at.Y})
	p.Arc(at, s.Radius, 0, 2*math.Pi)
	p.Close()
	c.Stroke(p)
}

func (hollow) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	r := s.Radius * 0.85
	l := draw.LineStyle{Color: s.Color, Width: 1.4}
	c.StrokeLines(l, []vg.Point{{X: at.X - r, Y: at.Y - r}, {X: at.X + r, Y: at.Y - r}, {X: at.X + r, Y: at.Y + r}, {X: at.X - r, Y: at.Y + r}, {X: at.X - r, Y: at.Y - r - 0.7}})
}
