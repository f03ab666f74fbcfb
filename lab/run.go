package lab

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"gradlab/internal/kernel"
	"gradlab/internal/meminfo"
	"gradlab/remedy"
	"gradlab/study"
	"gradlab/train"
)

// ErrInterrupted is what Run gives, beside results, when its context was done before the study.
var ErrInterrupted = errors.New("interrupted")

// Options says how a study is run. The zero value runs it on all cores and keeps nothing.
type Options struct {
	Jobs    int     // trials at a time; 0 is as many as there are cores for
	Threads int     // of each trial; 0 is one, or all cores for a study of a single trial
	ISA     string  // of the kernels: "auto" (and ""), or a name of kernel.ParseISA
	Cache   string  // directory of downloaded data; "" is the default of package data
	Command string  // repeats the study; every conclusion carries it
	Watch   Watcher // hears how the run goes; nil is nobody

	Weights     bool          // the store keeps what each trial was trained to
	RetryFailed bool          // run trials again that have failed; they would fail again, but for another gradlab
	Checkpoint  time.Duration // between two checkpoints of a trial; 0 is half a minute

	// Open opens what keeps trials, once data and models have been found sound; nil keeps
	// none.
	Open func() (Store, error)
}

// A Watcher hears how a run goes. Its methods are called one at a time, from several goroutines,
// and must return soon.
type Watcher interface {
	Warning(text string)
	Begin(p Plan)
	Start(t *Task) // once more, with Before at zero, where its checkpoint proves to be none of it
	Step(t *Task, p train.Progress)
	Epoch(t *Task, e train.EpochResult)
	End(t *Task, result *Trial) // without Start where the trial was stopped before its turn
}

// Plan is what a run is about to do.
type Plan struct {
	Tasks  []*Task // that are to be run, in their order
	Found  int     // trials that an earlier run has finished
	Jobs   int
	Memory Memory
	Disk   int64 // bytes that it writes into its store, at most; 0 without one

	Choosing bool // they are those with which values are chosen; the arms' own trials come in a plan after it
}

// Task is one trial that is to be run.
type Task struct {
	Number, Of int // its place among the tasks, from 1
	Work       int // images to train on, over all epochs: what its time goes by
	Before     int // of this work, what an earlier run has done; set when it starts
	Epochs     int
	Trial      Trial // what is known of it before it runs

	variant    remedy.Variant // what is trained: the arm's model and training, or what the seed drew
	arm        *study.Arm
	part       *openPart
	bytes      int64 // of memory that training takes
	weights    int64 // bytes of what it is trained to
	checkpoint int64 // bytes of one, at most
	places     []int // indexes into Results.Trials, or Selection: arms of several parts may share a trial

	choosing bool // a trial of a choice

	stop stopping
}

// Run runs the trials of a study that its store does not hold yet and works out what follows from
// all of them. A trial that fails is recorded with its cause, and the others go on. The results
// depend on the study alone: not on the number of jobs or threads, the instruction set, or whether
// the run was interrupted before; only the times do.
//
// When ctx is done, the running trials stop within a step, and Run gives what is finished together
// with ErrInterrupted. With the same store, Run goes on from there.
func Run(ctx context.Context, s *study.Study, o Options) (*Results, error) {
	return runStudy(ctx, s, o, train.Run)
}

// trainer is train.Run, or what stands for it in a test.
type trainer func(context.Context, train.Trial, train.Recorder) (*train.Result, error)

func runStudy(ctx context.Context, s *study.Study, o Options, trainer trainer) (*Results, error) {
	started := time.Now()
	isa, err := kernel.ParseISA(o.ISA)
	if err != nil {
		return nil, fmt.Errorf("failed to choose kernels: %w", err)
	}
	parts, err := s.Parts()
	if err != nil {
		return nil, err // names its place itself
	}
	if o.Watch == nil {
		o.Watch = silent{}
	}
	if o.Checkpoint <= 0 {
		o.Checkpoint = checkpointInterval
	}
	open, err := openParts(ctx, parts, o)
	if err != nil {
		return nil, err
	}
	defer closeData(open)
	for _, p := range open {
		if err := p.predict(ctx); err != nil {
			return nil, err
		}
	}
	run := &run{Options: o, trainer: trainer}
	if o.Open != nil {
		if run.store, err = o.Open(); err != nil {
			return nil, err // names the store itself
		}
	}
	r := &Results{
		Format: Format, Numerics: kernel.Numerics, Study: s.Name(), Command: o.Command,
		Started: started.UTC().Format(time.RFC3339), Warnings: []string{},
	}
	run.results = r
	warned := append(dataWarnings(open), modelWarnings(open)...)
	if choosing(open) {
		if err := run.round(ctx, open, run.planSelection(open), isa, func(int) []string { return warned }); err != nil {
			return nil, err
		}
		if err := run.choose(ctx, open); err != nil && ctx.Err() == nil {
			return nil, err
		}
		run.Jobs, run.Threads, warned = o.Jobs, o.Threads, nil
	}
	tasks := run.plan(open)
	if err := run.round(ctx, open, tasks, isa, func(n int) []string { return append(warned, warnings(r, isa, o.ISA, n)...) }); err != nil {
		return nil, err
	}
	left := r.Count(Interrupted)
	if n := s.CheckEntries(); n > 0 && left == 0 && ctx.Err() == nil {
		if r.Check, err = checkInRun(ctx, s.Name(), open, n); err != nil {
			run.warn(err.Error())
		}
	}
	if left > 0 {
		run.warn(fmt.Sprintf("interrupted: the figures are of the %d of %d trials that are finished", r.Count(Done), r.All()))
	}
	Analyse(r)
	for i, p := range open {
		r.Parts[i].showMistakes(p.data.Test)
	}
	r.Seconds = time.Since(started).Seconds()
	if left > 0 {
		return r, ErrInterrupted
	}
	return r, nil
}

// round runs tasks, after the warnings that belong to so many.
func (r *run) round(ctx context.Context, open []*openPart, tasks []*Task, isa kernel.ISA, warnings func(tasks int) []string) error {
	r.share(len(tasks))
	if err := weigh(tasks, kernel.New(isa, r.Threads)); err != nil {
		return err
	}
	memory := bound(open, tasks, r.Jobs)
	if err := fits("run", tasks, r.Jobs, meminfo.Available()); err != nil {
		return err
	}
	disk := int64(0)
	if r.store != nil {
		disk = room(open, tasks, r.Jobs, r.Weights)
		if err := fitsOnDisk(r.store, disk); err != nil {
			return err
		}
	}
	r.results.Machine = Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, ISA: isa.String(), Cores: cores(),
		Jobs: r.Jobs, Threads: r.Threads, Go: runtime.Version(),
	}
	warned := warnings(len(tasks))
	if r.store != nil {
		if err := r.store.Begin(r.results.hashes(open), r.results.ahead(open, warned)); err != nil {
			return err
		}
	}
	for _, w := range warned {
		r.warn(w)
	}
	failed := 0
	for _, t := range r.list(len(tasks) > 0 && tasks[0].choosing) {
		failed += one(t.Status == Failed)
	}
	if ctx.Err() != nil { // nothing is begun any more
		return nil
	}
	if n := failed; n > 0 {
		r.warn(fmt.Sprintf("%s failed before: not run again, since the same would come of it (--retry-failed runs them all the same)", count(n, "trial")))
	}
	r.Watch.Begin(Plan{Tasks: tasks, Found: r.results.Count(Done), Jobs: r.Jobs, Memory: memory, Disk: disk, Choosing: len(tasks) > 0 && tasks[0].choosing})
	r.work(ctx, tasks, isa)
	return nil
}

// list is the trials of the choices, or those of the arms.
func (r *run) list(choosing bool) []Trial {
	if choosing {
		return r.results.Selection
	}
	return r.results.Trials
}

// hashes are those of all trials, "" where a value that it has is still to be chosen. Before any is, the arms' own
// are not planned yet.
func (r *Results) hashes(open []*openPart) []string {
	var all []string
	for _, t := range slices.Concat(r.Selection, r.Trials) {
		all = append(all, t.ID)
	}
	if len(r.Trials) == 0 {
		for _, p := range open {
			all = append(all, make([]string, len(p.Part.Arms)*len(p.Part.Seeds))...)
		}
	}
	return all
}

// run is a study on its way. mu guards results and serialises Watch.
type run struct {
	Options
	trainer trainer
	store   Store // nil keeps nothing
	mu      sync.Mutex
	results *Results
}

// cores is the number of processors that this process may use.
func cores() int { return runtime.GOMAXPROCS(0) }

// share divides the cores between trials.
func (r *run) share(tasks int) {
	if r.Threads <= 0 {
		r.Threads = 1
		if tasks == 1 && r.Jobs <= 1 {
			r.Threads = cores()
		}
	}
	if r.Jobs <= 0 {
		r.Jobs = max(1, cores()/r.Threads)
	}
	r.Jobs = max(1, min(r.Jobs, tasks))
}

func (r *run) warn(text string) {
	r.results.Warnings = append(r.results.Warnings, text)
	r.Watch.Warning(text)
}

// work runs the tasks, each job on an engine of its own.
func (r *run) work(ctx context.Context, tasks []*Task, isa kernel.ISA) {
	queue := make(chan *Task)
	var jobs sync.WaitGroup
	for range r.Jobs {
		jobs.Go(func() {
			engine := kernel.New(isa, r.Threads)
			for t := range queue {
				if ctx.Err() == nil { // else it was handed out while others were being stopped
					r.trial(ctx, t, engine)
				}
			}
		})
	}
	for _, t := range tasks {
		if ctx.Err() != nil {
			break
		}
		queue <- t
	}
	close(queue)
	jobs.Wait()
}

// silent is a Watcher that nobody listens to.
type silent struct{}

func (silent) Warning(string)                 {}
func (silent) Begin(Plan)                     {}
func (silent) Start(*Task)                    {}
func (silent) Step(*Task, train.Progress)     {}
func (silent) Epoch(*Task, train.EpochResult) {}
func (silent) End(*Task, *Trial)              {}
