package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gradlab/internal/gallery"
	"gradlab/internal/runlog"
)

// TestPictures: a trial that has ended is shown with its filters and as many mistakes as it made; where there are no
// weights, or another run is asked for in between, nothing else is shown.
func TestPictures(t *testing.T) {
	r := begin(t)
	r.finish()
	s := New(filepath.Dir(r.path))
	other := filepath.Join(filepath.Dir(r.path), "other-run")
	if err := os.CopyFS(other, os.DirFS(r.path)); err != nil {
		t.Fatal(err)
	}
	var run Run
	get(t, s, "/api/runs/small-run", &run)
	for _, id := range []string{"small-run", "other-run", "small-run"} {
		for _, line := range run.Trials {
			var p gallery.Pictures
			var d TrialDetail
			get(t, s, "/api/runs/"+id+"/trials/"+line.ID+"/pictures", &p)
			get(t, s, "/api/runs/"+id+"/trials/"+line.ID, &d)
			wrong := 0
			for label, row := range d.Trial.Confusion {
				for class, n := range row {
					if class != label {
						wrong += n
					}
				}
			}
			if p.Set != "test" || p.Images != 40 || p.Wrong != wrong || wrong == 0 || p.Filters.Layer != "conv1" || len(p.Filters.Shown) != 4 {
				t.Errorf("%s, seed %d: %d of %d %q wrong, the trial had %d; filters %+v", id, line.Seed, p.Wrong, p.Images, p.Set, wrong, p.Filters)
			}
		}
	}
	if s.shelf.clear(); s.shelf.open != nil {
		t.Error("the data stays in memory")
	}
	if err := os.Remove(runlog.WeightsPath(other, run.Trials[0].ID)); err != nil {
		t.Fatal(err)
	}
	var p gallery.Pictures
	if get(t, s, "/api/runs/other-run/trials/"+run.Trials[0].ID+"/pictures", &p); p.Filters != nil || p.Set != "" || len(p.Notes) != 1 {
		t.Errorf("without weights the pictures are %+v", p)
	}
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, request("GET", "/api/runs/other-run/trials/none/pictures", "", nil)); w.Code != http.StatusNotFound {
		t.Errorf("of no trial: %d %s", w.Code, w.Body)
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
