package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gradlab/internal/canon"
)

// TestLimitRows: rule 18, on rows below, above and at the limit, of zeros, and with NaN and infinities.
func TestLimitRows(t *testing.T) {
	engines := append(machines(t), New(Portable, 2))
	for _, e := range engines {
		t.Run(e.ISA().String(), func(t *testing.T) { testLimitRows[float32](t, e) })
	}
	t.Run("float64", func(t *testing.T) { testLimitRows[float64](t, New(Portable, 1)) })
}

func testLimitRows[T Float](t *testing.T, e *Engine) {
	r := rand.New(rand.NewPCG(51, 52))
	for _, cols := range []int{1, 3, 16, 75, 5000} {
		const rows, limit = 7, 2.0
		w := values[T](r, rows*cols, ordinary)
		clear(w[:cols])
		w[cols] = T(math.NaN())
		w[2*cols] = T(math.Inf(1))
		clear(w[3*cols : 4*cols])
		w[3*cols] = limit
		want := slices.Clone(w)
		changed := false
		for i := range rows {
			row := want[i*cols:][:cols]
			norm := math.Sqrt(SumSquares(e, row))
			if !(norm > limit) {
				continue
			}
			changed = true
			factor := T(limit / (norm + 1e-7))
			for j := range row {
				row[j] = canon.Flush(row[j] * factor)
			}
			if after := math.Sqrt(SumSquares(e, row)); !math.IsInf(norm, 1) && math.Abs(after-limit) > 1e-5 {
				t.Errorf("row %d of %d has the norm %v, limited to %v", i, cols, after, limit)
			}
		}
		if got := LimitRows(e, w, rows, cols, limit); got != changed {
			t.Errorf("%d columns: LimitRows = %v, want %v", cols, got, changed)
		}
		sameBits(t, fmt.Sprintf("%d columns", cols), w, want)
	}
}
