package web

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"gradlab/internal/disk"
	"gradlab/internal/report"
	"gradlab/internal/runlog"
	"gradlab/lab"
	"gradlab/study"
	"gradlab/train"
)

// small is a study whose trials take a moment each.
const small = `study: small
question: "Does tanh beat sigmoid?"
data: {shapes: {train: 120, test: 40}}
vary: {activation: [tanh, sigmoid]}
model:
  - conv: {filters: 4, kernel: 5, stride: 3}
  - $activation
  - flatten
  - linear: 12
  - $activation
  - linear: classes
train: {epochs: 3, batch: 20, sgd: {rate: 0.05, momentum: 0.9}, validation: 0.2, probe: 1}
seeds: 2
`

// training is a study that is trained in this process, with a dashboard over its directory. An epoch ends when the test
// lets it.
type training struct {
	t       *testing.T
	path    string
	address string // of the page
	host    string
	gate    chan struct{}
	ended   chan error // what the run came to

	mu    sync.Mutex
	end   context.CancelFunc
	tasks map[string]*lab.Task
}

// begin begins to train.
func begin(t *testing.T) *training {
	t.Helper()
	s, err := study.Parse("small.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	r := &training{t: t, path: filepath.Join(t.TempDir(), "small-run"), gate: make(chan struct{}, 100), ended: make(chan error, 1), tasks: map[string]*lab.Task{}}
	server := New(filepath.Dir(r.path))
	server.Stoppable(r.path, r)
	listener := httptest.NewServer(server)
	r.address, r.host = listener.URL, listener.Listener.Addr().String()
	ctx, end := context.WithCancel(context.Background())
	r.end = end
	go func() { r.ended <- r.run(ctx, s) }()
	t.Cleanup(func() {
		end()
		<-r.ended
		listener.CloseClientConnections()
		listener.Close()
	})
	return r
}

// run is what the command line does.
func (r *training) run(ctx context.Context, s *study.Study) error {
	var dir *runlog.Dir
	results, err := lab.Run(ctx, s, lab.Options{Jobs: 1, Weights: true, Command: "gradlab run small.yaml", Watch: paced{r, ctx}, Open: func() (_ lab.Store, err error) {
		dir, err = runlog.Open(disk.OS, r.path, runlog.Study{Name: s.Name(), Text: []byte(small)})
		return dir, err
	}})
	if dir != nil {
		defer dir.Close()
	}
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.path, "results.json"), report.Marshal(results), 0o644); err != nil {
		return err
	}
	return dir.Finish()
}

// finish lets everything run to its end.
func (r *training) finish() {
	close(r.gate)
	err := <-r.ended
	r.ended <- err
	if err != nil {
		r.t.Fatal(err)
	}
}

// epochs lets n epochs end.
func (r *training) epochs(n int) {
	for range n {
		r.gate <- struct{}{}
	}
}

// Stop makes r a Stopper.
func (r *training) Stop(trial string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if trial == "" {
		r.end()
		return true
	}
	task := r.tasks[trial]
	if task != nil {
		task.Stop()
	}
	return task != nil
}

// paced holds every epoch until it may end.
type paced struct {
	*training
	ctx context.Context
}

func (p paced) Warning(text string)            { p.t.Log(text) }
func (p paced) Start(*lab.Task)                {}
func (p paced) Step(*lab.Task, train.Progress) {}
func (p paced) End(t *lab.Task, _ *lab.Trial)  { p.forget(t) }
func (p paced) Epoch(*lab.Task, train.EpochResult) {
	select {
	case <-p.gate:
	case <-p.ctx.Done():
	}
}

func (p paced) Begin(plan lab.Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range plan.Tasks {
		p.tasks[t.Trial.ID] = t
	}
}

func (p paced) forget(t *lab.Task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.tasks, t.Trial.ID)
}
