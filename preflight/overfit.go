package preflight

import (
	"context"
	"math"

	"gradlab/data"
	"gradlab/train"
)

// Bounds of training on one batch.
const (
	overfitSteps  = 1000
	overfitImages = 16 // at least, whatever the batch: of four images the labels' frequencies say nearly all
)

// overfit trains the network of a seed on one batch, by the study's own rule at its full rate.
func (s Subject) overfit(ctx context.Context, seed uint64) (Overfit, error) {
	t := s.trial(seed)
	t.Config.Batch = max(t.Config.Batch, overfitImages)
	start, err := train.Begin(t)
	if err != nil {
		return Overfit{}, err
	}
	for _, b := range start.Batches.Epoch(ctx, 0, 0) {
		return s.repeat(ctx, start, b)
	}
	return Overfit{}, ctx.Err()
}

// repeat takes step after step on one batch, until it is overfitted or steps are used up.
func (s Subject) repeat(ctx context.Context, start *train.Start, b data.Batch[float32]) (Overfit, error) {
	p, rule := start.Plan, s.Train.Rule
	p.SetSmoothing(0) // or a loss near zero would be out of reach
	counts := map[int32]float64{}
	for _, label := range b.Labels {
		counts[label]++
	}
	guess := 0.0
	for _, n := range counts {
		guess -= n / float64(b.N) * math.Log(n/float64(b.N))
	}
	o := Overfit{Images: b.N, Guess: Number(guess)}
	for {
		p.Forward(b.X, b.N)
		loss := p.Loss(b.Labels, b.N)
		o.After, o.Correct = Number(loss), p.Correct(b.Labels, b.N)
		if o.Steps == 0 {
			o.Before = o.After
		}
		if err := ctx.Err(); err != nil {
			return o, err
		}
		if o.Done() || o.Steps == overfitSteps || !o.After.Finite() {
			return o, nil
		}
		p.Backward(b.N)
		if !s.Train.Clip.IsZero() {
			p.Clip(s.Train.Clip)
		}
		p.Update(rule, false)
		o.Steps++
	}
}
