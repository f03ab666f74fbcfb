package kernel

import "gradlab/internal/canon"

// What columnJob does to wide rows, of which the last may be short. Sums are added to what is there.

func (w *worker[T]) columnSums(sums, x []T) {
	for len(x) > 0 {
		row := x[:min(len(x), len(sums))]
		for i, v := range row {
			sums[i] += v
		}
		x = x[len(row):]
	}
}

func (w *worker[T]) columnSquares(sums, x, mean []T) {
	for len(x) > 0 {
		row := x[:min(len(x), len(sums))]
		for i, v := range row {
			d := v - mean[i]
			sums[i] = canon.FMA(d, d, sums[i])
		}
		x = x[len(row):]
	}
}

func (w *worker[T]) columnProducts(sums, products, dy, x, mean []T) {
	for len(x) > 0 {
		row := x[:min(len(x), len(sums))]
		for i, v := range row {
			sums[i] += dy[i]
			products[i] = canon.FMA(dy[i], v-mean[i], products[i])
		}
		dy, x = dy[len(row):], x[len(row):]
	}
}

// addLanes adds the sums of the lanes, in the order of rule 6 of the contract, to totals. It uses sums up.
func (w *worker[T]) addLanes(totals []float64, sums []T) {
	for ; len(sums) > len(totals); sums = sums[:len(sums)/2] {
		w.add(sums, sums[:len(sums)/2], sums[len(sums)/2:])
	}
	for i, s := range sums {
		totals[i] += float64(s)
	}
}

func (w *worker[T]) normalize(y, x, mean, scale, shift []T) {
	for len(x) > 0 {
		row := x[:min(len(x), len(mean))]
		for i, v := range row {
			y[i] = canon.Flush(canon.FMA(v-mean[i], scale[i], shift[i]))
		}
		y, x = y[len(row):], x[len(row):]
	}
}

func (w *worker[T]) normalizeGrad(dx, dy, x, mean, shift, slope, scale []T) {
	for len(x) > 0 {
		row := x[:min(len(x), len(mean))]
		for i, v := range row {
			dx[i] = canon.Flush(scale[i] * canon.FMA(mean[i]-v, slope[i], dy[i]-shift[i]))
		}
		dx, dy, x = dx[len(row):], dy[len(row):], x[len(row):]
	}
}
