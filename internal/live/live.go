// Package live is a run directory as it stands while a process writes into it: the results so far, as package lab has
// them, and each trial as far as it has come.
//
// It reads files and nothing else, so that it makes no difference whether the run is in this process, in another one,
// or over. What has not changed is not read again. It imports runlog (where things lie), report (results that are
// whole) and lab (what they are, and what follows from trials so far).
//
// Read live.go, then trial.go (a trial's events).
package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"gradlab/internal/cores"
	"gradlab/internal/disk"
	"gradlab/internal/report"
	"gradlab/internal/runlog"
	"gradlab/lab"
)

// A Run is a run directory that is followed. Its methods may be called from several goroutines.
type Run struct {
	path string

	mu       sync.RWMutex
	state    State
	outlined time.Time // when the outline was written that the state is made of
	held     time.Time // when it was last found held by a process
	analysed time.Time // when it is next worked out what follows from the trials, at the earliest
	stale    bool      // trials have ended since that was worked out
}

// State is what is known of a run.
type State struct {
	Standing string       // runlog.Finished, Interrupted, Running or Damaged
	Begun    time.Time    // when it last began or went on
	Results  *lab.Results // of the trials so far
	Trials   []Trial      // of Results: those with which values are chosen, then the others
	Problems []string
}

// patience is how long nothing must have come of a run before it is asked whether a process still holds it: to ask, the
// lock is taken for a moment.
const patience = 5 * time.Second

// thrift is how many times as long as it takes to work out what follows from the trials the results are left as they
// are: the training beside it has the same cores.
const thrift = 200

// soon is how many trials a run may have for what follows from them to be worked out before it is first shown: of more,
// that takes seconds, and comes a second later.
const soon = 100

// Open reads the run at path.
func Open(path string) (*Run, error) {
	r := &Run{path: path}
	if err := r.load(); err != nil {
		return nil, err
	}
	return r, nil
}

// Path is the path that Open was given.
func (r *Run) Path() string { return r.path }

// Read calls f with the state, which f must neither change nor keep.
func (r *Run) Read(f func(*State)) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	f(&r.state)
}

// News is what Follow has found.
type News struct {
	Trials []int // that have changed, as indexes
	All    bool  // everything has: the run has ended, or is another one now
	Parts  bool  // arms and conclusions have
}

// None tells that nothing has changed.
func (n News) None() bool { return len(n.Trials) == 0 && !n.All && !n.Parts }

// Follow reads what has come since.
func (r *Run) Follow() News {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over() {
		return News{}
	}
	before := r.state.Standing
	if r.changed() {
		r.reload()
		return News{All: true, Parts: true}
	}
	news := News{Trials: r.followAll()}
	r.settle(len(news.Trials) > 0)
	switch {
	case r.state.Standing != before && before == runlog.Running: // what the end has written is read as a whole
		r.reload()
		return News{All: true, Parts: true}
	case r.state.Standing != before:
		news.All = true
	}
	news.Parts = r.analyse()
	return news
}

// over tells that nothing more will come of the run, unless somebody begins it again.
func (r *Run) over() bool { return r.state.Standing == runlog.Finished && !r.stale && !r.changed() }

// changed tells whether another run has begun in the directory, or the next round of this one.
func (r *Run) changed() bool {
	info, err := os.Stat(runlog.OutlinePath(r.path))
	return err == nil && !info.ModTime().Equal(r.outlined)
}

// reload reads the run as a whole again. Of one that cannot be read any more, or is gone, what is known stays.
func (r *Run) reload() {
	known := r.state
	if err := r.load(); err != nil {
		r.state = known
		r.state.Standing = runlog.Interrupted
		r.settle(false)
		r.problem(err)
	}
}

// load reads the run as a whole.
func (r *Run) load() error {
	info, err := os.Stat(runlog.OutlinePath(r.path))
	r.outlined = time.Time{}
	if err == nil {
		r.outlined = info.ModTime()
	}
	g := runlog.GlanceAt(disk.OS, r.path)
	r.state = State{Standing: g.State, Begun: g.Begun, Problems: g.Problems}
	whole := filepath.Join(r.path, "results.json")
	if r.state.Standing == runlog.Finished {
		if r.state.Results, err = report.Read(whole); err == nil {
			r.index()
			r.stale = false // they are worked out
			return nil
		}
	}
	results := new(lab.Results)
	found, e := runlog.ReadOutline(disk.OS, r.path, results)
	switch {
	case e != nil:
		return e
	case found:
		r.state.Results = results
	default: // of an earlier version
		if r.state.Results, err = report.Read(whole); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("failed to read the run %s: it has no outline and no results", r.path)
			}
			return err
		}
	}
	r.index()
	r.followAll()
	r.settle(true)
	r.stale, r.analysed = true, time.Now().Add(time.Second)
	if len(r.state.Trials) <= soon {
		r.analysed = time.Time{}
	}
	r.analyse()
	return nil
}

// index makes the list of trials.
func (r *Run) index() {
	s := &r.state
	arms := map[[2]string][2]int{}
	for i, p := range s.Results.Parts {
		for k, a := range p.Arms {
			arms[[2]string{a.Study, a.Name}] = [2]int{i, k}
		}
	}
	for _, list := range [][]lab.Trial{s.Results.Selection, s.Results.Trials} {
		for i := range list {
			t := &list[i]
			place, known := arms[[2]string{t.Study, t.Arm}]
			if !known {
				continue // of a file that was edited by hand
			}
			ended := t.Status == lab.Done || t.Status == lab.Failed
			s.Trials = append(s.Trials, Trial{Trial: t, Part: place[0], ArmIndex: place[1], ended: ended, Length: len(t.Epochs)})
		}
	}
}

// followAll follows each trial, and gives those that have changed. It uses all cores: a run of a thousand trials that is
// opened has a hundred megabytes to read.
func (r *Run) followAll() []int {
	trials := r.state.Trials
	grown, errs := make([]bool, len(trials)), make([]error, len(trials))
	cores.Each(len(trials), func(i int) { grown[i], errs[i] = trials[i].follow(r.path) })
	var news []int
	for i := range trials {
		if errs[i] != nil {
			r.problem(errs[i])
		}
		if grown[i] {
			news = append(news, i)
			r.stale = r.stale || trials[i].ended
		}
	}
	return news
}

// settle says how the run and those of its trials stand that have not ended. grown says that a trial has changed.
func (r *Run) settle(grown bool) {
	s := &r.state
	now := time.Now()
	switch {
	case grown && s.Standing == runlog.Running && !r.ended():
		r.held = now
	case grown, s.Standing == runlog.Running && (now.Sub(r.held) > patience || r.ended()):
		g := runlog.GlanceAt(disk.OS, r.path)
		s.Standing, s.Begun, r.held = g.State, g.Begun, now
	}
	for i := range s.Trials {
		t := &s.Trials[i]
		switch {
		case t.ended:
		case t.stopped:
			t.Status = lab.Interrupted
		case t.read == 0:
			t.Status = lab.Waiting
		case s.Standing == runlog.Running && !t.grown.Before(s.Begun): // else it waits for its turn to go on
			t.Status = Running
		default:
			t.Status = lab.Interrupted
		}
	}
}

// ended tells that every trial has.
func (r *Run) ended() bool {
	return !slices.ContainsFunc(r.state.Trials, func(t Trial) bool { return !t.ended })
}

// analyse works out what follows from the trials so far, if some have ended and it is not too early, and tells whether it
// has.
func (r *Run) analyse() bool {
	begun := time.Now()
	if !r.stale || begun.Before(r.analysed) {
		return false
	}
	lab.Analyse(r.state.Results)
	took := time.Since(begun)
	r.analysed, r.stale = begun.Add(thrift*took), false
	return true
}

// problem keeps what is wrong with the directory, once.
func (r *Run) problem(err error) {
	if text := err.Error(); !slices.Contains(r.state.Problems, text) {
		r.state.Problems = append(r.state.Problems, text)
	}
}
