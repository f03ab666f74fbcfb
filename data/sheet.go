package data

import (
	"image"
	"image/color"
)

// Sheet is a picture of the first perClass images of every class: a row for each class in the
// order of its label, every pixel enlarged zoom times. Sets of one channel come out grey; of more
// than three, the first three are shown.
func Sheet(s *Set, perClass, zoom int) image.Image {
	perClass, zoom = max(perClass, 1), max(zoom, 1)
	const gap = 1 // pixels between two images, before they are enlarged
	width := perClass*(s.W+gap) + gap
	height := len(s.Classes)*(s.H+gap) + gap
	sheet := image.NewRGBA(image.Rect(0, 0, width*zoom, height*zoom))
	for i := range sheet.Pix {
		sheet.Pix[i] = 255
	}
	for class, images := range Examples(s, perClass) {
		for column, i := range images {
			left, top := gap+column*(s.W+gap), gap+class*(s.H+gap)
			pixels := s.Image(i)
			for p := range s.H * s.W {
				c := rgb(pixels[p*s.C : (p+1)*s.C])
				x, y := (left+p%s.W)*zoom, (top+p/s.W)*zoom
				for dy := range zoom {
					for dx := range zoom {
						sheet.SetRGBA(x+dx, y+dy, c)
					}
				}
			}
		}
	}
	return sheet
}

// Examples gives the numbers of the first n images of every class, by label.
func Examples(s *Set, n int) [][]int {
	found := make([][]int, len(s.Classes))
	for i, l := range s.Labels {
		if int(l) < len(found) && len(found[l]) < n {
			found[l] = append(found[l], i)
		}
	}
	return found
}

func rgb(p []byte) color.RGBA {
	if len(p) < 3 {
		return color.RGBA{p[0], p[0], p[0], 255}
	}
	return color.RGBA{p[0], p[1], p[2], 255}
}
