package published

import "math"

// Run is what the detectors see of a training run.
type Run struct {
	Epochs      []Epoch // that have ended
	Of          int     // epochs in all
	Inspections []Inspection
}

// Epoch is what an epoch came to. Accuracies are fractions.
type Epoch struct {
	Step                        int // the epoch's last one
	TrainLoss, TestLoss         float64
	TrainAccuracy, TestAccuracy float64
}

// Finding is a rule that fired, and the first step at which it could be told.
type Finding struct {
	Rule, Layer string
	Step        int
}

// Detector is a set of published rules.
type Detector struct {
	Name   string
	Detect func(Run) []Finding // the first time of each rule
}

// Detectors lists all of them.
func Detectors() []Detector {
	return []Detector{
		{"AutoTrainer", AutoTrainer},
		{"SageMaker Debugger", Debugger},
		{"TheDeepChecker", DeepChecker},
	}
}

// findings keeps the first time of each rule.
type findings []Finding

func (f *findings) add(rule, layer string, step int) {
	for _, g := range *f {
		if g.Rule == rule {
			return
		}
	}
	*f = append(*f, Finding{rule, layer, step})
}

// AutoTrainer's defaults (utils/monitor.py).
const (
	beta1 = 1e-3 // g₁/g_L below which the gradient vanishes, where also
	beta2 = 1e-4 // g₁ lies below this
	beta3 = 70   // g₁/g_L above which it explodes
	gamma = 0.7  // zeros among the gradients' entries from which ReLU has died
	zeta  = 0.03 // from a maximum of the training accuracy to a minimum, from which it swings
	eta   = 0.2  // swings per epoch from which training is unstable
	delta = 0.01 // gain of accuracy from one epoch to the next below which training is slow
	theta = 0.7  // accuracy that satisfies
	every = 3    // epochs between two looks
)

// AutoTrainer looks at the gradients of the first batch of every third epoch and of the last one, g being the
// L2 norms of the first and the last layer's weight gradient, and at the curves of loss and accuracy. Of the
// curves it judges after 30 % of the epochs. Unless accuracies of training or test are below Θ, or neither has
// gained δ in any epoch, gradients do not matter.
func AutoTrainer(r Run) []Finding {
	var f findings
	vanished, exploded, died := false, false, false
	for i, e := range r.Epochs {
		if (i+1)%every != 0 && i+1 != r.Of {
			continue
		}
		first := 1
		if i > 0 {
			first = r.Epochs[i-1].Step + 1
		}
		in, ok := r.at(first)
		if !ok || len(in.Layers) == 0 {
			continue
		}
		seen := r.Epochs[:i+1]
		if notANumber(in, seen) || e.TestLoss >= 1e5 {
			f.add("exploding", "", e.Step)
			return f
		}
		g, zeros, values := in.Layers, 0, 0
		for _, l := range g {
			zeros, values = zeros+l.Zeros, values+l.Values
		}
		g1, ratio := g[0].GradNorm, g[0].GradNorm/g[len(g)-1].GradNorm
		vanished = vanished || ratio < beta1 && g1 < beta2
		exploded = exploded || ratio > beta3
		died = died || float64(zeros) >= gamma*float64(values)
		if float64(i+1) < 0.3*float64(r.Of) {
			continue
		}
		slow := gain(seen, Epoch.test) < delta && gain(seen, Epoch.train) < delta
		if best(seen, Epoch.test) >= theta && best(seen, Epoch.train) >= theta && !slow {
			if float64(swings(seen)) >= eta*float64(len(seen)) {
				f.add("unstable", "", e.Step)
			}
			continue
		}
		switch {
		case died:
			f.add("dying ReLU", "", e.Step)
		case exploded:
			f.add("exploding", g[0].Name, e.Step)
		case vanished:
			f.add("vanishing", g[0].Name, e.Step)
		case slow:
			f.add("slow", "", e.Step)
		}
	}
	return f
}

func (e Epoch) test() float64  { return e.TestAccuracy }
func (e Epoch) train() float64 { return e.TrainAccuracy }

func (r Run) at(step int) (Inspection, bool) {
	for _, in := range r.Inspections {
		if in.Step == step {
			return in, true
		}
	}
	return Inspection{}, false
}

func notANumber(in Inspection, epochs []Epoch) bool {
	for _, l := range in.Layers {
		if !l.Finite {
			return true
		}
	}
	for _, e := range epochs {
		if !isFinite(e.TrainLoss) || !isFinite(e.TestLoss) {
			return true
		}
	}
	return false
}

// gain is the largest gain from one epoch to the next, at least 0.
func gain(epochs []Epoch, of func(Epoch) float64) float64 {
	largest := 0.0
	for i := 1; i < len(epochs); i++ {
		largest = max(largest, of(epochs[i])-of(epochs[i-1]))
	}
	return largest
}

func best(epochs []Epoch, of func(Epoch) float64) float64 {
	b := 0.0
	for _, e := range epochs {
		b = max(b, of(e))
	}
	return b
}

// swings counts the pairs of a local maximum of the training accuracy and a local minimum, in the order of each,
// that are ζ apart.
func swings(epochs []Epoch) int {
	var high, low []float64
	for i := 1; i+1 < len(epochs); i++ {
		a, b, c := epochs[i-1].TrainAccuracy, epochs[i].TrainAccuracy, epochs[i+1].TrainAccuracy
		if b >= a && b >= c {
			high = append(high, b)
		}
		if b <= a && b <= c {
			low = append(low, b)
		}
	}
	n := 0
	for i := range min(len(high), len(low)) {
		if high[i]-low[i] >= zeta {
			n++
		}
	}
	return n
}

// Debugger is SageMaker Debugger's built-in rules VanishingGradient, ExplodingTensor, DeadRelu,
// WeightUpdateRatio and LossNotDecreasing with their defaults, over the steps that were saved, which are the
// inspected ones. A loss has not decreased when it is not at least 0.1 % below that of the newest saved step
// ten or more steps before.
func Debugger(r Run) []Finding {
	var f findings
	for i, in := range r.Inspections {
		for _, l := range in.Layers {
			switch {
			case !l.Finite:
				f.add("exploding tensor", l.Name, in.Step)
			case l.GradMean < 1e-7:
				f.add("vanishing gradient", l.Name, in.Step)
			}
			if l.UpdateRatio > 10 || l.UpdateRatio < 1e-8 {
				f.add("weight update ratio", l.Name, in.Step)
			}
		}
		for _, a := range in.Acts {
			if a.Kind == "relu" && a.Inactive > 0.5 {
				f.add("dead ReLU", a.Name, in.Step)
			}
		}
		if !isFinite(in.Loss) {
			f.add("exploding tensor", "", in.Step)
		}
		for k := i - 1; k >= 0; k-- {
			if before := r.Inspections[k]; before.Step <= in.Step-10 {
				if i+1 == len(r.Inspections) || r.Inspections[i+1].Step > in.Step+1 { // once a burst
					if !(in.Loss <= before.Loss*(1-0.001)) {
						f.add("loss not decreasing", "", in.Step)
					}
				}
				break
			}
		}
	}
	return f
}

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
