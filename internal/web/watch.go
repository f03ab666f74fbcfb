package web

import (
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gradlab/internal/disk"
	"gradlab/internal/live"
	"gradlab/internal/runlog"
)

// watch is the runs that the dashboard shows. A run is read when the page first asks for it. While somebody looks, files
// are looked at every beat; while nobody does, nothing is done.
type watch struct {
	mu        sync.Mutex
	paths     []string
	known     map[string]*followed // by path
	ids       map[string]*followed
	stoppers  map[string]Stopper // by path
	listeners map[*listener]bool
	looking   bool // at the files, for them
}

// beat is the time between two looks at the files.
const beat = 500 * time.Millisecond

// atOnce is how many runs are kept in memory.
const atOnce = 4

// followed is one of the runs.
type followed struct {
	id, path string

	mu    sync.Mutex
	run   *live.Run // nil where the page has not asked for it, or long ago
	asked time.Time // when it last did
	lost  bool      // it was dropped from memory: the page has not heard of all changes since
	line  RunLine   // as it was last told
	glance
}

func newWatch(paths []string) *watch {
	w := &watch{known: map[string]*followed{}, ids: map[string]*followed{}, stoppers: map[string]Stopper{}, listeners: map[*listener]bool{}}
	for _, path := range paths {
		w.show(path)
	}
	return w
}

// show is Server.Show.
func (w *watch) show(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paths = append(w.paths, filepath.Clean(path))
}

// stoppable is Server.Stoppable.
func (w *watch) stoppable(path string, by Stopper) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.stoppers, filepath.Clean(path))
	if by != nil {
		w.stoppers[filepath.Clean(path)] = by
	}
}

func (w *watch) stopper(path string) Stopper {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stoppers[path]
}

// all gives the runs that there are now.
func (w *watch) all() []*followed {
	w.mu.Lock()
	given := slices.Clone(w.paths)
	w.mu.Unlock()
	var paths []string
	for _, path := range given {
		if found, err := runlog.Find(disk.OS, path); err == nil { // else it is still to come
			paths = append(paths, found...)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []*followed
	listed := map[string]bool{}
	for _, path := range paths {
		if listed[path] {
			continue
		}
		listed[path] = true
		f := w.known[path]
		if f == nil {
			f = &followed{path: path, id: w.identify(path)}
			w.known[path], w.ids[f.id] = f, f
		}
		all = append(all, f)
	}
	return all
}

// identify makes a name for addresses of a run's path: that of its directory, with a number where there is one of that
// name already.
func (w *watch) identify(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute // "." has no name
	}
	base := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, filepath.Base(path))
	id := base
	for n := 2; w.ids[id] != nil; n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	return id
}

// places are the paths where runs are looked for.
func (w *watch) places() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.paths...)
}

// find gives the run of that name, read as a whole and up to date.
func (w *watch) find(id string) (*followed, *live.Run, error) {
	w.mu.Lock()
	f := w.ids[id]
	w.mu.Unlock()
	if f == nil {
		w.all() // the address may be older than this process
		w.mu.Lock()
		f = w.ids[id]
		w.mu.Unlock()
	}
	if f == nil {
		return nil, nil, missing("there is no run " + id)
	}
	run, err := f.open()
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = missing(err.Error())
		}
		return nil, nil, err
	}
	w.follow(f)
	w.forget()
	return f, run, nil
}

// warm reads the only run there is, so that it is in memory when the page asks for it.
func (w *watch) warm() {
	if all := w.all(); len(all) == 1 {
		w.unharmed(all[0], func() { all[0].open() }) // what is wrong is said to the page
	}
}

// open reads the run, unless it is in memory.
func (f *followed) open() (*live.Run, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = time.Now()
	if f.run == nil {
		run, err := live.Open(f.path)
		if err != nil {
			return nil, err
		}
		f.run = run
	}
	return f.run, nil
}

// forget drops the runs that the page asked for longest ago, where there are too many in memory.
func (w *watch) forget() {
	w.mu.Lock()
	all := slices.Collect(maps.Values(w.known))
	seen := len(w.listeners) > 0
	w.mu.Unlock()
	var read []*followed
	asked := map[*followed]time.Time{}
	for _, f := range all {
		// Never while w.mu is held: follow takes them in the other order.
		f.mu.Lock()
		if f.run != nil && !(seen && f.line.State == runlog.Running) { // what the page shows of these comes by itself
			read = append(read, f)
			asked[f] = f.asked
		}
		f.mu.Unlock()
	}
	slices.SortFunc(read, func(a, b *followed) int { return asked[b].Compare(asked[a]) })
	for _, f := range read[min(atOnce, len(read)):] {
		f.mu.Lock()
		f.run, f.lost = nil, true
		f.mu.Unlock()
	}
}

// follow looks at what is new of a run, and tells the listeners.
func (w *watch) follow(f *followed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stoppable := w.stopper(f.path) != nil
	var change Change
	news := live.News{}
	if f.run == nil { // nothing of its trials is known
		change.Run = f.glanced(stoppable)
	} else {
		news = f.run.Follow()
		news.All = news.All || f.lost
		f.lost = false
		f.run.Read(func(s *live.State) {
			change.Run = runLine(f, s, stoppable)
			for i := range s.Trials {
				if news.All {
					change.Lines = append(change.Lines, trialLine(s, i))
				}
			}
			for _, i := range news.Trials {
				if !news.All {
					change.Lines = append(change.Lines, trialLine(s, i))
				}
			}
		})
		change.Parts = news.Parts || news.All
	}
	if news.None() && change.Run.same(f.line) {
		return
	}
	f.line = change.Run
	w.tell(change)
}
