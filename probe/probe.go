// Package probe is what is asked of a network's positions while it trains, and how the answers of
// single steps add up: the activations' mean, spread, saturated and dead fractions, the gradients'
// root mean square, and how far each parameter moves. A probe reads a plan's buffers and never
// changes them. It imports package nn, and internal/kernel for sums.
package probe

import (
	"math"
	"slices"

	"gradlab/internal/kernel"
	"gradlab/nn"
)

// Steps says when figures were gathered: Count probed steps, Every apart, from First to Last. Steps
// are counted from 1.
type Steps struct{ First, Last, Every, Count int }

func (s *Steps) add(step int) {
	if s.Count == 0 {
		s.First = step
	}
	s.Last = step
	s.Count++
}

// Position is what was seen at one position over all probed steps. A figure that does not apply, or
// for which nothing was seen, is NaN.
type Position struct {
	nn.Position
	Steps     Steps
	GradRMS   float64 // root mean square of dL/d(activation) per element, L the batch's mean loss
	ActMean   float64
	ActStd    float64
	Saturated float64 // fraction of elements (see nn.Saturation)
	Dead      float64 // fraction of units that were saturated in every sample of DeadSteps
	DeadSteps Steps   // the newest ones with enough batches and samples; none where Dead is NaN
	Params    []Param
}

// Param is what was seen of one parameter tensor: root mean squares per element, over the probed
// steps.
type Param struct {
	Name                          string
	WeightRMS, GradRMS, UpdateRMS float64
	UpdateRatio                   float64 // UpdateRMS / WeightRMS
}

// Window is the positions during a part of training, by position.
type Window struct {
	Steps                                   Steps
	GradRMS, ActStd, Saturated, UpdateRatio []float64 // UpdateRatio is that of the position's weights
	GradSpread                              []float64 // standard deviation of ln(GradRMS) over the window's batches; NaN of fewer than two
	Dead                                    []float64 // as Position's, judged at the window's end
}

// A unit is judged dead or alive by the newest windows that together have so many batches and samples:
// by the end of what was seen, because one that died during training was alive before.
const (
	MinBatches = 10
	MinSamples = 100
)

// Windows is the number of windows that training is divided into, beside the first step, which is a
// window of its own, and the hundred steps after it, which are one where the others would be longer: a diagnosis
// need not wait for these.
const (
	Windows    = 40
	MaxWindows = Windows + 2 // with these two
	earlySteps = 100
)

// Interval is the default number of steps between two probes of a run of the given number of steps:
// every fiftieth, and more often in a run so short that fewer than twenty would be left.
func Interval(steps int) int { return max(1, min(50, steps/20)) }

// Probe gathers figures of one training run.
type Probe[T kernel.Float] struct {
	plan      *nn.Plan[T]
	every     int
	steps     int
	positions []*seen[T]
	windows   []*window
	finite    bool // all that the newest probed step saw
}

// window adds up one part of training.
type window struct {
	steps   Steps
	samples int
	totals  []totals    // by position
	alive   [][]bool    // by position, of each unit: it was not saturated once
	shapes  []Histogram // by position, of the last step that is probed
}

// totals are the sums of one position.
type totals struct {
	activations                  moments
	saturated                    float64 // elements
	gradients, weights           float64 // numbers of values
	gradSquares                  float64
	weightSquares, updateSquares float64
	logs                         moments // of ln of the gradient's root mean square, over batches
}

// moments are the mean of count values and the sum of their squared distances from it: unlike the
// mean of squares less the square of the mean, they keep a spread that is small beside the mean.
type moments struct{ count, mean, squares float64 }

// seen is what a probe keeps of a position.
type seen[T kernel.Float] struct {
	position nn.Position
	units    int  // size of the last dimension
	bounded  bool // whether the position can saturate
	low      T    // bounds of what is not saturated
	high     T
	inside   []int32 // by unit, the elements of the newest step that are not saturated
	steps    Steps
	all      totals
	params   []*movement[T]
}

// movement is what a probe keeps of a parameter tensor.
type movement[T kernel.Float] struct {
	param                   *nn.Param[T]
	weights, grads, updates float64 // sums of squares
	count                   float64
}

// New makes a probe of plan for a run of steps steps, every so many of which are probed.
func New[T kernel.Float](plan *nn.Plan[T], steps, every int) *Probe[T] {
	p := &Probe[T]{plan: plan, every: max(1, every), steps: steps}
	for i, position := range plan.Positions() {
		s := &seen[T]{position: position, units: position.Shape[len(position.Shape)-1]}
		var bounds nn.Bounds
		if bounds, s.bounded = nn.Saturation(position.Kind); s.bounded {
			s.low, s.high = within[T](bounds)
			s.inside = make([]int32, s.units)
		}
		for _, q := range plan.PositionParams(i) {
			s.params = append(s.params, &movement[T]{param: q})
		}
		p.positions = append(p.positions, s)
	}
	for range MaxWindows {
		w := &window{shapes: make([]Histogram, len(p.positions)), totals: make([]totals, len(p.positions)), alive: make([][]bool, len(p.positions))}
		for i, s := range p.positions {
			if s.bounded {
				w.alive[i] = make([]bool, s.units)
			}
		}
		p.windows = append(p.windows, w)
	}
	return p
}

// Due says whether a step (from 1) is probed: the first one is.
func (p *Probe[T]) Due(step int) bool { return (step-1)%p.every == 0 }

// Observe reads activations, gradients and the parameters' squares of the plan's newest step, of n
// samples. It is called after a step that kept every position and whose update was watched.
func (p *Probe[T]) Observe(step, n int) {
	w := p.window(step)
	w.steps.add(step)
	w.samples += n
	next := step + p.every
	last := next > p.steps || WindowOf(next, p.steps) != WindowOf(step, p.steps)
	p.finite = true
	for i, s := range p.positions {
		s.steps.add(step)
		y := p.plan.Activation(i, n)
		t := totals{activations: moments{count: float64(len(y))}}
		if s.bounded {
			var live int
			t.activations.mean, t.activations.squares, live = s.live(p.plan.Engine(), y, w.alive[i])
			t.saturated = float64(len(y) - live)
		} else {
			t.activations.mean, t.activations.squares = kernel.Moments(p.plan.Engine(), y)
		}
		if dy := p.plan.Gradient(i, n); dy != nil {
			t.gradients = float64(len(dy))
			t.gradSquares = kernel.SumSquares(p.plan.Engine(), dy)
			if log := math.Log(t.gradRMS()); !math.IsInf(log, 0) {
				t.logs = moments{count: 1, mean: log}
			}
		}
		p.finite = p.finite && sound(t.activations.mean, t.gradSquares)
		s.all.add(t)
		w.totals[i].add(t)
		if last {
			w.shapes[i] = histogramOf(p.plan.Activation(i, samplesOf(n, s.position.Shape.Size())))
		}
		for j, m := range s.params {
			q, count := m.param.Squares, float64(len(m.param.Data))
			p.finite = p.finite && sound(q.Weights, q.Update, q.Gradient)
			m.weights += q.Weights
			m.updates += q.Update
			m.grads += q.Gradient
			m.count += count
			if j == 0 {
				w.totals[i].add(totals{weights: count, weightSquares: q.Weights, updateSquares: q.Update})
			}
		}
	}
}

// window is the one that step falls into.
func (p *Probe[T]) window(step int) *window { return p.windows[WindowOf(step, p.steps)] }

// WindowOf is the number, from 0, of the window that a step falls into, of a run of steps steps.
func WindowOf(step, steps int) int {
	begin, first := 1, 1 // the last step, and the next window, of those that are not divided evenly
	if steps > Windows*earlySteps {
		begin, first = 1+earlySteps, 2
	}
	switch {
	case step <= 1 || steps <= 1:
		return 0
	case step <= begin:
		return 1
	}
	return first + min(Windows-1, (step-begin-1)*Windows/(steps-begin))
}

// EndsWindow says whether the window that a step falls into ends with it.
func EndsWindow(step, steps int) bool {
	return step >= steps || WindowOf(step+1, steps) != WindowOf(step, steps)
}

// within gives the smallest and the largest T within the bounds.
func within[T kernel.Float](b nn.Bounds) (low, high T) {
	next := func(x T, to float64) T {
		if y, ok := any(x).(float32); ok {
			return T(math.Nextafter32(y, float32(to)))
		}
		return T(math.Nextafter(float64(x), to))
	}
	if low, high = T(b.Low), T(b.High); float64(low) < b.Low {
		low = next(low, math.Inf(1))
	}
	if float64(high) > b.High {
		high = next(high, math.Inf(-1))
	}
	return low, high
}

// live gives the moments of y and the number of elements that are not saturated, and marks the units that have one.
func (s *seen[T]) live(e *kernel.Engine, y []T, alive []bool) (mean, squares float64, count int) {
	clear(s.inside)
	mean, squares = kernel.MomentsWithin(e, s.inside, y, s.low, s.high)
	for unit, n := range s.inside {
		count += int(n)
		alive[unit] = alive[unit] || n > 0
	}
	return mean, squares, count
}

// merge adds the values behind n (Chan, Golub and LeVeque 1979).
func (m *moments) merge(n moments) {
	if n.count == 0 {
		return
	}
	count := m.count + n.count
	d := n.mean - m.mean
	share := n.count / count
	m.mean += float64(d * share)
	m.squares += n.squares + float64(d*d*m.count*share)
	m.count = count
}

func (m *moments) std() float64 { return math.Sqrt(m.squares / m.count) }

func (t *totals) add(u totals) {
	t.activations.merge(u.activations)
	t.saturated += u.saturated
	t.gradients += u.gradients
	t.weights += u.weights
	t.gradSquares += u.gradSquares
	t.weightSquares += u.weightSquares
	t.updateSquares += u.updateSquares
	t.logs.merge(u.logs)
}

func (t *totals) gradRMS() float64 { return math.Sqrt(t.gradSquares / t.gradients) }

func (t *totals) saturatedFraction(bounded bool) float64 {
	if !bounded {
		return math.NaN()
	}
	return t.saturated / t.activations.count
}

// spread is the standard deviation over batches of ln of the gradient's root mean square.
func (t *totals) spread() float64 {
	if t.logs.count < 2 {
		return math.NaN()
	}
	return math.Sqrt(t.logs.squares / (t.logs.count - 1))
}

// Positions gives what was seen at each position over all probed steps.
func (p *Probe[T]) Positions() []Position {
	out := make([]Position, len(p.positions))
	for i, s := range p.positions {
		s.steps.Every = p.every
		q := Position{
			Position: s.position, Steps: s.steps,
			GradRMS: s.all.gradRMS(), ActMean: s.all.activations.mean, ActStd: s.all.activations.std(),
			Saturated: s.all.saturatedFraction(s.bounded),
		}
		q.Dead, q.DeadSteps = p.dead(i, p.windows)
		for _, m := range s.params {
			q.Params = append(q.Params, Param{
				Name:      m.param.Name,
				WeightRMS: math.Sqrt(m.weights / m.count), GradRMS: math.Sqrt(m.grads / m.count),
				UpdateRMS: math.Sqrt(m.updates / m.count), UpdateRatio: math.Sqrt(m.updates / m.weights),
			})
		}
		out[i] = q
	}
	return out
}

// dead is the fraction of position i's units that were saturated in every sample of the newest of some
// windows that together have MinBatches and MinSamples, and the steps of these.
func (p *Probe[T]) dead(i int, windows []*window) (float64, Steps) {
	if !p.positions[i].bounded {
		return math.NaN(), Steps{}
	}
	alive := make([]bool, p.positions[i].units)
	steps, samples := Steps{Every: p.every}, 0
	for _, w := range slices.Backward(windows) {
		if w.steps.Count == 0 {
			continue
		}
		for unit, a := range w.alive[i] {
			alive[unit] = alive[unit] || a
		}
		samples += w.samples
		steps.First, steps.Last = w.steps.First, max(steps.Last, w.steps.Last)
		steps.Count += w.steps.Count
		if steps.Count >= MinBatches && samples >= MinSamples {
			n := 0
			for _, a := range alive {
				if !a {
					n++
				}
			}
			return float64(n) / float64(len(alive)), steps
		}
	}
	return math.NaN(), Steps{}
}

// Flow gives the windows in which steps were probed, in order.
func (p *Probe[T]) Flow() []Window {
	var out []Window
	for at := range p.windows {
		if w, ok := p.Window(at); ok {
			out = append(out, w)
		}
	}
	return out
}

// Window gives what was seen so far in window at of training, from 0; ok is false where no step was probed in it.
func (p *Probe[T]) Window(at int) (v Window, ok bool) {
	w := p.windows[at]
	if w.steps.Count == 0 {
		return Window{}, false
	}
	w.steps.Every = p.every
	v.Steps = w.steps
	for i := range w.totals {
		t := &w.totals[i]
		v.GradRMS = append(v.GradRMS, t.gradRMS())
		v.ActStd = append(v.ActStd, t.activations.std())
		v.Saturated = append(v.Saturated, t.saturatedFraction(p.positions[i].bounded))
		v.UpdateRatio = append(v.UpdateRatio, math.Sqrt(t.updateSquares/t.weightSquares))
		v.GradSpread = append(v.GradSpread, t.spread())
		dead, _ := p.dead(i, p.windows[:at+1])
		v.Dead = append(v.Dead, dead)
	}
	return v, true
}

// Histograms gives, by position, those of the last probed step of window at: it must have come.
func (p *Probe[T]) Histograms(at int) []Histogram { return slices.Clone(p.windows[at].shapes) }
