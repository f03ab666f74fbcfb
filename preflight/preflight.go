// Package preflight looks at a network before it trains: what theory predicts of its first step beside what is
// measured at initialisation on a few batches, whether one batch can be overfitted, and what of that will keep
// it from learning, with its reason and what to try.
//
// Read report.go (what is found), measure.go (at initialisation), fall.go (the gradient along the depth),
// overfit.go, findings.go (what is called trouble), remedies.go (what would help, by theory).
//
// It imports theory, remedy, train, nn, data and internal/stats. It promises that no finding rests on the size
// of a gradient: gradients are compared along the depth, with intervals over seeds, and updates with the weights
// that they change.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/theory"
	"gradlab/train"
)

// Subject is a network with its data and how it is to be trained.
type Subject struct {
	Model  nn.Model
	Train  train.Config
	Data   *data.Dataset
	Engine *nn.Engine // nil is the best one of this machine on one thread
}

// shape and classes are those of the data as the network sees it. Transforms that do not fit the data are an error
// where the network is compiled, before anybody asks here.
func (s Subject) shape() nn.Shape {
	in, _ := s.Train.InputShape(s.Data.Train.H, s.Data.Train.W, s.Data.Train.C)
	return in
}
func (s Subject) classes() int { return len(s.Data.Classes) }

// Look looks at the network as it is initialised from each of the seeds.
func Look(ctx context.Context, s Subject, seeds []uint64) (*Report, error) {
	if len(seeds) == 0 {
		return nil, errors.New("failed to look at the network: there are no seeds")
	}
	seen, err := s.measure(ctx, seeds)
	if err != nil {
		return nil, fmt.Errorf("failed to look at the network: %w", err)
	}
	batch := seen.batch
	steps := s.Train.Epochs * ((s.Data.Train.N() + batch - 1) / batch)
	r := &Report{
		Batch: batch, Steps: steps, Rate: Number(s.Train.Rule.Rate), Seeds: len(seeds), Images: seen.images,
		Input: newInput(s.Train.Inputs, seen.input),
		Loss:  Pair{Predicted: nan, Measured: seen.loss}, Chance: Number(math.Log(float64(s.classes()))),
	}
	p, err := theory.Predict(s.Model, s.shape(), s.classes(), batch, seen.input)
	var none *theory.ErrNoTheory
	switch {
	case errors.As(err, &none):
		r.NoTheory = none.Error()
	case err != nil:
		return nil, err
	default:
		r.Loss.Predicted = Number(p.Loss)
	}
	r.Positions = seen.positions(p, s.Train.Rule)
	r.Fall = newFall(seen, p)
	r.Depth, r.NoDepth = s.depth(seen.input)
	r.Clipping = s.clipping(seen, p)
	if r.Overfit, err = s.overfit(ctx, seeds[0]); err != nil {
		return nil, fmt.Errorf("failed to overfit one batch: %w", err)
	}
	r.Findings = s.findings(r, seen.input)
	return r, nil
}

// depth gives the depth scales, or says why there are none.
func (s Subject) depth(x theory.Moments) (*Depth, string) {
	d, err := theory.DepthScales(s.Model, s.shape(), s.classes(), x)
	if err != nil {
		var none *theory.ErrNoTheory
		if errors.As(err, &none) {
			return nil, none.Reason
		}
		return nil, err.Error()
	}
	return &Depth{
		Block: d.Block, Layers: d.Layers, Gain: Number(d.Gain), Bias: Number(d.Bias), Fixed: Number(d.Fixed),
		Correlation: Number(d.Correlation), Chi: Number(d.Chi), ScaleQ: Number(d.ScaleQ), ScaleC: Number(d.ScaleC),
		Scale1: Number(d.Scale1), Trainable: Number(d.Trainable),
	}, ""
}
