package main

import (
	"bytes"
	"fmt"
	"image/png"

	"gradlab/data"
	"gradlab/internal/wholefile"
	"gradlab/study"
	"gradlab/transform"
)

// transforms gives those that are to be shown, and the seed by which they draw; nil is none.
func (c dataShowCmd) transforms() (transform.List, uint64, error) {
	if c.Transforms != "" {
		list, err := study.ParseTransforms("--transforms", c.Transforms)
		if err == nil && len(list) == 0 {
			err = fmt.Errorf("failed to read --transforms: %q has none", c.Transforms)
		}
		if err != nil {
			return nil, 0, usage{err, hintOf(err)}
		}
		return list, 1, nil
	}
	if c.Study == "" {
		return nil, 0, nil
	}
	s, err := loadBy(c.Study, study.Load)
	if err != nil {
		return nil, 0, err
	}
	parts, err := s.Parts()
	if err != nil {
		return nil, 0, err
	}
	for _, p := range parts {
		for _, a := range p.Arms {
			if len(a.Train.Transforms) > 0 {
				return a.Train.Transforms, p.Seeds[0], nil
			}
		}
	}
	return nil, 0, usage{fmt.Errorf("failed to show transforms: no arm of %s has some", c.Study),
		"write them under train: transforms: [{random-crop: {padding: 4}}, flip]"}
}

// showDraws writes the sheet of images before and after transforms.
func (c dataShowCmd) showDraws(con *console, set *data.Dataset, list transform.List, seed uint64, zoom int) error {
	draws, err := data.DrawsOf(set, list, seed, c.PerClass)
	if err != nil {
		return usage{err, "its images are of " + fmt.Sprintf("%d×%d", set.Train.H, set.Train.W) + ": change the transforms, or the size of the images (?size=)"}
	}
	if pixels := zoom * zoom * draws.H * draws.W * len(draws.Rows) * (c.PerClass + 2); pixels > maxPixels {
		return usage{fmt.Errorf("failed to draw %s: %v would be a picture of more than %d million pixels", c.Data, draws, maxPixels/1_000_000), "take a smaller --per-class or --zoom"}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, draws.Sheet(set.Train, zoom)); err != nil {
		return fmt.Errorf("failed to draw %s: %w", c.Data, err)
	}
	if err := wholefile.Write(c.Out, b.Bytes()); err != nil {
		return advised{err, "give a file that can be written with --out"}
	}
	if err := tellData(con.out, set, c.JSON); err != nil || c.JSON {
		return err
	}
	_, err = fmt.Fprintf(con.out, "\nImages before and after transforms are in %s: %v, as seed %d trains on them\n", c.Out, draws, seed)
	return err
}
