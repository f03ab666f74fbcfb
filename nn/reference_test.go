package nn

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"gradlab/internal/kernel"
)

// readJSON reads a file of testdata.
func readJSON(t *testing.T, path string, to any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// converted gives x as T.
func converted[T kernel.Float](x []float64) []T {
	y := make([]T, len(x))
	for i, v := range x {
		y[i] = T(v)
	}
	return y
}

// precision is one of two tolerances, by element type.
func precision[T kernel.Float](for32, for64 float64) float64 {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return for32
	}
	return for64
}

// agree fails unless every value of got is that of want up to tolerance times the largest of want.
func agree[T kernel.Float](t *testing.T, what string, got []T, want []float64, tolerance float64) {
	t.Helper()
	scale := 0.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	agreeTo(t, what, got, want, tolerance*scale)
}

// agreeTo fails unless every value of got is that of want up to the absolute tolerance.
func agreeTo[T kernel.Float](t *testing.T, what string, got []T, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	for i, v := range want {
		if !(math.Abs(float64(got[i])-v) <= tolerance) {
			t.Errorf("%s: [%d] = %.17g, want %.17g ± %.3g", what, i, float64(got[i]), v, tolerance)
			return
		}
	}
}

// spoiled gives n values none of which may survive: a kernel that leaves one out is found.
func spoiled[T kernel.Float](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(math.NaN())
	}
	return x
}
