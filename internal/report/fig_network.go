package report

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gradlab/lab"
)

const (
	maxNetworks = 12 // pictures of networks side by side and below each other; more are not looked at
	maxLayers   = 70 // of a network that is drawn
)

// networkTile is an arm's network and its log10 gradients by position, nil where they are not known.
type networkTile struct {
	*arm
	theory, first, last []float64 // as predicted, at the first step, in the last window of training
	above               []bool
	past                []link
	lane                []int
	lanes               int
}

// networkFigure draws the arms' networks as blocks, a column each, coloured by the gradient that arrives there.
func networkFigure(p *part) (figure, bool) {
	all, left := networks(p)
	if len(all) == 0 {
		return figure{}, false
	}
	scale := emptySpan()
	for _, d := range all {
		for _, values := range [][]float64{d.theory, d.first, d.last} {
			scale.add(values...)
		}
	}
	if scale.empty() {
		return figure{}, false
	}
	if scale.high-scale.low < 0.1 {
		scale = scale.padded(0.5)
	}
	const top, head, foot, gapX = 30, 34, 18, 22
	columns := min(len(all), 3)
	tileWidth := (width - 8 - 2*gapX) / vg.Length(3)
	heights := make([]vg.Length, (len(all)+columns-1)/columns)
	height := vg.Length(top)
	for i, d := range all {
		heights[i/columns] = max(heights[i/columns], head+foot+vg.Length(len(d.Network)+1)*layerRow)
	}
	for _, h := range heights {
		height += h
	}
	f := figure{
		Name:  "networks",
		Title: "The networks, and the gradients in them",
		Caption: "Each block is a layer, from the input (top) to the output (bottom), with the shape of its output for one image and the number of its trained values; " +
			"layers without any are narrower. Its colour is the gradient that arrives at its output in the last steps of training, a mean over seeds; fields left " +
			"of it: T is theory’s prediction for the untrained network, 1 the first step. Bright is large; a network that is dark at the top does not " +
			"teach its first layers. Lines at the right are what residual sums add. Grey: not known, or exactly zero.",
		perArm: true,
		w:      width,
		h:      height,
	}
	if left != "" {
		f.Caption += " " + left
	}
	f.draw = func(c draw.Canvas) {
		colourBar(c, width-4, f.h-4, scale, "log10 gradient")
		y := f.h - top
		for i, d := range all {
			k := i % columns
			if k == 0 && i > 0 {
				y -= heights[i/columns-1]
			}
			from := 4 + vg.Length(k)*(tileWidth+gapX)
			d.drawOn(c, from, from+tileWidth, y, scale)
		}
	}
	return f, true
}

// networks are those of the part's arms; of too many, different ones. It says what is left out.
func networks(p *part) (all []networkTile, left string) {
	known := 0
	for i := range p.Arms {
		if n := len(p.Arms[i].Network); n > 0 && n <= maxLayers {
			known++
		}
	}
	for i := range p.Arms {
		a := &p.Arms[i]
		if len(a.Network) == 0 || len(a.Network) > maxLayers || len(all) == maxNetworks {
			continue
		}
		if known > maxNetworks && slices.ContainsFunc(all, func(d networkTile) bool { return sameNetwork(d.Network, a.Network) }) {
			continue
		}
		d := networkTile{arm: a}
		d.above, d.past = wiring(a.Network)
		d.lane, d.lanes = lanes(d.past)
		if a.Theory != nil {
			d.theory = logs(a.Theory.GradRMS, nil)
		}
		var first, last [][]float64
		for _, t := range a.Trials {
			if n := len(t.Flow); n > 0 {
				last = append(last, logs(t.Flow[n-1].GradRMS, nil))
				if t.Flow[0].Steps.Last == 1 {
					first = append(first, logs(t.Flow[0].GradRMS, nil))
				}
			}
		}
		d.first, d.last = BandOf(first).Mid, BandOf(last).Mid
		all = append(all, d)
	}
	if n := known - len(all); n > 0 {
		left = "Not drawn: " + plural(n, "arm") + ", most with a network that another one has."
	}
	return all, left
}

const (
	layerRow vg.Length = 16 // from one layer to the next
	layerBox vg.Length = 12 // of which this is the block
	laneStep vg.Length = 8  // from one link to the next
	fieldBox vg.Length = 9  // theory's and the first step's fields
)

// drawOn draws the network between left and right, below top.
func (d *networkTile) drawOn(c draw.Canvas, left, right, top vg.Length, scale span) {
	title, small := bold(style(10, ink, draw.XLeft)), style(8, muted, draw.XLeft)
	c.FillText(title, vg.Point{X: left, Y: top - 6}, fit(title, d.Name, right-left))
	c.FillText(small, vg.Point{X: left, Y: top - 18}, plural(len(d.Network), "layer")+", "+thousands(d.Parameters)+" trained values")

	y := func(row int) vg.Length { return top - 34 - vg.Length(row)*layerRow }
	box, edge := left+2*(fieldBox+1), right-vg.Length(d.lanes)*laneStep-4
	middle := (box + edge) / 2
	small.XAlign = draw.XCenter
	c.FillText(small, vg.Point{X: middle, Y: y(0)}, "input")
	if d.theory != nil {
		c.FillText(small, vg.Point{X: left + fieldBox/2, Y: y(0)}, "T")
	}
	if d.first != nil {
		c.FillText(small, vg.Point{X: left + fieldBox + 1 + fieldBox/2, Y: y(0)}, "1")
	}
	for i, l := range d.Network {
		row := i + 1
		if d.above[row] {
			c.StrokeLine2(line(axis, 1), middle, y(row)+layerBox/2, middle, y(row-1)-layerBox/2)
		}
		if d.theory != nil {
			field(c, left, y(row), fieldBox, d.theory, i, scale)
		}
		if d.first != nil {
			field(c, left+fieldBox+1, y(row), fieldBox, d.first, i, scale)
		}
		inset := vg.Length(0)
		if l.Parameters == 0 {
			inset = 9
		}
		layerText(c, l, box+inset, edge-inset, y(row), field(c, box+inset, y(row), edge-box-2*inset, d.last, i, scale))
	}
	for i, l := range d.past {
		d.drawLink(c, l, edge, edge+4+vg.Length(d.lane[i])*laneStep, y)
	}
}

// drawLink draws a link along its lane, from the right edge of its first block to an arrow at that of its last.
func (d *networkTile) drawLink(c draw.Canvas, l link, edge, lane vg.Length, y func(int) vg.Length) {
	from, to := y(l.from)-2, y(l.to)+2
	start := edge
	if l.from == 0 {
		start = edge - 30
	} else if d.Network[l.from-1].Parameters == 0 {
		start = edge - 9
	}
	end := edge
	if d.Network[l.to-1].Parameters == 0 {
		end = edge - 9
	}
	s := line(muted, 1)
	c.StrokeLines(s, []vg.Point{{X: start, Y: from}, {X: lane, Y: from}, {X: lane, Y: to}, {X: end + 2, Y: to}})
	c.FillPolygon(muted.light, []vg.Point{{X: end, Y: to}, {X: end + 4, Y: to + 2.2}, {X: end + 4, Y: to - 2.2}})
}

// field fills a block w wide, its left edge at x, its middle at y, with the colour of a value, and returns the tone for
// text on it.
func field(c draw.Canvas, x, y, w vg.Length, values []float64, i int, scale span) color.Color {
	fill, text := absent.light, color.Color(ink.light)
	if i < len(values) && finite(values[i]) {
		fill = heat(int(math.Round((values[i]-scale.low)/(scale.high-scale.low)*(levels-1))), levels)
		text = on(fill)
	}
	corners := []vg.Point{{X: x, Y: y - layerBox/2}, {X: x + w, Y: y - layerBox/2}, {X: x + w, Y: y + layerBox/2}, {X: x, Y: y + layerBox/2}}
	c.FillPolygon(fill, corners)
	c.StrokeLines(line(axis, 0.5), append(corners, corners[0])) // the darkest are as dark as a dark page
	return text
}

// layerText writes a layer's name, shape and number of trained values between the edges of its block.
func layerText(c draw.Canvas, l lab.Layer, left, right, y vg.Length, tone color.Color) {
	s := style(8, ink, draw.XLeft)
	s.Color = tone
	wide := right - left - 8
	count := ""
	if l.Parameters > 0 {
		count = thousands(l.Parameters)
	}
	name := fit(s, l.Name, wide/2)
	c.FillText(s, vg.Point{X: left + 4, Y: y}, name)
	s.XAlign = draw.XRight
	c.FillText(s, vg.Point{X: right - 4, Y: y}, count)
	s.XAlign = draw.XLeft
	at := max(left+4+0.42*wide, left+4+s.Width(name)+6)
	if room := right - 4 - s.Width(count) - 6 - at; room > 10 {
		c.FillText(s, vg.Point{X: at, Y: y}, fit(s, shapeText(l.Shape), room))
	}
}

// on is black or white, whichever is easier to read on a ground that stays as it is on a dark page. Neither is quite
// that: text of these colours stays as it is, too.
func on(ground color.NRGBA) color.NRGBA {
	linear := func(c uint8) float64 {
		x := float64(c) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	luminance := 0.2126*linear(ground.R) + 0.7152*linear(ground.G) + 0.0722*linear(ground.B)
	if luminance > 0.179 { // where both have the same contrast, 4.6 to 1 (WCAG 2)
		return rgb(0x010101)
	}
	return rgb(0xfefefe)
}
