package main

import (
	"bytes"
	"cmp"
	"fmt"
	"image/png"
	"net/url"
	"os"

	"gradlab/data"
	"gradlab/internal/wholefile"
)

type dataCmd struct {
	List  dataListCmd  `cmd:"" default:"1" help:"List the data sets that gradlab knows by name."`
	Fetch dataFetchCmd `cmd:"" help:"Download a data set into the cache."`
	Show  dataShowCmd  `cmd:"" help:"Look at a data set: what it holds, what is wrong with it, and a picture of its images."`
	Split dataSplitCmd `cmd:"" help:"Write down which pictures train and which test, as a list that can be given back as data."`
}

type dataListCmd struct{}

// Run lists names with what they stand for and where the images are.
func (dataListCmd) Run(con *console) error {
	for _, s := range data.Sources() {
		fmt.Fprintf(con.out, "%-10s %s\n%-10s %s\n", s.Name, s.About, "", s.Where(data.Options{}))
	}
	for _, l := range data.Links(data.Options{}) {
		fmt.Fprintf(con.out, "%s\n%-10s %s\n", l.Address, "", l.Path)
	}
	_, err := fmt.Fprint(con.out, `
Data of yours is named by its path: a directory, a zip, a tar, or a list in CSV, of

  pictures    in CLASS/…, or in train/CLASS/… and val/CLASS/…: gradlab run activations --data photographs
  CIFAR-10    in the binary or the Python layout: --data cifar-10-binary.tar.gz
  IDX files   of MNIST, Fashion-MNIST and their like, plain or packed: --data mnist

What lies at an address, or is shared on Google Drive, is fetched once and then named like a path:

  gradlab data fetch https://example.org/photographs.zip

gradlab data show PATH looks at it, and gradlab data show --help says more.
`)
	return err
}

type dataFetchCmd struct {
	Data     string `arg:"" help:"Name of a data set, as gradlab data list shows it, or an address."`
	URL      string `name:"url" placeholder:"URL" help:"A mirror to download from, in place of the data set's home page."`
	Checksum string `placeholder:"SUM" help:"What lies at an address must have this SHA-256 or MD5."`
}

// Help says what happens to a broken download.
func (dataFetchCmd) Help() string {
	return "A download that breaks goes on where it was when the command is run again. " +
		"The archive is verified before it takes its place in the cache.\n\n" +
		"An address is that of a zip or a tar of pictures or of another data set, or the share link of such a file on Google Drive. " +
		"What was fetched is named by its address from then on; options follow a #.\n\n" +
		"Examples:\n\n  gradlab data fetch cifar10\n  gradlab data fetch https://example.org/photographs.zip --checksum sha256:…\n" +
		"  gradlab data fetch 'https://drive.google.com/file/d/…/view?usp=sharing'\n  gradlab data show 'https://example.org/photographs.zip#size=32'"
}

// Run downloads the data set into the cache and prints the archive's path.
func (c dataFetchCmd) Run(con *console) error {
	p := newProgress(con.err, false, false)
	path, err := data.Fetch(con.ctx, c.Data, data.FetchOptions{URL: c.URL, Checksum: c.Checksum, Progress: p.download(downloadName(c.Data))})
	p.close()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(con.out, path)
	return err
}

// downloadName is what a download is called while it goes on.
func downloadName(name string) string {
	if u, err := url.Parse(name); err == nil && u.Host != "" {
		return u.Host
	}
	return name
}

type dataShowCmd struct {
	Data     string `arg:"" help:"Name, path or address of a data set, with its options."`
	Out      string `short:"o" placeholder:"FILE" default:"sheet.png" help:"The picture to write, as PNG. Default: ${default}."`
	PerClass int    `default:"12" placeholder:"N" help:"Images of each class. Default: ${default}."`
	Zoom     int    `placeholder:"N" help:"Size of a pixel. Default: 2, and 1 for images of more than 64 pixels a side."`
	Force    bool   `short:"f" help:"Replace a file that is there."`
	JSON     bool   `name:"json" help:"Print what the look finds as JSON in place of words."`

	Transforms string `placeholder:"LIST" xor:"transforms" help:"Show images before and after transforms, as a study file has them."`
	Study      string `placeholder:"STUDY" xor:"transforms" help:"Show images before and after the transforms of a study, by its first arm that has some."`
}

// Help says what is shown, with examples.
func (dataShowCmd) Help() string {
	return "It tells in words what the data set is and what is wrong with it: numbers of images, classes out of balance, images of " +
		"the test set that are in the training set too, files that cannot be read, and how large the pictures were. The sheet has the first images of every class of both sets.\n\n" +
		"Examples:\n\n  gradlab data show 'shapes?train=1000' --out shapes.png\n  gradlab data show photographs\n  gradlab data show 'photographs.zip?size=64&holdout=0.25&seed=2'\n" +
		"  gradlab data show photographs --transforms '[{random-crop: {padding: 4}}, flip, {rotation: 10}]'\n  gradlab data show photographs --study my-study.yaml\n  gradlab data show photographs --json > look.json\n\n" + folderHelp
}

// folderHelp says what a directory of pictures is.
const folderHelp = "Pictures (JPEG, PNG, GIF, BMP, WebP) lie in a directory, a zip or a tar:\n\n" +
	"  train/CLASS/…, val/CLASS/…   as they are split; test/ in place of val/\n" +
	"  CLASS/…                      split by gradlab: a fifth of each class is for testing\n" +
	"  a list in CSV                of path,label,split, beside the pictures; or ?list=FILE\n\n" +
	"Options follow the path: photographs?size=32&seed=2\n\n" +
	"  size=32, size=24x32   height and width that pictures are resized to; left out,\n" +
	"                        their own if all have one of up to 64 pixels, else 32\n" +
	"  fit=crop, stretch     the largest part in the middle (the default), or all of\n" +
	"                        it out of proportion\n" +
	"  channels=1, 3         grey, colour; left out, grey where all pictures are\n" +
	"  holdout=0.2           the share of each class for testing, where gradlab splits\n" +
	"  seed=2                another split\n" +
	"  train=N, test=N       use so many pictures only\n" +
	"  strict                a picture that cannot be read is an error, no warning"

// Run writes the contact sheet, and what a look finds.
func (c dataShowCmd) Run(con *console) error {
	wrong := inRange("--per-class", c.PerClass, 1, 1000)
	if c.Zoom != 0 {
		wrong = cmp.Or(wrong, inRange("--zoom", c.Zoom, 1, 32))
	}
	if wrong != nil {
		return usage{fmt.Errorf("failed to read the command line: %w", wrong), "gradlab data show --help shows its flags and arguments"}
	}
	if err := refuseExisting(c.Out, c.Force); err != nil {
		return err
	}
	set, err := openData(con, c.Data)
	if err != nil {
		return err
	}
	zoom := c.Zoom
	if zoom == 0 {
		if zoom = 2; max(set.Train.H, set.Train.W) > 64 {
			zoom = 1
		}
	}
	list, seed, err := c.transforms()
	if err != nil {
		return err
	}
	if list != nil {
		return c.showDraws(con, set, list, seed, zoom)
	}
	sheet := data.PlanSheet(set, c.PerClass, zoom)
	if pixels := sheet.W * sheet.H; pixels > maxPixels {
		return usage{fmt.Errorf("failed to draw %s: %d images of each of %d classes would be a picture of %d million pixels, more than %d million",
			c.Data, sheet.Columns, len(set.Classes), pixels/1e6, maxPixels/1_000_000), "take a smaller --per-class or --zoom"}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, sheet.Draw()); err != nil {
		return fmt.Errorf("failed to draw %s: %w", c.Data, err)
	}
	if err := wholefile.Write(c.Out, b.Bytes()); err != nil {
		return advised{err, "give a file that can be written with --out"}
	}
	if err := tellData(con.out, set, c.JSON); err != nil || c.JSON {
		return err
	}
	_, err = fmt.Fprintln(con.out, "\nThe first images of every class are in "+c.Out)
	return err
}

type dataSplitCmd struct {
	Data  string `arg:"" help:"A directory, archive or list of pictures, with its options."`
	Out   string `short:"o" placeholder:"FILE" default:"split.csv" help:"The list to write, as CSV. Default: ${default}."`
	Force bool   `short:"f" help:"Replace a file that is there."`
}

// Help says how a split is made and given back.
func (dataSplitCmd) Help() string {
	return "A directory for each class is split by class, at random and always in the same way for a seed. The list says which picture is " +
		"for training and which for testing; beside the pictures it is data itself, and elsewhere it is named by ?list=.\n\n" +
		"Examples:\n\n  gradlab data split 'photographs?holdout=0.25&seed=2' --out photographs/split.csv\n  gradlab run activations --data photographs/split.csv"
}

// Run writes the list.
func (c dataSplitCmd) Run(con *console) error {
	if err := refuseExisting(c.Out, c.Force); err != nil {
		return err
	}
	set, err := openData(con, c.Data)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := data.WriteList(&b, set); err != nil {
		return err
	}
	if err := wholefile.Write(c.Out, b.Bytes()); err != nil {
		return advised{err, "give a file that can be written with --out"}
	}
	_, err = fmt.Fprintf(con.out, "%d pictures for training and %d for testing are listed in %s\n", set.Train.N(), set.Test.N(), c.Out)
	return err
}

// refuseExisting is the error of a file that is there and may not be replaced.
func refuseExisting(name string, force bool) error {
	if _, err := os.Lstat(name); err == nil && !force {
		return usage{fmt.Errorf("failed to write %s: it is there already", name), "give another --out, or --force to replace it"}
	}
	return nil
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
