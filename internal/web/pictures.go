package web

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"sync"
	"time"

	"gradlab/data"
	"gradlab/internal/gallery"
	"gradlab/internal/live"
)

// tooLong bounds how long pictures may take.
const tooLong = time.Minute

// pictures is GET /api/runs/{run}/trials/{trial}/pictures: a gallery.Pictures.
func (s *Server) pictures(r *http.Request) (any, error) {
	_, run, err := s.runs.find(r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	var parts []gallery.Part
	trial, found := gallery.Trial{ID: r.PathValue("trial")}, false
	run.Read(func(st *live.State) {
		for _, p := range st.Results.Parts {
			parts = append(parts, gallery.Part{
				Source: p.Source, Digest: p.Data.Digest, Shape: p.Data.Shape, Classes: p.Data.Classes, Images: p.Data.Train + p.Data.Test,
			})
		}
		for i := range st.Trials {
			if t := &st.Trials[i]; t.ID == trial.ID {
				trial.Part, trial.Seed, found = t.Part, t.Seed, true
				return
			}
		}
	})
	if !found {
		return nil, missing("the run has no such trial")
	}
	g, err := s.shelf.gallery(run.Path(), parts)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(r.Context(), tooLong)
	defer stop()
	pictures, err := g.Trial(ctx, trial)
	if errors.Is(err, gallery.ErrNoWeights) {
		return nil, missing(err.Error())
	}
	return pictures, err
}

// A shelf holds the gallery of the run that was asked for last, whose data is in memory.
type shelf struct {
	mu    sync.Mutex
	path  string
	parts []gallery.Part
	open  *gallery.Gallery // nil before the first
}

// gallery is that of the run at path.
func (s *shelf) gallery(path string, parts []gallery.Part) (*gallery.Gallery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != nil && s.path == path && reflect.DeepEqual(s.parts, parts) {
		return s.open, nil
	}
	g, err := gallery.Open(path, parts, data.Options{})
	if err != nil {
		return nil, err
	}
	if s.open != nil {
		go s.open.Close() // once nobody looks at it any more
	}
	s.path, s.parts, s.open = path, parts, g
	return g, nil
}
