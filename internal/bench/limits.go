package bench

import "gradlab/internal/kernel"

// peakFMA is the entry that all others in GFLOP/s are held against.
const peakFMA = "PeakFMA"

// limitEntries are what the machine does when it does nothing else.
func limitEntries() []entry {
	sizes := cacheSizes()
	half := func(level int) int { return sizes[level-1] / 2 }
	// Four times the last cache, together: little of it is still there when a pass begins again.
	memory := min(4*sizes[2], 1<<30)
	return []entry{
		{limits, peakFMA, gigaFLOPs, copied, func(e *kernel.Engine, _ int) (func(), float64, error) {
			const rounds = 1000
			_, flops := kernel.PeakFMA(e, rounds)
			return func() { kernel.PeakFMA(e, rounds) }, float64(flops), nil
		}},
		read("L1", half(1), alone),
		read("L2", half(2), alone),
		read("L3", half(3), copied),
		read("DRAM", memory, copied),
		triad("DRAM", memory, copied),
	}
}

// read reads a number of bytes over and over; copies share them.
func read(level string, bytes int, variants func(int) []variant) entry {
	return entry{limits, "Memory/read/" + level, gigabytes, variants, func(e *kernel.Engine, copies int) (func(), float64, error) {
		x := touched(bytes / copies / 4)
		return func() { kernel.PeakRead(e, x) }, float64(4 * len(x)), nil
	}}
}

// triad computes a = b + s·c in vectors that take a number of bytes together. It counts as STREAM does:
// twelve bytes an element, though the processor reads a as well before it writes it.
func triad(level string, bytes int, variants func(int) []variant) entry {
	return entry{limits, "Memory/triad/" + level, gigabytes, variants, func(e *kernel.Engine, copies int) (func(), float64, error) {
		n := bytes / copies / 12
		a, b, c := touched(n), touched(n), touched(n)
		return func() { kernel.PeakTriad(e, a, b, c, 3) }, 12 * float64(n), nil
	}}
}

// touched makes n ones; memory that nobody has written has no place yet.
func touched(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 1
	}
	return x
}
