package kernel

import (
	"fmt"
	"slices"
	"unsafe"

	"gradlab/internal/canon"
)

// sumLanes is the number of partial sums of a sum that is no chunk's, whatever the width of the machine's
// vectors: element i is added to lane i mod 16, in ascending i, from +0.
const sumLanes = 16

// fold adds the lanes up, a power of 2 in number: each of the first half and its partner in the second,
// then the same again.
func fold[T Float](lanes []T) T {
	for half := len(lanes) / 2; half > 0; half /= 2 {
		for i := range half {
			lanes[i] += lanes[i+half]
		}
	}
	return lanes[0]
}

// Moments and SumSquares add up in chunks: within a chunk in the element type, in chunkLanes partial
// sums; the chunks in float64.
const (
	chunkSize  = 4096
	chunkLanes = 32
)

// inRange says whether a chunk's sum of squares lost nothing to overflow or underflow. If not, the chunk
// is added up in float64 instead, where squares of all float32 are normal numbers.
func inRange[T Float](squares T) bool { return squares >= 0x1p-100 && squares-squares == 0 }

// Moments gives the mean of x and the sum of its squared distances from that. The variance keeps its
// digits where it is small beside the mean, since both are taken from the distances from a pivot: the
// first element, or if the mean turns out to be farther from that than √3 standard deviations, the mean.
func Moments[T Float](e *Engine, x []T) (mean, squares float64) {
	return chunkedMoments(e, x, nil)
}

// chunkedMoments is Moments. Each chunk of its first pass is followed by a call of read, if that is not nil, with the
// number of elements behind it.
func chunkedMoments[T Float](e *Engine, x []T, read func(n int)) (mean, squares float64) {
	if len(x) == 0 {
		return 0, 0
	}
	n, pivot := float64(len(x)), x[0]
	if pivot-pivot != 0 { // infinite, or NaN
		pivot = 0
	}
	w := &spaceOf[T](e).workers[0]
	for again := true; ; again = false {
		sum, all := w.moments(x, pivot, read)
		mean = float64(pivot) + sum/n
		squares = all - float64(sum*(sum/n))
		if !again || !(squares < all/4) {
			return mean, max(0, squares)
		}
		pivot, read = T(mean), nil
	}
}

// moments adds up x − pivot, and its squares. After each chunk it calls read, unless that is nil.
func (w *worker[T]) moments(x []T, pivot T, read func(n int)) (sum, squares float64) {
	for at := 0; at < len(x); at += chunkSize {
		chunk := x[at:min(at+chunkSize, len(x))]
		s, q := w.momentsChunk(chunk, pivot)
		if read != nil {
			read(at + len(chunk))
		}
		if inRange(q) {
			sum += float64(s)
			squares += float64(q)
			continue
		}
		var sums, all [sumLanes]float64
		for i, v := range chunk {
			d := float64(v) - float64(pivot)
			sums[i%sumLanes] += d
			all[i%sumLanes] = canon.FMA(d, d, all[i%sumLanes])
		}
		sum += fold(sums[:])
		squares += fold(all[:])
	}
	return sum, squares
}

func (w *worker[T]) momentsChunk(x []T, pivot T) (sum, squares T) {
	if a := w.elementwise(); a != nil && a.momentsChunk != nil {
		s, q := a.momentsChunk(first(x), len(x), float32(pivot))
		return T(s), T(q)
	}
	var sums, all [chunkLanes]T
	for i, v := range x {
		d := v - pivot
		sums[i%chunkLanes] += d
		all[i%chunkLanes] = canon.FMA(d, d, all[i%chunkLanes])
	}
	return fold(sums[:]), fold(all[:])
}

// SumSquares adds up the squares of x.
func SumSquares[T Float](e *Engine, x []T) float64 {
	squares := 0.0
	for chunk := range slices.Chunk(x, chunkSize) {
		if q := squaresChunk(e, chunk); inRange(q) {
			squares += float64(q)
		} else {
			squares += squares64(e, chunk)
		}
	}
	return squares
}

func squaresChunk[T Float](e *Engine, x []T) T {
	if a := assembly[T](e); a != nil && a.squaresChunk != nil {
		return T(a.squaresChunk(first(x), len(x)))
	}
	var all [chunkLanes]T
	for i, v := range x {
		all[i%chunkLanes] = canon.FMA(v, v, all[i%chunkLanes])
	}
	return fold(all[:])
}

// squares64 adds up the squares of x in float64, by fused multiply-add.
func squares64[T Float](e *Engine, x []T) float64 {
	if a := assembly[T](e); a != nil && a.sumSquares != nil {
		a.sumSquares(&e.sums, first(x), len(x))
		return fold(e.sums[:])
	}
	var all [sumLanes]float64
	for i, v := range x {
		all[i%sumLanes] = canon.FMA(float64(v), float64(v), all[i%sumLanes])
	}
	return fold(all[:])
}

// CountWithin counts in each column of x [rows, len(counts)] the elements that lie in [low, high] or are
// NaN, and adds that to counts.
func CountWithin[T Float](e *Engine, counts []int32, x []T, low, high T) {
	a := assembly[T](e)
	if a == nil || a.within == nil {
		for ; len(x) > 0; x = x[len(counts):] {
			for c, v := range x[:len(counts)] {
				if !(v < low) && !(v > high) {
					counts[c]++
				}
			}
		}
		return
	}
	many := e.wideCounts(counts)
	a.count(many, first(x), len(x), float32(low), float32(high))
	addCounts(counts, many)
}

// MomentsWithin is Moments, and CountWithin with the counts that it is given, in one pass over x.
func MomentsWithin[T Float](e *Engine, counts []int32, x []T, low, high T) (mean, squares float64) {
	a := assembly[T](e)
	if a == nil || a.within == nil {
		CountWithin(e, counts, x, low, high)
		return Moments(e, x)
	}
	many, done := e.wideCounts(counts), 0
	mean, squares = chunkedMoments(e, x, func(n int) { // elements that are in the first-level cache now
		to := n / len(many) * len(many)
		if n == len(x) {
			to = n
		}
		a.count(many, first(x[done:]), to-done, float32(low), float32(high))
		done = to
	})
	addCounts(counts, many)
	return mean, squares
}

// wideCounts are counts, or if these are few, those of so many rows side by side that no register is cut short.
func (e *Engine) wideCounts(counts []int32) []int32 {
	width := len(counts)
	if width >= countColumns {
		return counts
	}
	for width%16 != 0 || width < countColumns {
		width *= 2
	}
	many := e.counts[:width]
	clear(many)
	return many
}

// addCounts adds wideCounts to those that they stand for.
func addCounts(counts, many []int32) {
	if len(many) == len(counts) {
		return
	}
	for ; len(many) > 0; many = many[len(counts):] {
		for c, n := range many[:len(counts)] {
			counts[c] += n
		}
	}
}

// count adds to counts of columns those of n elements from x on, whose last row may be short.
func (a *elementwiseSet) count(counts []int32, x *float32, n int, low, high float32) {
	rows := n / len(counts)
	a.within(&counts[0], x, rows, len(counts), low, high)
	if rest := n - rows*len(counts); rest > 0 {
		a.within(&counts[0], (*float32)(unsafe.Add(unsafe.Pointer(x), 4*(n-rest))), 1, rest, low, high)
	}
}

// countColumns is the number of columns from which on CountWithin takes a row at a time.
const countColumns = 64

// ColSum computes dst [cols], the sums of the columns of src [rows, cols]: each down its column from
// +0, and flushed once at the end.
func ColSum[T Float](e *Engine, dst, src []T, rows, cols int) {
	w := &spaceOf[T](e).workers[0]
	if e.recorder != nil {
		a := w.elementwise()
		e.recorder.add(Call{
			Kernel: "ColSum", Count: 1, Shape: fmt.Sprintf("%d×%d", rows, cols), ISA: w.runs(a != nil && a.colSum != nil), Threads: 1,
		}, []operand{of(src[:rows*cols])}, []operand{of(dst[:cols])}, nil)
		return
	}
	w.colSum(dst, src, rows, cols)
}

func (w *worker[T]) colSum(dst, src []T, rows, cols int) {
	dst, src = dst[:cols], src[:rows*cols]
	if a := w.elementwise(); a != nil && a.colSum != nil {
		a.colSum(first(dst), first(src), rows, cols)
		return
	}
	clear(dst)
	for r := range rows {
		for c, x := range src[r*cols:][:cols] {
			dst[c] += x
		}
	}
	flushAll(dst)
}
