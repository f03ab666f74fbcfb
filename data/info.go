package data

import (
	"context"
	"fmt"
)

// Info is what can be said of a data set without its images.
type Info struct {
	Name    string   `json:"name"`
	H       int      `json:"height"` // of one image, as the next two
	W       int      `json:"width"`
	C       int      `json:"channels"`
	Classes []string `json:"classes"`
	Train   int      `json:"train"` // numbers of images
	Test    int      `json:"test"`
	Bytes   int64    `json:"bytes"`            // of memory that it takes at most, while it is read too
	Mapped  int64    `json:"mapped,omitempty"` // bytes of a mapped file that holds its images, beside these
}

// Info is that of d.
func (d *Dataset) Info() Info {
	i := Info{
		Name: d.Name, H: d.Train.H, W: d.Train.W, C: d.Train.C, Classes: d.Classes,
		Train: d.Train.N(), Test: d.Test.N(),
	}
	for _, s := range []*Set{d.Train, d.Test} {
		i.Bytes += int64(len(s.Pixels) + len(s.Labels))
	}
	if d.room != nil && d.room.InFile() {
		i.Mapped = int64(len(d.room.Bytes))
		i.Bytes -= int64(len(d.Train.Pixels) + len(d.Test.Pixels))
	}
	i.Bytes = max(i.Bytes, d.held)
	return i
}

// Describe gives the Info of what spec names. A data set that is known by name is not opened for it, and
// need not be here; a path is opened. Errors are those of Open.
func Describe(ctx context.Context, spec Spec, o Options) (Info, error) {
	for _, s := range Sources() {
		if s.Name != spec.Source {
			continue
		}
		if err := checkCounts(spec.Train, spec.Test); err != nil {
			return Info{}, fmt.Errorf("failed to open data %s: %w", spec.Source, err)
		}
		i, err := s.info(spec)
		if err != nil {
			return Info{}, fmt.Errorf("failed to open %s: %w", spec.Source, err)
		}
		return i, nil
	}
	d, err := Open(ctx, spec, o)
	if err != nil {
		return Info{}, err
	}
	defer d.Close() // it ends with the program at the latest
	return d.Info(), nil
}

// shapesInfo is that of openShapes.
func shapesInfo(spec Spec) (Info, error) {
	train, test := shapesCounts(spec)
	return Info{
		Name: "shapes", H: shapeSide, W: shapeSide, C: 3, Classes: shapeClasses(), Train: train, Test: test,
		Bytes: int64(train+test) * (shapeSide*shapeSide*3 + 1),
	}, nil
}

// cifar10Info is that of openCIFAR10: of the published contents, which are all read.
func cifar10Info(spec Spec) (Info, error) {
	if err := refuseOptions(spec); err != nil {
		return Info{}, err
	}
	whole := Info{
		Name: "cifar10", H: cifarSide, W: cifarSide, C: 3, Classes: cifarClasses,
		Train: cifarTest * cifarImages, Test: cifarImages, Bytes: int64(len(cifarFiles)*cifarImages) * (cifarPixels + 1),
	}
	var err error
	if whole.Train, err = headCount(whole.Train, spec.Train, "training"); err != nil {
		return Info{}, err
	}
	whole.Test, err = headCount(whole.Test, spec.Test, "test")
	return whole, err
}
