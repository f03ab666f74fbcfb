package web

import (
	"encoding/json"
	"net/http"
	"os"

	"gradlab/internal/live"
	"gradlab/internal/runlog"
	"gradlab/lab"
)

// detail is GET /api/runs/{run}/trials/{trial}.
func (s *Server) detail(r *http.Request) (any, error) {
	_, run, err := s.runs.find(r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	out := TrialDetail{Windows: []lab.Steps{}, Histograms: [][]lab.Histogram{}}
	found := false
	run.Read(func(st *live.State) {
		for i := range st.Trials {
			if t := &st.Trials[i]; t.ID == r.PathValue("trial") {
				out.Line, out.Trial, found = trialLine(st, i), *t.Trial, true
				return
			}
		}
	})
	if !found {
		return nil, missing("the run has no such trial")
	}
	out.Trial.Epochs = append([]lab.Epoch{}, out.Trial.Epochs...) // what is encoded later must not be appended to meanwhile
	records, _ := live.Events(runlog.EventsPath(run.Path(), out.Trial.ID), 0)
	for _, record := range records {
		var e struct{ Window *lab.Window }
		if json.Unmarshal(record, &e) == nil && e.Window != nil && e.Window.Steps.Count > 0 {
			out.Windows = append(out.Windows, e.Window.Steps)
			out.Histograms = append(out.Histograms, notNil(e.Window.Histograms))
		}
	}
	_, err = os.Stat(runlog.WeightsPath(run.Path(), out.Trial.ID))
	out.Weights = err == nil
	return out, nil
}

// stop is POST /api/runs/{run}/stop. guard has seen to it that the page asks.
func (s *Server) stop(r *http.Request) (any, error) {
	f, _, err := s.runs.find(r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	var asked struct{ Trial string }
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1000)).Decode(&asked); err != nil {
		return nil, wrong("failed to read what is to be stopped: " + err.Error())
	}
	by := s.runs.stopper(f.path)
	if by == nil {
		return nil, failure{http.StatusConflict, "this run is not of this process: press Ctrl-C where it runs"}
	}
	if !by.Stop(asked.Trial) {
		return nil, failure{http.StatusConflict, "it has ended already"}
	}
	return map[string]string{"stopped": asked.Trial}, nil
}
