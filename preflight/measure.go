package preflight

import (
	"context"
	"math"

	"gradlab/nn"
	"gradlab/optim"
	"gradlab/theory"
	"gradlab/train"
)

// Batches are looked at until this many images were seen, within these bounds.
const (
	enoughImages = 256
	mostBatches  = 32
	leastBatches = 2
)

// figures are what one network's first steps came to, by position: means over the batches.
type figures struct {
	mean, second, gradient []float64 // gradient is the mean square
	saturated, ratio       []float64
	loss, norm, cut        float64
}

// seen is what was measured of the networks of all seeds.
type seen struct {
	networks []figures
	list     []nn.Position
	input    theory.Moments
	batch    int
	images   int
	loss     Estimate
}

// trial is the subject with a seed.
func (s Subject) trial(seed uint64) train.Trial {
	c := s.Train
	c.Probe = -1
	return train.Trial{Model: s.Model, Data: s.Data, Config: c, Seed: seed, Engine: s.Engine}
}

// measure runs the first batches of every seed forward and back; no weight moves.
func (s Subject) measure(ctx context.Context, seeds []uint64) (*seen, error) {
	all := &seen{}
	var losses []float64
	for i, seed := range seeds {
		start, err := train.Begin(s.trial(seed))
		if err != nil {
			return nil, err
		}
		all.list, all.batch = start.Plan.Positions(), start.Plan.Batch()
		f, x, err := s.first(ctx, start)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			all.images = len(x) / s.shape().Size()
			all.input = theory.Measure(x, all.images, s.shape())
		}
		all.networks = append(all.networks, f)
		losses = append(losses, f.loss)
	}
	all.loss = newEstimate(losses)
	return all, nil
}

// first takes the figures of the first batches, and gives the images as well.
func (s Subject) first(ctx context.Context, start *train.Start) (f figures, images []float32, err error) {
	p := start.Plan
	p.SetTracking(false)
	n := len(p.Positions())
	f = figures{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), 0, 0, 0}
	batches := max(leastBatches, min(enoughImages/p.Batch(), mostBatches))
	batches = min(batches, start.Batches.Batches())
	done := 0
	for _, b := range start.Batches.Epoch(ctx, 0, 0) {
		if b.N < p.Batch() && done > 0 || done == batches {
			break // the last one is short: its gradient is of another size
		}
		images = append(images, b.X...)
		p.Forward(b.X, b.N)
		f.loss += p.Loss(b.Labels, b.N)
		p.Backward(b.N)
		f.add(p, b.N)
		if c := s.Train.Clip; !c.IsZero() {
			clipped := p.Clip(c)
			f.norm += clipped.Before
			if clipped.Cut {
				f.cut++
			}
		}
		done++
	}
	if err := ctx.Err(); err != nil {
		return f, nil, err
	}
	f.over(float64(done))
	for i := range n {
		f.ratio[i] = ratio(p, i, f.ratio[i], s.Train.Rule)
	}
	return f, images, nil
}

// add adds a batch of n samples.
func (f *figures) add(p *nn.Plan[float32], n int) {
	for i, position := range p.Positions() {
		y, dy := p.Activation(i, n), p.Gradient(i, n)
		b, bounded := nn.Saturation(position.Kind)
		var mean, second, outside float64
		for _, v := range y {
			u := float64(v)
			mean += u
			second += u * u
			if bounded && (u < b.Low || u > b.High) {
				outside++
			}
		}
		size := float64(len(y))
		f.mean[i] += mean / size
		f.second[i] += second / size
		f.saturated[i] += outside / size
		if !bounded {
			f.saturated[i] = math.NaN()
		}
		f.gradient[i] += meanSquare(dy)
		if params := p.PositionParams(i); len(params) > 0 {
			f.ratio[i] += meanSquare(params[0].Grad)
		}
	}
}

// over divides the sums by the number of batches.
func (f *figures) over(n float64) {
	for _, figure := range [][]float64{f.mean, f.second, f.gradient, f.saturated, f.ratio} {
		for i := range figure {
			figure[i] /= n
		}
	}
	f.loss, f.norm, f.cut = f.loss/n, f.norm/n, f.cut/n
}

// meanSquare is NaN of nothing.
func meanSquare(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(x))
}

// ratio is that of position i's weights, whose gradient has the given mean square.
func ratio(p *nn.Plan[float32], i int, square float64, rule optim.SGD) float64 {
	params := p.PositionParams(i)
	if len(params) == 0 {
		return math.NaN()
	}
	q := theory.Position{Weights: len(params[0].Data), Weight: math.Sqrt(meanSquare(params[0].Data)), WeightGradient: math.Sqrt(square)}
	return q.UpdateRatio(rule)
}

// positions puts what was measured beside the prediction, which may be nil.
func (s *seen) positions(p *theory.Prediction, rule optim.SGD) []Position {
	var out []Position
	for i, position := range s.list {
		q := Position{Index: position.Index, Name: position.Name, Kind: position.Kind, Shape: position.Shape}
		q.Gradient = s.pair(func(f figures) float64 { return math.Log10(f.gradient[i]) / 2 })
		q.Gradient.Measured = q.Gradient.Measured.power()
		q.Factor = s.pair(func(f figures) float64 {
			if i+1 == len(s.list) {
				return math.NaN()
			}
			return math.Log10(f.gradient[i]/f.gradient[i+1]) / 2
		})
		q.Factor.Measured = q.Factor.Measured.power()
		q.Deviation = s.pair(func(f figures) float64 { return math.Sqrt(max(0, f.second[i]-f.mean[i]*f.mean[i])) })
		q.Saturated = s.pair(func(f figures) float64 { return f.saturated[i] })
		q.UpdateRatio = s.pair(func(f figures) float64 { return f.ratio[i] })
		if p != nil {
			t := p.Positions[i]
			q.Gradient.Predicted, q.Factor.Predicted = Number(t.Gradient), Number(t.Factor)
			q.Deviation.Predicted = Number(t.Deviation())
			q.Saturated.Predicted, q.UpdateRatio.Predicted = Number(t.Saturated), Number(t.UpdateRatio(rule))
			q.Rough = t.Rough
		}
		out = append(out, q)
	}
	return out
}

// pair is a figure over the seeds, with nothing predicted.
func (s *seen) pair(of func(figures) float64) Pair {
	var values []float64
	for _, f := range s.networks {
		if v := of(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
			values = append(values, v)
		}
	}
	return Pair{nan, newEstimate(values)}
}

// clipping says whether the first step is clipped; nil without clipping.
func (s Subject) clipping(all *seen, p *theory.Prediction) *Clipping {
	c := s.Train.Clip
	if c.IsZero() {
		return nil
	}
	out := &Clipping{By: c.By, Limit: Number(c.Limit), Norm: all.pair(func(f figures) float64 { return f.norm })}
	out.Cut = all.pair(func(f figures) float64 { return f.cut }).Measured.Mean
	if p != nil {
		out.Norm.Predicted = Number(p.GradientNorm)
	}
	return out
}
