package web

import (
	"context"
	"errors"
	"fmt"
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
	ctx, stop := context.WithTimeout(r.Context(), tooLong)
	defer stop()
	pictures, err := s.shelf.draw(ctx, run.Path(), parts, trial)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, failure{http.StatusServiceUnavailable, err.Error()}
	}
	return pictures, err
}

// A shelf holds the gallery of the run that was asked for last, whose data is in memory, until nobody has asked for a
// while. One request at a time is drawn for, so that training beside it loses one core at most, and no gallery is closed
// while it is drawn from.
type shelf struct {
	busy  chan struct{} // holds one element while what follows is used
	path  string
	parts []gallery.Part
	open  *gallery.Gallery // nil before the first
	until *time.Timer      // when it is given up
}

// shelved is how long a gallery is kept that nobody asks for: its data takes memory that training was not told of.
const shelved = 5 * time.Minute

// draw gives the pictures of a trial of the run at path, once those are done that were asked for before.
func (s *shelf) draw(ctx context.Context, path string, parts []gallery.Part, t gallery.Trial) (*gallery.Pictures, error) {
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return nil, fmt.Errorf("failed to draw the network: others are being drawn: %w", ctx.Err())
	}
	if s.until != nil {
		s.until.Stop()
	}
	defer func() { s.until = time.AfterFunc(shelved, s.clear) }()
	if s.open == nil || s.path != path || !reflect.DeepEqual(s.parts, parts) {
		g, err := gallery.Open(path, parts, data.Options{})
		if err != nil {
			return nil, err
		}
		if s.open != nil {
			s.open.Close() // it was only read from: an error loses nothing
		}
		s.path, s.parts, s.open = path, parts, g
	}
	return s.open.Trial(ctx, t)
}

// clear gives the gallery up.
func (s *shelf) clear() {
	s.busy <- struct{}{}
	defer func() { <-s.busy }()
	if s.open != nil {
		s.open.Close()
		s.open = nil
	}
}
