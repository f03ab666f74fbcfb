package web

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// A listener is one page that hears of changes. Those that it has not taken yet are joined, so that a slow one, or a
// laptop that slept, gets the newest state and no queue.
type listener struct {
	mu      sync.Mutex
	pending map[string]*Change // by run
	wake    chan struct{}      // holds one
}

// tell gives a change to every listener.
func (w *watch) tell(c Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.listeners {
		l.add(c)
	}
}

// add joins a change with those that wait.
func (l *listener) add(c Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.pending[c.Run.ID]
	if before == nil {
		c.Lines = append([]TrialLine{}, c.Lines...)
		l.pending[c.Run.ID] = &c
	} else {
		before.join(c)
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// join makes of two changes of a run the one that both come to.
func (c *Change) join(next Change) {
	at := map[string]int{}
	for i, line := range c.Lines {
		at[line.key()] = i
	}
	for _, line := range next.Lines {
		if i, there := at[line.key()]; there {
			c.Lines[i] = line
		} else {
			c.Lines = append(c.Lines, line)
		}
	}
	c.Run, c.Parts = next.Run, c.Parts || next.Parts
}

// key tells a trial's lines apart: arms of several parts may share a trial.
func (t *TrialLine) key() string { return fmt.Sprint(t.Part, " ", t.Arm, " ", t.ID) }

// take gives what waits.
func (l *listener) take() []*Change {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []*Change
	for _, c := range l.pending {
		all = append(all, c)
	}
	clear(l.pending)
	return all
}

// listen begins to look at the files for a page, until stop is called.
func (w *watch) listen() (l *listener, stop func()) {
	l = &listener{pending: map[string]*Change{}, wake: make(chan struct{}, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listeners[l] = true
	if !w.looking {
		w.looking = true
		go w.look()
	}
	return l, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.listeners, l)
	}
}

// look looks at the files every beat while somebody listens, and gives the machine at least nine times as long as
// looking took.
func (w *watch) look() {
	for {
		begun := time.Now()
		for _, f := range w.all() {
			w.unharmed(f, func() { w.follow(f) })
		}
		took := time.Since(begun)
		time.Sleep(max(beat-took, 9*took))
		if w.unheard() {
			return
		}
	}
}

// unharmed looks at a run: what is wrong with one, or with the looking, must not end the training of this process. The run
// is read again when the page asks for it.
func (w *watch) unharmed(f *followed, look func()) {
	defer func() {
		if cause := recover(); cause != nil {
			log.Printf("failed to look at the run %s: %v\n%s", f.path, cause, debug.Stack())
			f.mu.Lock()
			f.run, f.lost = nil, true
			f.mu.Unlock()
		}
	}()
	look()
}

// unheard tells that nobody listens any more, so that looking ends.
func (w *watch) unheard() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looking = len(w.listeners) > 0
	return !w.looking
}

// pulse is how often a stream says that it is alive, so that a connection that was lost is noticed.
const pulse = 15 * time.Second

// events is GET /api/events.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	stream := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	l, stop := s.runs.listen()
	defer stop()
	fmt.Fprint(w, "retry: 2000\n\nevent: hello\ndata: {}\n\n")
	if stream.Flush() != nil {
		return
	}
	alive := time.NewTicker(pulse)
	defer alive.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-alive.C:
			fmt.Fprint(w, "event: alive\ndata: {}\n\n")
		case <-l.wake:
			for _, c := range l.take() {
				data, err := json.Marshal(c)
				if err != nil {
					continue
				}
				fmt.Fprintf(w, "event: change\ndata: %s\n\n", data)
			}
		}
		if stream.Flush() != nil {
			return
		}
	}
}
