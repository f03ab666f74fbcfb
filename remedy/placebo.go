package remedy

import (
	"fmt"
	"slices"

	"gradlab/nn"
)

// apart is added to seeds for another draw: no study counts its seeds that far.
const apart = 1 << 32

// placeboFactor is by how much a placebo changes the learning rate: less than anybody tunes it by.
const placeboFactor = 1.05

// placeboUnits are added to a hidden layer: few beside the dozens that such a layer has.
const placeboUnits = 3

// placebos are changes that by rights do nothing: what differs between a network and its placebo is luck. How
// far accuracy moves under them is what a remedy must exceed.
var placebos = []Kind{
	{"other initial values", "drawn from the same distribution", func(s *Subject, _ Step) ([]string, error) {
		s.Train.InitOffset += apart
		return []string{"other initial values of the same distribution"}, nil
	}},
	{"another order of images", "in every epoch", func(s *Subject, _ Step) ([]string, error) {
		s.Train.OrderOffset += apart
		return []string{"another order of the training images"}, nil
	}},
	{"a learning rate 5 % higher", "", func(s *Subject, _ Step) ([]string, error) {
		was := s.Train.Rule.Rate
		s.Train.Rule.Rate = was * placeboFactor
		return []string{fmt.Sprintf("learning rate %g in place of %g", s.Train.Rule.Rate, was)}, nil
	}},
	{"a layer 3 units wider", "the first hidden linear one", wider},
}

// wider adds units to the first hidden linear layer of a model without residual blocks, whose sums would need
// a projection then.
func wider(s *Subject, _ Step) ([]string, error) {
	w := walked(s.Model.Layers)
	for i, l := range s.Model.Layers {
		if _, ok := l.(nn.Residual); ok {
			break
		}
		if !weighted(l) {
			continue
		}
		name, hidden := w.next(l)
		linear, ok := l.(nn.Linear)
		if !ok || !hidden || linear.Out < 10*placeboUnits || linear.Out+placeboUnits > nn.MaxDimension {
			continue
		}
		linear.Out += placeboUnits
		if slices.ContainsFunc(s.Model.Layers[i:], func(l nn.Layer) bool { _, ok := l.(nn.Residual); return ok }) {
			break
		}
		s.Model.Layers = slices.Clone(s.Model.Layers)
		s.Model.Layers[i] = linear
		return []string{fmt.Sprintf("%d units in place of %d in %s", linear.Out, linear.Out-placeboUnits, name)}, nil
	}
	return nil, fmt.Errorf("no hidden linear layer can have %d more units", placeboUnits)
}
