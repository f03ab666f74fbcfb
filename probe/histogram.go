package probe

import (
	"math"

	"gradlab/internal/kernel"
)

// Bins is the number of bins of a Histogram.
const Bins = 32

// shapeValues is about how many of a position's values a histogram counts, from the first samples of a batch on: enough
// for its shape, and few enough that it costs next to nothing beside a training.
const shapeValues = 1 << 13

// Histogram says how activations are spread: how many lie in each of Bins intervals of equal width between the smallest
// and the largest of them. Where they are all equal, they lie in the first.
type Histogram struct {
	Low, High float64 // NaN where a value is not finite: nothing is counted then
	Counts    [Bins]int
}

// histogramOf counts the values of y.
func histogramOf[T kernel.Float](y []T) Histogram {
	h := Histogram{Low: math.NaN(), High: math.NaN()}
	if len(y) == 0 {
		return h
	}
	low, high := y[0], y[0]
	sum := T(0) // of zeros, and of what is not finite
	for _, v := range y {
		if v < low {
			low = v
		} else if v > high {
			high = v
		}
		sum += v - v
	}
	width := float64(high) - float64(low)
	if !sound(float64(sum), width) {
		return h
	}
	h.Low, h.High = float64(low), float64(high)
	for _, v := range y {
		bin := 0
		if width > 0 {
			bin = min(int((float64(v)-h.Low)/width*Bins), Bins-1)
		}
		h.Counts[bin]++
	}
	return h
}

// samplesOf is how many of n samples of size values a histogram counts.
func samplesOf(n, size int) int { return min(n, max(1, shapeValues/size)) }
