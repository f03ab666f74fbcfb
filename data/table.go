package data

import (
	"fmt"
	"math"
	"math/bits"
	"strings"

	"gradlab/internal/canon"
)

// Scalings lists the names of the input scalings. With byte b,
//
//	unit       b/255, in [0, 1]
//	symmetric  (b/255 − 0.5)/0.5, in [−1, 1]
//	standard   (b/255 − mean)/deviation, both per channel over the training set
var Scalings = []string{"unit", "symmetric", "standard"}

// A Table scales bytes to numbers: one value per channel and byte.
type Table[T canon.Float] struct {
	Mean, Deviation []float64 // per channel, of b/255: what was subtracted and divided by
	values          [][256]T  // per channel
}

// NewTable makes the table of a scaling (one of Scalings; "" is "unit"). "standard" measures
// train; the others use its number of channels only. Values are computed in float64 and rounded
// once to T.
func NewTable[T canon.Float](scaling string, train *Set) (*Table[T], error) {
	if err := train.check(); err != nil {
		return nil, fmt.Errorf("failed to scale inputs: %w", err)
	}
	t := &Table[T]{
		Mean:      make([]float64, train.C),
		Deviation: make([]float64, train.C),
		values:    make([][256]T, train.C),
	}
	for c := range train.C {
		switch scaling {
		case "", "unit":
			t.Mean[c], t.Deviation[c] = 0, 1
		case "symmetric":
			t.Mean[c], t.Deviation[c] = 0.5, 0.5
		case "standard":
			t.Mean[c], t.Deviation[c] = channelMoments(train, c)
		default:
			return nil, fmt.Errorf("unknown input scaling %q: expected %s", scaling, strings.Join(Scalings, ", "))
		}
		for b := range 256 {
			t.values[c][b] = T((float64(b)/255 - t.Mean[c]) / t.Deviation[c])
		}
	}
	return t, nil
}

// channelMoments gives mean and standard deviation (divisor n) of b/255 over channel c. The sums
// are integers, so their order does not matter and nothing is lost. A channel without spread has
// deviation 1: scaling then gives zeros.
func channelMoments(s *Set, c int) (mean, deviation float64) {
	var n, sum, squares uint64
	for i := c; i < len(s.Pixels); i += s.C {
		b := uint64(s.Pixels[i])
		n++
		sum += b
		squares += b * b
	}
	if n == 0 {
		return 0, 1
	}
	// n²·variance = n·Σb² − (Σb)², in 128 bits.
	hi, lo := bits.Mul64(n, squares)
	hi2, lo2 := bits.Mul64(sum, sum)
	lo, borrow := bits.Sub64(lo, lo2, 0)
	hi, _ = bits.Sub64(hi, hi2, borrow)
	spread := math.Sqrt(float64(float64(hi)*0x1p64) + float64(lo))
	if spread == 0 {
		return float64(sum) / float64(n) / 255, 1
	}
	return float64(sum) / float64(n) / 255, spread / float64(n) / 255
}

// Scale writes the values of src's bytes, channels last, to dst, which is as long as src.
func (t *Table[T]) Scale(dst []T, src []byte) {
	dst = dst[:len(src)]
	if len(t.values) == 3 { // the usual case, without an inner loop
		red, green, blue := &t.values[0], &t.values[1], &t.values[2]
		for i := 0; i+2 < len(src); i += 3 {
			dst[i], dst[i+1], dst[i+2] = red[src[i]], green[src[i+1]], blue[src[i+2]]
		}
		return
	}
	for i := 0; i < len(src); i += len(t.values) {
		for c := range t.values {
			dst[i+c] = t.values[c][src[i+c]]
		}
	}
}
