//go:build !amd64

package kernel

// elementwiseSets are the kernels in assembly, by instruction set: none here.
var elementwiseSets [AVX512 + 1]*elementwiseSet
