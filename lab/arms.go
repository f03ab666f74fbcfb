package lab

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gradlab/internal/stats"
)

// level is the coverage of every interval; alpha is what a corrected p is compared with.
const (
	level = 0.95
	alpha = 0.05
)

// resamples of the permutation test, beyond the 32 seeds up to which it is exact.
const resamples = 100_000

// evidence is one part with its finished trials by arm, while its figures are worked out.
type evidence struct {
	part   *Part
	trials map[string][]*Trial // by arm; status "done" only
}

// gather finds the finished trials of a part.
func gather(r *Results, p *Part) evidence {
	e := evidence{p, map[string][]*Trial{}}
	for i := range r.Trials {
		if t := &r.Trials[i]; t.Study == p.Study && t.Status == Done {
			e.trials[t.Arm] = append(e.trials[t.Arm], t)
		}
	}
	return e
}

// by gives a figure of an arm's trials by seed; trials for which it is no finite number are left
// out.
func (e evidence) by(arm string, figure func(*Trial) float64) map[uint64]float64 {
	values := map[uint64]float64{}
	for _, t := range e.trials[arm] {
		if f := finite(figure(t)); f != nil {
			values[t.Seed] = *f
		}
	}
	return values
}

// estimate is the mean of a figure over an arm's seeds, or nil without any.
func (e evidence) estimate(arm string, figure func(*Trial) float64) *Estimate {
	var values []float64
	for _, t := range e.trials[arm] {
		if f := finite(figure(t)); f != nil {
			values = append(values, *f)
		}
	}
	if len(values) == 0 {
		return nil
	}
	m := Estimate(stats.Mean(values, level))
	return &m
}

// summarise fills in what the arms of the part came to.
func (e evidence) summarise() {
	for i := range e.part.Arms {
		a := &e.part.Arms[i]
		a.TestAccuracy = e.estimate(a.Name, testAccuracy)
		a.TestLoss = e.estimate(a.Name, func(t *Trial) float64 { return t.Last().TestLoss })
		a.TrainLoss = e.estimate(a.Name, func(t *Trial) float64 { return t.Last().TrainLoss })
		a.Penalty = e.estimate(a.Name, func(t *Trial) float64 { return t.Last().penalty() })
		a.BestEpoch = e.estimate(a.Name, bestEpoch)
		a.Diverged = len(e.diverged(a.Name))
		a.Slope = e.slope(a.Name)
		a.Vanished = e.vanished(a.Name)
		a.Clipping = e.clipping(a.Name)
		a.Diagnosis = e.diagnosis(a.Name, 0)
	}
}

// kept are the epochs up to the one whose weights a trial ended with.
func kept(t *Trial) []Epoch {
	if s := t.Stopping; s != nil && 0 < s.Best && s.Best <= len(t.Epochs) {
		return t.Epochs[:s.Best]
	}
	return t.Epochs
}

// Last is the epoch whose weights the trial ended with: the last one, or that to which early stopping went back. Of a
// trial without any it has no figures.
func (t *Trial) Last() Epoch {
	if epochs := kept(t); len(epochs) > 0 {
		return epochs[len(epochs)-1]
	}
	return Epoch{TrainLoss: math.NaN(), TestLoss: math.NaN(), TestAccuracy: math.NaN()}
}

// bestEpoch is the epoch to which early stopping went back; NaN without.
func bestEpoch(t *Trial) float64 {
	if t.Stopping == nil || t.Stopping.Best == 0 {
		return math.NaN()
	}
	return float64(t.Stopping.Best)
}

// penalty is what is added to the loss; NaN for nothing.
func (e Epoch) penalty() float64 {
	if e.Penalty == nil || e.Penalty.L1 == nil || e.Penalty.L2 == nil {
		return math.NaN()
	}
	return *e.Penalty.L1 + *e.Penalty.L2
}

// diverged gives, for each trial of an arm that ended with a loss that is no number, the epoch from
// which on it has none.
func (e evidence) diverged(arm string) []int {
	var epochs []int
	for _, t := range e.trials[arm] {
		from := 0
		for _, epoch := range slices.Backward(kept(t)) {
			if finite(epoch.TrainLoss) != nil && (epoch.TestTotal == 0 || finite(epoch.TestLoss) != nil) {
				break
			}
			from = epoch.Epoch
		}
		if from > 0 {
			epochs = append(epochs, from)
		}
	}
	return epochs
}

// arm finds an arm by its name.
func (p *Part) arm(name string) *Arm {
	for i := range p.Arms {
		if p.Arms[i].Name == name {
			return &p.Arms[i]
		}
	}
	return &Arm{Name: name}
}

// variable finds a variable by its name.
func (p *Part) variable(name string) Variable {
	for _, v := range p.Varied {
		if v.Name == name {
			return v
		}
	}
	return Variable{Name: name}
}

// testAccuracy is a trial's final accuracy, NaN where it has none or what it has is no fraction.
func testAccuracy(t *Trial) float64 {
	if f := t.Last().TestAccuracy; 0 <= f && f <= 1 {
		return f
	}
	return math.NaN()
}

// text is a label's value as it is shown and compared. A whole number is written alike before and
// after JSON, which makes a float64 of it.
func text(value any) string {
	if f, ok := value.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// variables finds what differs between arms, in the order of names. Labels that never change are
// no variables.
func variables(names []string, arms []Arm) []Variable {
	var all []Variable
	for _, name := range names {
		v := Variable{Name: name, Numeric: true}
		numbers := map[string]float64{}
		depths := map[string]int{} // number of layers, by the other labels
		for _, a := range arms {
			value, ok := a.Labels[name]
			if !ok {
				continue
			}
			f, numeric := asNumber(value)
			v.Numeric = v.Numeric && numeric
			numbers[text(value)] = f
			key := a.Others(name)
			if depth, seen := depths[key]; seen && depth != len(a.Layers) {
				v.Layers = true
			}
			depths[key] = len(a.Layers)
			if !slices.Contains(v.Values, text(value)) {
				v.Values = append(v.Values, text(value))
			}
		}
		if len(v.Values) < 2 {
			continue
		}
		if v.Numeric {
			slices.SortFunc(v.Values, func(a, b string) int { return cmp.Compare(numbers[a], numbers[b]) })
		}
		all = append(all, v)
	}
	return all
}

func asNumber(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	}
	return 0, false
}

// step is a pair of arms that differ in one variable only.
type step struct {
	variable Variable
	a, b     *Arm
}

// steps are the comparisons of a part: for each variable every pair of arms that differ in it only;
// of a trend, the neighbouring values only.
func (e evidence) steps() []step {
	var steps []step
	for _, v := range e.part.Varied {
		for _, line := range e.lines(v) {
			for i := range line {
				for j := i + 1; j < len(line); j++ {
					if j == i+1 || !v.trend() {
						steps = append(steps, step{v, line[i], line[j]})
					}
				}
			}
		}
	}
	return steps
}

// Rank is the place of an arm's value among the variable's values, −1 where it has none of them.
func (v Variable) Rank(a *Arm) int { return slices.Index(v.Values, text(a.Labels[v.Name])) }

// trend tells whether the variable is a scale along which something may rise or fall: numbers of
// which there are at least three, or that change the depth of the network.
func (v Variable) trend() bool { return v.Numeric && (len(v.Values) >= 3 || v.Layers) }

// lines groups the arms that agree in all but v, each group in the order of v's values.
func (e evidence) lines(v Variable) [][]*Arm {
	var keys []string
	groups := map[string][]*Arm{}
	for i := range e.part.Arms {
		a := &e.part.Arms[i]
		if _, ok := a.Labels[v.Name]; !ok {
			continue
		}
		key := a.Others(v.Name)
		if groups[key] == nil {
			keys = append(keys, key)
		}
		groups[key] = append(groups[key], a)
	}
	lines := make([][]*Arm, len(keys))
	for i, key := range keys {
		lines[i] = groups[key]
		slices.SortStableFunc(lines[i], func(a, b *Arm) int {
			return cmp.Compare(v.Rank(a), v.Rank(b))
		})
	}
	return lines
}

// Others is a key made of the labels of an arm except one: arms with equal keys agree in all of them.
func (a *Arm) Others(except string) string {
	var parts []string
	for name, value := range a.Labels {
		if name != except {
			parts = append(parts, fmt.Sprintf("%q=%q", name, text(value)))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}
