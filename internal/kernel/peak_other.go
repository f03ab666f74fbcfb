//go:build !amd64

package kernel

// peakSets are the loops in assembly, by instruction set: none here.
var peakSets [NEON + 1]*peakSet
