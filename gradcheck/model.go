package gradcheck

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"gradlab/internal/kernel"
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

// noLoss is the share of the loss and the logits that rounding may move without leaving nothing to differentiate. It
// is some 1e-14 in a network that trains; one that enlarges the differences of equal samples has none.
const noLoss = 1e-5

// look checks the network as it stands.
func (c *checker) look(ctx context.Context, when string) (Look, error) {
	o := c.options
	first := c.rigs[0]
	first.narrowed()
	first.look()
	first.scale()
	for _, r := range c.rigs[1:] {
		for k, q := range r.net.Params() {
			copy(q.Data, first.net.Params()[k].Data)
		}
		copy(r.x, first.x)
		r.floors, r.shaky = first.floors, first.shaky
		r.look()
	}
	l := Look{When: when, Loss: first.loss}
	if math.IsNaN(first.loss) || math.IsInf(first.loss, 0) {
		l.Verdict, l.Reason = Inconclusive, fmt.Sprintf("the loss is %v", first.loss)
		return l, nil
	}
	if size := math.Abs(first.loss) + first.reach; first.shaky > noLoss*size {
		l.Verdict, l.Reason = Inconclusive, fmt.Sprintf("the loss itself is uncertain: rounding moves it by up to %.2g", first.shaky)
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

// values compares the loss with that of the interpreter.
func (c *checker) values(l *Look) {
	r := c.rigs[0]
	if r.analytic == nil {
		return
	}
	reference := real(r.analytic.from(0, false))
	l.Reference = &reference
	if off := math.Abs(reference - r.loss); off > 1e-10*(math.Abs(r.loss)+r.reach)+r.shaky {
		l.Verdict = Fail
		l.Reason = fmt.Sprintf("the loss is %.10g, but the model says %.10g", r.loss, reference)
		l.Suspect = r.astray()
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
