package data

import (
	"context"
	"errors"
)

func openCIFAR10(ctx context.Context, spec Spec, o Options) (*Dataset, error) {
	return nil, errors.New("building")
}

func openPath(ctx context.Context, spec Spec, o Options) (*Dataset, error) {
	return nil, errors.New("building")
}
