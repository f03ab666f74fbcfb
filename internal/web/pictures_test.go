package web

import (
	"context"
	"errors"
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

// TestOneGalleryIsOpen: it is kept from one trial to the next, and changed for that of another run, or of another study
// in the same directory.
func TestOneGalleryIsOpen(t *testing.T) {
	first, r := trained(t, "first")
	second, _ := trained(t, "second")
	s := New(first, second)
	draw := func(run string, trial int) *gallery.Gallery {
		t.Helper()
		var p gallery.Pictures
		get(t, s, "/api/runs/"+run+"/trials/"+r.Trials[trial].ID+"/pictures", &p)
		return s.shelf.open
	}
	g := draw("first", 0)
	if draw("first", 1) != g {
		t.Error("it is not kept")
	}
	h := draw("second", 0)
	if h == g || s.shelf.path != second {
		t.Error("it is kept, of another run")
	}
	s.shelf.parts = nil // of another study
	if draw("second", 0) == h {
		t.Error("it is kept, of another study")
	}
}

// TestOneAtATime: while a trial is drawn, another one waits, and no longer than who asks for it.
func TestOneAtATime(t *testing.T) {
	s := New()
	s.shelf.busy <- struct{}{}
	ctx, stop := context.WithTimeout(context.Background(), time.Millisecond)
	defer stop()
	if _, err := s.shelf.draw(ctx, "run", nil, gallery.Trial{}); !errors.Is(err, context.DeadlineExceeded) || s.shelf.open != nil {
		t.Errorf("beside another one it is drawn: %v", err)
	}
}
