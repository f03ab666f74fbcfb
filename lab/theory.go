package lab

import (
	"context"
	"errors"
	"fmt"

	"gradlab/data"
	"gradlab/theory"
	"gradlab/train"
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
		inputs := inputsOf(a.Train)
		x, ok := moments[inputs]
		if !ok {
			var err error
			if x, err = p.moments(ctx, a.Train); err != nil {
				return err
			}
			moments[inputs] = x
		}
		in, err := a.Train.InputShape(p.info.H, p.info.W, p.info.C)
		if err != nil {
			return err
		}
		batch := max(1, min(a.Train.Batch, p.info.Train))
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

// inputsOf names what decides what a network sees of the images.
func inputsOf(c train.Config) string { return fmt.Sprintf("%v %#v", c.Scaling(), c.Transforms) }

// moments measures the first training images of the first seed as a network sees them.
func (p *openPart) moments(ctx context.Context, c train.Config) (theory.Moments, error) {
	table, err := data.NewTableOf[float32](c.Scaling(), p.data.Train, nil)
	if err != nil {
		return theory.Moments{}, fmt.Errorf("failed to measure the inputs: %w", err)
	}
	n := min(momentsImages, p.data.Train.N())
	loader, err := data.NewLoader(p.data.Train, table, n, p.Seeds[0], true)
	if err != nil {
		return theory.Moments{}, fmt.Errorf("failed to measure the inputs: %w", err)
	}
	if loader, err = loader.Transformed(c.Transforms, p.Seeds[0]); err != nil {
		return theory.Moments{}, fmt.Errorf("failed to measure the inputs: %w", err)
	}
	in, err := c.InputShape(p.info.H, p.info.W, p.info.C)
	if err != nil {
		return theory.Moments{}, err
	}
	for _, b := range loader.Epoch(ctx, 0, 0) {
		return theory.Measure(b.X, b.N, in), nil
	}
	return theory.Moments{}, ctx.Err()
}
