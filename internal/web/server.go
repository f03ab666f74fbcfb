// Package web is the live dashboard: one embedded page, run directories as JSON, and what changes in them as
// server-sent events.
//
// It shows what package live has read, and imports report for the looks of arms, so that a chart here and a picture
// there have one style. It promises to change nothing but to stop a trial or a study of this process, and that only
// by a POST of its own page; to answer to no other name than its own; and to ask no other machine for anything.
//
// Read, in this order: wire.go (what the page gets), server.go and guard.go, watch.go (runs that are followed),
// events.go, then runs.go, curves.go, flow.go, detail.go, pictures.go and compare.go, each of which makes one answer. The page is
// in page/: index.html, style.css, and scripts of which app.js is the first.
package web

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"
)

//go:embed page
var embedded embed.FS

// Server serves the dashboard. Make one with New.
type Server struct {
	runs    *watch
	shelf   shelf
	handler http.Handler
}

// Stopper stops what this process runs: the trial of that hash, or with "" everything. It says whether there was
// anything to stop.
type Stopper interface{ Stop(trial string) bool }

// New makes a dashboard of the run directories at paths: each a run, or a directory of runs that is looked at again
// and again. Paths may come to be later.
func New(paths ...string) *Server {
	s := &Server{runs: newWatch(paths), shelf: shelf{busy: make(chan struct{}, 1)}}
	page, err := fs.Sub(embedded, "page")
	if err != nil {
		panic(err) // of a constant
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", cached(http.FileServerFS(page)))
	mux.HandleFunc("GET /api/runs", s.answer(s.list))
	mux.HandleFunc("GET /api/runs/{run}", s.answer(s.run))
	mux.HandleFunc("GET /api/runs/{run}/curves", s.answer(s.curves))
	mux.HandleFunc("GET /api/runs/{run}/seeds", s.answer(s.seeds))
	mux.HandleFunc("GET /api/runs/{run}/flow", s.answer(s.flow))
	mux.HandleFunc("GET /api/runs/{run}/trials/{trial}", s.answer(s.detail))
	mux.HandleFunc("GET /api/runs/{run}/trials/{trial}/pictures", s.answer(s.pictures))
	mux.HandleFunc("GET /api/compare", s.answer(s.compare))
	mux.HandleFunc("GET /api/events", s.events)
	mux.HandleFunc("POST /api/runs/{run}/stop", s.answer(s.stop))
	s.handler = guard(mux)
	return s
}

// Show adds a run directory, or a directory of runs.
func (s *Server) Show(path string) { s.runs.show(path) }

// Stoppable says that this process runs the run at path, and how it is stopped. nil takes that back.
func (s *Server) Stoppable(path string, by Stopper) { s.runs.stoppable(path, by) }

// ServeHTTP makes s an http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Listen opens address ("127.0.0.1:7447"). Where its port is taken and may be another one, the system chooses.
func Listen(address string, exactly bool) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil && !exactly {
		if host, _, e := net.SplitHostPort(address); e == nil {
			l, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("failed to serve the dashboard: %w", err)
	}
	return l, nil
}

// Serve answers on l until ctx is done.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx }, // ends event streams
	}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	go s.runs.warm()
	if err := server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("failed to serve the dashboard: %w", err)
	}
	return nil
}

// A failure is an answer that is no success.
type failure struct {
	status int
	text   string
}

func (f failure) Error() string { return f.text }

func missing(what string) error { return failure{http.StatusNotFound, what} }
func wrong(what string) error   { return failure{http.StatusBadRequest, what} }

// answer makes a handler of a function that gives a value for JSON.
func (s *Server) answer(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		value, err := f(r)
		if r.Context().Err() != nil {
			return // nobody listens any more
		}
		status := http.StatusOK
		if err != nil {
			status = http.StatusInternalServerError
			if f := (failure{}); errors.As(err, &f) {
				status = f.status
			}
			value = map[string]string{"error": err.Error()}
		}
		data, err := json.Marshal(value)
		if err != nil {
			status, data = http.StatusInternalServerError, []byte(`{"error":"failed to encode the answer"}`)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		w.Write(data)
	}
}

// cached lets a browser keep the page's files, but ask whether they are those of this program.
func cached(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		h.ServeHTTP(w, r)
	})
}
