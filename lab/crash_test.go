package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gradlab/internal/disktest"
	"gradlab/internal/runlog"
	"gradlab/study"
	"gradlab/train"
)

// crashStudy has two trials of two epochs, with everything that a store is asked for.
const crashStudy = `
study: tiny
data: {shapes: {train: 20, test: 10}}
model: [avgpool: 8, flatten, linear: classes]
train: {epochs: 2, batch: 8, sgd: {rate: $rate, momentum: 0.9}}
vary: {rate: [0.05, 0.1]}
seeds: 1
`

// given is what a store was given of a trial, in its order, and how much of that it has acknowledged.
type given struct {
	results     []string
	weights     []byte
	checkpoints [][]byte
	saved       bool // a result
	newest      int  // checkpoint that was acknowledged, from 1
}

// ledger is a run directory that writes down what it was given.
type ledger struct {
	*runlog.Dir
	mu            sync.Mutex
	trials        map[string]*given
	begun         bool
	ending, ended bool // Finish was called, and has returned well
}

func newLedger() *ledger { return &ledger{trials: map[string]*given{}} }

func (l *ledger) of(hash string) *given {
	if l.trials[hash] == nil {
		l.trials[hash] = &given{}
	}
	return l.trials[hash]
}

func (l *ledger) Begin(hashes []string, outline any) error {
	err := l.Dir.Begin(hashes, outline)
	l.begun = l.begun || err == nil
	return err
}

func (l *ledger) SaveTrial(hash string, v any, weights []byte) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	l.mu.Lock()
	k := l.of(hash)
	k.results, k.weights = append(k.results, string(text)), weights
	l.mu.Unlock()
	err = l.Dir.SaveTrial(hash, v, weights)
	l.mu.Lock()
	defer l.mu.Unlock()
	k.saved = k.saved || err == nil
	return err
}

func (l *ledger) SaveCheckpoint(hash string, file []byte) error {
	l.mu.Lock()
	k := l.of(hash)
	k.checkpoints = append(k.checkpoints, file)
	n := len(k.checkpoints)
	l.mu.Unlock()
	err := l.Dir.SaveCheckpoint(hash, file)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		k.newest = n
	}
	return err
}

// clock makes each epoch take a minute of the bubble's time: a checkpoint is due after each.
type clock struct{ silent }

func (clock) Epoch(*Task, train.EpochResult) { time.Sleep(time.Minute) }

// program runs the study in the run directory on d, as the command line does. When it dies, it is stopped.
func program(d *disktest.Disk, s *study.Study, l *ledger) (*Results, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d.OnDeath(cancel)
	l.Dir = nil
	r, err := Run(ctx, s, Options{Jobs: 1, Weights: true, Watch: clock{}, Open: func() (_ Store, err error) {
		l.Dir, err = runlog.Open(d, "runs/run", runlog.Study{Name: "tiny", Text: []byte("study: tiny\n")})
		return l, err
	}})
	if l.Dir != nil {
		defer l.Dir.Discard()
		if err == nil && !d.Dead() {
			l.ending = true
			err = l.Dir.Finish()
			l.ended = err == nil
		}
	}
	return r, err
}

// audit holds what a disk has against what was acknowledged, and fails for anything that nobody wrote.
func (l *ledger) audit(d *disktest.Disk) error {
	dir, err := runlog.Open(d, "runs/run", runlog.Study{Name: "tiny"})
	if err != nil {
		return err
	}
	defer dir.Discard()
	files := d.Files()
	if _, marked := files["runs/run/unfinished"]; l.ended && marked || l.begun && !l.ending && !marked {
		return fmt.Errorf("marked as unfinished: %v; acknowledged: begun %v, ended %v", marked, l.begun, l.ended)
	}
	for hash, k := range l.trials {
		var text json.RawMessage
		found, err := dir.LoadTrial(hash, &text)
		if err != nil {
			return err
		}
		if found {
			if !slices.Contains(k.results, string(text)) {
				return fmt.Errorf("trial %s has a result that nobody wrote: %s", hash, text)
			}
			if name := "runs/run/trials/" + strings.ReplaceAll(hash, ":", "-") + "/weights.safetensors"; !bytes.Equal(files[name], k.weights) {
				return fmt.Errorf("%s is not what was written before the result", name)
			}
			continue
		}
		if k.saved {
			return fmt.Errorf("the result of trial %s was acknowledged and is lost", hash)
		}
		file, err := dir.LoadCheckpoint(hash)
		if err != nil {
			return err
		}
		at := 1 + slices.IndexFunc(k.checkpoints, func(c []byte) bool { return bytes.Equal(c, file) })
		if file != nil && at == 0 {
			return fmt.Errorf("trial %s has a checkpoint that nobody wrote", hash)
		}
		if at < k.newest {
			return fmt.Errorf("trial %s has checkpoint %d, and %d was acknowledged", hash, at, k.newest)
		}
	}
	return nil
}

// crashTest is a study that is run again and again on a disk of the test's.
type crashTest struct {
	study *study.Study
	want  *Results
	text  []byte // of want
	files map[string]any
	calls []disktest.Call // of the whole study
}

// newCrashTest runs the study once without faults.
func newCrashTest(t *testing.T) *crashTest {
	s, err := study.Parse("tiny.yaml", []byte(crashStudy))
	if err != nil {
		t.Fatal(err)
	}
	c := &crashTest{study: s}
	d := disktest.New()
	d.Inject(func(call disktest.Call) disktest.Fault {
		c.calls = append(c.calls, call)
		return disktest.None
	})
	if c.want, err = program(d, s, newLedger()); err != nil {
		t.Fatal(err)
	}
	for _, w := range c.want.Warnings {
		if strings.Contains(w, "kept") {
			t.Fatalf("on a disk without faults: %s", w)
		}
	}
	c.text, c.files = figures(t, c.want), untold(t, "runs/run", ofTrials(d))
	return c
}

// figures is what must be equal of results, as text: it is compared much sooner than the values are.
func figures(t *testing.T, r *Results) []byte {
	t.Helper()
	c := *r
	c.Started, c.Seconds, c.Machine, c.Warnings = "", 0, Machine{}, nil
	c.Trials = slices.Clone(c.Trials)
	for i, trial := range c.Trials {
		c.Trials[i].Epochs = slices.Clone(trial.Epochs)
		for j := range trial.Epochs {
			c.Trials[i].Epochs[j].Seconds, c.Trials[i].Epochs[j].ImagesPerSecond = 0, 0
		}
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// ofTrials are the files of trials, but for checkpoints beside a result: one stays that a crash has kept from being
// removed, and is never read again.
func ofTrials(d *disktest.Disk) map[string][]byte {
	files := d.Files()
	maps.DeleteFunc(files, func(name string, _ []byte) bool {
		_, done := files[path.Dir(name)+"/result.json"]
		return !strings.HasPrefix(name, "runs/run/trials/") || done && path.Base(name) == "checkpoint.safetensors"
	})
	return files
}

// recovers audits the disk, and runs the study there once more.
func (c *crashTest) recovers(t *testing.T, d *disktest.Disk, l *ledger) {
	t.Helper()
	if err := l.audit(d); err != nil {
		t.Fatal(err)
	}
	got, err := program(d, c.study, l)
	if err != nil {
		t.Fatalf("after recovery: %v", err)
	}
	c.whole(t, got)
	files := ofTrials(d)
	maps.DeleteFunc(files, func(name string, _ []byte) bool {
		_, logged := c.files[strings.TrimPrefix(name, "runs/run/")]
		return path.Base(name) == "events.jsonl" && !logged
	})
	if diff := cmp.Diff(c.files, untold(t, "runs/run", files)); diff != "" {
		t.Fatalf("run directories: -whole +recovered:\n%s", diff)
	}
	for name := range d.Files() {
		if strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, "/unfinished") {
			t.Fatalf("%s is left", name)
		}
	}
}

// whole fails for results that are not those of a run without faults.
func (c *crashTest) whole(t *testing.T, got *Results) {
	t.Helper()
	if !bytes.Equal(c.text, figures(t, got)) {
		t.Fatalf("-whole +with faults:\n%s", cmp.Diff(c.want, got, untimed))
	}
}

// changes tells whether a call changes anything on a disk: after all others, what a crash leaves is the same.
func changes(c disktest.Call) bool {
	return !slices.Contains([]string{"Stat", "ReadFile", "ReadDir", "Lock", "Close"}, c.Name)
}

// TestACrashAtEveryCall of a small study that changes the disk, before it and in the middle of a write, and whatever the
// disk forgets: what was acknowledged is there, nothing half-written is taken for a whole one, and the run comes to the
// same results, events and weights.
func TestACrashAtEveryCall(t *testing.T) {
	for name, loss := range map[string]disktest.Loss{
		"killed": disktest.Nothing, "power failure": disktest.Everything, "power failure while writing": disktest.Some,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCrashTest(t)
				crashes := 0
				crash := func(call disktest.Call, f disktest.Fault) {
					d, l := disktest.New(), newLedger()
					d.Inject(disktest.At(call.Number, f))
					program(d, c.study, l)
					if !d.Dead() {
						t.Fatalf("call %d was not reached", call.Number)
					}
					d.Restart(loss, rand.New(rand.NewPCG(uint64(call.Number), uint64(f))))
					defer func() {
						if t.Failed() {
							t.Logf("after a crash at call %+v", call)
						}
					}()
					c.recovers(t, d, l)
					crashes++
				}
				for _, call := range c.calls {
					if changes(call) {
						crash(call, disktest.Die)
					}
					if call.Name == "Write" {
						crash(call, disktest.DieDone)
					}
				}
				t.Logf("%d crashes in %d calls", crashes, len(c.calls))
				if crashes < 60 {
					t.Error("that is too few")
				}
			})
		})
	}
}

// TestAnErrorAtEveryCall, be the call done or not: the run ends with its cause before it has begun, or goes on to
// the same results. The same command comes to its end after it, and what was acknowledged is not lost.
func TestAnErrorAtEveryCall(t *testing.T) {
	for name, f := range map[string]disktest.Fault{"not done": disktest.Fail, "done": disktest.FailDone} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCrashTest(t)
				fault := func(call disktest.Call) {
					defer func() {
						if t.Failed() {
							t.Logf("after an error at call %+v", call)
						}
					}()
					d, l := disktest.New(), newLedger()
					d.Inject(disktest.At(call.Number, f))
					c.goesOn(t, d, l, disktest.ErrIO)
				}
				for _, call := range c.calls {
					fault(call)
				}
			})
		})
	}
}

// TestADiskThatFillsUp has room for so many bytes and no more.
func TestADiskThatFillsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrashTest(t)
		full := 0
		for space := int64(0); ; space += 1000 {
			d, l := disktest.New(), newLedger()
			d.SetSpace(space)
			if !c.goesOn(t, d, l, disktest.ErrFull) {
				break
			}
			full++
		}
		if full < 10 {
			t.Errorf("the disk was full %d times", full)
		}
	})
}

// goesOn runs the study on a disk with a fault, restarts the machine and runs it again. It tells whether the fault was
// met.
func (c *crashTest) goesOn(t *testing.T, d *disktest.Disk, l *ledger, fault error) (met bool) {
	t.Helper()
	r, err := program(d, c.study, l)
	if err != nil && !strings.Contains(err.Error(), fault.Error()) {
		t.Fatalf("the cause is missing: %v", err)
	}
	if err != nil && r == nil && l.begun {
		t.Fatalf("a run that had begun has no results: %v", err)
	}
	if r != nil {
		c.whole(t, r)
		met = strings.Contains(strings.Join(r.Warnings, "\n"), fault.Error())
	}
	d.Restart(disktest.Everything, nil)
	if r != nil && strings.Contains(strings.Join(r.Warnings, "\n"), "events") { // lacking in a log, as is said there
		files := maps.Clone(c.files)
		maps.DeleteFunc(files, func(name string, _ any) bool { return path.Base(name) == "events.jsonl" })
		unlogged := *c
		unlogged.files = files
		c = &unlogged
	}
	c.recovers(t, d, l)
	return met || err != nil
}
