package main

import (
	"fmt"
	"io"
	"strings"

	"gradlab/data"
)

// maxClassRows is how many classes are counted one by one.
const maxClassRows = 50

// dataLook is what data show prints as JSON.
type dataLook struct {
	data.Info
	Digest   string           `json:"digest"`
	Pictures *data.Pictures   `json:"pictures,omitempty"` // of a set that was made of picture files
	Look     *data.Inspection `json:"look"`
}

// tellData writes what a look at a data set finds, as JSON or in words.
func tellData(w io.Writer, d *data.Dataset, asJSON bool) error {
	look := data.Inspect(d)
	if asJSON {
		return printJSON(w, dataLook{d.Info(), d.Digest(), d.Pictures, look})
	}
	var b strings.Builder
	info := d.Info()
	fmt.Fprintf(&b, "%s: %d classes, %d + %d images of %d×%d×%d (height, width, channels), %.1f MB\n",
		d.Name, len(d.Classes), info.Train, info.Test, info.H, info.W, info.C, float64(d.Train.N()+d.Test.N())*float64(info.H*info.W*info.C)/1e6)
	if p := d.Pictures; p != nil {
		fmt.Fprintf(&b, "%s\n%s\n", p.Layout, sizesText(p, info))
	}
	fmt.Fprintf(&b, "digest %s\n\n", d.Digest())
	tellSplits(&b, d, look)
	if len(look.Warnings) > 0 {
		fmt.Fprintln(&b)
	}
	for _, warning := range look.Warnings {
		fmt.Fprintln(&b, "warning:", warning)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sizesText says how large the pictures were, and what became of them.
func sizesText(p *data.Pictures, info data.Info) string {
	text := fmt.Sprintf("pictures of %d×%d", p.Largest[0], p.Largest[1])
	if p.Smallest != p.Largest {
		text = fmt.Sprintf("pictures of %d×%d to %d×%d", p.Smallest[0], p.Smallest[1], p.Largest[0], p.Largest[1])
	}
	if p.Resized {
		text += fmt.Sprintf(" (width, height), resized to %d×%d: ?size= chooses another size", info.W, info.H)
	}
	if len(p.Sizes) < 2 {
		return text
	}
	var sizes []string
	for _, s := range p.Sizes {
		sizes = append(sizes, fmt.Sprintf("%d of %d×%d", s.Count, s.W, s.H))
	}
	if p.OtherSizes > 0 {
		sizes = append(sizes, "and "+counted(p.OtherSizes, "size")+" more")
	}
	return text + "\nsizes: " + strings.Join(sizes, ", ")
}

// tellSplits writes the numbers of images and the moments of their channels in columns, one for each split.
func tellSplits(b *strings.Builder, d *data.Dataset, look *data.Inspection) {
	name := len("class")
	for _, c := range d.Classes {
		name = max(name, len([]rune(c)))
	}
	row := func(class string, train, test any) { fmt.Fprintf(b, "  %-*s %9v %9v\n", name, class, train, test) }
	row("class", "train", "test")
	for i, c := range d.Classes[:min(len(d.Classes), maxClassRows)] {
		row(c, look.Train.Counts[i], look.Test.Counts[i])
	}
	if n := len(d.Classes) - maxClassRows; n > 0 {
		fmt.Fprintf(b, "  … and %d more\n", n)
	}
	row("all", d.Train.N(), d.Test.N())
	fmt.Fprintln(b, "\n  mean ± deviation, of 0 to 1")
	for c, channel := range data.ChannelNames(d.Train.C) {
		row(channel, fmt.Sprintf("%.2f±%.2f", look.Train.Mean[c], look.Train.Deviation[c]), fmt.Sprintf("%.2f±%.2f", look.Test.Mean[c], look.Test.Deviation[c]))
	}
}
