package report

import (
	"html/template"
	"math"
	"sort"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// style is text of a size in points, drawn at its left end or where x says: 0 left, -0.5 centred,
// -1 right, all on the middle of the line.
func style(size float64, t tone, x text.XAlignment) draw.TextStyle {
	return draw.TextStyle{
		Color:   t.light,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(size)},
		XAlign:  x,
		YAlign:  draw.YCenter,
		Handler: plot.DefaultTextHandler,
	}
}

func bold(s draw.TextStyle) draw.TextStyle {
	s.Font.Weight = xfont.WeightBold
	return s
}

// fit shortens a text until it is no wider than w.
func fit(s draw.TextStyle, name string, w vg.Length) string {
	name = shorten(clean(name), 200)
	if s.Width(name) <= w {
		return name
	}
	n := sort.Search(len([]rune(name)), func(n int) bool { return s.Width(shorten(name, n+1)) > w })
	return shorten(name, max(n, 1))
}

func line(t tone, w float64) draw.LineStyle {
	return draw.LineStyle{Color: t.light, Width: vg.Length(w)}
}

// panel is a rectangle of a picture with its two scales.
type panel struct {
	draw.Canvas
	x0, x1, y0, y1 float64 // the values at the edges
}

// newPanel puts a panel into the rectangle between the corners.
func newPanel(c draw.Canvas, left, bottom, right, top vg.Length, x, y span) panel {
	c.Rectangle = vg.Rectangle{Min: vg.Point{X: left, Y: bottom}, Max: vg.Point{X: right, Y: top}}
	return panel{c, x.low, x.high, y.low, y.high}
}

func (p *panel) px(x float64) vg.Length { return p.X((x - p.x0) / (p.x1 - p.x0)) }
func (p *panel) py(y float64) vg.Length { return p.Y((y - p.y0) / (p.y1 - p.y0)) }

func (p *panel) at(x, y float64) vg.Point { return vg.Point{X: p.px(x), Y: p.py(y)} }

// span is a range of values.
type span struct{ low, high float64 }

func emptySpan() span { return span{math.Inf(1), math.Inf(-1)} }

// add widens the span to hold the finite values among f.
func (s *span) add(f ...float64) {
	for _, x := range f {
		if finite(x) {
			s.low, s.high = min(s.low, x), max(s.high, x)
		}
	}
}

func (s span) empty() bool { return s.low > s.high }

// padded is the span with a share of its length added at both ends, never of no length.
func (s span) padded(share float64) span {
	if s.empty() {
		return span{0, 1}
	}
	d := share * (s.high - s.low)
	if d < 1e-6*max(math.Abs(s.low), math.Abs(s.high), 1e-6) {
		d = max(0.05*math.Abs(s.high), 0.01)
	}
	return span{s.low - d, s.high + d}
}

// yAxis draws horizontal grid lines with their values on the left.
func (p *panel) yAxis(label func(float64) string) {
	for _, t := range majorTicks(p.y0, p.y1) {
		y := p.py(t)
		p.StrokeLine2(line(grid, 0.6), p.Min.X, y, p.Max.X, y)
		p.FillText(style(9, muted, draw.XRight), vg.Point{X: p.Min.X - 5, Y: y}, label(t))
	}
}

// xAxis draws the line below the panel with ticks and their names.
func (p *panel) xAxis(at []float64, names []string) {
	p.StrokeLine2(line(axis, 0.8), p.Min.X, p.Min.Y, p.Max.X, p.Min.Y)
	for i, x := range at {
		p.StrokeLine2(line(axis, 0.8), p.px(x), p.Min.Y, p.px(x), p.Min.Y-3)
		p.FillText(style(9, muted, draw.XCenter), vg.Point{X: p.px(x), Y: p.Min.Y - 10}, names[i])
	}
}

// title writes a panel's name above its left corner.
func (p *panel) title(name string) {
	p.FillText(bold(style(10, ink, draw.XLeft)), vg.Point{X: p.Min.X, Y: p.Max.Y + 12}, name)
}

// majorTicks are at most about six round values between low and high.
func majorTicks(low, high float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/5)))
	for _, m := range []float64{1, 2, 5, 10} {
		if (high-low)/(m*step) <= 6 {
			step *= m
			break
		}
	}
	var out []float64
	for i := math.Ceil(low/step - 1e-9); i*step <= high+1e-9*step && len(out) < 20; i++ {
		out = append(out, i*step+0) // + 0 makes a zero of a negative zero
	}
	return out
}

// curve draws values over x, clipped to the panel; a NaN interrupts it.
func (p *panel) curve(s draw.LineStyle, xs, ys []float64) {
	for _, run := range runs(ys) {
		var pts []vg.Point
		for i := run[0]; i < run[1]; i++ {
			pts = append(pts, p.at(xs[i], ys[i]))
		}
		if len(pts) > 1 {
			p.StrokeLines(s, p.ClipLinesXY(pts)...)
		}
	}
}

// ribbon fills the space between two curves.
func (p *panel) ribbon(t tone, xs, low, high []float64) {
	for _, run := range runs(low, high) {
		var pts []vg.Point
		for i := run[0]; i < run[1]; i++ {
			pts = append(pts, p.at(xs[i], low[i]))
		}
		for i := run[1] - 1; i >= run[0]; i-- {
			pts = append(pts, p.at(xs[i], high[i]))
		}
		if run[1]-run[0] > 1 {
			if pts = p.ClipPolygonXY(pts); len(pts) > 2 {
				p.FillPolygon(fade(t, 0.16), pts)
			}
		}
	}
}

// mark draws a marker with a rim in the colour of the ground, so that crossing lines stay readable.
func (p *panel) mark(s series, x, y float64, r vg.Length) {
	if !finite(y) || y < p.y0 || y > p.y1 {
		return
	}
	drawMark(p.Canvas, s, p.at(x, y), r)
}

func drawMark(c draw.Canvas, s series, at vg.Point, r vg.Length) {
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: paper.light, Radius: r + 1.1, Shape: draw.CircleGlyph{}}, at)
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: s.light, Radius: r, Shape: s.glyph}, at)
}

// runs are the stretches [from, to) in which all lists are finite.
func runs(lists ...[]float64) [][2]int {
	var out [][2]int
	start := -1
	for i := 0; i <= len(lists[0]); i++ {
		good := i < len(lists[0])
		for _, l := range lists {
			good = good && i < len(l) && finite(l[i])
		}
		if good && start < 0 {
			start = i
		}
		if !good && start >= 0 {
			out, start = append(out, [2]int{start, i}), -1
		}
	}
	return out
}

// legendRow is the height of one row of a legend.
const legendRow vg.Length = 15

// legend lays the arms' names with a sample of their look out in rows from left to right, below y,
// and returns where its last row ends. With a nil canvas it only measures.
func legend(c *draw.Canvas, arms []*arm, left, right, y vg.Length) vg.Length {
	x := left
	y -= legendRow / 2
	s := style(9.5, ink, draw.XLeft)
	for _, a := range arms {
		name := fit(s, a.Name, (right-left)/2)
		need := 30 + s.Width(name) + 14
		if x > left && x+need-14 > right {
			x, y = left, y-legendRow
		}
		if c != nil {
			a.Style.stroke(*c, x, y)
			c.FillText(s, vg.Point{X: x + 30, Y: y}, name)
		}
		x += need
	}
	return y - legendRow/2
}

// stroke draws a piece of the series' line with its marker, 24 points long.
func (s series) stroke(c draw.Canvas, x, y vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: s.light, Width: 1.6, Dashes: s.dashes}, x, y, x+24, y)
	drawMark(c, s, vg.Point{X: x + 12, Y: y}, 2.8)
}

// legendHeight is what legend needs.
func legendHeight(arms []*arm, left, right vg.Length) vg.Length {
	return -legend(nil, arms, left, right, 0)
}

// slanted writes names under the panel, turned by 45° when they are too wide to stand side by side,
// and returns nothing: slantedHeight says how much room they take.
func (p *panel) slanted(names []string) {
	s := style(9, muted, draw.XCenter)
	turn := crowded(names, p.Max.X-p.Min.X)
	for i, name := range names {
		x := p.px(float64(i))
		p.StrokeLine2(line(grid, 0.5), x, p.Min.Y, x, p.Max.Y)
		p.StrokeLine2(line(axis, 0.8), x, p.Min.Y, x, p.Min.Y-3)
		if name = fit(s, name, slantedRoom); turn {
			t := s
			t.Rotation, t.XAlign = math.Pi/4, draw.XRight
			p.FillText(t, vg.Point{X: x + 2, Y: p.Min.Y - 8}, name)
		} else {
			p.FillText(s, vg.Point{X: x, Y: p.Min.Y - 10}, name)
		}
	}
	p.StrokeLine2(line(axis, 0.8), p.Min.X, p.Min.Y, p.Max.X, p.Min.Y)
}

// slantedRoom is the widest that a tick's name may be.
const slantedRoom vg.Length = 90

func crowded(names []string, w vg.Length) bool {
	s := style(9, muted, draw.XCenter)
	for _, name := range names {
		if s.Width(name)+6 > w/vg.Length(len(names)) {
			return true
		}
	}
	return false
}

func slantedHeight(names []string, w vg.Length) vg.Length {
	if !crowded(names, w) {
		return 18
	}
	s, widest := style(9, muted, draw.XRight), vg.Length(0)
	for _, name := range names {
		widest = max(widest, min(s.Width(name), slantedRoom))
	}
	return 14 + widest*0.71
}

// sample is the look of an arm as legends show it, for a line of text that names it.
func sample(a arm) (template.HTML, error) {
	f := figure{w: 26, h: 9, tones: []tone{a.Style.tone}, draw: func(c draw.Canvas) { a.Style.stroke(c, 0, 4.5) }}
	body, err := f.inlineBody()
	return template.HTML(`<svg class="look" aria-hidden="true" width="33" height="11.4" viewBox="0 0 26 9">` + body + "</svg>"), err
}
