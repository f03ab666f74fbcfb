package report

import (
	"math"
	"slices"

	"gradlab/internal/stats"
)

// Band is a curve over seeds: its middle, and what lies around it.
type Band struct {
	Mid, Low, High []float64 // NaN where nothing is known
}

// BandOf summarises the seeds' values point by point: Student's 95 % interval from three seeds on,
// smallest and largest of two, nothing around a single one. Rows may have different lengths.
func BandOf(rows [][]float64) Band {
	var b Band
	for i := 0; ; i++ {
		var values []float64
		any := false
		for _, row := range rows {
			if i < len(row) {
				any = true
				if !math.IsNaN(row[i]) && !math.IsInf(row[i], 0) {
					values = append(values, row[i])
				}
			}
		}
		if !any {
			return b
		}
		e := stats.Mean(values, 0.95)
		switch len(values) {
		case 0, 1:
			e.Low, e.High = math.NaN(), math.NaN()
		case 2:
			e.Low, e.High = slices.Min(values), slices.Max(values)
		}
		b.Mid, b.Low, b.High = append(b.Mid, e.Mean), append(b.Low, e.Low), append(b.High, e.High)
	}
}
