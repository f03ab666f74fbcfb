package transform

import (
	"fmt"

	"gradlab/internal/rng"
)

// Cutout blackens a square of Size × Size pixels whose middle is any pixel, so that part of it may lie outside
// (DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017).
type Cutout struct{ Size int }

// Name is "cutout".
func (Cutout) Name() string { return "cutout" }

func (t Cutout) shape(h, w int) (int, int, error) {
	if t.Size < 1 {
		return 0, 0, fmt.Errorf("a square of %d pixels a side: expected at least 1", t.Size)
	}
	if t.Size > 2*max(h, w) {
		return 0, 0, fmt.Errorf("a square of %d pixels a side would always cover the picture of %d×%d", t.Size, h, w)
	}
	return h, w, nil
}

func (Cutout) evaluation() Transform { return nil }

func (t Cutout) apply(dst, src pixels, s *rng.Stream) bool {
	copy(dst.b, src.b)
	top, left := s.Intn(src.h)-t.Size/2, s.Intn(src.w)-t.Size/2
	from, to := max(left, 0)*dst.c, min(left+t.Size, dst.w)*dst.c
	for y := max(top, 0); y < min(top+t.Size, dst.h); y++ {
		clear(dst.row(y)[from:to])
	}
	return true
}
