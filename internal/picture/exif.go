package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation finds EXIF's tag of that name, which says how the stored picture is turned: 1 to 8, and 1
// where the file says nothing (CIPA DC-008, 4.6.4 A).
func orientation(format string, b []byte) int {
	var exif []byte
	switch format {
	case "JPEG":
		exif = exifOfJPEG(b)
	case "PNG":
		exif = exifOfPNG(b)
	case "WebP":
		exif = exifOfWebP(b)
	}
	if o := orientationTag(exif); o >= 1 && o <= 8 {
		return o
	}
	return 1
}

// exifOfJPEG walks the segments in front of the picture: 0xFF, a marker, a length that counts itself.
func exifOfJPEG(b []byte) []byte {
	for b = b[2:]; len(b) >= 4 && b[0] == 0xff; {
		if b[1] == 0xff { // filling
			b = b[1:]
			continue
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		if b[1] == 0xda || n < 2 || len(b) < 2+n { // the picture begins
			return nil
		}
		if exif, ok := bytes.CutPrefix(b[4:2+n], []byte("Exif\x00\x00")); ok && b[1] == 0xe1 {
			return exif
		}
		b = b[2+n:]
	}
	return nil
}

// exifOfPNG walks the chunks: a length, a name, as many bytes, a checksum.
func exifOfPNG(b []byte) []byte {
	for b = b[8:]; len(b) >= 12; {
		n := int64(binary.BigEndian.Uint32(b))
		if int64(len(b)) < 12+n {
			return nil
		}
		if string(b[4:8]) == "eXIf" {
			return b[8 : 8+n]
		}
		b = b[12+n:]
	}
	return nil
}

// exifOfWebP walks the chunks: a name, a length, as many bytes and one more if they are odd.
func exifOfWebP(b []byte) []byte {
	for b = b[12:]; len(b) >= 8; {
		n := int64(binary.LittleEndian.Uint32(b[4:]))
		if int64(len(b)) < 8+n {
			return nil
		}
		if string(b[:4]) == "EXIF" {
			return bytes.TrimPrefix(b[8:8+n], []byte("Exif\x00\x00"))
		}
		b = b[min(8+n+n%2, int64(len(b))):]
	}
	return nil
}

// orientationTag reads tag 0x0112 of the first directory of a TIFF structure, 0 for none.
func orientationTag(tiff []byte) int {
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(tiff[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		const entry, short = 12, 3
		if len(entries) < entry {
			return 0
		}
		if order.Uint16(entries) == 0x0112 && order.Uint16(entries[2:]) == short {
			return int(order.Uint16(entries[8:]))
		}
		entries = entries[entry:]
	}
	return 0
}

// turned is the picture upright: o says where its first row and column belong.
//
//	1 top left   2 top right   3 bottom right   4 bottom left
//	5 left top   6 right top   7 right bottom   8 left bottom
func turned(img *image.RGBA, o int) *image.RGBA {
	if o == 1 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	// Where pixel (0, 0) goes, and how far apart neighbours lie then.
	right, down := 4, out.Stride
	if o >= 5 {
		right, down = out.Stride, 4
	}
	start := 0
	if o == 2 || o == 3 || o == 7 || o == 8 { // the last column comes first
		start += (w - 1) * right
		right = -right
	}
	if o == 3 || o == 4 || o == 6 || o == 7 { // the last row comes first
		start += (h - 1) * down
		down = -down
	}
	for y := range h {
		to := start + y*down
		row := img.Pix[y*img.Stride:][:4*w]
		for x := 0; x < len(row); x += 4 {
			copy(out.Pix[to:to+4], row[x:x+4])
			to += right
		}
	}
	return out
}
