// Package diagnose says what is wrong with the training of a network: whether its gradients vanish or explode,
// units are dead or saturated, steps too large or too small, the loss unstable; where, by which evidence, why
// most likely, and what to try.
//
// It is pure functions over Records of what was seen while the network trained, one per seed. Read, in this
// order: record.go, gradient.go (the gradient against depth), curve.go (the loss over time), layers.go (updates and
// units), limits.go and rules.go with rules_loss.go (what is called trouble), verdict.go (over seeds), words.go.
//
// No verdict rests on the size of a gradient: that depends on widths, pooling, the loss and the data. Gradients
// are compared with each other along the depth, updates with the weights they change, losses with that of a
// guess. How often it is right is measured in docs/diagnosis.md. The package imports internal/stats alone.
package diagnose

import "math"

// Record is what was seen of one network's training. A figure that is not known is NaN.
type Record struct {
	Seed      uint64
	Classes   int
	Steps     int // of the whole training
	Positions []Position
	Windows   []Window // in order
	Losses    []Loss   // in order
	Epochs    []Epoch
	NonFinite *Place // where a number first was not finite; nil where all were
	Clipped   bool   // gradients are
}

// Position is the output of one layer, in forward order.
type Position struct {
	Name  string
	Kind  string // of layer: "linear", "conv", "maxpool", an activation …
	Shape []int  // of one sample, channels last
}

// Window is what probes saw during a part of training, by position.
type Window struct {
	First, Last, Count int       // the first and the last probed step, from 1, and their number
	GradRMS            []float64 // root mean square of dL/d(output) per element
	GradSpread         []float64 // standard deviation of ln GradRMS over the window's batches
	ActStd             []float64
	Saturated          []float64 // fraction of elements
	Dead               []float64 // fraction of units, judged at the window's end
	UpdateRatio        []float64 // root mean square of the weights' update / of the weights
}

// Loss is the training loss during a part of training.
type Loss struct {
	First, Last, Count int     // steps
	Mean, SD           float64 // over steps, of the batches' mean losses
}

// Epoch is what an epoch came to.
type Epoch struct {
	Step                        int // its last one
	TrainLoss, TestLoss         float64
	TrainAccuracy, TestAccuracy float64 // fractions
}

// Place is where a number first was not finite.
type Place struct {
	Step, Epoch int
	Layer, What string
}

// Until is what had been seen when training had done so many steps.
func (r Record) Until(step int) Record {
	p := r
	p.Windows, p.Losses, p.Epochs = nil, nil, nil
	for _, w := range r.Windows {
		if w.Last <= step {
			p.Windows = append(p.Windows, w)
		}
	}
	for _, l := range r.Losses {
		if l.Last <= step {
			p.Losses = append(p.Losses, l)
		}
	}
	for _, e := range r.Epochs {
		if e.Step <= step {
			p.Epochs = append(p.Epochs, e)
		}
	}
	if r.NonFinite != nil && r.NonFinite.Step > step {
		p.NonFinite = nil
	}
	return p
}

// Seen is the newest step of which anything is known.
func (r Record) Seen() int {
	step := 0
	if n := len(r.Windows); n > 0 {
		step = r.Windows[n-1].Last
	}
	if n := len(r.Losses); n > 0 {
		step = max(step, r.Losses[n-1].Last)
	}
	if n := len(r.Epochs); n > 0 {
		step = max(step, r.Epochs[n-1].Step)
	}
	return step
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
