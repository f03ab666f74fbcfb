package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
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
data: {shapes: {train: 40, test: 20}}
model: [avgpool: 4, flatten, $activation, linear: classes]
train: {epochs: 2, batch: 8, sgd: {rate: 0.05, momentum: 0.9}}
vary: {activation: [tanh, sigmoid]}
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

func (l *ledger) of(hash string) *given {
	if l.trials[hash] == nil {
		l.trials[hash] = &given{}
	}
	return l.trials[hash]
}

func (l *ledger) Begin(hashes []string) error {
	err := l.Dir.Begin(hashes)
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
	files map[string]any
	calls int // of the whole study
	names map[string]int
}

// newCrashTest runs the study once without faults.
func newCrashTest(t *testing.T) *crashTest {
	s, err := study.Parse("tiny.yaml", []byte(crashStudy))
	if err != nil {
		t.Fatal(err)
	}
	c := &crashTest{study: s, names: map[string]int{}}
	d := disktest.New()
	d.Inject(func(call disktest.Call) disktest.Fault {
		c.names[call.Name]++
		return disktest.None
	})
	if c.want, err = program(d, s, &ledger{trials: map[string]*given{}}); err != nil {
		t.Fatal(err)
	}
	for _, w := range c.want.Warnings {
		if strings.Contains(w, "kept") {
			t.Fatalf("on a disk without faults: %s", w)
		}
	}
	c.calls, c.files = d.Calls(), untold(t, "runs/run", ofTrials(d))
	return c
}

func ofTrials(d *disktest.Disk) map[string][]byte {
	files := d.Files()
	maps.DeleteFunc(files, func(name string, _ []byte) bool { return !strings.HasPrefix(name, "runs/run/trials/") })
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
	if diff := cmp.Diff(c.want, got, untimed); diff != "" {
		t.Fatalf("-whole +recovered:\n%s", diff)
	}
	if diff := cmp.Diff(c.files, untold(t, "runs/run", ofTrials(d))); diff != "" {
		t.Fatalf("run directories: -whole +recovered:\n%s", diff)
	}
	for name := range d.Files() {
		if strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, "/unfinished") {
			t.Fatalf("%s is left", name)
		}
	}
}

// TestACrashAtEveryCall of a small study, before it and in its middle, and whatever the disk forgets: what was
// acknowledged is there, nothing half-written is taken for a whole one, and the run comes to the same results,
// events and weights.
func TestACrashAtEveryCall(t *testing.T) {
	for _, when := range []struct {
		name  string
		fault disktest.Fault
	}{{"before", disktest.Die}, {"in its middle", disktest.DieDone}} {
		for loss, name := range map[disktest.Loss]string{disktest.Nothing: "killed", disktest.Everything: "power failure", disktest.Some: "power failure while writing"} {
			t.Run(when.name+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCrashTest(t)
					t.Logf("%d calls: %v", c.calls, c.names)
					for n := 1; n <= c.calls; n++ {
						d, l := disktest.New(), &ledger{trials: map[string]*given{}}
						d.Inject(disktest.At(n, when.fault))
						if _, err := program(d, c.study, l); err == nil && !d.Dead() {
							t.Fatalf("call %d of %d was not reached", n, c.calls)
						}
						d.Restart(loss, rand.New(rand.NewPCG(uint64(n), 0)))
						c.recovers(t, d, l)
						if t.Failed() {
							t.Fatalf("after a crash at call %d", n)
						}
					}
				})
			})
		}
	}
}
