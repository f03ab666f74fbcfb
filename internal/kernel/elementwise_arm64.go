package kernel

// elementwiseSets are the kernels in assembly, by instruction set.
var elementwiseSets [NEON + 1]*elementwiseSet
