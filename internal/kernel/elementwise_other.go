//go:build !amd64 && !arm64

package kernel

// elementwiseSets are the kernels in assembly, by instruction set: none here.
var elementwiseSets [NEON + 1]*elementwiseSet
