package preflight

import (
	"fmt"
	"math"
	"strings"

	"gradlab/nn"
	"gradlab/theory"
)

// Bounds of what is called trouble. They were set on fully-connected and convolutional networks with tanh and
// ReLU, of 2 to 16 layers and many gains of the initialisation, that were then trained (docs/log.md).
const (
	// Of the gradient from the last layer of weights to the first, removed of widths: where so little is left,
	// networks stay at chance or near it for the first epochs, and at a thirtieth they learn slowly.
	leastGradient = 1. / 100
	// Where it grows by so much, the loss jumps about.
	mostGradient = 10.
	// Of the loss of the first step over that of a guess, in nats: the logits have a variance of about one.
	mostExcess = 0.5
	// Of saturated elements at a bounded activation.
	mostSaturated = 0.5
	// Of the largest update of weights in the first step, over their size.
	mostUpdate = 0.3
	// The same where one batch cannot be fitted either.
	muchUpdate = 0.02
	// Of the largest update times the number of steps: less than once their own size, however the steps add up.
	leastTravel = 1.
	// Root mean squares of the input.
	leastInput, mostInput = 0.1, 5.
	// Of the input's mean over its deviation.
	mostOffset = 5.
	// Values over which batch normalisation takes a mean.
	leastNormalised = 8
)

// findings lists the trouble ahead.
func (s Subject) findings(r *Report, x theory.Moments) []Finding {
	var all []Finding
	if r.NoTheory != "" && strings.Contains(r.NoTheory, "not random") {
		all = append(all, Finding{"symmetric units", Initialisation, r.NoTheory + ".", []string{"a random initialisation, as init: he-normal"}})
	}
	all = append(all, s.inputFindings(r)...)
	all = append(all, s.normFindings(r)...)
	all = append(all, s.gradientFindings(r, x)...)
	all = append(all, s.activationFindings(r)...)
	return append(all, s.stepFindings(r)...)
}

// inputFindings are about the scale of what the network gets.
func (s Subject) inputFindings(r *Report) []Finding {
	in := r.Input
	rms := Number(math.Sqrt(float64(in.Second)))
	advice := []string{"inputs: standard", "inputs: symmetric"}
	switch {
	case rms < leastInput || rms > mostInput:
		return []Finding{{"input scale", InputScale,
			fmt.Sprintf("The inputs have a root mean square of %s; initialisations are made for about 1.", short(rms)), advice}}
	case math.Abs(float64(in.Mean)) > mostOffset*float64(in.Deviation):
		return []Finding{{"input offset", InputScale,
			fmt.Sprintf("The inputs' mean is %s, many times their deviation of %s: samples all but look the same to the first layer.", short(in.Mean), short(in.Deviation)), advice}}
	}
	return nil
}

// gradientFindings are about the gradient along the depth. Its whole interval must lie beyond a bound.
func (s Subject) gradientFindings(r *Report, x theory.Moments) []Finding {
	f := r.Fall
	if f == nil {
		return nil
	}
	total := f.Total.Measured
	trouble, text := "", ""
	change := fmt.Sprintf("Going back from %s to %s, each layer multiplies the gradient's norm by %s%s: the first layer gets %s%s of what the last one gets",
		f.Positions[len(f.Positions)-1], f.Positions[0], short(f.Factor.Measured.Mean), between(f.Factor.Measured), short(total.Mean), between(total))
	switch {
	case total.High < leastGradient:
		trouble, text = Vanishing, change+fmt.Sprintf(", and below %s networks hardly learn.", short(leastGradient))
	case total.Low > mostGradient && !s.normalised():
		trouble, text = Exploding, change+fmt.Sprintf(", and above %s the loss jumps about.", short(mostGradient))
	case vanished(r, f) && len(s.normFindings(r)) == 0: // of a single value, normalisation makes zero
		trouble, text = Vanishing, fmt.Sprintf("No gradient arrives at %s: it is exactly zero.", f.Positions[0])
	default:
		return nil
	}
	if f.Factor.Predicted.Finite() {
		text += fmt.Sprintf(" Theory says %s for each layer and %s in all.", short(f.Factor.Predicted), short(f.Total.Predicted))
	}
	cause, try := s.cause(x)
	out := []Finding{{trouble, cause, text, try}}
	if d := r.Depth; d != nil && trouble == Vanishing && d.Trainable.Finite() && float64(len(f.Positions)-1) > float64(d.Trainable) {
		out = append(out, Finding{trouble, TooDeep,
			fmt.Sprintf("%d layers before the last are more than the %s or so through which a signal passes layers of %s with this initialisation (%d ξ_c; ξ_c = %s).",
				len(f.Positions)-1, short(d.Trainable), d.Block, theory.TrainableDepths, short(d.ScaleC)),
			[]string{"at most " + plural(max(1, int(d.Trainable)), "such layer"), "skip connections, as remedy skip+batchnorm"}})
	}
	return out
}

// vanished says whether the first layer's gradient is zero in every network.
func vanished(r *Report, f *Fall) bool {
	for _, q := range r.Positions {
		if q.Name == f.Positions[0] {
			return q.Gradient.Measured.N == 0
		}
	}
	return false
}

// normalised says whether the model has batch normalisation, of which the explosion at initialisation goes with
// the first steps (Yang et al. 2019).
func (s Subject) normalised() bool { return holds(s.Model.Layers, nn.BatchNorm{}) }

// holds says whether there is a layer of the kind of one among the layers or within them.
func holds(layers []nn.Layer, one nn.Layer) bool {
	for _, l := range layers {
		switch l := l.(type) {
		case nn.Repeat:
			if holds(l.Layers, one) {
				return true
			}
		case nn.Residual:
			if holds(l.Layers, one) {
				return true
			}
		case nn.BatchNorm:
			if _, ok := one.(nn.BatchNorm); ok {
				return true
			}
		}
	}
	return false
}

// activationFindings are about saturation and logits.
func (s Subject) activationFindings(r *Report) []Finding {
	var out []Finding
	for _, q := range r.Positions {
		bounds, ok := nn.Saturation(q.Kind)
		if e := q.Saturated.Measured; ok && !math.IsInf(bounds.High, 1) && e.N > 0 && e.Low > mostSaturated {
			out = append(out, Finding{"saturation", Initialisation,
				fmt.Sprintf("%s%s of the elements of %s are saturated: their gradient is all but zero.", percent(e.Mean), percents(e), q.Name),
				[]string{"a smaller gain of the initialisation", "batchnorm before the activation", "inputs: standard"}})
			break
		}
	}
	loss := r.Loss.Measured
	if excess := loss.Mean - r.Chance; loss.N > 0 && loss.Low-r.Chance > 0 && excess > mostExcess || loss.N == 0 {
		said := "is no number"
		if loss.N > 0 {
			said = fmt.Sprintf("is %s%s, a guess costs %s", short(loss.Mean), between(loss), short(r.Chance))
		}
		out = append(out, Finding{"large logits", Initialisation,
			fmt.Sprintf("The loss of the first step %s: the network is sure of what it does not know, and the first steps only undo that.", said),
			[]string{"a smaller gain of the initialisation, of the last layer first"}})
	}
	return out
}

// normFindings are about batch normalisation over too few values.
func (s Subject) normFindings(r *Report) []Finding {
	for _, q := range r.Positions {
		n := r.Batch
		if len(q.Shape) == 3 {
			n *= q.Shape[0] * q.Shape[1]
		}
		if q.Kind == "batchnorm" && n < leastNormalised {
			return []Finding{{"batch norm of few values", Normalisation,
				fmt.Sprintf("%s takes mean and variance over %d values at a time: its noise is as large as its signal.", q.Name, n),
				[]string{fmt.Sprintf("a batch of at least %d", 2*leastNormalised), "layernorm"}}}
		}
	}
	return nil
}

// stepFindings are about the learning rate.
func (s Subject) stepFindings(r *Report) []Finding {
	largest, where := Number(0), ""
	for _, q := range r.Positions {
		if m := q.UpdateRatio.Measured; m.N > 0 && m.Mean > largest {
			largest, where = m.Mean, q.Name
		}
	}
	if where == "" {
		return nil
	}
	gain := 1 / (1 - math.Min(s.Train.Rule.Momentum, 0.999)) // of steps in a row, by momentum
	effective := float64(largest) * gain
	o := r.Overfit
	rate := float64(r.Rate)
	first := fmt.Sprintf("At rate %s the first step moves the weights of %s by %s of their size", short(r.Rate), where, short(largest))
	if gain > 1.01 {
		first += fmt.Sprintf(", and momentum makes that %s", short(Number(effective)))
	}
	smaller := []string{fmt.Sprintf("a rate of %s or less", short(Number(rate*muchUpdate/2/effective))), "warm-up", "clip"}
	switch {
	case !o.After.Finite():
		return []Finding{{"steps too large", LearningRate, fmt.Sprintf("%s; on one batch alone, the loss is no number after %s.", first, plural(o.Steps, "step")), smaller}}
	case effective > mostUpdate:
		return []Finding{{"steps too large", LearningRate, first + ": it overwrites them.", smaller}}
	case !o.Done() && effective > muchUpdate && float64(o.After) > 0.95*float64(o.Guess):
		return []Finding{{"steps too large", LearningRate,
			fmt.Sprintf("%s, and %s on one batch leave its loss at %s, where the labels' frequencies alone give %s.", first, plural(o.Steps, "step"), short(o.After), short(o.Guess)), smaller}}
	case effective*float64(r.Steps) < leastTravel:
		return []Finding{{"steps too small", LearningRate,
			fmt.Sprintf("%s: were all %d steps of training to go the same way, they would move no weights by more than %s of their size.", first, r.Steps, short(Number(effective*float64(r.Steps)))),
			[]string{fmt.Sprintf("a rate of %s or more", short(Number(rate*5*leastTravel/(effective*float64(r.Steps)))))}}}
	}
	return nil
}
