package gradcheck

import (
	"fmt"
	"math"

	"gradlab/nn"
)

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
