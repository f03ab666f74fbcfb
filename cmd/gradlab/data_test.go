package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// pictures makes a directory with so many pictures of one class, each of a colour of its own:
// pictures DIR N.
func pictures(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pictures DIR N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	for i := range n {
		img := image.NewRGBA(image.Rect(0, 0, 48, 40))
		for p := range 48 * 40 {
			img.SetRGBA(p%48, p/48, color.RGBA{uint8(20 * i), uint8(len(args[0]) * p), uint8(args[0][len(args[0])-1]), 255})
		}
		var b bytes.Buffer
		ts.Check(png.Encode(&b, img))
		ts.Check(os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d.JPG", i)), b.Bytes(), 0o644)) // a PNG, whatever its name says
	}
}
