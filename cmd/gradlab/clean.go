package main

import (
	"errors"
	"fmt"

	"gradlab/internal/disk"
	"gradlab/internal/runlog"
)

type cleanCmd struct {
	Dir     string `arg:"" optional:"" name:"dir" help:"A directory of runs, or one run. Default: runs."`
	DryRun  bool   `help:"Say what would be removed, and remove nothing."`
	Weights bool   `help:"Remove the trained weights of finished trials, too. Needs --yes: training alone makes them again."`
	Other   bool   `help:"Remove trials, too, that the study of a finished run no longer asks for. Needs --yes: training alone makes them again."`
	Yes     bool   `short:"y" help:"Confirm --weights and --other."`
	JSON    bool   `name:"json" help:"Print what was removed as JSON."`
}

// Help says what goes and what stays.
func (cleanCmd) Help() string {
	return `Removes what is of no use any more: what killed processes have left of half-written files, and checkpoints of trials that have ended. Results, reports, and checkpoints that a run goes on from stay. A run that a gradlab holds is passed over. Files and directories of other names than gradlab gives are never taken, and --other takes nothing from a run that is not finished: while values are chosen, it is not known yet which trials the study asks for.

Examples:

  gradlab clean --dry-run
  gradlab clean runs/depth-20260102-030405 --weights --yes

Exit codes: 0 done, 1 something could not be removed, 2 wrong usage.`
}

// Run tidies every run.
func (c *cleanCmd) Run(con *console) error {
	if (c.Weights || c.Other) && !c.Yes && !c.DryRun {
		return usage{errors.New("failed to clean: --weights and --other take what training alone makes again"), "look with --dry-run, then confirm with --yes"}
	}
	list, err := listRuns(&c.Dir, "clean")
	if err != nil {
		return err
	}
	all, failed := []runlog.Removal{}, error(nil)
	for _, s := range list {
		if s.State == runlog.Running {
			fmt.Fprintf(con.err, "%s: passed over: a gradlab is writing there\n", s.Path)
			continue
		}
		removed, err := runlog.Tidy(disk.OS, s.Path, runlog.Tidying{DryRun: c.DryRun, Weights: c.Weights, Other: c.Other})
		all = append(all, removed...)
		if err != nil { // the other runs are tidied all the same
			failed = errors.Join(failed, err)
		}
	}
	if c.JSON {
		err = printJSON(con.out, all)
	} else {
		err = c.tell(con, all)
	}
	if err != nil {
		return fmt.Errorf("failed to print what was removed: %w", err)
	}
	return failed
}

// tell prints what was removed, a line for each file, and how much that was.
func (c *cleanCmd) tell(con *console, all []runlog.Removal) error {
	verb, total := "removed", int64(0)
	if c.DryRun {
		verb = "would remove"
	}
	for _, r := range all {
		total += r.Bytes
		if _, err := fmt.Fprintf(con.out, "%s %s: %s, %s\n", verb, r.Path, r.What, size(r.Bytes)); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(con.out, "There is nothing to remove in %s.\n", c.Dir)
		return err
	}
	_, err := fmt.Fprintf(con.out, "%s %s, %s\n", verb, counted(len(all), "file"), size(total))
	return err
}
