package published

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
