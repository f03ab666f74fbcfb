package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"sync"

	"gradlab/internal/web"
	"gradlab/lab"
)

// addressFlag says where the dashboard listens.
type addressFlag struct {
	Addr string `placeholder:"ADDRESS" help:"Where the dashboard listens, as 127.0.0.1:8000. Default: ${address}, or another port of this machine where that is taken."`
}

// defaultAddress is that of the dashboard: this machine's own, so that nobody else can see it.
const defaultAddress = "127.0.0.1:7447"

type serveCmd struct {
	Runs []string `arg:"" optional:"" name:"run" help:"Run directories, or directories of runs. Default: runs."`
	addressFlag
}

// Help says what the page shows, and who can see it.
func (serveCmd) Help() string {
	return `Shows runs in a browser: trials with their progress, curves with bands over seeds, gradients by position and step with theory beside them, the network, filters and mistakes, diagnoses, comparisons, two runs side by side. Runs that another gradlab is writing are followed while they grow; new ones come by themselves.

The page asks nobody but this program. It listens on this machine alone, unless --addr says otherwise; others can then look, but stop nothing.

Examples:

  gradlab serve
  gradlab serve runs/depth-20260102-030405
  gradlab serve first second --addr 127.0.0.1:8000
  gradlab run depth --serve

Ctrl-C ends it. Exit codes: 0 done, 1 the address cannot be listened at, 2 wrong usage.`
}

// Run serves until it is interrupted.
func (c *serveCmd) Run(con *console) error {
	paths := c.Runs
	for _, path := range paths {
		hint := "gradlab serve takes run directories, or directories of runs"
		switch info, err := os.Stat(path); {
		case errors.Is(err, fs.ErrNotExist):
			return usage{fmt.Errorf("failed to find runs: %s is not there", path), hint}
		case err == nil && !info.IsDir():
			return usage{fmt.Errorf("failed to find runs: %s is a file", path), hint}
		}
	}
	if len(paths) == 0 {
		paths = []string{root}
	}
	server := web.New(paths...)
	l, err := c.listen("serve")
	if err != nil {
		return err
	}
	fmt.Fprintf(con.err, "dashboard: %s (Ctrl-C ends it)\n%s", address(l), c.visible(l))
	return server.Serve(con.ctx, l)
}

// listen opens the address.
func (c *addressFlag) listen(command string) (net.Listener, error) {
	at, given := c.Addr, c.Addr != ""
	if !given {
		at = defaultAddress
	}
	if _, _, err := net.SplitHostPort(at); err != nil {
		return nil, wrongFlag(command, fmt.Errorf("--addr is %q, expected an address and a port, as 127.0.0.1:8000", at))
	}
	l, err := web.Listen(at, given)
	if err != nil {
		return nil, advised{err, "give another one with --addr, as 127.0.0.1:8000; port 0 is any that is free"}
	}
	return l, nil
}

// address is what to open in a browser.
func address(l net.Listener) string {
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err == nil && at.Addr().IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d/", at.Port())
	}
	return "http://" + l.Addr().String() + "/"
}

// visible warns of an address that others can reach.
func (c *addressFlag) visible(l net.Listener) string {
	if at, err := netip.ParseAddrPort(l.Addr().String()); err == nil && at.Addr().IsLoopback() {
		return ""
	}
	return "warning: whoever can reach this address can see the runs\n"
}

// A board is the dashboard of a run of this process. A nil one shows nothing.
type board struct {
	con    *console
	server *web.Server
	at     net.Listener
	ended  func() // ends serving, and waits for that

	mu    sync.Mutex
	end   context.CancelFunc // of the run; nil when it is over
	tasks map[string]*lab.Task
}

// board opens the dashboard, if the command asks for one: before the run, so that an address that is taken costs nothing.
func (c *runCmd) board(con *console) (*board, error) {
	if !c.Serve {
		if c.Addr != "" {
			return nil, wrongFlag("run", errors.New("--addr says where the dashboard listens, and there is none without --serve"))
		}
		return nil, nil
	}
	l, err := c.listen("run")
	if err != nil {
		return nil, err
	}
	b := &board{con: con, server: web.New(), at: l}
	ctx, cancel := context.WithCancel(context.Background()) // it outlives the run
	over := make(chan struct{})
	go func() {
		defer close(over)
		if err := b.server.Serve(ctx, l); err != nil {
			fmt.Fprintln(con.err, "warning:", err)
		}
	}()
	b.ended = func() { cancel(); <-over }
	fmt.Fprintf(con.err, "dashboard: %s\n%s", address(l), c.visible(l))
	return b, nil
}

// show adds the run directory at path.
func (b *board) show(path string) {
	if b != nil {
		b.server.Show(path)
		b.server.Stoppable(path, b)
	}
}

// over says that the run has ended, so that there is nothing to stop any more.
func (b *board) over(path string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	b.end = nil
	b.mu.Unlock()
	b.server.Stoppable(path, nil)
}

// wait keeps the dashboard until Ctrl-C after a run that came to err, where somebody sits before it.
func (b *board) wait(err error) error {
	if b == nil {
		return err
	}
	defer b.ended()
	if b.con.ctx.Err() != nil || !isTerminal(b.con.err) {
		return err
	}
	code := fail(b.con.err, err)
	fmt.Fprintf(b.con.err, "the dashboard stays at %s until Ctrl-C\n", address(b.at))
	<-b.con.ctx.Done()
	if err == nil {
		return nil
	}
	return told{err, code}
}

// told is an error that has been shown, with its exit code.
type told struct {
	error
	code int
}

func (t told) Unwrap() error { return t.error }

// watcher is w, and hears of the trials for the board as well, which end stops.
func (b *board) watcher(w lab.Watcher, end context.CancelFunc) lab.Watcher {
	if b == nil {
		return w
	}
	b.end = end
	return stoppable{w, b}
}

// stoppable hears of trials for the board.
type stoppable struct {
	lab.Watcher
	board *board
}

// Begin takes down the trials.
func (s stoppable) Begin(p lab.Plan) {
	s.board.mu.Lock()
	s.board.tasks = map[string]*lab.Task{}
	for _, t := range p.Tasks {
		s.board.tasks[t.Trial.ID] = t
	}
	s.board.mu.Unlock()
	s.Watcher.Begin(p)
}

// End forgets one.
func (s stoppable) End(t *lab.Task, result *lab.Trial) {
	s.board.mu.Lock()
	delete(s.board.tasks, t.Trial.ID)
	s.board.mu.Unlock()
	s.Watcher.End(t, result)
}

// Stop makes b a web.Stopper.
func (b *board) Stop(trial string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end == nil {
		return false
	}
	if trial == "" {
		b.end()
		return true
	}
	t := b.tasks[trial]
	if t == nil {
		return false
	}
	t.Stop()
	return true
}
