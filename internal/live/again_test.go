package live

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gradlab/internal/disk"
	"gradlab/internal/runlog"
	"gradlab/lab"
)

// one begins a run of a single trial, which has not begun.
func one(t *testing.T) (path, id string, d *runlog.Dir) {
	t.Helper()
	path, id = filepath.Join(t.TempDir(), "run"), "0a"
	d, err := runlog.Open(disk.OS, path, runlog.Study{Name: "one", Text: []byte("study: one\n")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	outline := lab.Results{
		Format: lab.Format, Study: "one", Parts: []lab.Part{{Study: "one", Arms: []lab.Arm{{Study: "one", Name: "tanh"}}}},
		Trials: []lab.Trial{{ID: id, Study: "one", Arm: "tanh", Seed: 1, Status: lab.Waiting}},
	}
	if err := d.Begin([]string{id}, outline); err != nil {
		t.Fatal(err)
	}
	return path, id, d
}

// open opens the run at path; standing then gives how its trial stands after another look.
func open(t *testing.T, path string) (r *Run, standing func() Trial) {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return r, func() (now Trial) {
		r.Follow()
		r.Read(func(s *State) { now = s.Trials[0] })
		return now
	}
}

// log opens the log of a trial behind keep of its records and appends epochs from … to to it, each written in so many bytes
// more.
func log(t *testing.T, d *runlog.Dir, id string, keep, from, to int, more float64) {
	t.Helper()
	if _, _, err := d.StartLog(id, keep); err != nil {
		t.Fatal(err)
	}
	for n := from; n <= to; n++ {
		if err := d.Append(id, map[string]any{"event": "epoch", "epoch": lab.Epoch{Epoch: n, Seconds: more}}); err != nil {
			t.Fatal(err)
		}
	}
}

// save ends a trial as package lab does: the log first.
func save(t *testing.T, d *runlog.Dir, id, status string) {
	t.Helper()
	if err := d.Append(id, map[string]any{"event": "end", "status": status}); err != nil {
		t.Fatal(err)
	}
	if err := d.SaveTrial(id, lab.Trial{ID: id, Study: "one", Arm: "tanh", Seed: 1, Status: status}, nil); err != nil {
		t.Fatal(err)
	}
}

// A trial that goes on takes back what its checkpoint does not have, and its log may have grown past where it was read.
func TestALogThatWasCutAndHasGrown(t *testing.T) {
	path, id, d := one(t)
	log(t, d, id, 0, 1, 4, 1)
	_, standing := open(t, path)
	if n := len(standing().Epochs); n != 4 {
		t.Fatalf("%d epochs of 4 are read", n)
	}
	log(t, d, id, 2, 3, 9, 1.2345678)
	trial := standing()
	for i, e := range trial.Epochs {
		if e.Epoch != i+1 {
			t.Fatalf("epoch %d is the %d.", e.Epoch, i+1)
		}
	}
	if len(trial.Epochs) != 9 {
		t.Errorf("%d epochs of 9 are read", len(trial.Epochs))
	}
}

func TestATrialThatIsStoppedAndGoesOn(t *testing.T) {
	path, id, d := one(t)
	log(t, d, id, 0, 1, 2, 1)
	_, standing := open(t, path)
	if s := standing().Status; s != Running {
		t.Errorf("it is %s", s)
	}
	if err := d.Append(id, map[string]any{"event": "end", "status": lab.Interrupted}); err != nil {
		t.Fatal(err)
	}
	if s := standing().Status; s != lab.Interrupted {
		t.Errorf("once stopped it is %s", s)
	}
	log(t, d, id, 2, 3, 3, 1)
	if s := standing().Status; s != Running {
		t.Errorf("going on it is %s", s)
	}
}

// A failure is tried again, and what that comes to takes its place; whether the page has looked meanwhile or not.
func TestAFailureThatIsTriedAgain(t *testing.T) {
	for _, looks := range []bool{true, false} {
		path, id, d := one(t)
		log(t, d, id, 0, 1, 1, 1)
		save(t, d, id, lab.Failed)
		if err := os.Chtimes(runlog.ResultPath(path, id), time.Time{}, time.Now().Add(-time.Hour)); err != nil { // as a copy may have it
			t.Fatal(err)
		}
		_, standing := open(t, path)
		if s := standing().Status; s != lab.Failed {
			t.Fatalf("it is %s", s)
		}
		log(t, d, id, 0, 1, 3, 1)
		if looks {
			if trial := standing(); trial.Status != Running || len(trial.Epochs) != 3 {
				t.Errorf("tried again it is %s after %d epochs", trial.Status, len(trial.Epochs))
			}
		}
		save(t, d, id, lab.Done)
		if s := standing().Status; s != lab.Done {
			t.Errorf("with a result it is %s", s)
		}
	}
}

// Of a run that is taken away, what was known of it stays.
func TestARunThatIsTakenAway(t *testing.T) {
	path, id, d := one(t)
	log(t, d, id, 0, 1, 2, 1)
	r, standing := open(t, path)
	d.Close()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	r.held = r.held.Add(-2 * patience) // as if so much time had gone by
	trial := standing()
	r.Read(func(s *State) {
		if s.Standing != runlog.Interrupted || len(s.Problems) == 0 || trial.Status != lab.Interrupted || len(trial.Epochs) != 2 {
			t.Errorf("it is %s with problems %q, its trial %s after %d epochs", s.Standing, s.Problems, trial.Status, len(trial.Epochs))
		}
	})
}

// A run that was killed before its results were written says what follows from its trials, however many these are.
func TestResultsThatWereNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d, err := runlog.Open(disk.OS, path, runlog.Study{Name: "many", Text: []byte("study: many\n")})
	if err != nil {
		t.Fatal(err)
	}
	outline := lab.Results{Format: lab.Format, Study: "many", Parts: []lab.Part{{Study: "many", Arms: []lab.Arm{{Study: "many", Name: "tanh"}}}}}
	var ids []string
	for i := range soon + 1 {
		id := fmt.Sprintf("%02x", i)
		ids = append(ids, id)
		outline.Trials = append(outline.Trials, lab.Trial{ID: id, Study: "many", Arm: "tanh", Seed: uint64(i + 1), Status: lab.Waiting})
	}
	if err := d.Begin(ids, outline); err != nil {
		t.Fatal(err)
	}
	for _, trial := range outline.Trials {
		trial.Status, trial.Epochs = lab.Done, []lab.Epoch{{Epoch: 1, TestAccuracy: 0.5, TestCorrect: 1, TestTotal: 2}}
		if err := d.SaveTrial(trial.ID, trial, nil); err != nil {
			t.Fatal(err)
		}
	}
	d.Close()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	r.analysed = time.Time{} // as if a second had gone by
	if news := r.Follow(); !news.Parts {
		t.Errorf("what is told is %+v", news)
	}
	r.Read(func(s *State) {
		if a := s.Results.Parts[0].Arms[0].TestAccuracy; s.Standing != runlog.Finished || a == nil || a.Mean != 0.5 {
			t.Errorf("the run is %s, its arm's accuracy %+v", s.Standing, a)
		}
	})
}
