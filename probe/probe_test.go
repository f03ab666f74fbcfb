package probe

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gradlab/nn"
	"gradlab/optim"
)

// record is what a test saw of one step, copied out of the plan.
type record struct {
	step, n               int
	outputs, gradients    [][]float64 // by position; gradients nil where there are none
	weights, moved, grads [][]float64 // by parameter; moved is the update
}

func wide(x []float32) []float64 {
	if x == nil {
		return nil
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// train runs steps steps with a probe and records those that were probed. The last batch of every
// three is short.
func train(t *testing.T, plan *nn.Plan[float32], in, classes, steps, every int) (*Probe[float32], []record) {
	t.Helper()
	p := New(plan, steps, every)
	r := rand.New(rand.NewPCG(1, 2))
	var records []record
	velocities := make([][]float64, len(plan.Params()))
	for step := 1; step <= steps; step++ {
		n := plan.Batch()
		if step%3 == 0 {
			n--
		}
		x, labels := make([]float32, n*in), make([]int32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		for i := range labels {
			labels[i] = int32(r.IntN(classes))
		}
		plan.Forward(x, n)
		plan.Loss(labels, n)
		plan.Backward(n)
		seen := record{step: step, n: n}
		for i := range plan.Positions() {
			seen.outputs = append(seen.outputs, wide(plan.Activation(i, n)))
			seen.gradients = append(seen.gradients, wide(plan.Gradient(i, n)))
		}
		rule := optim.SGD{Rate: 0.1, Momentum: 0.5}
		plan.Update(rule, p.Due(step))
		for i, q := range plan.Params() {
			if velocities[i] == nil {
				velocities[i] = make([]float64, len(q.Data))
			}
			update := make([]float64, len(q.Data))
			for j, g := range wide(q.Grad) {
				velocities[i][j] = rule.Momentum*velocities[i][j] + g
				update[j] = rule.Rate * velocities[i][j]
			}
			seen.moved = append(seen.moved, update)
			seen.weights = append(seen.weights, wide(q.Data))
			seen.grads = append(seen.grads, wide(q.Grad))
		}
		if p.Due(step) {
			p.Observe(step, n)
			records = append(records, seen)
		}
	}
	return p, records
}

func compile(t *testing.T, in nn.Shape, classes, batch int, layers ...nn.Layer) *nn.Plan[float32] {
	t.Helper()
	plan, err := nn.Compile[float32](nn.Model{Layers: layers}, in, classes, nn.Options{Batch: batch, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// every gives all values of one position or parameter over the records.
func every(records []record, of func(record) []float64) (all []float64) {
	for _, r := range records {
		all = append(all, of(r)...)
	}
	return all
}

func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

func rms(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return math.Sqrt(s / float64(len(x)))
}

// std is the two-pass population standard deviation.
func std(x []float64) float64 {
	centred := slices.Clone(x)
	for i := range centred {
		centred[i] -= mean(x)
	}
	return rms(centred)
}

// fraction is that of the values for which is holds.
func fraction(x []float64, is func(float64) bool) float64 {
	n := 0
	for _, v := range x {
		if is(v) {
			n++
		}
	}
	return float64(n) / float64(len(x))
}

// same fails unless got is want up to the rounding of sums in float32; NaN is itself.
func same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(want) != math.IsNaN(got) || math.Abs(got-want) > 1e-6*math.Abs(want) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

// flat is the test's own definition of saturation, by kind.
var flat = map[string]func(float64) bool{
	"tanh":    func(y float64) bool { return math.Abs(y) > 0.97 },
	"sigmoid": func(y float64) bool { return y > 0.985 || y < 0.015 },
	"relu":    func(y float64) bool { return y == 0 },
}

func saturatedFraction(kind string, y []float64) float64 {
	if flat[kind] == nil {
		return math.NaN()
	}
	return fraction(y, flat[kind])
}

var figureLayers = []nn.Layer{
	nn.Activation{Name: "identity"},
	nn.Conv2d{Filters: 3, Kernel: nn.Square(3), Padding: nn.Square(1)}, nn.Activation{Name: "relu"},
	nn.MaxPool2d{Kernel: nn.Square(2)}, nn.Flatten{},
	nn.Linear{Out: 9, Init: nn.Init{Name: "normal", Std: 2}}, nn.Activation{Name: "tanh"},
	nn.Linear{Out: 6, Init: nn.Init{Name: "normal", Std: 3}}, nn.Activation{Name: "sigmoid"},
	nn.Linear{Out: 5}, nn.Activation{Name: "gelu"}, nn.Linear{Out: nn.Classes, NoBias: true},
}

// TestFigures compares all figures with plain loops over copies of what was probed.
func TestFigures(t *testing.T) {
	for _, interval := range []int{1, 3, 7} {
		plan := compile(t, nn.Shape{4, 4, 2}, 3, 4, figureLayers...)
		p, records := train(t, plan, 32, 3, 20, interval)
		next := 0 // parameter
		for i, q := range p.Positions() {
			what := fmt.Sprintf("every %d: %s: ", interval, q.Name)
			y := every(records, func(r record) []float64 { return r.outputs[i] })
			dy := every(records, func(r record) []float64 { return r.gradients[i] })
			same(t, what+"mean", q.ActMean, mean(y))
			same(t, what+"std", q.ActStd, std(y))
			same(t, what+"saturated", q.Saturated, saturatedFraction(q.Kind, y))
			same(t, what+"gradient", q.GradRMS, rms(dy))
			same(t, what+"dead", q.Dead, math.NaN()) // fewer than MinSamples
			last := 20 - (20-1)%interval
			if want := (Steps{First: 1, Last: last, Every: interval, Count: len(records)}); q.Steps != want {
				t.Errorf("%ssteps %+v, want %+v", what, q.Steps, want)
			}
			if len(q.Params) != len(plan.PositionParams(i)) {
				t.Fatalf("%s%d parameters, want %d", what, len(q.Params), len(plan.PositionParams(i)))
			}
			for _, m := range q.Params {
				w := rms(every(records, func(r record) []float64 { return r.weights[next] }))
				u := rms(every(records, func(r record) []float64 { return r.moved[next] }))
				same(t, what+m.Name+": weights", m.WeightRMS, w)
				same(t, what+m.Name+": gradients", m.GradRMS, rms(every(records, func(r record) []float64 { return r.grads[next] })))
				same(t, what+m.Name+": updates", m.UpdateRMS, u)
				same(t, what+m.Name+": ratio", m.UpdateRatio, u/w)
				if m.Name != plan.Params()[next].Name {
					t.Errorf("%sparameter %s, want %s", what, m.Name, plan.Params()[next].Name)
				}
				next++
			}
		}
		if next != len(plan.Params()) {
			t.Errorf("%d parameters, want %d", next, len(plan.Params()))
		}
	}
}

// TestWindows compares the windows' figures likewise: the first step alone, then equal parts.
func TestWindows(t *testing.T) {
	for _, c := range []struct{ steps, every int }{{1, 1}, {2, 1}, {5, 2}, {41, 1}, {121, 1}, {130, 7}, {60, 100}} {
		plan := compile(t, nn.Shape{4, 4, 2}, 3, 2, figureLayers...)
		p, records := train(t, plan, 32, 3, c.steps, c.every)
		weight := map[int]int{} // index of a position's weights among all parameters
		for i, n := 0, 0; i < len(plan.Positions()); i++ {
			if params := plan.PositionParams(i); len(params) > 0 {
				weight[i] = n
				n += len(params)
			}
		}
		left := records
		for k, w := range p.Flow() {
			what := fmt.Sprintf("%d steps, every %d: window %d: ", c.steps, c.every, k)
			if w.Steps.Count == 0 || w.Steps.Count > len(left) {
				t.Fatalf("%s%+v, but %d records are left", what, w.Steps, len(left))
			}
			in := left[:w.Steps.Count]
			left = left[w.Steps.Count:]
			if want := (Steps{in[0].step, in[len(in)-1].step, c.every, len(in)}); w.Steps != want {
				t.Errorf("%ssteps %+v, want %+v", what, w.Steps, want)
			}
			if k == 0 && (w.Steps.First != 1 || w.Steps.Last != 1) {
				t.Errorf("%ssteps %+v, want the first step alone", what, w.Steps)
			}
			if length := (c.steps - 2 + Windows) / Windows; w.Steps.Last-w.Steps.First >= max(1, length) {
				t.Errorf("%ssteps %+v, longer than %d", what, w.Steps, length)
			}
			for i, q := range plan.Positions() {
				y := every(in, func(r record) []float64 { return r.outputs[i] })
				same(t, what+q.Name+" std", w.ActStd[i], std(y))
				same(t, what+q.Name+" saturated", w.Saturated[i], saturatedFraction(q.Kind, y))
				same(t, what+q.Name+" gradient", w.GradRMS[i], rms(every(in, func(r record) []float64 { return r.gradients[i] })))
				ratio := math.NaN()
				if n, ok := weight[i]; ok {
					ratio = rms(every(in, func(r record) []float64 { return r.moved[n] })) / rms(every(in, func(r record) []float64 { return r.weights[n] }))
				}
				same(t, what+q.Name+" update ratio", w.UpdateRatio[i], ratio)
			}
		}
		if len(left) > 0 {
			t.Errorf("%d steps, every %d: %d probed steps are in no window", c.steps, c.every, len(left))
		}
	}
}

// TestDeadUnits: a unit is dead when it was saturated in every sample of the newest batches that make up
// MinSamples, not in most of them.
func TestDeadUnits(t *testing.T) {
	plan := compile(t, nn.Shape{1, 2, 1}, 4, 4,
		nn.Conv2d{Filters: 4, Kernel: nn.Square(1)}, nn.Activation{Name: "tanh"}, nn.Flatten{}, nn.Linear{Out: nn.Classes}, nn.Activation{Name: "relu"})
	// Filters of tanh(w·x + b): always saturated; saturated unless x is below −9; never; always (below).
	conv, linear := plan.PositionParams(0), plan.PositionParams(3)
	copy(conv[0].Data, []float32{0, 1, 0.1, 0})
	copy(conv[1].Data, []float32{10, 10, 0, -10})
	clear(linear[0].Data)
	copy(linear[1].Data, []float32{1, -1, 0, 1}) // ReLU's units: on, off, at zero (off), on
	p := New(plan, 41, 1)                        // each window is one step
	for step := 1; step <= 30; step++ {
		x := make([]float32, 4*2)
		if step == 17 {
			x[5] = -10 // one pixel of one sample
		}
		plan.Forward(x, 4)
		plan.Loss([]int32{0, 1, 2, 3}, 4)
		plan.Backward(4)
		p.Observe(step, 4)
		positions := p.Positions()
		tanh, relu := positions[1], positions[4]
		switch {
		case 4*step < MinSamples:
			same(t, fmt.Sprintf("step %d: dead of tanh", step), tanh.Dead, math.NaN())
		default:
			same(t, fmt.Sprintf("step %d: dead of tanh", step), tanh.Dead, 2./4)
			same(t, fmt.Sprintf("step %d: dead of relu", step), relu.Dead, 2./4)
			if want := (Steps{First: step - 24, Last: step, Every: 1, Count: 25}); tanh.DeadSteps != want || relu.DeadSteps != want {
				t.Errorf("step %d: judged over %+v and %+v, want %+v", step, tanh.DeadSteps, relu.DeadSteps, want)
			}
		}
		for i, other := range positions {
			if i != 1 && i != 4 {
				same(t, other.Name+" dead", other.Dead, math.NaN())
			}
		}
		if step == 30 {
			values := 30. * 4 * 2 // per filter
			same(t, "saturated of tanh", tanh.Saturated, (3*values-1)/(4*values))
			same(t, "saturated of relu", relu.Saturated, 2./4)
		}
	}
}

// TestDeadInTheEnd: what counts is the end of training, over at least MinBatches batches, whatever their
// size and whatever the units did before.
func TestDeadInTheEnd(t *testing.T) {
	const steps = 500
	for _, batch := range []int{4, 64, 200} {
		plan := compile(t, nn.Shape{3}, 2, batch, nn.Linear{Out: 3}, nn.Activation{Name: "relu"}, nn.Linear{Out: nn.Classes})
		linear := plan.PositionParams(0)
		clear(linear[0].Data)
		p := New(plan, steps, 1)
		x, labels := make([]float32, batch*3), make([]int32, batch)
		for step := 1; step <= steps; step++ {
			copy(linear[1].Data, []float32{-1, -1, -1})
			if step == 1 || step == 300 {
				linear[1].Data[0] = 1 // alive once, then dead
			}
			if step < 3 || step == steps {
				linear[1].Data[1] = 1 // dead until the last step
			}
			plan.Forward(x, batch)
			plan.Loss(labels, batch)
			plan.Backward(batch)
			p.Observe(step, batch)
			relu := p.Positions()[1]
			judged := relu.DeadSteps
			if enough := step*batch >= MinSamples && step >= MinBatches; !enough {
				same(t, fmt.Sprintf("batch %d, step %d: dead", batch, step), relu.Dead, math.NaN())
				if judged != (Steps{}) {
					t.Errorf("batch %d, step %d: judged over %+v", batch, step, judged)
				}
			} else if judged.Count < MinBatches || judged.Count*batch < MinSamples || judged.Last != step || judged.First != step-judged.Count+1 ||
				judged.Count > max(MinBatches, MinSamples/batch)+steps/Windows+1 {
				t.Errorf("batch %d, step %d: judged over %+v", batch, step, judged)
			}
			if step == steps-1 {
				same(t, fmt.Sprintf("batch %d: dead before the last step", batch), relu.Dead, 1)
			}
		}
		same(t, fmt.Sprintf("batch %d: dead in the end", batch), p.Positions()[1].Dead, 2./3)
	}
}

// TestSmallSpread: a unit that has all but collapsed keeps its spread, in one batch and between
// batches.
func TestSmallSpread(t *testing.T) {
	plan, err := nn.Compile[float64](nn.Model{Layers: []nn.Layer{nn.Activation{Name: "identity"}, nn.Linear{Out: nn.Classes}}},
		nn.Shape{2}, 2, nn.Options{Batch: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	const tiny = 0x1p-40
	for _, c := range []struct {
		name    string
		batches [][]float64 // as multiples of tiny above 1
		want    float64     // in tiny
	}{
		{"within a batch", [][]float64{{1, -1, 1, -1}}, 1},
		{"between batches", [][]float64{{1, 1, 1, 1}, {-1, -1, -1, -1}}, 1},
		{"both", [][]float64{{0, 2, 0, 2}, {6, 8, 6, 8}, {3, 5, 3, 5}}, math.Sqrt(7)},
	} {
		p := New(plan, len(c.batches), 1)
		for step, batch := range c.batches {
			x := make([]float64, 4)
			for i, v := range batch {
				x[i] = 1 + v*tiny
			}
			plan.Forward(x, 2)
			plan.Loss([]int32{0, 1}, 2)
			plan.Backward(2)
			p.Observe(step+1, 2)
		}
		if got := p.Positions()[0].ActStd / tiny; math.Abs(got-c.want) > 1e-3 {
			t.Errorf("%s: deviation %v, want %v", c.name, got, c.want)
		}
	}
}

func TestInterval(t *testing.T) {
	for steps, want := range map[int]int{0: 1, 1: 1, 20: 1, 39: 1, 40: 2, 500: 25, 1000: 50, 25000: 50} {
		if got := Interval(steps); got != want {
			t.Errorf("a run of %d steps is probed every %d, want %d", steps, got, want)
		}
	}
	p := New(compile(t, nn.Shape{3}, 2, 1, nn.Linear{Out: nn.Classes}), 100, 10)
	for step := 1; step <= 100; step++ {
		if due := step%10 == 1; p.Due(step) != due {
			t.Errorf("step %d is due: %v, want %v", step, p.Due(step), due)
		}
	}
}

func TestProbingAllocatesNothing(t *testing.T) {
	plan := compile(t, nn.Shape{4, 4, 2}, 3, 4, figureLayers...)
	p, _ := train(t, plan, 32, 3, 2, 1)
	if n := testing.AllocsPerRun(20, func() { p.Observe(2, 4) }); n != 0 {
		t.Errorf("a probed step allocates %v times", n)
	}
}
