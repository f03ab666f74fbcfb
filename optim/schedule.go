package optim

import "gradlab/internal/canon"

// Schedules lists the names that Schedule takes.
func Schedules() []string { return []string{"constant", "cosine", "step"} }

// Rate is the learning rate of a step (from 0) of a run of steps in all, perEpoch of them in an
// epoch, for the base rate base.
//
// During the warm-up the factor is (step+1)/Warmup. Then it is 1 for "constant"; Factor to the power
// of ⌊epoch/Every⌋ for "step", as PyTorch's StepLR; and for "cosine"
//
//	Floor + (1 − Floor)·(1 + cos(π·t))/2
//
// with t running from 0 to 1 over the steps behind the warm-up, as PyTorch's CosineAnnealingLR
// (Loshchilov and Hutter 2017).
func (s Schedule) Rate(base float64, step, steps, perEpoch int) float64 {
	if step < s.Warmup {
		return base * (float64(step+1) / float64(s.Warmup))
	}
	switch s.Name {
	case "step":
		factor := s.Factor
		if factor == 0 {
			factor = 0.1
		}
		rate := base
		for range step / max(1, perEpoch) / max(1, s.Every) {
			rate *= factor
		}
		return rate
	case "cosine":
		t := float64(step-s.Warmup) / float64(max(1, steps-s.Warmup))
		const pi = 3.14159265358979323846
		wave := (1 + canon.Cos(pi*t)) / 2
		return base * canon.FMA(1-s.Floor, wave, s.Floor)
	default:
		return base
	}
}
