package runlog

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gradlab/internal/disktest"
)

// history is a run directory through calls, errors and crashes, beside what it must hold.
type history struct {
	disk   *disktest.Disk
	dir    *Dir // nil while nobody has it open
	begun  bool // acknowledged
	marked bool // unfinished is there for certain
	clean  bool // it is not there for certain
	trials map[string]*expected
	number int // of what is written, to tell one thing from another
}

// expected is a trial: everything that was written, in its order, and how much of that was acknowledged.
type expected struct {
	results, checkpoints   []int
	resultSafe, checkpoint int // how many of them had been written when the newest acknowledged one was
	log                    []int
	after                  int // how many results had been written when it was
	appended               int // records that survive the process
	logSafe                int // records that survive a power failure
	open                   bool
}

func (h *history) run() Study { return Study{Name: "x", Text: []byte("study: x\n")} }

// try makes a call under a random fault, and goes through the crash if the program dies in it.
func (h *history) try(t *rapid.T, what string, call func() error) (ok bool) {
	f := rapid.SampledFrom([]disktest.Fault{
		disktest.None, disktest.None, disktest.None, disktest.Fail, disktest.FailDone, disktest.Die, disktest.DieDone,
	}).Draw(t, "fault")
	n := 0
	if f != disktest.None {
		n = rapid.IntRange(1, 16).Draw(t, "at call")
	}
	h.disk.Inject(disktest.At(n, f))
	err := call()
	h.disk.Inject(nil)
	if h.disk.Dead() {
		h.crash(t)
		return false
	}
	if err != nil && f == disktest.None {
		t.Fatalf("%s: %v", what, err)
	}
	return err == nil
}

func (h *history) crash(t *rapid.T) {
	loss := rapid.SampledFrom([]disktest.Loss{disktest.Nothing, disktest.Everything, disktest.Some}).Draw(t, "loss")
	h.disk.Restart(loss, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)))
	h.dir = nil
	for _, e := range h.trials {
		e.open = false
		if loss == disktest.Nothing {
			e.logSafe = e.appended
		}
	}
	h.open(t)
}

// open opens the directory, without faults, and audits it.
func (h *history) open(t *rapid.T) {
	if h.dir != nil {
		return
	}
	var err error
	if h.dir, err = Open(h.disk, "runs/x", h.run()); err != nil {
		t.Fatal(err)
	}
	files := h.disk.Files()
	_, marked := files["runs/x/unfinished"]
	if h.marked && !marked || h.clean && marked {
		t.Fatalf("is it marked as unfinished? %v", marked)
	}
	for hash, e := range h.trials {
		if !h.begun && len(e.results)+len(e.checkpoints)+len(e.log) == 0 {
			continue
		}
		h.audit(t, hash, e)
	}
	for name := range files {
		if strings.HasSuffix(name, ".tmp") {
			if _, left := h.disk.Files()[name]; left {
				t.Fatalf("%s is left", name)
			}
		}
	}
}

func (h *history) audit(t *rapid.T, hash string, e *expected) {
	var got int
	found, err := h.dir.LoadTrial(hash, &got)
	at := slices.Index(e.results, got) + 1
	switch {
	case err != nil:
		t.Fatal(err)
	case found && at == 0:
		t.Fatalf("trial %s has result %d, which nobody wrote", hash, got)
	case !found && e.resultSafe > 0 || found && at < e.resultSafe:
		t.Fatalf("trial %s has result %d of %v, and number %d was acknowledged", hash, got, e.results, e.resultSafe)
	}
	if found { // so is the weights file that belongs to it, or one that was written after it
		w := h.disk.Files()[fmt.Sprintf("runs/x/trials/%s/weights.safetensors", hash)]
		if after := slices.Index(e.results, number(w)) + 1; after < at {
			t.Fatalf("trial %s has result %d and weights %x", hash, got, w)
		}
	}
	file, err := h.dir.LoadCheckpoint(hash)
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	if file != nil {
		if kept = slices.Index(e.checkpoints, number(file)) + 1; kept == 0 {
			t.Fatalf("trial %s has checkpoint %x, which nobody wrote", hash, file)
		}
	}
	if found && at > e.after { // the end of a trial removes its checkpoint
		e.checkpoint = 0
	}
	if kept < e.checkpoint {
		t.Fatalf("trial %s has checkpoint %d, and number %d was acknowledged", hash, kept, e.checkpoint)
	}
	h.readLog(t, hash, e)
}

// readLog takes over what the log holds, if it is a beginning of what was appended that has all that is safe.
func (h *history) readLog(t *rapid.T, hash string, e *expected) {
	records, _ := Records(h.disk.Files()[fmt.Sprintf("runs/x/trials/%s/events.jsonl", hash)])
	var log []int
	for _, r := range records[min(1, len(records)):] {
		var n int
		if err := json.Unmarshal(r, &n); err != nil {
			t.Fatal(err)
		}
		log = append(log, n)
	}
	if len(log) < e.logSafe || len(log) > len(e.log) || !slices.Equal(log, e.log[:len(log)]) {
		t.Fatalf("trial %s has log %v of %v, and %d records were safe", hash, log, e.log, e.logSafe)
	}
	e.log, e.appended = log, len(log)
}

// block is a file's bytes that tell its number, long enough to be torn.
func block(n int) []byte { return slices.Repeat(binary.BigEndian.AppendUint64(nil, uint64(n)), 5) }

// number reads a block; 0 is none.
func number(data []byte) int {
	if len(data) != 40 || !slices.Equal(data, block(int(binary.BigEndian.Uint64(data)))) {
		return 0
	}
	return int(binary.BigEndian.Uint64(data))
}

func (h *history) trial(t *rapid.T) (string, *expected) {
	hash := rapid.SampledFrom(slices.Sorted(maps.Keys(h.trials))).Draw(t, "trial")
	h.number++
	return hash, h.trials[hash]
}

// TestHistories draws what a program, a disk and a power supply may do to a run directory, and shrinks what goes
// wrong: nothing acknowledged is lost, nothing is read that nobody wrote, and a log is a beginning of what was appended.
func TestHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &history{disk: disktest.New(), trials: map[string]*expected{"ab": {}, "cd": {}}}
		h.open(t)
		begun := func() { // what comes first in every program
			if !h.begun {
				t.Skip("not begun")
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(t *rapid.T) {
				h.clean = false
				if h.try(t, "Begin", func() error { return h.dir.Begin([]string{"ab", "cd"}, nil) }) {
					h.begun, h.marked = true, true
				}
			},
			"finish": func(t *rapid.T) {
				begun()
				h.marked = false
				h.clean = h.try(t, "Finish", func() error { return h.dir.Finish() })
			},
			"start log": func(t *rapid.T) {
				begun()
				hash, e := h.trial(t)
				keep := rapid.IntRange(0, 6).Draw(t, "keep")
				was := len(e.log)
				e.logSafe, e.appended = min(e.logSafe, keep), min(e.appended, keep)
				kept := 0
				e.open = h.try(t, "StartLog", func() (err error) {
					kept, _, err = h.dir.StartLog(hash, keep)
					return err
				})
				if e.open {
					if kept != min(keep, was) {
						t.Fatalf("StartLog kept %d of %d records, want %d", kept, was, keep)
					}
					e.log, e.appended = e.log[:kept], kept
				} else {
					h.readLog(t, hash, e)
				}
			},
			"append": func(t *rapid.T) {
				begun()
				hash, e := h.trial(t)
				if !e.open {
					t.Skip("no log is open")
				}
				n := h.number
				e.log = append(e.log, n) // it may survive a crash in the call
				switch {
				case h.try(t, "Append", func() error { return h.dir.Append(hash, n) }):
					e.appended = len(e.log)
				case e.open: // there was no crash: a record that was refused is not there
					e.log = e.log[:len(e.log)-1]
				}
			},
			"checkpoint": func(t *rapid.T) {
				begun()
				hash, e := h.trial(t)
				n := h.number
				e.checkpoints = append(e.checkpoints, n)
				if h.try(t, "SaveCheckpoint", func() error { return h.dir.SaveCheckpoint(hash, block(n)) }) {
					e.checkpoint, e.after = len(e.checkpoints), len(e.results)
				}
			},
			"result": func(t *rapid.T) {
				begun()
				hash, e := h.trial(t)
				n := h.number
				e.results = append(e.results, n)
				open := e.open
				if h.try(t, "SaveTrial", func() error { return h.dir.SaveTrial(hash, n, block(n)) }) {
					e.resultSafe, e.checkpoint = len(e.results), 0
					if open {
						e.logSafe = len(e.log)
					}
				}
				e.open = false
			},
			"interrupted": func(t *rapid.T) {
				hash, e := h.trial(t)
				h.dir.EndLog(hash)
				e.open = false
			},
			"closed and opened": func(t *rapid.T) {
				h.dir.Close()
				h.dir = nil
				for _, e := range h.trials {
					e.open = false
				}
				h.open(t)
			},
			"crash": func(t *rapid.T) { h.crash(t) },
		})
	})
}
