package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"gradlab/gradcheck"
	"gradlab/internal/kernel"
	"gradlab/internal/report"
	"gradlab/lab"
	"gradlab/study"
)

type checkCmd struct {
	Study     string        `arg:"" help:"A study file, the name of a built-in study, or a file with a model alone."`
	Data      string        `placeholder:"DATA" help:"Data in place of the study's: cifar10, shapes, a directory or an archive."`
	Set       []string      `placeholder:"PATH=VALUE" sep:"none" help:"Change a value of the study, as model.0.conv.filters=3. May be repeated."`
	Mode      string        `default:"full" placeholder:"MODE" help:"full, or plain: the central difference of every parameter. Default: ${default}."`
	Step      float64       `placeholder:"H" help:"Step of the central difference. Default: 1e-5."`
	Tolerance float64       `placeholder:"E" help:"Largest relative error. Default: 1e-7, or 1e-4 in the plain mode."`
	Entries   int           `placeholder:"N" help:"Numbers of each tensor that are checked by themselves, -1 for all. Default: 24, or all in the plain mode."`
	Samples   int           `placeholder:"N" help:"Images. Default: 2, or 4 for batch normalisation."`
	Steps     int           `placeholder:"N" help:"Steps of training before the second look, -1 for none. Default: 20."`
	Saturate  float64       `placeholder:"F" help:"Factor on the weights for the third look, -1 for none. Default: 3."`
	Budget    time.Duration `placeholder:"TIME" help:"Begin nothing more after this time, as 30s; what was left out is stated."`
	ISA       string        `name:"isa" default:"all" placeholder:"ISA" help:"Float32 kernels to compare: all of this machine, none, avx512, avx2, neon or portable. Default: ${default}."`
	Threads   int           `placeholder:"N" help:"Cores that share the work. Default: all."`
	Out       string        `placeholder:"DIR" help:"Write check.json and pictures (PNG, SVG) into this directory."`
	JSON      bool          `name:"json" help:"Print what was found as JSON in place of tables."`
	Quiet     bool          `short:"q" help:"Show no progress."`
}

// Help explains the figures.
func (c *checkCmd) Help() string {
	return `Compares the gradients by which a study's networks train with what the values of their loss say: of the input, of every parameter, and of the penalties. Each network is checked once, whatever differs between arms in epochs or learning rate.

The plain mode is the textbook's: for every parameter the central difference n = (L(w+h) − L(w−h))/2h on the layers that train, in float64, and the relative error |n − a|/(|n| + |a|) with the gradient a.

The full mode looks at each network at initialisation, after some steps of training, and with weights so large that units saturate. Some numbers of each tensor are checked by themselves, all of them together along random directions. A number is decided by the first of these that can: the central difference; Richardson's extrapolation from three steps; the complex step; the norm of the tensor, for what is so small beside it that the gradient's own rounding decides. A step over a bend (a ReLU that switches, a pooling with another winner) is made shorter, or the gradient must lie between the slopes on both sides. Masks of dropout are those of one step; batch normalisation goes by the batch. Where gradients disagree, the first layer, from the loss back, that turns a right gradient into a wrong one is named. Then the float32 kernels are compared with float64, within a tolerance that follows from the lengths of their sums.

In the table, V over h is the logarithm of the central difference's error for steps from 1/4 to 2⁻³⁰: it falls with truncation and rises with rounding.

A file with a model alone holds model, and perhaps init, of a study file; it is checked on images of shapes, or of --data.

Examples:

  gradlab check activations --data shapes
  gradlab check depth --mode plain --set vary.activation='[tanh]' --set vary.depth='[3]'
  gradlab check my-study.yaml --tolerance 1e-8 --entries -1 --budget 5m
  gradlab check remedies --data shapes --json > check.json
  gradlab check my-model.yaml --isa portable --out check

Exit codes: 0 every gradient agrees, or could not be decided, which is said; 1 a gradient is wrong, or something is wrong in a file or the data; 2 wrong usage (flags, names of studies); 130 interrupted.`
}

// errGradients is what a failed check ends with.
var errGradients = errors.New("gradients are wrong")

// Run checks and prints.
func (c *checkCmd) Run(con *console) error {
	flags := studyFlags{Study: c.Study, Data: c.Data, Set: c.Set, Threads: c.Threads, ISA: "auto"}
	if err := flags.check("check"); err != nil {
		return err
	}
	options, err := c.options()
	if err != nil {
		return wrongFlag("check", err)
	}
	s, err := flags.loadBy(study.LoadModel)
	if err != nil {
		return err
	}
	if err := makeOut(c.Out); err != nil {
		return err
	}
	p := newProgress(con.err, c.Quiet, false)
	begin := time.Now()
	found, err := lab.Checked(con.ctx, s, lab.Options{}, options, func(arm string, done, all int) {
		p.row(arm, done, all, time.Since(begin))
	})
	p.close()
	if err != nil {
		return flagged(err)
	}
	if c.Out != "" {
		if _, err := report.WriteCheck(c.Out, found); err != nil {
			return err
		}
	}
	if c.JSON {
		_, err = con.out.Write(report.MarshalCheck(found))
	} else {
		err = report.Check(con.out, found, report.Options{Width: width(con.out), Color: colour(con.out), Dir: dirOf(c.Out)})
	}
	if err := printed(err); err != nil {
		return err
	}
	if found.Verdict == gradcheck.Fail {
		return advised{fmt.Errorf("failed: %w", errGradients), suspects(found)}
	}
	return nil
}

// options are those of the check, from the flags.
func (c *checkCmd) options() (gradcheck.Options, error) {
	o := gradcheck.Options{
		Mode: c.Mode, Step: c.Step, Tolerance: c.Tolerance, PerTensor: c.Entries, Samples: c.Samples, Steps: c.Steps,
		Saturate: c.Saturate, Budget: c.Budget, ISA: c.ISA, Threads: c.Threads,
	}
	if c.ISA != "all" && c.ISA != "none" {
		if _, err := kernel.ParseISA(c.ISA); err != nil {
			return o, fmt.Errorf("--isa: %w", err)
		}
	}
	if err := inRange("--samples", c.Samples, 0, 1000); err != nil {
		return o, err
	}
	if c.Budget < 0 {
		return o, fmt.Errorf("--budget is %v, expected a time as 30s or 5m", c.Budget)
	}
	return o, o.Check()
}

// suspects says where to look.
func suspects(c *lab.Check) string {
	var all []string
	for _, p := range c.Parts {
		for _, m := range p.Models {
			if m.Suspect != "" {
				all = append(all, fmt.Sprintf("%s of %s", m.Suspect, m.Arms[0]))
			}
		}
	}
	if all == nil {
		return "the tables above name the tensors"
	}
	return "look at " + strings.Join(all, ", ")
}
