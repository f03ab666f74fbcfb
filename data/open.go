package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"gradlab/internal/tree"
)

// openSource opens what spec names by a path or an address: CIFAR-10, IDX files, or pictures, told by what is
// there.
func openSource(ctx context.Context, spec Spec, o Options) (*Dataset, error) {
	if isAddress(spec.Source) {
		var err error
		if spec.Source, err = findLink(spec.Source, o); err != nil {
			return nil, err
		}
	}
	name := nameOf(spec.Source)
	info, err := os.Stat(spec.Source)
	if errors.Is(err, os.ErrNotExist) {
		return nil, hint(errors.New("there is no such file or directory, and no data set of that name"),
			"name "+strings.Join(sourceNames(), ", ")+", or the path of a directory or an archive")
	}
	if err != nil {
		return nil, hint(err, "see whether you may read it")
	}
	if strings.EqualFold(filepath.Ext(spec.Source), ".csv") && info.Mode().IsRegular() {
		if spec.List != "" {
			return nil, hint(fmt.Errorf("it is a list itself, and %s another one", spec.List), "name the directory or archive, and one list: ?list=FILE")
		}
		spec.Source, spec.List = filepath.Split(spec.Source)
		spec.Source = cmp.Or(spec.Source, ".")
	} else if info.IsDir() && findCIFAR10(spec.Source) != "" {
		return openCIFARPath(ctx, spec, newCIFARReader())
	}

	t, err := tree.Open(spec.Source, pictureLimits)
	if err != nil {
		return nil, withAdvice(err)
	}
	defer t.Close()
	f, err := scan(ctx, t, spec.Height == 0 && spec.List == "")
	if errors.Is(err, errCIFAR) {
		return openCIFARPath(ctx, spec, newCIFARReader())
	}
	if err != nil {
		return nil, withAdvice(err)
	}
	if spec.List == "" {
		idx, err := findIDX(f.files)
		if err != nil {
			return nil, err
		}
		if idx != nil {
			d, err := openIDX(ctx, t, idx, spec, name)
			return d, withAdvice(err)
		}
	}
	d, err := openPictures(ctx, t, f, spec, name, o)
	return d, withAdvice(err)
}

// errCIFAR ends the scan of an archive when a file of CIFAR-10 is met.
var errCIFAR = errors.New("CIFAR-10")

func isCIFARFile(name string) bool {
	file, _ := cifarFile(path.Base(name))
	return file >= 0
}

// withAdvice turns the advice of package tree into that of this one.
func withAdvice(err error) error {
	var e *tree.Error
	if errors.As(err, &e) {
		return hint(err, e.Advice)
	}
	return err
}

// refuseOptions is the error of options that are for pictures, for data that has its form.
func refuseOptions(spec Spec) error {
	if spec.Seed != 0 {
		return hint(errors.New("seed is for sets that are drawn"), "leave seed out, or use shapes")
	}
	spec.Source, spec.Train, spec.Test = "", 0, 0
	if spec != (Spec{}) {
		return hint(fmt.Errorf("it is no set of picture files, and the options %s are for such", strings.TrimPrefix(spec.String(), "?")), "leave them out")
	}
	return nil
}
