package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"io"
	"regexp"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// figure is one picture: a drawing that renders alike to SVG, PNG and the inline SVG of the page.
type figure struct {
	Name    string // of its files, without extension
	Title   string
	Caption string // what to see, in a sentence or two
	perArm  bool   // it draws something for each arm
	w, h    vg.Length
	tones   []tone // colours of its own, beside those every drawing uses
	draw    func(draw.Canvas)
}

// width of every picture in points; on the page a point is 1.3 to 1.4 CSS pixels.
const width = 720 * vg.Length(1)

// dpi of the PNG files: two pixels to a point.
const dpi = 144

// maxArms is how many arms a picture holds; more would be neither legible nor small.
const maxArms = 40

// figures are the pictures of a part, without those for which there is nothing to draw.
func figures(p *part) []figure {
	var out []figure
	note := ""
	if n := len(p.Arms); n > maxArms {
		shown := *p
		shown.Arms = p.Arms[:maxArms]
		p, note = &shown, fmt.Sprintf(" Drawn are the first %d of %d arms.", maxArms, n)
	}
	for _, draft := range []func(*part) (figure, bool){accuracyFigure, differencesFigure, curvesFigure, networkFigure, flowFigure, theoryFigure, heatFigure, updatesFigure, unitsFigure, confusionFigure, reliabilityFigure} {
		if f, ok := draft(p); ok {
			f.Name = p.ID + "-" + f.Name
			if f.perArm {
				f.Caption += note
			}
			for _, a := range p.Arms {
				f.tones = append(f.tones, a.Style.tone)
			}
			out = append(out, f)
		}
	}
	return out
}

// PNG is the picture on white.
func (f figure) PNG() ([]byte, error) {
	c := vgimg.NewWith(vgimg.UseWH(f.w, f.h), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))
	f.draw(draw.New(c))
	var b bytes.Buffer
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(&b)
	return b.Bytes(), err
}

// SVG is the picture on white, as a file of its own.
func (f figure) SVG() ([]byte, error) {
	body, err := f.body()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" %s`+"\n",
		f.w.Points(), f.h.Points(), f.attributes())
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#FFFFFF"/>`+"\n%s</svg>\n", body)
	return b.Bytes(), nil
}

// Inline is the picture without a ground, for a page whose style sheet defines the variables of
// toneCSS: it follows the page into the dark.
func (f figure) Inline() (template.HTML, error) {
	body, err := f.inlineBody()
	if err != nil {
		return "", err
	}
	return template.HTML("<svg " + f.attributes() + "\n" + body + "</svg>"), nil
}

// inlineBody is the drawing with variables in place of its colours.
func (f figure) inlineBody() (string, error) {
	body, err := f.body()
	if err != nil {
		return "", err
	}
	known := map[string]bool{}
	for _, t := range append(commonTones(), f.tones...) {
		known[hex(t.light)] = true
	}
	return hexColor.ReplaceAllStringFunc(body, func(s string) string {
		if known[s] {
			return "var(" + toneVar(s) + ")"
		}
		return s
	}), nil
}

// attributes are those that a file and an inline picture share, to the end of the tag. Arial and
// Helvetica have the widths of Liberation Sans, in which the text was measured.
func (f figure) attributes() string {
	return fmt.Sprintf(`viewBox="0 0 %g %g" role="img" aria-label="%s" font-family="'Liberation Sans', Arial, Helvetica, sans-serif">`,
		f.w.Points(), f.h.Points(), template.HTMLEscapeString(f.Title))
}

var (
	hexColor = regexp.MustCompile(`#[0-9A-F]{6}`)
	fontName = regexp.MustCompile(`font-family:Liberation Sans;font-variant:[a-z-]+;(font-weight:bold;|font-weight:normal;)font-style:normal;?`)
)

// body is the drawing without vgsvg's own root element and with short styles. vgsvg writes no ids,
// so that several drawings can stand in one page.
func (f figure) body() (string, error) {
	c := vgsvg.New(f.w, f.h)
	f.draw(draw.New(c))
	var b strings.Builder
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	s := b.String()
	_, s, ok := strings.Cut(s, "<svg ")
	if ok {
		_, s, ok = strings.Cut(s, ">")
	}
	if !ok {
		return "", io.ErrUnexpectedEOF
	}
	s = strings.TrimSuffix(strings.TrimSpace(s), "</svg>")
	s = fontName.ReplaceAllStringFunc(s, func(m string) string {
		if strings.Contains(m, "bold") {
			return "font-weight:bold;"
		}
		return ""
	})
	return s, nil
}

func commonTones() []tone { return []tone{ink, muted, axis, grid, paper, absent, gain, loss} }

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

// toneVar is the CSS variable of a colour as drawn.
func toneVar(hex string) string { return "--k" + strings.ToLower(hex[1:]) }

// toneCSS declares the variables of the figures' colours, as drawn or for a dark page.
func toneCSS(figures []figure, dark bool) string {
	var b strings.Builder
	seen := map[string]bool{}
	add := func(t tone) {
		name, value := toneVar(hex(t.light)), hex(t.light)
		if dark {
			value = hex(t.dark)
		}
		if !seen[name] {
			seen[name] = true
			b.WriteString(name + ":" + value + ";")
		}
	}
	for _, t := range commonTones() {
		add(t)
	}
	for _, f := range figures {
		for _, t := range f.tones {
			add(t)
		}
	}
	return b.String()
}
