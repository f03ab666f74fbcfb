package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gradlab/data"
	"gradlab/internal/disk"
	"gradlab/internal/runlog"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/train"
)

// stored opens the run directory at path for a run with o.
func stored(t *testing.T, path string, o Options) Options {
	t.Helper()
	o.Weights = true
	o.Open = func() (Store, error) {
		d, err := runlog.Open(disk.OS, path, runlog.Study{Name: "tiny"})
		if err == nil {
			t.Cleanup(func() { d.Close() })
		}
		return d, err
	}
	return o
}

// closing is a store that is closed with a run.
func closing(t *testing.T, path string, o Options) (*Results, error) {
	t.Helper()
	var dir *runlog.Dir
	o.Weights = true
	o.Open = func() (_ Store, err error) {
		dir, err = runlog.Open(disk.OS, path, runlog.Study{Name: "tiny"})
		return dir, err
	}
	r, err := Run(context.Background(), tiny(t), o)
	if dir != nil {
		dir.Close()
	}
	return r, err
}

// contents is what the run directory at path holds of every trial: its events without times, and its weights.
func contents(t *testing.T, path string) map[string]any {
	t.Helper()
	files := map[string][]byte{}
	names, err := filepath.Glob(filepath.Join(path, "trials", "*", "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files of trials in %s: %v", path, err)
	}
	for _, name := range names {
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return untold(t, path, files)
}

// untold is what files of trials hold, below path, but for times.
func untold(t *testing.T, path string, files map[string][]byte) map[string]any {
	t.Helper()
	all := map[string]any{}
	for file, data := range files {
		name, _ := filepath.Rel(path, file)
		switch filepath.Base(file) {
		case "events.jsonl":
			records, ends := runlog.Records(data)
			if len(ends) == 0 || ends[len(ends)-1] != int64(len(data)) {
				t.Errorf("%s is torn", name)
			}
			var events []map[string]any
			var kinds []string
			for _, r := range records {
				var event map[string]any
				if err := json.Unmarshal(r, &event); err != nil {
					t.Fatal(err)
				}
				delete(event, "time")
				if e, ok := event["epoch"].(map[string]any); ok {
					delete(e, "seconds")
					delete(e, "images_per_second")
				}
				events = append(events, event)
				if kind := event["event"]; kind != "window" {
					kinds = append(kinds, fmt.Sprint(kind))
				}
			}
			if got := strings.Join(kinds, " "); got != "<nil> begin epoch epoch end" || len(events) < 5+6 || events[len(events)-1]["digest"] == nil {
				t.Errorf("%s: %d events, beside windows %s", name, len(events), got)
			}
			all[name] = events
		case "result.json":
			all[name] = "compared by Results"
		default:
			all[name] = string(data)
		}
	}
	return all
}

// stopper ends a run at its n-th step or epoch.
type stopper struct {
	silent
	n      int
	cancel context.CancelFunc
}

func (s *stopper) Step(*Task, train.Progress)     { s.count() }
func (s *stopper) Epoch(*Task, train.EpochResult) { s.count() }
func (s *stopper) count() {
	if s.n--; s.n == 0 {
		s.cancel()
	}
}

// TestAnInterruptedRunCannotBeToldFromAWholeOne: results, digests, events and weights.
func TestAnInterruptedRunCannotBeToldFromAWholeOne(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "run")
	want, err := closing(t, whole, Options{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2} { // epochs until each interruption
		path := filepath.Join(t.TempDir(), "run")
		for round := 0; ; round++ {
			if round > 20 {
				t.Fatal("the run does not come to its end")
			}
			ctx, cancel := context.WithCancel(context.Background())
			o := stored(t, path, Options{Jobs: 2, Checkpoint: 1, Watch: &stopper{n: n, cancel: cancel}})
			var dir *runlog.Dir
			open := o.Open
			o.Open = func() (Store, error) {
				s, err := open()
				dir, _ = s.(*runlog.Dir)
				return s, err
			}
			got, err := Run(ctx, tiny(t), o)
			cancel()
			dir.Close()
			if errors.Is(err, ErrInterrupted) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if round < 3 {
				t.Errorf("the run was interrupted %d times", round)
			}
			if d := cmp.Diff(want, got, untimed); d != "" {
				t.Errorf("-whole +interrupted:\n%s", d)
			}
			break
		}
		if d := cmp.Diff(contents(t, whole), contents(t, path)); d != "" {
			t.Errorf("run directories: -whole +interrupted:\n%s", d)
		}
	}
}

// TestADamagedCheckpointCostsItsTrialTheWayBack, and is said.
func TestADamagedCheckpointCostsItsTrialTheWayBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	o := stored(t, path, Options{Jobs: 1, Watch: &stopper{n: 1, cancel: cancel}})
	if _, err := Run(ctx, tiny(t), o); !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(path, "trials", "*", "checkpoint.safetensors"))
	if len(files) != 1 {
		t.Fatalf("checkpoints: %v", files)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(files[0], data, 0o644); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(filepath.Dir(files[0]), "events.jsonl")
	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString("deadbeef {")
	f.Close()

	want, err := Run(context.Background(), tiny(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &watcher{}
	again := filepath.Join(t.TempDir(), "run") // the first directory is locked until the test ends
	if err := os.CopyFS(again, os.DirFS(path)); err != nil {
		t.Fatal(err)
	}
	got, err := Run(context.Background(), tiny(t), stored(t, again, Options{Watch: w}))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, untimed); d != "" {
		t.Errorf("-whole +begun again:\n%s", d)
	}
	warned := strings.Join(w.warned, "\n")
	for _, text := range []string{"begins again: failed to read a checkpoint: it is not what its checksum says", "goes on: the end of its log was torn, and 10 bytes of it were cut off"} {
		if !strings.Contains(warned, text) {
			t.Errorf("there is no warning %q in %q", text, warned)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(again, "trials", "*", "checkpoint.safetensors")); len(left) > 0 {
		t.Errorf("checkpoints of finished trials are left: %v", left)
	}
}

// TestACheckpointThatDoesNotFit is whole and says that it is of the trial, but another training wrote it: the trial
// begins again, with a warning, and its log, too. It does not fail, which would be for good.
func TestACheckpointThatDoesNotFit(t *testing.T) {
	whole, path := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	want, err := closing(t, whole, Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir, err := runlog.Open(disk.OS, path, runlog.Study{Name: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	ctx, cancel := context.WithCancel(context.Background())
	o := Options{Jobs: 1, Weights: true, Open: func() (Store, error) { return dir, nil }}
	o.Watch = &stopper{n: 1, cancel: cancel}
	if _, err := Run(ctx, tiny(t), o); !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(path, "trials", "*", "checkpoint.safetensors"))
	if len(files) != 1 {
		t.Fatalf("checkpoints: %v", files)
	}
	file, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	c, err := train.ReadCheckpoint(file)
	if err != nil {
		t.Fatal(err)
	}
	set, err := data.Shapes(context.Background(), 20, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	other := &onlyKeeper{cancel: cancel}
	train.Run(ctx, train.Trial{
		Model: nn.Model{Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: nn.Classes}}}, Data: set,
		Config: train.Config{Epochs: 2, Batch: 8, Rule: optim.SGD{Rate: 0.1}}, ID: c.Trial(), Keeper: other,
	}, &recorder{run: &run{Options: Options{Watch: silent{}}}, diary: &diary{run: &run{}}})
	if err := os.WriteFile(files[0], other.file, 0o644); err != nil {
		t.Fatal(err)
	}
	w := &watcher{}
	o.Watch = w
	got, err := Run(context.Background(), tiny(t), o)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, untimed); d != "" {
		t.Errorf("-whole +begun again:\n%s", d)
	}
	if d := cmp.Diff(contents(t, whole), contents(t, path)); d != "" {
		t.Errorf("run directories: -whole +begun again:\n%s", d)
	}
	if warned := strings.Join(w.warned, "\n"); !strings.Contains(warned, "begins again: failed to go on from a checkpoint") {
		t.Errorf("there is no warning in %q", warned)
	}
}

// onlyKeeper keeps a trial after its first step, and ends it.
type onlyKeeper struct {
	file   []byte
	cancel context.CancelFunc
}

func (k *onlyKeeper) Due(int) bool            { k.cancel(); return true }
func (k *onlyKeeper) Keep(_ int, file []byte) { k.file = file }

// TestAFailedTrialIsNotRunAgain, unless it is asked for: the same bits would fail the same way.
func TestAFailedTrialIsNotRunAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	dir, err := runlog.Open(disk.OS, path, runlog.Study{Name: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for _, c := range []struct {
		retry       bool
		fails       bool
		ran, failed int
	}{{false, true, 6, 2}, {false, false, 0, 2}, {true, true, 2, 2}, {true, false, 2, 0}, {false, true, 0, 0}} {
		w := &watcher{}
		o := Options{RetryFailed: c.retry, Watch: w, Open: func() (Store, error) { return dir, nil }}
		r, err := runStudy(context.Background(), tiny(t), o, scripted(func(seed uint64) error {
			if seed == 2 && c.fails {
				return errors.New("a bug")
			}
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		if w.ended != c.ran || r.Count(Failed) != c.failed || r.Count(Done) != 6-c.failed {
			t.Errorf("%+v: %d ran, %d failed, %d done", c, w.ended, r.Count(Failed), r.Count(Done))
		}
		for _, tr := range r.Trials {
			if tr.Status == Failed && tr.Error != "a bug" {
				t.Errorf("%+v: the cause is %q", c, tr.Error)
			}
		}
	}
}

// fullStore is a store that can write nothing more once it has begun.
type fullStore struct{ Store }

var errFull = errors.New("no space left on device")

func (fullStore) SaveTrial(string, any, []byte) error            { return errFull }
func (fullStore) SaveCheckpoint(string, []byte) error            { return errFull }
func (fullStore) StartLog(string, int) (int, int64, error)       { return 0, 0, nil }
func (fullStore) Append(string, any) error                       { return errFull }
func (fullStore) LoadTrial(string, any) (found bool, err error)  { return false, nil }
func (fullStore) LoadCheckpoint(string) (file []byte, err error) { return nil, nil }
func (fullStore) Begin([]string, any) error                      { return nil }
func (fullStore) EndLog(string)                                  {}
func (fullStore) Free() (int64, bool)                            { return 0, false }

// TestAFullDiskCostsNoResults: what was computed is there at the end, and what is not kept is said, once a trial.
func TestAFullDiskCostsNoResults(t *testing.T) {
	want, err := Run(context.Background(), tiny(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &watcher{}
	got, err := Run(context.Background(), tiny(t), Options{Watch: w, Checkpoint: 1, Open: func() (Store, error) { return fullStore{}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, untimed); d != "" {
		t.Errorf("-whole +on a full disk:\n%s", d)
	}
	kinds := map[string]int{}
	for _, text := range w.warned {
		for _, kind := range []string{"goes on from an older one or begins again: no space left", "the trial counts, but it is not kept and would run again: no space left"} {
			if strings.Contains(text, kind) {
				kinds[kind]++
			}
		}
	}
	if len(kinds) != 2 || len(w.warned) != 1+12 { // one of too few seeds
		t.Errorf("warnings %q", w.warned)
	}
}
