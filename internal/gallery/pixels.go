package gallery

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
)

// largest is how many pixels the longer side of a picture has at most.
const largest = 96

// draw makes a data URI of an image of bytes [h, w, channels], in colour or grey, made smaller where it is large: by the
// means of squares of pixels. Browsers enlarge what is small.
func draw(pixels []byte, h, w, channels int) string {
	by := (max(h, w) + largest - 1) / largest
	rows, columns := (h+by-1)/by, (w+by-1)/by
	at := func(y, x, channel int) byte {
		sum, n := 0, 0
		for v := y * by; v < min((y+1)*by, h); v++ {
			for u := x * by; u < min((x+1)*by, w); u++ {
				sum += int(pixels[(v*w+u)*channels+channel])
				n++
			}
		}
		return byte((sum + n/2) / n)
	}
	var picture image.Image
	if channels == 3 {
		m := image.NewNRGBA(image.Rect(0, 0, columns, rows))
		for y := range rows {
			for x := range columns {
				m.SetNRGBA(x, y, color.NRGBA{at(y, x, 0), at(y, x, 1), at(y, x, 2), 255})
			}
		}
		picture = m
	} else {
		m := image.NewGray(image.Rect(0, 0, columns, rows))
		for y := range rows {
			for x := range columns {
				m.SetGray(x, y, color.Gray{at(y, x, 0)})
			}
		}
		picture = m
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil { // of a picture without pixels: no data has them
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(file.Bytes())
}
