package gradcheck

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gradlab/internal/rng"
	"gradlab/nn"
)

// The modes.
const (
	Plain = "plain"
	Full  = "full"
)

// Modes lists what Options.Mode may be.
func Modes() []string { return []string{Full, Plain} }

// Options say how closely a network is looked at. The zero value is the full mode with the numbers that stand here.
type Options struct {
	Mode      string        // Full ("") or Plain
	Step      float64       // of the central difference; 0 is 1e-5
	Tolerance float64       // of the relative error; 0 is 1e-7 in the full mode, 1e-4 in the plain one
	Samples   int           // that are drawn where the subject brings none; 0 is 2, or 4 for batch normalisation
	PerTensor int           // entries of a tensor that are checked by themselves; 0 is 24 in the full mode, all in the plain one, but 256 of the input; -1 is all
	Steps     int           // of training before the second look; 0 is 20, -1 leaves it out
	Saturate  float64       // factor on the weights for the third look; 0 is 3, -1 leaves it out
	Seed      uint64        // of initialisation, masks, samples and directions
	ISA       string        // of the float32 kernels; "" is every one of this machine, "none" leaves them out
	Threads   int           // that share the work; 0 is as many as there are cores
	Budget    time.Duration // after which no entry is begun; 0 is none
	Brief     bool          // one direction for each tensor in place of two, no curves, and the complex step before the extrapolation

	every     bool // entry of the input, too
	smoothing float64
	deadline  time.Time

	// Planted faults, when the checker itself is tested.
	fault64 func(*nn.Plan[float64]) network[float64]
	fault32 func(*nn.Plan[float32]) network[float32]
}

// Check says what of the options makes no sense.
func (o Options) Check() error { return o.complete() }

// complete fills in the numbers, and says which of them make no sense.
func (o *Options) complete() error {
	if o.Mode == "" {
		o.Mode = Full
	}
	if !slices.Contains(Modes(), o.Mode) {
		return fmt.Errorf("there is no mode %q: expected %s", o.Mode, strings.Join(Modes(), " or "))
	}
	for _, q := range []struct {
		name    string
		value   *float64
		usual   float64
		largest float64
	}{
		{"step", &o.Step, 1e-5, 1},
		{"tolerance", &o.Tolerance, map[string]float64{Full: 1e-7, Plain: 1e-4}[o.Mode], 1},
	} {
		if *q.value == 0 {
			*q.value = q.usual
		}
		if !(*q.value > 0 && *q.value <= q.largest) {
			return fmt.Errorf("the %s is %v, but must lie above 0 and not above %v", q.name, *q.value, q.largest)
		}
	}
	o.every = o.PerTensor < 0
	for _, q := range []struct {
		name  string
		value *int
		usual int
	}{{"number of entries of a tensor", &o.PerTensor, map[string]int{Full: 24, Plain: -1}[o.Mode]}, {"number of steps", &o.Steps, 20}} {
		if *q.value == 0 {
			*q.value = q.usual
		}
		if *q.value < -1 {
			return fmt.Errorf("the %s is %d, but must be at least 1, or -1", q.name, *q.value)
		}
	}
	if o.Saturate == 0 {
		o.Saturate = 3
	}
	if math.IsNaN(o.Saturate) || math.IsInf(o.Saturate, 0) || o.Saturate < 0 && o.Saturate != -1 {
		return fmt.Errorf("the factor of saturation is %v, but must be above 0, or -1", o.Saturate)
	}
	if o.Samples < 0 || o.Threads < 0 || o.Budget < 0 {
		return fmt.Errorf("the numbers of samples (%d) and threads (%d) and the budget (%v) must not be negative", o.Samples, o.Threads, o.Budget)
	}
	if o.Budget > 0 {
		o.deadline = time.Now().Add(o.Budget)
	}
	if o.Mode == Plain { // the textbook's: one look
		o.Steps, o.Saturate, o.ISA = -1, -1, "none"
	}
	return nil
}

// late says whether the budget is used up.
func (o *Options) late() bool { return !o.deadline.IsZero() && time.Now().After(o.deadline) }

// Numbers of entries that are drawn where the plain mode, too, does not check all.
const (
	inputEntries   = 256 // of the input, unless all are asked for
	penaltyEntries = 24
)

// sample lists the entries of a tensor that are checked by themselves.
func (o *Options) sample(t target) []int {
	count := o.PerTensor
	if t.param == input && o.Mode == Plain && !o.every {
		count = inputEntries
	}
	return o.draw(t, count)
}

// draw lists count entries of a tensor, all for -1: one drawn from each of as many equal parts, and among them those
// with the largest and the smallest gradient that is not zero.
func (o *Options) draw(t target, count int) []int {
	size := len(t.data)
	if count < 0 || size <= count {
		all := make([]int, size)
		for i := range all {
			all[i] = i
		}
		return all
	}
	largest, smallest := 0, -1
	for i, g := range t.grad {
		if math.Abs(g) > math.Abs(t.grad[largest]) {
			largest = i
		}
		if g != 0 && (smallest < 0 || math.Abs(g) < math.Abs(t.grad[smallest])) {
			smallest = i
		}
	}
	s := rng.New(o.Seed, "gradcheck entries", t.name, 0)
	picked := []int{largest}
	if smallest >= 0 {
		picked = append(picked, smallest)
	}
	for k := range count - len(picked) {
		from, to := k*size/count, (k+1)*size/count
		picked = append(picked, from+s.Intn(to-from))
	}
	slices.Sort(picked)
	return slices.Compact(picked)
}
