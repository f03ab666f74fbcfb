package picture

import (
	"image"
	"io"

	"golang.org/x/image/webp"
)

// decodeWebP gives the colours that a WebP means. Its lossy form stores luma from 16 to 235 and chroma from
// 16 to 240 (RFC 9649, 2.5, by ITU-R BT.601), where package webp hands them over as JPEG's, from 0 to 255:
// white would come out as a light grey.
func decodeWebP(r io.Reader) (image.Image, error) {
	img, err := webp.Decode(r)
	if err != nil {
		return nil, err
	}
	switch img := img.(type) {
	case *image.YCbCr:
		return colours(img, func(int, int) uint8 { return 255 }), nil
	case *image.NYCbCrA:
		return colours(&img.YCbCr, func(x, y int) uint8 { return img.A[img.AOffset(x, y)] }), nil
	}
	return img, nil
}

// The parts of BT.601's matrix for luma of 219 and chroma of 224 steps, times 2¹⁶.
const (
	lumaPart  = 76309  // 255/219
	redPart   = 104597 // 255/224 · 1.402
	greenPart = 53279  // 255/224 · 1.402 · 0.299/0.587
	greenBlue = 25675  // 255/224 · 1.772 · 0.114/0.587
	bluePart  = 132201 // 255/224 · 1.772
)

func colours(img *image.YCbCr, alpha func(x, y int) uint8) *image.NRGBA {
	out := image.NewNRGBA(img.Rect)
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			at := img.COffset(x, y)
			luma := lumaPart*(int(img.Y[img.YOffset(x, y)])-16) + 1<<15
			blue, red := int(img.Cb[at])-128, int(img.Cr[at])-128
			to := out.Pix[out.PixOffset(x, y):][:4:4]
			to[0] = eight(luma + redPart*red)
			to[1] = eight(luma - greenPart*red - greenBlue*blue)
			to[2] = eight(luma + bluePart*blue)
			to[3] = alpha(x, y)
		}
	}
	return out
}

// eight is the byte nearest to v/2¹⁶, of which half was added before.
func eight(v int) uint8 { return uint8(max(0, min(v>>16, 255))) }
