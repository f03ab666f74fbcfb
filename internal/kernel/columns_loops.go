package kernel

import (
	"unsafe"

	"gradlab/internal/canon"
)

// normSet holds the kernels of normalisation of one instruction set, all of them. Those that come in two are
// first without, then with γ (and β).
type normSet struct {
	sums          func(sums, x *float32, rows, cols int)
	squares       func(sums, x, mean *float32, rows, cols int)
	products      func(sums, products, dy, x, mean *float32, rows, cols int)
	addTotals     func(totals *float64, x *float32, n int)
	normalize     func(y, x, mean, scale, shift *float32, rows, cols int)
	normalizeGrad func(dx, dy, x, mean, shift, slope, scale *float32, rows, cols int)

	standardize [2]func(y, x, gamma, beta *float32, n int, mean, inv float32)
	layerChunk  [2]func(dy, x, gamma *float32, n int, mean, inv float32) (sum, product float32)
	layerGrad   [2]func(dx, dy, x, gamma *float32, n int, mean, inv, sum, product float32)
	layerParams func(dgamma, dbeta, dy, x, mean, inv *float32, rows, cols, stride int)
}

// norm is the assembly of normalisation for a worker; nil for none.
func (w *worker[T]) norm() *normSet {
	if a := w.elementwise(); a != nil {
		return a.norm
	}
	return nil
}

// What columnJob does to wide rows, of which the last may be short. Sums are added to what is there.

func (w *worker[T]) columnSums(sums, x []T) {
	if a := w.norm(); a != nil {
		rows, rest := split(x, len(sums))
		a.sums(first(sums), first(x), rows, len(sums))
		a.sums(first(sums), first(rest), 1, len(rest))
		return
	}
	for len(x) > 0 {
		row := x[:min(len(x), len(sums))]
		for i, v := range row {
			sums[i] += v
		}
		x = x[len(row):]
	}
}

func (w *worker[T]) columnSquares(sums, x, mean []T) {
	if a := w.norm(); a != nil {
		rows, rest := split(x, len(sums))
		a.squares(first(sums), first(x), first(mean), rows, len(sums))
		a.squares(first(sums), first(rest), first(mean), 1, len(rest))
		return
	}
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
	if a := w.norm(); a != nil {
		rows, rest := split(x, len(sums))
		_, last := split(dy, len(sums))
		a.products(first(sums), first(products), first(dy), first(x), first(mean), rows, len(sums))
		a.products(first(sums), first(products), first(last), first(rest), first(mean), 1, len(rest))
		return
	}
	for len(x) > 0 {
		row := x[:min(len(x), len(sums))]
		for i, v := range row {
			sums[i] += dy[i]
			products[i] = canon.FMA(dy[i], v-mean[i], products[i])
		}
		dy, x = dy[len(row):], x[len(row):]
	}
}

// addLanes adds the sums of the lanes, in the order of rule 15 of the contract, to totals. It uses sums up.
func (w *worker[T]) addLanes(totals []float64, sums []T) {
	for ; len(sums) > len(totals); sums = sums[:len(sums)/2] {
		w.add(sums, sums[:len(sums)/2], sums[len(sums)/2:])
	}
	if a := w.norm(); a != nil {
		a.addTotals(unsafe.SliceData(totals), first(sums), len(sums))
		return
	}
	for i, s := range sums {
		totals[i] += float64(s)
	}
}

func (w *worker[T]) normalize(y, x, mean, scale, shift []T) {
	if a := w.norm(); a != nil {
		rows, rest := split(x, len(mean))
		_, last := split(y, len(mean))
		a.normalize(first(y), first(x), first(mean), first(scale), first(shift), rows, len(mean))
		a.normalize(first(last), first(rest), first(mean), first(scale), first(shift), 1, len(rest))
		return
	}
	for len(x) > 0 {
		row := x[:min(len(x), len(mean))]
		for i, v := range row {
			y[i] = canon.Flush(canon.FMA(v-mean[i], scale[i], shift[i]))
		}
		y, x = y[len(row):], x[len(row):]
	}
}

func (w *worker[T]) normalizeGrad(dx, dy, x, mean, shift, slope, scale []T) {
	if a := w.norm(); a != nil {
		rows, rest := split(x, len(mean))
		_, lastX := split(dx, len(mean))
		_, lastY := split(dy, len(mean))
		a.normalizeGrad(first(dx), first(dy), first(x), first(mean), first(shift), first(slope), first(scale), rows, len(mean))
		a.normalizeGrad(first(lastX), first(lastY), first(rest), first(mean), first(shift), first(slope), first(scale), 1, len(rest))
		return
	}
	for len(x) > 0 {
		row := x[:min(len(x), len(mean))]
		for i, v := range row {
			dx[i] = canon.Flush(scale[i] * canon.FMA(mean[i]-v, slope[i], dy[i]-shift[i]))
		}
		dx, dy, x = dx[len(row):], dy[len(row):], x[len(row):]
	}
}

// split gives the number of whole rows of x, and the last one, which is short or empty.
func split[T Float](x []T, width int) (rows int, rest []T) {
	rows = len(x) / width
	return rows, x[rows*width:]
}
