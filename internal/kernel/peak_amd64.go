package kernel

// peakSets are the loops in assembly, by instruction set.
var peakSets = [NEON + 1]*peakSet{
	AVX2:   {sums: 12, lanes: 8, fma: peakFMA256, read: peakRead256, triad: peakTriad256},
	AVX512: {sums: 24, lanes: 16, fma: peakFMA512, read: peakRead512, triad: peakTriad512},
}
