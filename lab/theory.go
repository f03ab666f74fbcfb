package lab

import (
	"context"
	"errors"
	"fmt"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/theory"
)

// Theory is what can be predicted of an arm's first step from its model and its inputs' moments alone.
type Theory struct {
	GradRMS []*float64 `json:"grad_rms"` // by position, as Flow has it
	ActStd  []*float64 `json:"act_std"`
	Loss    *float64   `json:"loss"`
	None    string     `json:"none,omitempty"` // why there is no prediction, in words
}

// momentsImages are from how many training images the moments are taken.
const momentsImages = 256

// predict fills in the theory of the part's arms. One whose network the trials' seeds draw has none. What has
// no theory costs no run.
func (p *openPart) predict(ctx context.Context) error {
	moments := map[string]theory.Moments{} // by scaling
	for i, a := range p.Part.Arms {
		if a.Drawn != nil {
			continue
		}
		x, ok := moments[a.Train.Inputs]
		if !ok {
			var err error
			if x, err = p.moments(ctx, a.Train.Inputs); err != nil {
				return err
			}
			moments[a.Train.Inputs] = x
		}
		in, batch := nn.Shape{p.info.H, p.info.W, p.info.C}, max(1, min(a.Train.Batch, p.info.Train))
		predicted, err := theory.Predict(a.Model, in, len(p.info.Classes), batch, x)
		p.arms[i].Theory = newTheory(predicted, err)
	}
	return nil
}

// newTheory makes the record of a prediction or of why there is none.
func newTheory(p *theory.Prediction, err error) *Theory {
	if err != nil {
		var none *theory.ErrNoTheory
		if errors.As(err, &none) {
			return &Theory{None: none.Error()}
		}
		return &Theory{None: err.Error()}
	}
	t := &Theory{Loss: finite(p.Loss)}
	for _, q := range p.Positions {
		t.GradRMS = append(t.GradRMS, finite(q.Gradient))
		t.ActStd = append(t.ActStd, finite(q.Deviation()))
	}
	return t
}

// moments measures the first training images of the first seed under a scaling.
func (p *openPart) moments(ctx context.Context, scaling string) (theory.Moments, error) {
	table, err := data.NewTable[float32](scaling, p.data.Train)
	if err != nil {
		return theory.Moments{}, fmt.Errorf("failed to measure the inputs: %w", err)
	}
	n := min(momentsImages, p.data.Train.N())
	loader, err := data.NewLoader(p.data.Train, table, n, p.Seeds[0], true)
	if err != nil {
		return theory.Moments{}, fmt.Errorf("failed to measure the inputs: %w", err)
	}
	for _, b := range loader.Epoch(ctx, 0, 0) {
		return theory.Measure(b.X, b.N, nn.Shape{p.info.H, p.info.W, p.info.C}), nil
	}
	return theory.Moments{}, ctx.Err()
}
