package kernel

// Batch normalisation goes through matrices x [rows, cols] whose columns are channels: many rows, often of
// few columns. Rows of fewer than columnsWide columns are taken several at a time, lanes of them, a power of
// two, so that registers are full and their sums independent. A *wide row* is width = lanes·cols elements.

const (
	columnNumbers = 4 // of a column that a pass needs, at most
	columnsWide   = 64
	chunkRows     = 32   // wide rows whose sums are taken in the element type
	applied       = 2048 // elements of a call that sums nothing, and no less than a row
	segments      = 16   // runs of chunks whose sums are added up apart, in float64
)

// wide is the width of a wide row.
func wide(cols int) int {
	width := max(1, cols)
	for width < columnsWide || cols < columnsWide && width%sumLanes != 0 {
		width *= 2
	}
	return width
}

// columnJob is a pass over matrices of channels: that of a sum down the columns, divided over threads by
// segments, or of a function of each element, divided by chunks.
type columnJob[T Float] struct {
	kind       int
	dst        []T
	x, dy      []T
	rows, cols int
	width      int
	columns    [columnNumbers][]T // numbers of the columns, one after the other as often as there are lanes

	operands, results []operand // for a recorder

	// Kept from one job to the next.
	numbers []T       // columns lie here
	sums    []T       // two wide rows of each worker
	totals  []float64 // of segments, each two rows of columns
}

// Kinds of columnJob.
const (
	columnSums     = iota // Σx
	columnSquares         // Σ(x−columns[0])²
	columnProducts        // Σdy and Σdy·(x−columns[0])
	columnNormalize
	columnNormalizeGrad
)

// begin takes matrices [rows, cols], any of which but x may be nil, and makes room for their columns.
func (j *columnJob[T]) begin(e *Engine, dst, dy, x []T, rows, cols int) {
	j.rows, j.cols, j.width, j.x = rows, cols, wide(cols), x[:rows*cols]
	if dst != nil {
		j.dst = dst[:rows*cols]
	}
	if dy != nil {
		j.dy = dy[:rows*cols]
	}
	if e.recorder != nil {
		return
	}
	numbers := grow(&j.numbers, len(j.columns)*j.width)
	grow(&j.sums, 2*e.threads*j.width)
	grow(&j.totals, 2*segments*cols)
	for i := range j.columns {
		j.columns[i] = numbers[i*j.width:][:j.width]
	}
}

// end lets go of what the caller owns.
func (j *columnJob[T]) end() { j.dst, j.x, j.dy, j.operands, j.results = nil, nil, nil, nil, nil }

// repeat fills up the wide row columns[i], whose first cols numbers are there.
func (j *columnJob[T]) repeat(i int) {
	row := j.columns[i]
	for n := j.cols; 0 < n && n < len(row); n *= 2 {
		copy(row[n:], row[:n])
	}
}

// run does pass kind of the job.
func (j *columnJob[T]) run(e *Engine, kind int) {
	j.kind = kind
	divide(e, j, 4*j.rows*j.cols)
	if kind >= columnNormalize {
		return
	}
	_, held := j.runs()
	total := j.totals[:2*j.cols]
	if held == 0 {
		clear(total)
	}
	for s := 1; s < held; s++ {
		for i, v := range j.totals[2*s*j.cols:][:2*j.cols] {
			total[i] += v
		}
	}
}

// total is the sum of column c over all segments: the first one of the pass, or with which = 1 the second.
func (j *columnJob[T]) total(which, c int) float64 { return j.totals[which*j.cols+c] }

// chunk is the number of elements of a chunk.
func (j *columnJob[T]) chunk() int { return chunkRows * j.width }

// runs gives the number of chunks, and of segments that hold any: these are all, or have one each.
func (j *columnJob[T]) runs() (chunks, held int) {
	chunks = (len(j.x) + j.chunk() - 1) / j.chunk()
	return chunks, min(segments, chunks)
}

func (j *columnJob[T]) part(w *worker[T], part, parts int) {
	n, chunk := len(j.x), j.chunk()
	if j.kind >= columnNormalize {
		// Rows of many columns are taken a few at a time: what is stored in one is 4 KiB, to the processor the same
		// address, before what is read in a later one.
		from, to := share(n, chunk, part, parts)
		step := max(1, applied/j.width) * j.width
		for ; from < to; from += step {
			j.apply(w, from, min(from+step, to))
		}
		return
	}
	sums := j.sums[2*part*j.width:][:2*j.width]
	chunks, held := j.runs()
	for s := held * part / parts; s < held*(part+1)/parts; s++ {
		totals := j.totals[2*s*j.cols:][:2*j.cols]
		clear(totals)
		for at := chunks * s / held; at < chunks*(s+1)/held; at++ {
			j.sum(w, sums, totals, at*chunk, min(n, (at+1)*chunk))
		}
	}
}

// sum adds to totals the sums of a chunk, which are taken in sums.
func (j *columnJob[T]) sum(w *worker[T], sums []T, totals []float64, from, to int) {
	clear(sums)
	first, second := sums[:j.width], sums[j.width:]
	x := j.x[from:to]
	switch j.kind {
	case columnSums:
		w.columnSums(first, x)
	case columnSquares:
		w.columnSquares(first, x, j.columns[0])
	case columnProducts:
		w.columnProducts(first, second, j.dy[from:to], x, j.columns[0])
		w.addLanes(totals[j.cols:], second)
	}
	w.addLanes(totals[:j.cols], first)
}

func (j *columnJob[T]) apply(w *worker[T], from, to int) {
	c := &j.columns
	if j.kind == columnNormalize {
		w.normalize(j.dst[from:to], j.x[from:to], c[0], c[1], c[2])
		return
	}
	w.normalizeGrad(j.dst[from:to], j.dy[from:to], j.x[from:to], c[0], c[1], c[2], c[3])
}
