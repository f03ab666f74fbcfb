package stats

import (
	"maps"
	"slices"
)

// Pairs holds the values of two arms over the seeds that both finished: A[i] and B[i] are of
// Seeds[i].
type Pairs struct {
	Seeds []uint64 // ascending
	A, B  []float64
}

// Pair matches two arms by seed. A seed that only one of them has is left out: its value has no
// partner to be compared with.
func Pair(a, b map[uint64]float64) Pairs {
	var p Pairs
	for _, seed := range slices.Sorted(maps.Keys(a)) {
		if vb, ok := b[seed]; ok {
			p.Seeds = append(p.Seeds, seed)
			p.A = append(p.A, a[seed])
			p.B = append(p.B, vb)
		}
	}
	return p
}

// Diffs is B − A by seed: positive where B's value is the larger one.
func (p Pairs) Diffs() []float64 {
	d := make([]float64, len(p.A))
	for i := range d {
		d[i] = p.B[i] - p.A[i]
	}
	return d
}
