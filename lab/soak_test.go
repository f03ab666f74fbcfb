package lab

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"gradlab/internal/disk"
	"gradlab/internal/runlog"
	"gradlab/study"
)

var soak = flag.Int("soak", 30, "trials of TestSoak")

// soakStudy has a large network and little else: what a trial leaves behind would be seen.
const soakStudy = `
study: soak
data: {shapes: {train: 20, test: 10}}
model: [flatten, linear: 64, batchnorm, $activation, dropout: 0.1, linear: classes]
train: {epochs: 2, batch: 10, sgd: {rate: 0.01, momentum: 0.9}, validation: 0.5, early-stopping: {patience: 1}}
vary: {activation: [relu]}
`

// heap watches what is alive after the first ten trials, and at the end.
type heap struct {
	silent
	ended       int
	early, late uint64
}

func (h *heap) End(*Task, *Trial) {
	if h.ended++; h.ended == 10 {
		h.early = alive()
	}
	h.late = 0
	if h.ended == *soak {
		h.late = alive()
	}
}

// alive is the number of bytes on the heap that somebody holds.
func alive() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools have held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestSoak runs many trials, with checkpoints: memory does not grow but for their figures. A longer one:
//
//	go test ./lab -run TestSoak -soak 1000 -v
func TestSoak(t *testing.T) {
	s, err := study.Parse("soak.yaml", []byte(soakStudy))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Set("seeds", strconv.Itoa(*soak)); err != nil {
		t.Fatal(err)
	}
	h := &heap{}
	dir, err := runlog.Open(disk.OS, t.TempDir(), runlog.Study{Name: "soak"})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	r, err := Run(context.Background(), s, Options{Jobs: 1, Checkpoint: 1, Weights: true, Watch: h, Open: func() (Store, error) { return dir, nil }})
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Count(Done); n != *soak || h.early == 0 || h.late == 0 {
		t.Fatalf("%d of %d trials are done", n, *soak)
	}
	growth := (float64(h.late) - float64(h.early)) / float64(*soak-10)
	files, err := filepath.Glob(filepath.Join(dir.Path(), "trials", "*", "weights.safetensors"))
	if err != nil || len(files) != *soak {
		t.Fatalf("%d files of weights: %v", len(files), err)
	}
	info, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	weights := float64(info.Size())
	t.Logf("%d trials: %.1f MB alive after ten, %.1f MB at the end: %.1f kB a trial, of %.1f MB of weights in it", *soak, float64(h.early)/1e6, float64(h.late)/1e6, growth/1e3, weights/1e6)
	if growth > weights/20 {
		t.Error("trials leave something behind")
	}
}
