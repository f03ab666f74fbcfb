package lab

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gradlab/train"
)

// hand stops the tasks of a run: the first one after its first epoch, the third one before its turn, the second one
// when it has ended.
type hand struct {
	silent
	tasks  []*Task
	begun  map[*Task]bool
	ended  map[*Task]string // how
	others sync.WaitGroup   // goroutines that do the same at any time
}

func (h *hand) Begin(p Plan) {
	h.tasks, h.begun, h.ended = p.Tasks, map[*Task]bool{}, map[*Task]string{}
	h.tasks[2].Stop()
}

func (h *hand) Start(t *Task) { h.begun[t] = true }

func (h *hand) Epoch(t *Task, _ train.EpochResult) {
	if t == h.tasks[0] {
		t.Stop()
		h.others.Go(t.Stop)
	}
}

func (h *hand) End(t *Task, result *Trial) {
	h.ended[t] += result.Status
	if t == h.tasks[1] {
		t.Stop()
		h.others.Go(t.Stop)
		h.others.Go(h.tasks[2].Stop)
	}
}

// TestStoppedTrials: those that are stopped are interrupted, all others end, and the same run again comes to the results
// and the events of one that was left alone.
func TestStoppedTrials(t *testing.T) {
	whole, path := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	want, err := closing(t, whole, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, jobs := range []int{1, 3} {
		path := filepath.Join(path, string(rune('0'+jobs)))
		h := &hand{}
		got, err := closing(t, path, Options{Jobs: jobs, Watch: h})
		if !errors.Is(err, ErrInterrupted) {
			t.Fatalf("%d jobs: error %v", jobs, err)
		}
		h.others.Wait()
		if got.Count(Interrupted) != 2 || got.Count(Done) != 4 || h.begun[h.tasks[2]] {
			t.Errorf("%d jobs: %d are interrupted, %d done; that the third has begun is %v", jobs, got.Count(Interrupted), got.Count(Done), h.begun[h.tasks[2]])
		}
		for i, task := range h.tasks {
			status := Done
			if i == 0 || i == 2 {
				status = Interrupted
			}
			if h.ended[task] != status {
				t.Errorf("%d jobs: the end of trial %d is told as %q, expected %q once", jobs, i+1, h.ended[task], status)
			}
			left, _ := filepath.Glob(filepath.Join(path, "trials", task.Trial.ID, "checkpoint.safetensors"))
			if stopped := i == 0; (len(left) == 1) != stopped {
				t.Errorf("%d jobs: trial %d has %d checkpoints", jobs, i+1, len(left))
			}
		}
		h.tasks[0].Stop() // of a run that is over
		if _, err := closing(t, path, Options{Jobs: jobs, Watch: stopAll{}}); !errors.Is(err, ErrInterrupted) {
			t.Fatalf("%d jobs: all are stopped before their turn, one of them with a checkpoint: %v", jobs, err)
		}
		again, err := closing(t, path, Options{Jobs: jobs})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, again, untimed); d != "" {
			t.Errorf("%d jobs: -whole +stopped:\n%s", jobs, d)
		}
		if d := cmp.Diff(contents(t, whole), contents(t, path)); d != "" {
			t.Errorf("%d jobs: run directories: -whole +stopped:\n%s", jobs, d)
		}
	}
}

// stopAll stops every trial before its turn.
type stopAll struct{ silent }

func (stopAll) Begin(p Plan) {
	for _, t := range p.Tasks {
		t.Stop()
	}
}

// TestAStoppedChoice: without all trials of a choice nothing is chosen, and nothing is begun that rests on it.
func TestAStoppedChoice(t *testing.T) {
	ran := 0
	r, err := runStudy(context.Background(), choosingStudy(t), Options{Jobs: 1, Watch: &stopFirst{}}, func(ctx context.Context, tr train.Trial, rec train.Recorder) (*train.Result, error) {
		ran++
		return validated(func(train.Config, uint64) (float64, error) { return 1, nil })(ctx, tr, rec)
	})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v", err)
	}
	a := r.Parts[0].Choice.Arms
	stopped, chosen := 0, 0
	for i := range a {
		stopped += one(a[i].Chosen < 0)
		chosen += one(a[i].Chosen >= 0)
	}
	if stopped != 1 || chosen != 2 || ran != 11+2*3 || r.Count(Interrupted) != 1+3 {
		t.Errorf("%d arms have no value and %d have one, %d trials ran, %d are interrupted", stopped, chosen, ran, r.Count(Interrupted))
	}
}

// stopFirst stops the first trial of a choice.
type stopFirst struct{ silent }

func (stopFirst) Begin(p Plan) {
	if p.Choosing {
		p.Tasks[0].Stop()
	}
}
