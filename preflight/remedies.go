package preflight

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gradlab/remedy"
	"gradlab/theory"
)

// cures are the remedies that are tried in theory, by the cause that one which helps points at. The first
// cause with a remedy that helps is named: a different initialisation is the smallest change.
var cures = []struct {
	cause string
	names []string
}{
	{Initialisation, []string{"xavier-init", "he-init", "orthogonal-init", "lsuv-init"}},
	{Activation, []string{"relu+he-init", "leaky-relu+he-init", "selu"}},
	{Normalisation, []string{"batchnorm", "layernorm"}},
	{TooDeep, []string{"skip", "skip+batchnorm"}},
}

// helped is how much of the gradient must be left of a remedied network for the remedy to be advised.
const helped = 1. / 10

// cause finds, by theory, which remedies bring the gradient through, and names the cause after the first.
func (s Subject) cause(x theory.Moments) (string, []string) {
	type cure struct {
		text string
		off  float64 // distance of the logarithm from a level gradient
	}
	cause := ""
	var all []cure
	for _, c := range cures {
		var here []cure
		for _, name := range c.names {
			total := s.remedied(name, x)
			if total > helped && total < mostGradient {
				here = append(here, cure{
					fmt.Sprintf("%s: by theory the first layer then gets %s of the last one's gradient", name, short(Number(total))), math.Abs(math.Log(total)),
				})
			}
		}
		if len(here) > 0 && cause == "" {
			cause = c.cause
		}
		slices.SortStableFunc(here, func(a, b cure) int { return cmp.Compare(a.off, b.off) })
		all = append(all, here[:min(len(here), 2)]...)
	}
	var try []string
	for _, c := range all[:min(len(all), 4)] {
		try = append(try, c.text)
	}
	if cause == "" {
		cause = Initialisation
	}
	return cause, try
}

// remedied is the predicted total of the network with a remedy; NaN where there is none.
func (s Subject) remedied(name string, x theory.Moments) float64 {
	r, err := remedy.Parse(name)
	if err != nil {
		return math.NaN()
	}
	variants, err := r.Variants(s.Model, s.Train)
	if err != nil { // it has that already
		return math.NaN()
	}
	p, err := theory.Predict(variants[0].Model, s.shape(), s.classes(), max(2, s.Train.Batch), x)
	if err != nil {
		return math.NaN()
	}
	return predictedFall(p)
}
