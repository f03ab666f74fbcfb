package gradcheck

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"gradlab/internal/kernel"
	"gradlab/internal/rng"
	"gradlab/nn"
)

// Model checks every gradient of a network: of the input, of each parameter, of the penalties in what moves the
// weights, and the float32 kernels. The full mode looks at it three times: as it is initialised, after some steps of
// training on the samples, and with weights so large that units saturate. Batch normalisation goes by the batch, as
// it trains; the masks of dropout stay those of one step.
//
// A gradient that is wrong is no error but a verdict. An error says that the subject or the options make no sense, or
// that ctx was done.
func Model(ctx context.Context, s Subject, o Options) (*Report, error) {
	began := time.Now()
	c, err := newChecker(&s, o)
	if err != nil {
		return nil, fmt.Errorf("failed to check the gradients: %w", err)
	}
	looks := []func() (string, bool){c.atStart, c.afterSteps, c.saturated}
	for i, prepare := range looks {
		when, wanted := prepare()
		if !wanted || i > 0 && c.options.late() {
			continue
		}
		l, err := c.look(ctx, when)
		if err != nil {
			return nil, fmt.Errorf("failed to check the gradients: %w", err)
		}
		c.report.Looks = append(c.report.Looks, l)
	}
	c.report.Seconds = time.Since(began).Seconds()
	c.report.conclude()
	return c.report, nil
}

// checker is a check on its way.
type checker struct {
	subject Subject
	options Options
	plan    *nn.Plan[float64] // of the first rig
	rigs    []*rig            // one for each goroutine
	single  map[string]network[float32]
	isas    []string
	start   nn.Snapshot[float64]
	report  *Report
}

func newChecker(s *Subject, o Options) (*checker, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	usual, err := s.UsualSamples()
	if err != nil {
		return nil, err
	}
	if o.Samples == 0 {
		o.Samples = usual
	}
	if err := s.fill(o.Samples, o.Seed); err != nil {
		return nil, err
	}
	o.smoothing = s.Smoothing
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	c := &checker{subject: *s, options: o, single: map[string]network[float32]{}}
	n := len(s.Labels)
	for i := range o.Threads {
		plan, err := compile[float64](s, n, o.Seed, nil)
		if err != nil {
			return nil, err
		}
		var a *analytic
		if o.Mode == Full {
			if a, err = newAnalytic(s); err != nil {
				return nil, err
			}
		}
		var net network[float64] = plan
		if o.fault64 != nil {
			net = o.fault64(plan)
		}
		if i == 0 {
			c.plan = plan
			plan.Save(&c.start)
		}
		c.rigs = append(c.rigs, newRig(s, net, a))
	}
	if err := c.compileSingle(n); err != nil {
		return nil, err
	}
	c.report = &Report{
		Mode: o.Mode, Samples: n, Seed: o.Seed, Step: o.Step, Tolerance: o.Tolerance, Layers: c.plan.Describe()[1:],
	}
	return c, nil
}

// compileSingle makes the float32 networks.
func (c *checker) compileSingle(n int) error {
	if c.options.ISA == "none" {
		return nil
	}
	all, err := machine(c.options.ISA)
	if err != nil {
		return err
	}
	for _, isa := range all {
		plan, err := compile[float32](&c.subject, n, c.options.Seed, kernel.New(isa, 1))
		if err != nil {
			return err
		}
		c.single[isa.String()] = plan
		if c.options.fault32 != nil {
			c.single[isa.String()] = c.options.fault32(plan)
		}
		c.isas = append(c.isas, isa.String())
	}
	return nil
}

// atStart leaves the network as it is initialised. A network with LSUV is scaled by its samples.
func (c *checker) atStart() (string, bool) {
	if c.plan.NeedsLSUV() {
		c.plan.LSUV(c.rigs[0].x, c.rigs[0].n)
		c.plan.SetTracking(false)
		c.plan.Save(&c.start)
	}
	return "at initialisation", true
}

// afterSteps trains the network on its samples by its own rule. Steps that diverge are left out.
func (c *checker) afterSteps() (string, bool) {
	if c.options.Steps < 0 {
		return "", false
	}
	c.plan.Restore(&c.start)
	rule := c.subject.Rule
	if rule.Rate == 0 {
		rule.Rate = 0.05
	}
	var before nn.Snapshot[float64]
	r, done := c.rigs[0], 0
	for ; done < c.options.Steps; done++ {
		c.plan.Save(&before)
		c.plan.Forward(r.x, r.n)
		loss := c.plan.Loss(r.labels, r.n)
		c.plan.BackwardUpdate(r.n, rule, false)
		c.plan.Forward(r.x, r.n)
		if after := c.plan.Loss(r.labels, r.n); !(after < 10*loss+10) {
			c.plan.Restore(&before)
			break
		}
	}
	if done == 0 {
		return "", false
	}
	return fmt.Sprintf("after %d %s of training", done, plural(done, "step")), true
}

// saturated multiplies the initial weights by a factor: the one asked for, or nearer to 1 until the loss stays below
// a thousand.
func (c *checker) saturated() (string, bool) {
	if c.options.Saturate < 0 {
		return "", false
	}
	r := c.rigs[0]
	for factor := c.options.Saturate; math.Abs(factor-1) > 0.05; factor = 1 + (factor-1)/2 {
		c.plan.Restore(&c.start)
		for _, q := range c.plan.Params() {
			if len(q.Shape) == 2 || len(q.Shape) == 4 {
				for i := range q.Data {
					q.Data[i] *= factor
				}
			}
		}
		c.plan.Forward(r.x, r.n)
		if loss := c.plan.Loss(r.labels, r.n); loss < 1000 {
			return fmt.Sprintf("in saturation (weights × %.3g)", factor), true
		}
	}
	return "", false
}

// look checks the network as it stands.
func (c *checker) look(ctx context.Context, when string) (Look, error) {
	o := c.options
	first := c.rigs[0]
	first.narrowed()
	for _, r := range c.rigs {
		for k, q := range r.net.Params() {
			copy(q.Data, first.net.Params()[k].Data)
		}
		copy(r.x, first.x)
		r.look()
	}
	l := Look{When: when, Loss: first.loss}
	if math.IsNaN(first.loss) || math.IsInf(first.loss, 0) {
		l.Verdict, l.Reason = Inconclusive, fmt.Sprintf("the loss is %v", first.loss)
		return l, nil
	}
	if err := c.entries(ctx, &l); err != nil {
		return l, err
	}
	if o.Mode == Full && !o.late() {
		l.Tensors = append(l.Tensors, first.penalties(c.subject.Rule, o)...)
		c.singles(&l)
	} else if !o.late() && (c.subject.Rule.WeightDecay != 0 || !c.subject.Rule.Penalty.IsZero()) {
		l.Tensors = append(l.Tensors, first.penalties(c.subject.Rule, o)...)
	}
	c.values(&l)
	c.judge(&l)
	return l, ctx.Err()
}

// nudges is how often samples are moved a little where float32 takes another side of a bend.
const nudges = 8

// singles compares the float32 networks with the first rig. A value within the rounding of float32 of a bend may fall
// on its other side, and gradients jump there: then other samples nearby are taken.
func (c *checker) singles(l *Look) {
	r, rule := c.rigs[0], c.subject.Rule
	old := slices.Clone(r.x)
	s := rng.New(c.options.Seed, "gradcheck nudge", "", 0)
	for try := 0; ; try++ {
		l.Single = l.Single[:0]
		bent := false
		expected := r.expected(c.options.Seed)
		for _, isa := range c.isas {
			found, crossed := r.single(c.single[isa], isa, rule, expected)
			if try > 0 && !crossed {
				found.Reason += ", at samples nearby"
			}
			l.Single = append(l.Single, found)
			bent = bent || crossed
		}
		if !bent || try == nudges {
			break
		}
		for i := range r.x {
			r.x[i] = float64(float32(old[i] + 0.01*s.Normal()))
		}
		r.look()
		r.steps = steps(r.net, r.x, r.labels, rule)
	}
	copy(r.x, old)
	r.look()
}

// values compares the loss with that of the interpreter.
func (c *checker) values(l *Look) {
	r := c.rigs[0]
	if r.analytic == nil {
		return
	}
	reference := real(r.analytic.from(0, false))
	l.Reference = &reference
	if off := math.Abs(reference - r.loss); off > 1e-10*(math.Abs(r.loss)+r.reach) {
		l.Verdict = Fail
		l.Reason = fmt.Sprintf("the loss is %.10g, but the model says %.10g", r.loss, reference)
		l.Suspect = r.astray()
	}
}

// task is a part of the work: some entries of a tensor, or a direction.
type task struct {
	target    int // number of the target
	entries   []int
	direction int // number of the direction, from 1; 0 for entries
}

// chunk is how many entries are one task.
const chunk = 2048

// entries checks the entries and the directions of all tensors, on all cores.
func (c *checker) entries(ctx context.Context, l *Look) error {
	o := c.options
	first := c.rigs[0]
	var tasks []task
	for k, t := range first.targets {
		if o.Mode == Full {
			for d := range o.directions() {
				tasks = append(tasks, task{k, nil, d + 1})
			}
		}
		for part := range slices.Chunk(byColumn(t, o.sample(t)), chunk) {
			tasks = append(tasks, task{k, part, 0})
		}
	}
	tallies := make([]tally, len(first.targets))
	orders := make([]float64, len(first.targets))
	queue := make(chan task)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for _, r := range c.rigs {
		workers.Go(func() {
			for t := range queue {
				on := r.targets[t.target]
				switch {
				case t.direction > 0:
					d := r.direction(on, t.direction, o)
					mu.Lock()
					l.Directions = append(l.Directions, d)
					mu.Unlock()
					continue
				}
				for part := range slices.Chunk(t.entries, c.portion()) {
					if ctx.Err() != nil || o.late() {
						break
					}
					found, order := (*tally)(nil), 0.0
					if o.Mode == Plain {
						found = r.plain(on, part, o)
					} else {
						found, order = r.full(on, part, o)
					}
					mu.Lock()
					tallies[t.target].merge(found)
					if math.Abs(order-2) < math.Abs(orders[t.target]-2) {
						orders[t.target] = order
					}
					mu.Unlock()
				}
			}
		})
	}
	for _, t := range tasks {
		if ctx.Err() != nil || o.late() {
			break
		}
		queue <- t
	}
	close(queue)
	workers.Wait()
	for k, t := range first.targets {
		row := tallies[k].tensor(t)
		row.Order = orders[k]
		if o.Mode == Plain {
			row.plainVerdict(o)
		} else {
			row.fullVerdict(o)
		}
		if row.Worst != nil && o.Mode == Full && !o.Brief && !o.late() {
			row.Curve = first.curve(t, first.shown(t, &tallies[k]))
		}
		l.Decided = l.Decided.Plus(row.Decided)
		l.Tensors = append(l.Tensors, row)
	}
	slices.SortFunc(l.Directions, func(a, b Direction) int { return first.order(a) - first.order(b) })
	return ctx.Err()
}

// directions is how many random ones each tensor is moved along.
func (o *Options) directions() int {
	if o.Brief {
		return 1
	}
	return 2
}

// portion is how many entries are checked between two looks at the clock.
func (c *checker) portion() int {
	if c.options.Mode == Plain {
		return chunk / 4
	}
	return 8
}

// shown is the entry whose curve is drawn: the one that failed, or the one with the largest gradient.
func (r *rig) shown(t target, found *tally) int {
	if found.failed {
		return found.index
	}
	largest := 0
	for i, g := range t.grad {
		if math.Abs(g) > math.Abs(t.grad[largest]) {
			largest = i
		}
	}
	return largest
}

// order is the place of a direction's tensor.
func (r *rig) order(d Direction) int {
	return slices.IndexFunc(r.targets, func(t target) bool { return t.name == d.Tensor })
}

// byColumn orders entries of a matrix of weights so that neighbours lie in different rows.
func byColumn(t target, entries []int) []int {
	if !t.weight {
		return entries
	}
	columns := len(t.data) / t.shape[0]
	slices.SortStableFunc(entries, func(a, b int) int { return a%columns - b%columns })
	return entries
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
