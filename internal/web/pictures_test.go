package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gradlab/internal/disk"
	"gradlab/internal/gallery"
	"gradlab/internal/runlog"
	"gradlab/lab"
	"gradlab/study"
)

const drawn = `study: drawn
data: {shapes: {train: 60, test: 40}}
model:
  - conv: {filters: 3, kernel: 5, stride: 2}
  - relu
  - flatten
  - linear: classes
train: {epochs: 1, batch: 10, sgd: {rate: 0.02}}
seeds: 2
`

// trained runs the study into a directory of that name.
func trained(t *testing.T, name string) (path string, r *lab.Results) {
	t.Helper()
	s, err := study.Parse("study.yaml", []byte(drawn))
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), name)
	r, err = lab.Run(context.Background(), s, lab.Options{Weights: true, Open: func() (lab.Store, error) {
		return runlog.Open(disk.OS, path, runlog.Study{Name: s.Name(), Text: []byte(drawn)})
	}})
	if err != nil {
		t.Fatal(err)
	}
	return path, r
}

// TestPicturesAreOfTheTrial: whoever asks at the same time gets the mistakes that the trial made, and a trial that is
// not there, or has no weights, is missing.
func TestPicturesAreOfTheTrial(t *testing.T) {
	path, r := trained(t, "run")
	s := New(path)
	var all sync.WaitGroup
	for _, trial := range append(r.Trials, r.Trials...) {
		all.Go(func() {
			var p gallery.Pictures
			get(t, s, "/api/runs/run/trials/"+trial.ID+"/pictures", &p)
			right := 0
			for class, row := range trial.Confusion {
				right += row[class]
			}
			if p.Set != "test" || p.Images != 40 || p.Wrong != 40-right || p.Filters == nil || p.Filters.All != 3 {
				t.Errorf("seed %d: %d of %d %q wrong, want %d of 40", trial.Seed, p.Wrong, p.Images, p.Set, 40-right)
			}
		})
	}
	all.Wait()
	if err := os.Remove(runlog.WeightsPath(path, r.Trials[0].ID)); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{r.Trials[0].ID: "no weights", "none": "no such trial"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, request("GET", "/api/runs/run/trials/"+id+"/pictures", "", nil))
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", id, w.Code, w.Body)
		}
	}
}

// TestGalleriesAreClosed: of runs that the page has asked for long ago no data is kept, and of a directory that has
// another study now no gallery.
func TestGalleriesAreClosed(t *testing.T) {
	path, r := trained(t, "run")
	paths := []string{path}
	for range atOnce {
		paths = append(paths, written(t, synthetic(1, 1, 1, 1)))
	}
	s := New(paths...)
	draw := func() *gallery.Gallery {
		var p gallery.Pictures
		get(t, s, "/api/runs/run/trials/"+r.Trials[0].ID+"/pictures", &p)
		return s.runs.ids["run"].shelf.gallery
	}
	first := draw()
	if first == nil || draw() != first {
		t.Error("the gallery is not kept")
	}
	f := s.runs.ids["run"]
	f.shelf.parts = nil // as of another study
	if draw() == first {
		t.Error("the gallery is kept, of another study")
	}
	var run Run
	for id := range s.runs.ids {
		if id != "run" {
			get(t, s, "/api/runs/"+id, &run)
		}
	}
	if f.run != nil || f.shelf.gallery != nil {
		t.Error("the gallery is kept, of a run that is in memory no more")
	}
	if draw() == nil {
		t.Error("it is not opened again")
	}
}

// TestOneAtATime: while a trial is drawn, another one waits, and no longer than its asker.
func TestOneAtATime(t *testing.T) {
	path, r := trained(t, "run")
	f, _, err := New(path).runs.find("run")
	if err != nil {
		t.Fatal(err)
	}
	f.shelf.busy <- struct{}{}
	ctx, stop := context.WithTimeout(context.Background(), time.Millisecond)
	defer stop()
	if _, err := f.draw(ctx, nil, gallery.Trial{ID: r.Trials[0].ID}); err != context.DeadlineExceeded {
		t.Errorf("beside another one it is drawn: %v", err)
	}
}
