package kernel

// peakSets are the loops in assembly, by instruction set. Memory is left to portable code.
var peakSets = [NEON + 1]*peakSet{NEON: {sums: 24, lanes: 4, fma: peakFMA128}}

// peakFMA128 has the bits of ½·x + ½, but adds 2^−1, 2^−2, … to x: NEON's fused multiply-add writes over
// its addend, so that the other form would take a copy for each.
//
//go:noescape
func peakFMA128(rounds int) float32
