package web

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"time"

	"gradlab/data"
	"gradlab/internal/gallery"
	"gradlab/internal/live"
)

// tooLong bounds how long pictures may take, the time until others are done included.
const tooLong = time.Minute

// pictures is GET /api/runs/{run}/trials/{trial}/pictures: a gallery.Pictures.
func (s *Server) pictures(r *http.Request) (any, error) {
	f, run, err := s.runs.find(r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	var trial gallery.Trial
	var parts []gallery.Part
	run.Read(func(st *live.State) {
		for i := range st.Trials {
			if t := &st.Trials[i]; t.ID == r.PathValue("trial") {
				trial, parts = gallery.Trial{Part: t.Part, ID: t.ID, Seed: t.Seed}, partsOf(st)
				return
			}
		}
	})
	if parts == nil {
		return nil, missing("the run has no such trial")
	}
	ctx, stop := context.WithTimeout(r.Context(), tooLong)
	defer stop()
	p, err := f.draw(ctx, parts, trial)
	switch {
	case errors.Is(err, gallery.ErrNoWeights):
		return nil, missing(err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return nil, failure{http.StatusServiceUnavailable, err.Error()}
	}
	return p, err
}

// partsOf is what a gallery has to know of a run's parts. st is only lent.
func partsOf(st *live.State) []gallery.Part {
	parts := []gallery.Part{}
	for _, p := range st.Results.Parts {
		parts = append(parts, gallery.Part{
			Source: p.Source, Digest: p.Data.Digest, Shape: p.Data.Shape, Classes: p.Data.Classes, Images: p.Data.Train + p.Data.Test,
		})
	}
	return parts
}

// shelf is the gallery of a run, which keeps its data open. It is drawn from by one request at a time, so that training
// beside it loses one core at most.
type shelf struct {
	busy    chan struct{} // holds one element while what follows is used
	gallery *gallery.Gallery
	parts   []gallery.Part // that gallery was opened with
}

func newShelf() shelf { return shelf{busy: make(chan struct{}, 1)} }

// draw gives the pictures of a trial, once others of the run are drawn. The gallery is opened anew where another study
// has begun in the directory.
func (f *followed) draw(ctx context.Context, parts []gallery.Part, t gallery.Trial) (*gallery.Pictures, error) {
	select {
	case f.shelf.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer f.tidy()
	defer func() { <-f.shelf.busy }()
	if f.shelf.gallery != nil && !reflect.DeepEqual(parts, f.shelf.parts) {
		f.shelf.close()
	}
	if f.shelf.gallery == nil {
		g, err := gallery.Open(f.path, parts, data.Options{})
		if err != nil {
			return nil, err
		}
		f.shelf.gallery, f.shelf.parts = g, parts
	}
	return f.shelf.gallery.Trial(ctx, t)
}

// tidy closes the gallery of a run that is not in memory any more, unless somebody draws from it, who tidies up then.
func (f *followed) tidy() {
	f.mu.Lock()
	kept := f.run != nil
	f.mu.Unlock()
	if kept {
		return
	}
	select {
	case f.shelf.busy <- struct{}{}:
		f.shelf.close()
		<-f.shelf.busy
	default:
	}
}

// close gives back what the gallery holds. It is only read from, so that an error loses nothing.
func (s *shelf) close() {
	if s.gallery != nil {
		s.gallery.Close()
	}
	s.gallery, s.parts = nil, nil
}
