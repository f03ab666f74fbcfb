package web

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

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
	if err := os.Remove(runlog.WeightsPath(other, run.Trials[0].ID)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/api/runs/other-run/trials/" + run.Trials[0].ID + "/pictures": http.StatusNotFound,
		"/api/runs/other-run/trials/none/pictures":                     http.StatusNotFound,
	} {
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, request("GET", path, "", nil)); w.Code != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
