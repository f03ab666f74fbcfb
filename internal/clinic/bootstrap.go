package clinic

import (
	"slices"

	"gradlab/internal/rng"
)

// resamples of the bootstrap.
const resamples = 2000

// bootstrap is the percentile interval of F1 over networks drawn with replacement.
func bootstrap(cases []Case, calls []Call) (low, high float64) {
	s := rng.New(4, "clinic", "bootstrap", 0)
	values := make([]float64, resamples)
	for i := range values {
		right, wrong, missed := 0, 0, 0
		for range cases {
			k := s.Intn(len(cases))
			switch {
			case calls[k].Sick && cases[k].Sick:
				right++
			case calls[k].Sick:
				wrong++
			case cases[k].Sick:
				missed++
			}
		}
		values[i] = f1(right, wrong, missed)
	}
	slices.Sort(values)
	return values[resamples*25/1000], values[resamples*975/1000]
}
