package main

import (
	"errors"
	"fmt"

	"gradlab/internal/report"
	"gradlab/lab"
)

type diagnoseCmd struct {
	Dir  string `arg:"" name:"run" help:"A run directory, as runs/tour-20260102-030405, or the results.json in it."`
	Step int    `placeholder:"N" help:"Judge by what had been seen when training was N steps old. Default: by all of it."`
	JSON bool   `name:"json" help:"Print the diagnosis of every arm as JSON in place of sentences."`
}

// Help says what is told and by what.
func (c *diagnoseCmd) Help() string {
	return `Says of each arm of a run whether its training is healthy and, if not, what is wrong: vanishing or exploding gradients, dead or saturated units, steps too large or too small, an unstable loss, labels that contradict each other, no learning, overfitting, NaN. Each finding names the layers, the figures that it rests on, the likely cause, what to try, in how many seeds it was found and by which step it was known.

No finding rests on the size of a gradient. Gradients are compared along the depth, with widths and pooling accounted for; updates with the weights that they move; losses with that of a guess. How reliable that is, and how it compares with published detectors, stands in docs/diagnosis.md.

What is to be tried names a remedy where there is one, which a study takes as it stands ("remedy: batchnorm"); gradlab run remedies compares them.

Nothing is trained and no file is written. Runs of earlier versions can be read; they lack some figures.

Examples:

  gradlab run activations && gradlab diagnose runs/activations-20260102-030405
  gradlab diagnose runs/mine --step 101
  gradlab diagnose runs/mine --json > diagnosis.json

Exit codes: 0 done, whatever is found, 1 results.json cannot be read, 2 wrong usage (flags, a directory without results).`
}

// Run prints the diagnosis of every arm.
func (c *diagnoseCmd) Run(con *console) error {
	if c.Step < 0 {
		return wrongFlag("diagnose", errors.New("--step is negative, expected a number of steps"))
	}
	r, err := readRun(&c.Dir)
	if err != nil {
		return err
	}
	lab.Analyse(r)
	if c.Step > 0 {
		lab.Rediagnose(r, c.Step)
	}
	if c.JSON {
		err = printJSON(con.out, diagnoses(r))
	} else {
		err = report.Diagnosis(con.out, r, report.Options{Width: width(con.out), Color: colour(con.out)})
	}
	if err != nil {
		return fmt.Errorf("failed to print the diagnosis: %w", err)
	}
	return nil
}

// armDiagnosis is an arm's diagnosis with its name, for JSON.
type armDiagnosis struct {
	Study     string         `json:"study"`
	Arm       string         `json:"arm"`
	Diagnosis *lab.Diagnosis `json:"diagnosis"` // null where no trial has finished
}

func diagnoses(r *lab.Results) []armDiagnosis {
	all := []armDiagnosis{}
	for _, p := range r.Parts {
		for _, a := range p.Arms {
			all = append(all, armDiagnosis{p.Study, a.Name, a.Diagnosis})
		}
	}
	return all
}
