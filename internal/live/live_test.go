package live

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gradlab/internal/disk"
	"gradlab/internal/report"
	"gradlab/internal/runlog"
	"gradlab/lab"
	"gradlab/study"
	"gradlab/train"
)

const tiny = `
study: tiny
data: {shapes: {train: 200, test: 20}}
model: [avgpool: 4, flatten, linear: 8, $activation, linear: classes]
train: {epochs: 3, batch: 4, sgd: {rate: 0.05, momentum: 0.9}}
vary: {activation: [tanh, relu]}
seeds: 2
`

// eye looks at the run after every epoch and trial, and stops it after so many epochs.
type eye struct {
	mu     sync.Mutex
	look   func(event string)
	epochs int
	stop   context.CancelFunc
}

func (e *eye) Warning(string)                 {}
func (e *eye) Begin(lab.Plan)                 { e.look("begin") }
func (e *eye) Start(*lab.Task)                {}
func (e *eye) Step(*lab.Task, train.Progress) {}
func (e *eye) End(*lab.Task, *lab.Trial)      { e.look("end") }
func (e *eye) Epoch(*lab.Task, train.EpochResult) {
	e.look("epoch")
	if e.epochs--; e.epochs == 0 {
		e.stop()
	}
}

// run runs the tiny study into path, one trial after another, and looks at it with e.
func run(t *testing.T, path string, e *eye) (*lab.Results, error) {
	t.Helper()
	s, err := study.Parse("tiny.yaml", []byte(tiny))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	e.stop = stop
	var dir *runlog.Dir
	r, err := lab.Run(ctx, s, lab.Options{Jobs: 1, Threads: 1, Watch: e, Open: func() (lab.Store, error) {
		var err error
		dir, err = runlog.Open(disk.OS, path, runlog.Study{Name: "tiny", Text: []byte(tiny)})
		return dir, err
	}})
	if dir != nil {
		defer dir.Discard()
	}
	if err == nil {
		if _, err := report.WriteAll(path, r, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := dir.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	return r, err
}

// statuses counts trials by status, the epochs that are known, and the windows of running trials.
func statuses(r *Run) (count map[string]int, epochs, windows int) {
	count = map[string]int{}
	r.Read(func(s *State) {
		for i := range s.Trials {
			t := &s.Trials[i]
			count[t.Status]++
			epochs += len(t.Epochs)
			if t.Status == Running {
				windows += len(t.Flow)
			}
		}
	})
	return count, epochs, windows
}

// TestARunThatIsFollowedUntilItsEnd: trials wait, run, are interrupted, go on and end, and what was followed is in the
// end what the run itself came to.
func TestARunThatIsFollowedUntilItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	var r *Run
	sawWindows := false
	first := &eye{epochs: 4}
	first.look = func(event string) {
		if r == nil {
			var err error
			if r, err = Open(path); err != nil {
				t.Fatal(err)
			}
		}
		r.Follow()
		count, epochs, windows := statuses(r)
		running := count[Running]
		switch {
		case event == "begin" && (count[lab.Waiting] != 4 || epochs != 0):
			t.Errorf("at its beginning: %v, %d epochs", count, epochs)
		case event == "epoch" && running != 1:
			t.Errorf("after an epoch: %v", count)
		}
		sawWindows = sawWindows || windows > 0
	}
	if _, err := run(t, path, first); !errors.Is(err, lab.ErrInterrupted) {
		t.Fatal(err)
	}
	if !sawWindows {
		t.Error("no window of a running trial was seen")
	}
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Run{r, again} {
		r.mu.Lock()
		r.held = r.held.Add(-2 * patience)
		r.mu.Unlock()
		r.Follow()
		if count, epochs, _ := statuses(r); count[lab.Done] != 1 || count[lab.Interrupted] != 1 || count[lab.Waiting] != 2 || epochs != 4 {
			t.Errorf("interrupted: %v, %d epochs", count, epochs)
		}
		r.Read(func(s *State) {
			if s.Standing != runlog.Interrupted || s.Results.Parts[0].Arms[0].TestAccuracy == nil {
				t.Errorf("it stands %s, the first arm came to %v", s.Standing, s.Results.Parts[0].Arms[0].TestAccuracy)
			}
		})
	}
	second := &eye{look: func(event string) {
		r.Follow()
		if count, _, _ := statuses(r); event == "end" && count[lab.Done] < 2 {
			t.Errorf("after a trial's end: %v", count)
		}
	}}
	want, err := run(t, path, second)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	r.Follow()
	for name, r := range map[string]*Run{"followed": r, "read as a whole": whole} {
		r.Read(func(s *State) {
			if s.Standing != runlog.Finished {
				t.Errorf("%s: it stands %s", name, s.Standing)
			}
			for i := range want.Trials {
				if diff := cmp.Diff(text(t, want.Trials[i]), text(t, s.Results.Trials[i])); diff != "" {
					t.Errorf("%s: trial %d: %s", name, i, diff)
				}
			}
		})
	}
}

func text(t *testing.T, v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestALogIsReadAsFarAsItIsWhole: half a record waits for its other half, and a log that was taken back is read again.
func TestALogIsReadAsFarAsItIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	e := &eye{look: func(string) {}}
	if _, err := run(t, path, e); err != nil {
		t.Fatal(err)
	}
	whole, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var id string
	whole.Read(func(s *State) { id = s.Trials[0].ID })
	log := runlog.EventsPath(path, id)
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	followed := &Trial{Trial: &lab.Trial{}}
	at := filepath.Join(t.TempDir(), "events.jsonl")
	grow := func(to int) {
		if err := os.WriteFile(at, data[:to], 0o644); err != nil {
			t.Fatal(err)
		}
		followed.followLog(at)
	}
	for n := 0; n <= len(data); n += 100 {
		grow(n)
	}
	grow(len(data))
	if len(followed.Epochs) != 3 || followed.Steps != 150 || followed.Length != 3 || len(followed.Flow) < 20 || len(followed.Loss) != 41 {
		t.Errorf("%d epochs of %d, %d steps, %d and %d windows", len(followed.Epochs), followed.Length, followed.Steps, len(followed.Flow), len(followed.Loss))
	}
	records, _ := runlog.Records(data)
	back := len(data) - len(records[len(records)-1]) - 10 // without the event of the end
	grow(back)
	if len(followed.Epochs) != 3 {
		t.Errorf("%d epochs after the log was taken back", len(followed.Epochs))
	}
}
