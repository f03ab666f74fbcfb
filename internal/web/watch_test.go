package web

import (
	"path/filepath"
	"testing"

	"gradlab/internal/disk"
	"gradlab/internal/runlog"
	"gradlab/lab"
)

// A run that goes on stays in memory while somebody looks, whatever else is opened; one that was dropped is told of as a whole
// once it is read again.
func TestRunsInMemory(t *testing.T) {
	root := t.TempDir()
	var dir *runlog.Dir
	results := synthetic(1, 2, 1, 1)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		d, err := runlog.Open(disk.OS, filepath.Join(root, name), runlog.Study{Name: "synthetic", Text: []byte("study: synthetic\n")})
		if err != nil {
			t.Fatal(err)
		}
		outline := *results
		outline.Trials = nil
		ids := []string{}
		for _, tr := range results.Trials {
			ids = append(ids, tr.ID)
			outline.Trials = append(outline.Trials, lab.Trial{ID: tr.ID, Study: tr.Study, Arm: tr.Arm, Labels: tr.Labels, Seed: tr.Seed, Status: lab.Waiting})
		}
		if err := d.Begin(ids, outline); err != nil {
			t.Fatal(err)
		}
		if name == "a" {
			dir = d
			defer d.Close()
		} else {
			d.Close()
		}
	}
	s := New(root)
	open := func(names ...string) {
		for _, name := range names {
			var run Run
			get(t, s, "/api/runs/"+name, &run)
		}
	}
	save := func(i int) {
		if err := dir.SaveTrial(results.Trials[i].ID, results.Trials[i], nil); err != nil {
			t.Fatal(err)
		}
	}
	open("a")
	a := s.runs.ids["a"]
	l, stop := s.runs.listen()
	open("b", "c", "d", "e")
	save(0)
	s.runs.follow(a)
	lines := 0
	for _, c := range l.take() {
		if c.Run.ID == "a" {
			lines += len(c.Lines)
		}
	}
	if a.run == nil || lines != 1 {
		t.Errorf("while somebody looks, the run is in memory: %v; %d lines are told of the trial that has ended", a.run != nil, lines)
	}
	stop()
	open("b", "c", "d", "e")
	if a.run != nil {
		t.Error("while nobody looks, five runs are in memory")
	}
	save(1)
	l, stop = s.runs.listen()
	defer stop()
	open("a")
	lines = 0
	for _, c := range l.take() {
		if c.Run.ID == "a" {
			lines += len(c.Lines)
		}
	}
	if lines != 2 {
		t.Errorf("of a run that is read again %d lines are told", lines)
	}
}

// A trial that went back to its best epoch has the figures of that, as its arm has.
func TestFiguresOfTheBestEpoch(t *testing.T) {
	r := synthetic(1, 1, 1, 1)
	trial := &r.Trials[0]
	trial.Epochs = append(trial.Epochs, trial.Epochs[0])
	trial.Epochs[0].TestAccuracy, trial.Epochs[1].TestAccuracy = 0.9, 0.5
	trial.Epochs[0].TrainLoss, trial.Epochs[1].TrainLoss = 0.1, 3
	trial.Stopping = &lab.Stopping{Best: 1}
	lab.Analyse(r)
	var run Run
	get(t, New(written(t, r)), "/api/runs/run", &run)
	line := run.Trials[0]
	if arm := run.Parts[0].Arms[0].TestAccuracy.Mean; arm != 0.9 || *line.Accuracy != 0.9 || *line.Loss != 0.1 || line.Of != "test" {
		t.Errorf("the arm has %v, its trial %v of %q with loss %v", arm, *line.Accuracy, line.Of, *line.Loss)
	}
}

// Four jobs do not make the last trial shorter.
func TestTimeUntilTheEnd(t *testing.T) {
	for _, c := range []struct {
		left []float64
		jobs int
		want float64
	}{{nil, 4, 0}, {[]float64{60}, 4, 60}, {[]float64{10, 10, 10, 10}, 2, 20}, {[]float64{1, 1, 30}, 2, 30}, {[]float64{8, 8}, 0, 16}} {
		if got := until(c.left, c.jobs); got != c.want {
			t.Errorf("%v with %d jobs: %v s, expected %v", c.left, c.jobs, got, c.want)
		}
	}
}
