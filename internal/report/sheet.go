package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"strings"

	"gradlab/lab"
)

// contactSheet puts the sample of the data into one PNG, a row of up to twelve pictures per class,
// and says which rows are which. It returns nil when there is no sample that can be shown: the
// pixels of every picture must be height × width × 1 or 3 channels.
func contactSheet(d lab.Data) (sheet []byte, note string, err error) {
	if len(d.Shape) != 3 || d.Shape[0] < 1 || d.Shape[1] < 1 || (d.Shape[2] != 1 && d.Shape[2] != 3) {
		return nil, "", nil
	}
	height, width, channels := d.Shape[0], d.Shape[1], d.Shape[2]
	const most, gap = 12, 2
	byClass := map[int][][]byte{}
	columns, last := 0, -1
	for _, s := range d.Sample {
		if s.Class < 0 || len(s.Pixels) != height*width*channels || len(byClass[s.Class]) == most {
			continue
		}
		byClass[s.Class] = append(byClass[s.Class], s.Pixels)
		columns, last = max(columns, len(byClass[s.Class])), max(last, s.Class)
	}
	if columns == 0 {
		return nil, "", nil
	}
	var names []string
	img := image.NewNRGBA(image.Rect(0, 0, columns*(width+gap)-gap, len(byClass)*(height+gap)-gap))
	for class := range last + 1 {
		for k, pixels := range byClass[class] {
			for y := range height {
				for x := range width {
					img.SetNRGBA(k*(width+gap)+x, len(names)*(height+gap)+y, pixel(pixels[(y*width+x)*channels:], channels))
				}
			}
		}
		if len(byClass[class]) > 0 {
			name := fmt.Sprint(class)
			if class < len(d.Classes) {
				name = clean(d.Classes[class])
			}
			names = append(names, name)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, "", fmt.Errorf("failed to draw the sample: %w", err)
	}
	return b.Bytes(), "A row per class, from the top: " + strings.Join(names, ", ") + ".", nil
}

// drawnImage is the picture of images before and after transforms, "" without one.
func drawnImage(d lab.Data) (template.URL, error) {
	if d.Drawn == nil {
		return "", nil
	}
	var b bytes.Buffer
	if err := png.Encode(&b, d.Drawn); err != nil {
		return "", fmt.Errorf("failed to draw the transforms: %w", err)
	}
	return pngURL(b.Bytes()), nil
}

// pngURL is a picture within a page.
func pngURL(png []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))
}

// mistakePicture is a test picture that was classified wrongly, with what is said below it.
type mistakePicture struct {
	Image   template.URL // a PNG as data URI
	Caption string
	Name    string
}

// mistakePictures draws the most confident mistakes whose pixels are at hand, enlarged to about 96 pixels.
func mistakePictures(p *part) ([]mistakePicture, error) {
	var all []mistakePicture
	for _, m := range p.Mistakes {
		d := p.Data
		if len(d.Shape) != 3 || d.Shape[0] < 1 || d.Shape[1] < 1 || (d.Shape[2] != 1 && d.Shape[2] != 3) || len(m.Pixels) != d.Shape[0]*d.Shape[1]*d.Shape[2] {
			continue
		}
		height, width, channels := d.Shape[0], d.Shape[1], d.Shape[2]
		scale := max(1, 96/max(height, width))
		img := image.NewNRGBA(image.Rect(0, 0, scale*width, scale*height))
		for y := range scale * height {
			for x := range scale * width {
				img.SetNRGBA(x, y, pixel(m.Pixels[(y/scale*width+x/scale)*channels:], channels))
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			return nil, fmt.Errorf("failed to draw a mistake: %w", err)
		}
		all = append(all, mistakePicture{
			Image:   pngURL(b.Bytes()),
			Caption: fmt.Sprintf("%s, taken for %s with %s, wrong in %d of %d", className(p, m.Class), className(p, m.Predicted), percent(m.Confidence), m.Wrong, m.Trials),
			Name:    pictureName(m),
		})
	}
	return all, nil
}

func pixel(p []byte, channels int) color.NRGBA {
	if channels == 1 {
		return color.NRGBA{p[0], p[0], p[0], 0xff}
	}
	return color.NRGBA{p[0], p[1], p[2], 0xff}
}
