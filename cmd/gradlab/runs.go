package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gradlab/internal/disk"
	"gradlab/internal/runlog"
)

type runsCmd struct {
	Dir  string `arg:"" optional:"" name:"dir" help:"A directory of runs, or one run. Default: runs."`
	JSON bool   `name:"json" help:"Print everything about every run as JSON in place of a table."`
}

// Help says what the states are.
func (runsCmd) Help() string {
	return `Lists runs with their state, the trials that are done of those that the study asks for, when something last happened, their size, and the first answer of the report.

finished: every trial has ended. interrupted: the same command goes on. running: a gradlab holds it. damaged: a file is not what was written; what is wrong is said, and the same command runs again what is lost.

Nothing is written.

Examples:

  gradlab runs
  gradlab runs runs/depth-20260102-030405
  gradlab runs --json | jq '.[] | select(.state == "interrupted") | .path'

Exit codes: 0 done, whatever is found, 2 wrong usage.`
}

// listedRun is a run with what it came to.
type listedRun struct {
	runlog.Summary
	Result string `json:"result"` // the first answer; "" before there is one
}

// Run looks at the runs.
func (c *runsCmd) Run(con *console) error {
	list, err := listRuns(&c.Dir, "runs")
	if err != nil {
		return err
	}
	all := make([]listedRun, len(list))
	for i, s := range list {
		all[i] = listedRun{s, firstAnswer(s.Path)}
	}
	if c.JSON {
		err = printJSON(con.out, all)
	} else {
		_, err = fmt.Fprint(con.out, runsTable(all, c.Dir, time.Now(), width(con.out)))
	}
	if err != nil {
		return fmt.Errorf("failed to print the runs: %w", err)
	}
	return nil
}

// listRuns lists the runs in dir, which becomes its default. That there are none yet is no error.
func listRuns(dir *string, command string) ([]runlog.Summary, error) {
	given := *dir != ""
	if !given {
		*dir = root
	}
	list, err := runlog.List(disk.OS, *dir)
	if err != nil && errors.Is(err, fs.ErrNotExist) {
		if !given {
			return nil, nil
		}
		return nil, usage{err, "gradlab " + command + " DIR takes a directory of runs, or a run directory"}
	}
	return list, err
}

// firstAnswer is the first answer of a run's results, "" where there is none.
func firstAnswer(dir string) string {
	data, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		return ""
	}
	var r struct {
		Conclusions []struct {
			Answer bool
			Text   string
		}
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return ""
	}
	for _, c := range r.Conclusions {
		if c.Answer {
			return c.Text
		}
	}
	return ""
}

// runsTable is a line for each run, with what is wrong with it under it.
func runsTable(all []listedRun, dir string, now time.Time, width int) string {
	if len(all) == 0 {
		return "There are no runs in " + dir + ".\n"
	}
	rows := [][]string{{"run", "state", "trials", "changed", "size", "result"}}
	for _, r := range all {
		trials := fmt.Sprintf("%d/%d", r.Done, r.Trials)
		if r.Failed > 0 {
			trials += fmt.Sprintf(", %d failed", r.Failed)
		}
		rows = append(rows, []string{r.Path, r.State, trials, ago(now.Sub(r.Changed)), size(r.Bytes), r.Result})
	}
	var b strings.Builder
	table(&b, rows, len(rows[0]))
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	b.Reset()
	for i, line := range lines {
		b.WriteString(cut(line, max(width, 80)) + "\n")
		if i > 0 {
			for _, p := range all[i-1].Problems {
				b.WriteString("  " + p + "\n")
			}
		}
	}
	return b.String()
}

// ago writes how long something is past, in its largest unit.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return counted(int(d.Minutes()), "minute") + " ago"
	case d < 48*time.Hour:
		return counted(int(d.Hours()), "hour") + " ago"
	}
	return counted(int(d.Hours()/24), "day") + " ago"
}

// size writes a number of bytes.
func size(n int64) string {
	switch {
	case n < 1e6:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
