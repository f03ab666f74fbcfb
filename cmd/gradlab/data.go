package main

import (
	"bytes"
	"cmp"
	"fmt"
	"image/png"
	"os"

	"gradlab/data"
	"gradlab/internal/wholefile"
)

type dataCmd struct {
	List  dataListCmd  `cmd:"" default:"1" help:"List the data sets that gradlab knows by name."`
	Fetch dataFetchCmd `cmd:"" help:"Download a data set into the cache."`
	Show  dataShowCmd  `cmd:"" help:"Write a picture of the first images of every class."`
}

type dataListCmd struct{}

// Run lists names with what they stand for and where the images are.
func (dataListCmd) Run(con *console) error {
	for _, s := range data.Sources() {
		fmt.Fprintf(con.out, "%-10s %s\n%-10s %s\n", s.Name, s.About, "", s.Where(data.Options{}))
	}
	fmt.Fprintln(con.out, "\nA directory or an archive is named by its path: gradlab run activations --data cifar-10-binary.tar.gz")
	return nil
}

type dataFetchCmd struct {
	Data string `arg:"" help:"Name of a data set, as gradlab data list shows it."`
	URL  string `name:"url" placeholder:"URL" help:"A mirror to download from, in place of the data set's home page."`
}

// Help says what happens to a broken download.
func (dataFetchCmd) Help() string {
	return "A download that breaks goes on where it was when the command is run again. " +
		"The archive is verified before it takes its place in the cache.\n\nExample:\n\n  gradlab data fetch cifar10"
}

// Run downloads the data set into the cache and prints the archive's path.
func (c dataFetchCmd) Run(con *console) error {
	p := newProgress(con.err, false, false)
	path, err := data.Fetch(con.ctx, c.Data, data.FetchOptions{URL: c.URL, Progress: p.download(c.Data)})
	p.close()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(con.out, path)
	return err
}

type dataShowCmd struct {
	Data     string `arg:"" help:"Name or path of a data set."`
	Out      string `short:"o" placeholder:"FILE" default:"sheet.png" help:"The picture to write, as PNG. Default: ${default}."`
	PerClass int    `default:"12" placeholder:"N" help:"Images of each class. Default: ${default}."`
	Zoom     int    `default:"2" placeholder:"N" help:"Size of a pixel. Default: ${default}."`
	Force    bool   `short:"f" help:"Replace a file that is there."`
}

// Help shows an example.
func (dataShowCmd) Help() string {
	return "Example:\n\n  gradlab data show 'shapes?train=1000' --out shapes.png"
}

// Run writes the contact sheet.
func (c dataShowCmd) Run(con *console) error {
	if err := cmp.Or(inRange("--per-class", c.PerClass, 1, 1000), inRange("--zoom", c.Zoom, 1, 32)); err != nil {
		return usage{fmt.Errorf("failed to read the command line: %w", err), "gradlab data show --help shows its flags and arguments"}
	}
	if _, err := os.Lstat(c.Out); err == nil && !c.Force {
		return usage{fmt.Errorf("failed to write %s: it is there already", c.Out), "give another --out, or --force to replace it"}
	}
	set, err := openData(con, c.Data)
	if err != nil {
		return err
	}
	perClass := 0
	for _, images := range data.Examples(set.Train, c.PerClass) {
		perClass = max(perClass, len(images))
	}
	pixels := len(set.Classes) * perClass * (set.Train.H + 1) * (set.Train.W + 1) * c.Zoom * c.Zoom
	if pixels > maxPixels {
		return usage{fmt.Errorf("failed to draw %s: %d images of each of %d classes would be a picture of %d million pixels, more than %d million",
			c.Data, perClass, len(set.Classes), pixels/1e6, maxPixels/1_000_000), "take a smaller --per-class or --zoom"}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, data.Sheet(set.Train, perClass, c.Zoom)); err != nil {
		return fmt.Errorf("failed to draw %s: %w", c.Data, err)
	}
	if err := wholefile.Write(c.Out, b.Bytes()); err != nil {
		return advised{err, "give a file that can be written with --out"}
	}
	_, err = fmt.Fprintln(con.out, c.Out)
	return err
}

// maxPixels bounds a contact sheet: 100 million pixels are 400 MB.
const maxPixels = 100_000_000

func openData(con *console, text string) (*data.Dataset, error) {
	spec, err := data.ParseSpec(text)
	if err != nil {
		return nil, usage{err, hintOf(err)}
	}
	return data.Open(con.ctx, spec, data.Options{})
}
