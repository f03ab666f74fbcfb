package main

import (
	"fmt"
	"io"
	"strings"

	"gradlab/data"
)

// maxClassRows is how many classes are counted one by one.
const maxClassRows = 50

// tellData writes what a look at a data set found.
func tellData(w io.Writer, d *data.Dataset, look *data.Inspection) error {
	var b strings.Builder
	info := d.Info()
	fmt.Fprintf(&b, "%s: %d classes, %d + %d images of %d×%d×%d (height, width, channels), %.1f MB\n",
		d.Name, len(d.Classes), info.Train, info.Test, info.H, info.W, info.C, float64(d.Train.N()+d.Test.N())*float64(info.H*info.W*info.C)/1e6)
	if p := d.Pictures; p != nil {
		fmt.Fprintf(&b, "%s\n", p.Layout)
		size := fmt.Sprintf("pictures of %d×%d", p.Largest[0], p.Largest[1])
		if p.Smallest != p.Largest {
			size = fmt.Sprintf("pictures of %d×%d to %d×%d", p.Smallest[0], p.Smallest[1], p.Largest[0], p.Largest[1])
		}
		if p.Resized {
			size += fmt.Sprintf(" (width, height), resized to %d×%d: ?size= chooses another size", info.W, info.H)
		}
		fmt.Fprintln(&b, size)
	}
	fmt.Fprintf(&b, "digest %s\n\n", d.Digest())

	name := len("class")
	for _, c := range d.Classes {
		name = max(name, len([]rune(c)))
	}
	row := func(class string, train, test any) { fmt.Fprintf(&b, "  %-*s %9v %9v\n", name, class, train, test) }
	row("class", "train", "test")
	for i, c := range d.Classes[:min(len(d.Classes), maxClassRows)] {
		row(c, look.Train.Counts[i], look.Test.Counts[i])
	}
	if n := len(d.Classes) - maxClassRows; n > 0 {
		fmt.Fprintf(&b, "  … and %d more\n", n)
	}
	row("all", info.Train, info.Test)
	channels := []string{"red", "green", "blue"}
	if info.C == 1 {
		channels = []string{"grey"}
	}
	fmt.Fprintln(&b, "\n  mean ± deviation, of 0 to 1")
	for c, channel := range channels {
		row(channel, fmt.Sprintf("%.2f±%.2f", look.Train.Mean[c], look.Train.Deviation[c]), fmt.Sprintf("%.2f±%.2f", look.Test.Mean[c], look.Test.Deviation[c]))
	}
	if len(look.Warnings) > 0 {
		fmt.Fprintln(&b)
	}
	for _, warning := range look.Warnings {
		fmt.Fprintln(&b, "warning:", warning)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
