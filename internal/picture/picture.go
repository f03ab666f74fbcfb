// Package picture turns the bytes of a picture file into pixels of a wanted size: JPEG, PNG, GIF, BMP and
// WebP, told by their contents. Pictures come out as they are meant to be seen: turned as EXIF says, and laid
// on white where they are transparent. Whatever a file holds, the outcome is pixels or an error, within
// bounds, and with the same bits on every machine: decoders and resampling calculate with whole numbers.
//
// It imports nothing of gradlab.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// MaxPixels bounds one picture: telephones make up to 50 million. Decoding takes Cost bytes of memory.
const MaxPixels = 50_000_000

// MaxBytes bounds the file of one picture.
const MaxBytes = 256 << 20

// bytesPerPixel is what decoding takes at most: 12 for the coefficients of a progressive JPEG and 3 for its
// planes, or 8 for a PNG of 16 bits, 4 for what comes out, and 4 to turn it.
const bytesPerPixel = 23

// An Info is what a file's header says.
type Info struct {
	Format string // "JPEG"
	W, H   int    // as the picture is seen, after it was turned
	turn   int    // EXIF's orientation, 1 to 8
}

// Cost is the memory that decoding takes at most, in bytes.
func (i Info) Cost() int64 { return int64(i.W) * int64(i.H) * bytesPerPixel }

// A format is one kind of file.
type format struct {
	name   string
	is     func(b []byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func starts(with string) func([]byte) bool {
	return func(b []byte) bool { return bytes.HasPrefix(b, []byte(with)) }
}

var formats = []format{
	{"JPEG", starts("\xff\xd8\xff"), jpeg.DecodeConfig, jpeg.Decode},
	{"PNG", starts("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode},
	{"GIF", starts("GIF8"), gif.DecodeConfig, gif.Decode},
	{"BMP", starts("BM"), bmp.DecodeConfig, bmp.Decode},
	{"WebP", isWebP, webp.DecodeConfig, decodeWebP},
}

func isWebP(b []byte) bool {
	return len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP"
}

// others are kinds of picture files that are not read.
var others = []struct {
	name string
	is   func(b []byte) bool
}{
	{"HEIC or AVIF", func(b []byte) bool { return len(b) >= 8 && string(b[4:8]) == "ftyp" }},
	{"TIFF", func(b []byte) bool { return starts("II*\x00")(b) || starts("MM\x00*")(b) }},
	{"PSD", starts("8BPS")},
	{"SVG", func(b []byte) bool {
		return starts("<svg")(b) || starts("<?xml")(b) && bytes.Contains(b, []byte("<svg"))
	}},
}

func formatOf(b []byte) (format, error) {
	for _, f := range formats {
		if f.is(b) {
			return f, nil
		}
	}
	for _, o := range others {
		if o.is(b) {
			return format{}, fmt.Errorf("pictures of the kind %s are not read", o.name)
		}
	}
	if len(b) == 0 {
		return format{}, errors.New("the file is empty")
	}
	return format{}, errors.New("it is no picture: expected JPEG, PNG, GIF, BMP or WebP")
}

// Inspect reads the header of a picture: b is the file, or its first megabyte.
func Inspect(b []byte) (info Info, err error) {
	defer caught(&err)
	f, err := formatOf(b)
	if err != nil {
		return Info{}, err
	}
	c, err := f.config(bytes.NewReader(b))
	if err != nil {
		return Info{}, plain(f.name, err)
	}
	if c.Width < 1 || c.Height < 1 {
		return Info{}, fmt.Errorf("its size is %d×%d", c.Width, c.Height)
	}
	if int64(c.Width)*int64(c.Height) > MaxPixels {
		return Info{}, fmt.Errorf("it has %d×%d pixels, more than %d million", c.Width, c.Height, MaxPixels/1_000_000)
	}
	info = Info{f.name, c.Width, c.Height, orientation(f.name, b)}
	if info.turn >= 5 {
		info.W, info.H = info.H, info.W
	}
	return info, nil
}

// Decode gives the pixels of a picture as it is seen, opaque and from (0, 0) on: of an animation the first
// one.
func Decode(b []byte) (img *image.RGBA, info Info, err error) {
	defer caught(&err)
	if info, err = Inspect(b); err != nil {
		return nil, info, err
	}
	f, err := formatOf(b)
	if err != nil {
		return nil, info, err
	}
	decoded, err := f.decode(bytes.NewReader(b))
	if err != nil {
		return nil, info, plain(f.name, err)
	}
	size := image.Rect(0, 0, info.W, info.H)
	if info.turn >= 5 {
		size = image.Rect(0, 0, info.H, info.W)
	}
	at := image.Point{}
	if f.name != "GIF" { // the first picture of an animation may cover a part of it
		at = decoded.Bounds().Min
	}
	img = image.NewRGBA(size)
	draw.Draw(img, size, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(img, size, decoded, at, draw.Over)
	return turned(img, info.turn), info, nil
}

// caught makes an error of a decoder's panic.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("its decoder gave up: %v", p)
	}
}

// plain says in plain words why a file was not decoded.
func plain(name string, err error) error {
	text := err.Error()
	early := false // as decoders word it, without wrapping
	for _, end := range []string{io.ErrUnexpectedEOF.Error(), "short Huffman data", "not enough pixel data"} {
		early = early || strings.HasSuffix(text, end)
	}
	if early || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("the %s ends too early", name)
	}
	return fmt.Errorf("the %s is damaged or of a kind that is not read: %w", name, err)
}
