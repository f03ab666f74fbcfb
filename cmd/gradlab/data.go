package main

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os"

	"gradlab/data"
	"gradlab/internal/runlog"
)

type dataCmd struct {
	List  dataListCmd  `cmd:"" default:"1" help:"List the data sets that gradlab knows by name."`
	Fetch dataFetchCmd `cmd:"" help:"Download a data set, or verify one that is there."`
	Show  dataShowCmd  `cmd:"" help:"Write a picture of the first images of every class."`
}

type dataListCmd struct{}

// Run lists names with what they stand for.
func (dataListCmd) Run(con *console) error {
	for _, s := range data.Sources() {
		fmt.Fprintf(con.out, "%-10s %s\n", s.Name, s.About)
	}
	fmt.Fprintln(con.out, "\nA directory or an archive is named by its path: gradlab run activations --data cifar-10-binary.tar.gz")
	return nil
}

type dataFetchCmd struct {
	Data string `arg:"" help:"Name or path of a data set."`
}

// Run opens the data set, which downloads what is missing and verifies all of it.
func (c dataFetchCmd) Run(con *console) error {
	set, err := openData(con, c.Data)
	if err != nil {
		return err
	}
	s := set.Train
	_, err = fmt.Fprintf(con.out, "%s: %d images to train on, %d to test on, %d × %d × %d, %d classes, %s\n",
		set.Name, s.N(), set.Test.N(), s.H, s.W, s.C, len(set.Classes), set.Digest())
	return err
}

type dataShowCmd struct {
	Data     string `arg:"" help:"Name or path of a data set."`
	Out      string `short:"o" placeholder:"FILE" default:"sheet.png" help:"The picture to write, as PNG."`
	PerClass int    `default:"12" placeholder:"N" help:"Images of each class."`
	Zoom     int    `default:"2" placeholder:"N" help:"Size of a pixel."`
	Force    bool   `short:"f" help:"Replace a file that is there."`
}

// Help shows an example.
func (dataShowCmd) Help() string {
	return "Example:\n\n  gradlab data show 'shapes?train=1000' --out shapes.png"
}

// Run writes the contact sheet.
func (c dataShowCmd) Run(con *console) error {
	if c.PerClass < 1 || c.PerClass > 1000 || c.Zoom < 1 || c.Zoom > 32 {
		return usage{errors.New("failed to read the command line: expected --per-class from 1 to 1000 and --zoom from 1 to 32"), ""}
	}
	if _, err := os.Lstat(c.Out); err == nil && !c.Force {
		return usage{fmt.Errorf("failed to write %s: it is there already", c.Out), "give another --out, or --force to replace it"}
	}
	set, err := openData(con, c.Data)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, data.Sheet(set.Train, c.PerClass, c.Zoom)); err != nil {
		return fmt.Errorf("failed to draw %s: %w", c.Data, err)
	}
	if err := runlog.WriteFile(c.Out, b.Bytes()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(con.out, c.Out)
	return err
}

func openData(con *console, text string) (*data.Dataset, error) {
	spec, err := data.ParseSpec(text)
	if err != nil {
		return nil, usage{err, hintOf(err)}
	}
	return data.Open(con.ctx, spec, data.Options{})
}
