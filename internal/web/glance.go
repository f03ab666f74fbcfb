package web

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"gradlab/internal/disk"
	"gradlab/internal/runlog"
	"gradlab/lab"
)

// glance is what is known of a run that is not in memory. Its results may take a second to read, so that its answer
// comes a beat after the rest.
type glance struct {
	summary  runlog.Glance
	at       time.Time // when it was taken
	answered time.Time // the results that answer is of; zero before it is known
	answer   string
	failed   int // trials of these results
}

// again is the time between two glances at a run that has not ended.
const again = 2 * time.Second

// glanced gives the line of a run that is not in memory. f is locked.
func (f *followed) glanced(stoppable bool) RunLine {
	first := f.at.IsZero()
	results := time.Time{}
	if info, err := os.Stat(f.results()); err == nil {
		results = info.ModTime()
	}
	if first || time.Since(f.at) > again && (f.summary.State != runlog.Finished || !results.Equal(f.answered)) {
		f.summary, f.at = runlog.GlanceAt(disk.OS, f.path), time.Now()
	}
	if !first && !results.IsZero() && !results.Equal(f.answered) {
		f.answered = results
		f.answer, f.failed = firstAnswer(f.results())
	}
	g := f.summary
	line := RunLine{
		ID: f.id, Path: f.path, Study: g.Study, State: g.State, Begun: instant(g.Begun),
		Trials: g.Asked, Done: g.Ended - f.failed, Failed: f.failed, Share: round(float64(g.Ended) / float64(max(1, g.Asked))), Seconds: f.line.Seconds, Problems: g.Problems,
	}
	if g.State == runlog.Running {
		line.Stoppable = stoppable
	} else {
		line.Result = f.answer
	}
	return line
}

func (f *followed) results() string { return filepath.Join(f.path, "results.json") }

// firstAnswer is the first answer of the results at path, and how many of their trials have failed.
func firstAnswer(path string) (answer string, failed int) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", 0
	}
	type trial struct{ Status string }
	var r struct {
		Trials      []trial
		Selection   []trial
		Conclusions []struct {
			Answer bool
			Text   string
		}
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return "", 0
	}
	for _, t := range append(r.Selection, r.Trials...) {
		if t.Status == lab.Failed {
			failed++
		}
	}
	for _, c := range r.Conclusions {
		if c.Answer {
			return c.Text, failed
		}
	}
	return "", failed
}

// instant is a time as JSON gives it, "" for one that is not known.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
