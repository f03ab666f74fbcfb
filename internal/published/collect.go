// Package published is the detectors of training trouble that others have published, by their own rules and
// thresholds: AutoTrainer (Zhang et al., ICSE 2021), SageMaker Debugger (Rauschmayr et al., MLSys 2021) and
// TheDeepChecker (Ben Braiek and Khomh, 2022). They are what gradlab's own diagnosis is measured against, and
// nothing else uses them.
//
// They read Inspections: what they ask of single steps, gathered by a Collector while a network trains. The
// package imports nn, whose plans a Collector reads.
package published

import (
	"math"

	"gradlab/nn"
)

// Inspection is one training step as the published detectors look at it.
type Inspection struct {
	Step   int // from 1
	Loss   float64
	Layers []Layer // that have weights, in forward order
	Acts   []Acts  // outputs of activations, in forward order
}

// Layer is the weights of a layer at one step.
type Layer struct {
	Name          string
	GradNorm      float64 // L2 norm of the weights' gradient
	GradMean      float64 // mean absolute value of the weights' gradient
	Zeros, Values int     // entries of the gradients of weights and biases that are exactly 0, and all of them
	Finite        bool    // weights and gradients, biases included
	UpdateRatio   float64 // mean absolute change of the weights / mean absolute weight before; NaN where the step before was not inspected
}

// Acts is the outputs of an activation over a batch. A unit's values are all of its last dimension's index.
type Acts struct {
	Name, Kind string
	Std        float64 // of all values
	Values     int
	Finite     bool
	Inactive   float64 // fraction of units that are above zero in less than 1 % of their values
	Dead       float64 // fraction of units whose 95th percentile of absolute values is below 1e-5
	Saturated  float64 // fraction of units with ρ_B > 0.85; NaN of unbounded activations
}

// Collector gathers inspections. It is a train.Inspector.
type Collector struct {
	Steps       map[int]bool // to inspect
	Inspections []Inspection
	before      map[string][]float32 // weights after the inspected step before
	last        int
}

// Schedule is when the published detectors look: at the first step of each of the epochs, and in ten bursts of
// five steps in a row, spread evenly over training.
func Schedule(epochs, perEpoch int) map[int]bool {
	due := map[int]bool{}
	steps := epochs * perEpoch
	for e := range epochs {
		due[e*perEpoch+1] = true
	}
	for m := range 10 {
		first := 1 + m*max(0, steps-5)/9
		for s := first; s < first+5 && s <= steps; s++ {
			due[s] = true
		}
	}
	return due
}

// Due says whether a step is inspected.
func (c *Collector) Due(step int) bool { return c.Steps[step] }

// Inspect looks at a step of n samples, after its update.
func (c *Collector) Inspect(plan *nn.Plan[float32], step, n int, loss float64) {
	in := Inspection{Step: step, Loss: loss}
	if c.before == nil {
		c.before = map[string][]float32{}
	}
	for i, p := range plan.Positions() {
		if params := plan.PositionParams(i); len(params) > 0 && len(params[0].Shape) > 1 {
			in.Layers = append(in.Layers, c.layer(p.Name, params, step))
		}
		if isActivation(p.Kind) {
			in.Acts = append(in.Acts, acts(p, plan.Activation(i, n)))
		}
	}
	c.last = step
	c.Inspections = append(c.Inspections, in)
}

func isActivation(kind string) bool {
	for _, name := range nn.Activations() {
		if name == kind {
			return true
		}
	}
	return false
}

func (c *Collector) layer(name string, params []*nn.Param[float32], step int) Layer {
	l := Layer{Name: name, Finite: true, UpdateRatio: math.NaN()}
	for k, q := range params {
		squares, sum := 0.0, 0.0
		for i, g := range q.Grad {
			v := float64(g)
			squares += v * v
			sum += math.Abs(v)
			if g == 0 {
				l.Zeros++
			}
			l.Finite = l.Finite && isFinite(v) && isFinite(float64(q.Data[i]))
		}
		l.Values += len(q.Grad)
		if k == 0 {
			l.GradNorm, l.GradMean = math.Sqrt(squares), sum/float64(len(q.Grad))
		}
	}
	w := params[0]
	if before := c.before[w.Name]; before != nil && c.last == step-1 {
		moved, size := 0.0, 0.0
		for i, v := range before {
			moved += math.Abs(float64(w.Data[i]) - float64(v))
			size += math.Abs(float64(v))
		}
		l.UpdateRatio = moved / size
	}
	c.before[w.Name] = append(c.before[w.Name][:0], w.Data...)
	return l
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// bounds are the smallest and the largest output of the activations whose saturation is judged.
var bounds = map[string][2]float64{"tanh": {-1, 1}, "scaled-sigmoid": {-1, 1}, "sigmoid": {0, 1}}

// acts looks at the outputs y of an activation.
func acts(p nn.Position, y []float32) Acts {
	a := Acts{Name: p.Name, Kind: p.Kind, Values: len(y), Finite: true, Saturated: math.NaN()}
	sum, squares := 0.0, 0.0
	for _, v := range y {
		sum += float64(v)
	}
	mean := sum / float64(len(y))
	for _, v := range y {
		d := float64(v) - mean
		squares += d * d
		a.Finite = a.Finite && isFinite(float64(v))
	}
	a.Std = math.Sqrt(squares / float64(len(y)))
	units := p.Shape[len(p.Shape)-1]
	limits, bounded := bounds[p.Kind]
	inactive, dead, saturated := 0, 0, 0
	for u := range units {
		if rarelyActive(y[u:], units) {
			inactive++
		}
		if percentile95(y[u:], units) < 1e-5 {
			dead++
		}
		if bounded && rhoB(y[u:], units, limits[0], limits[1]) > 0.85 {
			saturated++
		}
	}
	a.Inactive, a.Dead = float64(inactive)/float64(units), float64(dead)/float64(units)
	if bounded {
		a.Saturated = float64(saturated) / float64(units)
	}
	return a
}

// rarelyActive says whether fewer than 1 % of y[0], y[stride], … are above zero.
func rarelyActive(y []float32, stride int) bool {
	active, n := 0, 0
	for i := 0; i < len(y); i += stride {
		if y[i] > 0 {
			active++
		}
		n++
	}
	return float64(active) < 0.01*float64(n)
}

// percentile95 is the 95th percentile of the absolute values of y[0], y[stride], …, between neighbours as
// NumPy interpolates; exact only in whether it lies below 1e-5, which is all that is asked.
func percentile95(y []float32, stride int) float64 {
	const limit = 1e-5
	below, n := 0, 0
	largest, smallest := 0.0, math.Inf(1) // of those below, of the others
	for i := 0; i < len(y); i += stride {
		v := math.Abs(float64(y[i]))
		if v < limit {
			below++
			largest = max(largest, v)
		} else {
			smallest = min(smallest, v)
		}
		n++
	}
	at := 0.95 * float64(n-1)
	lower := int(at)
	switch {
	case below >= min(lower+2, n):
		return largest
	case below <= lower:
		return smallest
	}
	return largest + (at-float64(lower))*(smallest-largest)
}

// rhoB is the saturation measure ρ_B of Rakitianskaia and Engelbrecht (2015) with ten bins, over y[0],
// y[stride], …: outputs scaled to [−1, 1], the mean of each bin's, absolute, weighted by the bin's count.
func rhoB(y []float32, stride int, low, high float64) float64 {
	const bins = 10
	var sums [bins]float64
	n := 0
	for i := 0; i < len(y); i += stride {
		v := 2*(float64(y[i])-low)/(high-low) - 1
		b := int((v + 1) / 2 * bins)
		sums[min(max(b, 0), bins-1)] += v
		n++
	}
	total := 0.0
	for _, s := range sums {
		total += math.Abs(s)
	}
	return total / float64(n)
}
