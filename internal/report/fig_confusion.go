package report

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// confusion adds the confusion matrices of an arm's trials up and divides each row by its sum: of
// the images of a class, which share was taken for which. It is nil when there is none, and a row
// without images stays zero.
func confusion(a *arm) [][]float64 {
	if a == nil {
		return nil
	}
	n := 0
	for _, t := range a.Trials {
		n = max(n, len(t.Confusion))
	}
	if n == 0 {
		return nil
	}
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		sum := 0.0
		for _, t := range a.Trials {
			if i >= len(t.Confusion) {
				continue
			}
			for j, count := range t.Confusion[i] {
				if j < n {
					m[i][j] += float64(count)
					sum += float64(count)
				}
			}
		}
		for j := range m[i] {
			if sum > 0 {
				m[i][j] /= sum
			}
		}
	}
	return m
}

// maxClasses is how many classes the picture of a confusion matrix holds.
const maxClasses = 120

// confused chooses the arm whose confusion matrix is drawn, and says why that one: the leader; of
// several, or where no ranking was tested, the one with the highest mean accuracy.
func confused(p *part) (*arm, string) {
	switch len(p.Leaders) {
	case 0:
		var b *arm
		for i := range p.Arms {
			if a := &p.Arms[i]; a.TestAccuracy != nil && finite(a.TestAccuracy.Mean) && (b == nil || a.TestAccuracy.Mean > b.TestAccuracy.Mean) {
				b = a
			}
		}
		return b, "the arm with the highest mean accuracy"
	case 1:
		return p.Leader, "the leading arm"
	}
	return p.arm(p.Leaders[0]), "the one with the highest mean accuracy among the arms between which no difference is shown"
}

// confusionFigure draws the confusion matrix of one of the part's arms.
func confusionFigure(p *part) (figure, bool) {
	a, why := confused(p)
	m := confusion(a)
	if m == nil || len(m) > maxClasses {
		return figure{}, false
	}
	n := len(m)
	names := make([]string, n)
	label := style(9, ink, draw.XRight)
	var widest vg.Length
	for i := range names {
		names[i] = fmt.Sprint(i)
		if i < len(p.Data.Classes) {
			names[i] = fit(label, p.Data.Classes[i], slantedRoom)
		}
		widest = max(widest, label.Width(names[i]))
	}
	cell := min(max(vg.Length(460)/vg.Length(n), 4), 34)
	left, foot, top := max(width-vg.Length(n)*cell-widest, 60)/2+widest, slantedHeight(names, vg.Length(n)*cell)+20, vg.Length(24)
	f := figure{
		Name:  "confusion",
		Title: "What is taken for what: " + clean(a.Name),
		Caption: fmt.Sprintf("Rows are the true classes, columns what the network said, in percent of the row, over %s of %s. "+
			"A good network has a strong diagonal; a strong cell beside it is a pair of classes that it mixes up.", plural(len(a.Trials), "trial"), why),
		w: width,
		h: foot + vg.Length(n)*cell + top,
	}
	f.draw = func(c draw.Canvas) {
		size := vg.Length(n) * cell
		pn := newPanel(c, left, foot, left+size, foot+size, span{-0.5, float64(n) - 0.5}, span{float64(n) - 0.5, -0.5})
		if cell >= 9 {
			pn.slanted(names)
			for i, name := range names {
				pn.FillText(label, vg.Point{X: left - 7, Y: pn.py(float64(i))}, name)
			}
		}
		for i, row := range m {
			for j, share := range row {
				pn.confusionCell(i, j, share, cell)
			}
		}
		small := style(9, muted, draw.XLeft)
		pn.FillText(small, vg.Point{X: left, Y: foot + size + 12}, "true class down, answer across; percent of the row")
	}
	return f, true
}

func (p *panel) confusionCell(i, j int, share float64, cell vg.Length) {
	t := loss // what is wrong
	if i == j {
		t = gain
	}
	at, half := p.at(float64(j), float64(i)), cell/2-0.6
	p.FillPolygon(paper.light, square(at, half))
	p.FillPolygon(fade(t, 0.04+0.86*share), square(at, half))
	if cell < 19 || share < 0.005 {
		return
	}
	s := style(9, ink, draw.XCenter)
	if share > 0.75 {
		s = bold(style(9, paper, draw.XCenter))
	}
	p.FillText(s, at, fmt.Sprintf("%.0f", 100*share))
}

func square(at vg.Point, half vg.Length) []vg.Point {
	return []vg.Point{{X: at.X - half, Y: at.Y - half}, {X: at.X + half, Y: at.Y - half}, {X: at.X + half, Y: at.Y + half}, {X: at.X - half, Y: at.Y + half}}
}
