package lab

import (
	"context"
	"sync"
)

// Stop stops the trial within a step: it keeps a checkpoint and is Interrupted, as one that has not begun is. The others
// go on; the study ends with ErrInterrupted, and Run with the same store goes on with what was stopped. It may be called
// at any time, from any goroutine.
func (t *Task) Stop() { t.stop.ask() }

// stopping is whether a trial is to be stopped.
type stopping struct {
	mu    sync.Mutex
	asked bool
	end   context.CancelFunc // of its training; nil before that
}

func (s *stopping) ask() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = true
	if s.end != nil {
		s.end()
	}
}

// begin gives the context that a trial trains under, done already where it was stopped before.
func (s *stopping) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = end
	if s.asked {
		end()
	}
	return ctx, end
}
