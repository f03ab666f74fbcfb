package main

import (
	"time"

	"gradlab/internal/report"
	"gradlab/lab"
)

type preflightCmd struct {
	studyFlags
	Out   string `placeholder:"DIR" help:"Write preflight.json and the picture (PNG, SVG) into this directory."`
	JSON  bool   `name:"json" help:"Print the figures as JSON in place of tables."`
	Quiet bool   `short:"q" help:"Show no progress."`
}

// Help explains the figures.
func (c *preflightCmd) Help() string {
	return `Looks at each of the study's networks before it trains. Theory predicts, from the model and the moments of its input alone, the gradient at every position, the loss of the first step, how much of each activation is saturated and how far the first step moves the weights. The same is measured at initialisation, over the study's first seeds (five at most) on about 256 images each, in batches of the study's size. Then one network is trained on one batch alone, for at most 1000 steps by the study's own rule.

In the table, gradients are root mean squares of dL/d(activation) per element, with the 95 % interval over seeds; ○ is predicted, ● measured, ◉ both. Saturated is a fraction of elements, update log₁₀ of the first step's update of the weights over their size, factor the gradient over that of the next position, each theory / measured; a narrow terminal leaves columns out.

The verdict is healthy, or names trouble with its cause (initialisation, activation, depth, normalisation, learning rate or input scale), the figures it follows from, and what to try. Gradients are judged by their norm along the depth, which widths and pooling do not change: they vanish where the 95 % interval of a line fitted to their logarithms leaves the first layer less than a hundredth of the last one's. Remedies named are those of which theory says that they bring the gradient through; a study takes them as remedy: NAME. That a network is healthy does not promise that it generalises.

Examples:

  gradlab preflight activations
  gradlab preflight depth --data shapes --set vary.activation=[sigmoid]
  gradlab preflight depth --set remedy=batchnorm
  gradlab preflight my-study.yaml --out preflight --json > preflight.json

Exit codes: 0 done, whatever was found; 1 something is wrong in a file or the data, 2 wrong usage (flags, names of studies), 130 interrupted.`
}

// Run looks and prints.
func (c *preflightCmd) Run(con *console) error {
	if err := c.check("preflight"); err != nil {
		return err
	}
	s, err := c.load()
	if err != nil {
		return err
	}
	if err := makeOut(c.Out); err != nil {
		return err
	}
	p := newProgress(con.err, c.Quiet, false)
	begin := time.Now()
	found, err := lab.Preflighted(con.ctx, s, lab.Options{Threads: c.Threads, ISA: c.ISA}, func(arm string, done, all int) {
		p.row(arm, done, all, time.Since(begin))
	})
	p.close()
	if err != nil {
		return flagged(err)
	}
	if c.Out != "" {
		if _, err := report.WritePreflight(c.Out, found); err != nil {
			return err
		}
	}
	if c.JSON {
		err = printJSON(con.out, found)
	} else {
		err = report.Preflight(con.out, found, report.Options{Width: width(con.out), Color: colour(con.out), Dir: dirOf(c.Out)})
	}
	return printed(err)
}
