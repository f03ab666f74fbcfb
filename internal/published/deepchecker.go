package published

import "math"

// DeepChecker is TheDeepChecker's checks of gradients, activations and updates with their defaults, each over a
// burst of steps in a row: mean absolute gradients below 1e-6 or that halve from step to step, above 1e6 or that
// double; more than half of a layer's units dead or saturated; a standard deviation of activations outside
// [0.5, 2] by an F test; the mean of log₁₀ of the updates to the weights outside [−4, −1].
func DeepChecker(r Run) []Finding {
	var f findings
	for _, burst := range bursts(r.Inspections) {
		last := burst[len(burst)-1]
		for k, l := range last.Layers {
			halves, doubles, logs, n := len(burst) >= 5, len(burst) >= 5, 0.0, 0
			for i := range burst {
				if i > 0 {
					ratio := burst[i].Layers[k].GradMean / burst[i-1].Layers[k].GradMean
					halves, doubles = halves && ratio <= 0.5, doubles && ratio >= 2
				}
				if u := burst[i].Layers[k].UpdateRatio; isFinite(u) && u > 0 {
					logs += math.Log10(u)
					n++
				}
			}
			switch {
			case !l.Finite:
				f.add("not finite", l.Name, last.Step)
			case l.GradMean < 1e-6 || halves:
				f.add("vanishing gradient", l.Name, last.Step)
			case l.GradMean > 1e6 || doubles:
				f.add("exploding gradient", l.Name, last.Step)
			}
			switch {
			case len(burst) < 2 || !l.Finite:
			case n == 0:
				f.add("untrained weights", l.Name, last.Step)
			case logs/float64(n) > -1:
				f.add("updates too large", l.Name, last.Step)
			case logs/float64(n) < -4:
				f.add("updates too small", l.Name, last.Step)
			}
		}
		for _, a := range last.Acts {
			switch {
			case !a.Finite:
				f.add("not finite", a.Name, last.Step)
				continue
			case !math.IsNaN(a.Saturated) && a.Saturated > 0.5:
				f.add("saturated layer", a.Name, last.Step)
			case math.IsNaN(a.Saturated) && a.Dead > 0.5:
				f.add("dead layer", a.Name, last.Step)
			}
			if a.Std < 0.5 && differs(a.Std, 0.5, a.Values) || a.Std > 2 && differs(a.Std, 2, a.Values) {
				f.add("activations out of range", a.Name, last.Step)
			}
		}
		if !isFinite(last.Loss) {
			f.add("not finite", "", last.Step)
		}
	}
	return f
}

// bursts are runs of inspected steps in a row, of at most five.
func bursts(all []Inspection) [][]Inspection {
	var out [][]Inspection
	for i, in := range all {
		if i > 0 && all[i-1].Step == in.Step-1 && len(out[len(out)-1]) < 5 {
			out[len(out)-1] = append(out[len(out)-1], in)
			continue
		}
		out = append(out, []Inspection{in})
	}
	return out
}

// differs says whether the standard deviation of n values is not that of a population of deviation sigma: an F
// test of their variances at 0.05, two-sided, with n−1 degrees of freedom against infinitely many, by Wilson
// and Hilferty's normal approximation of χ².
func differs(std, sigma float64, n int) bool {
	if n < 2 {
		return false
	}
	df := float64(n - 1)
	ratio := std * std / (sigma * sigma)
	z := (math.Cbrt(ratio) - (1 - 2/(9*df))) / math.Sqrt(2/(9*df))
	return math.Abs(z) > 1.959964
}
