package kernel

// elementwiseSets are the kernels in assembly, by instruction set.
var elementwiseSets [AVX512 + 1]*elementwiseSet
