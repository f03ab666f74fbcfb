package rng

import (
	"math"

	"gradlab/internal/canon"
)

// Normal is normally distributed with mean 0 and standard deviation 1 (Box and Muller, 1958). Of
// the pair that the method makes the second is not used, so that a stream has no state besides
// its place.
func (s *Stream) Normal() float64 {
	u := 1 - s.Float64() // in (0, 1]: the logarithm is finite
	r := math.Sqrt(-2 * canon.Log(u))
	return float64(r * canon.Cos(2*math.Pi*s.Float64())) // a caller's addition is not fused with it
}
