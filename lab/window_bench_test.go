package lab

import (
	"context"
	"slices"
	"testing"
	"time"

	"gradlab/data"
	"gradlab/internal/disk"
	"gradlab/internal/kernel"
	"gradlab/internal/runlog"
	"gradlab/internal/workload"
	"gradlab/nn"
	"gradlab/probe"
	"gradlab/train"
)

// windowed ends a window with every step: what that takes beyond a step that is probed within one.
type windowed struct {
	unheard
	rec   *recorder
	ends  *probe.Probe[float32] // of a run of one step, which ends its window
	goes  *probe.Probe[float32] // of a long one
	began time.Time
	ended []time.Duration
	steps []time.Duration // training steps themselves
}

func (w *windowed) Due(int) bool { return true }

func (w *windowed) Inspect(plan *nn.Plan[float32], _, n int, loss float64) {
	begun := time.Now()
	if !w.began.IsZero() {
		w.steps = append(w.steps, begun.Sub(w.began))
	}
	if w.ends == nil {
		w.ends, w.goes = probe.New(plan, 1, 1), probe.New(plan, 1_000_000, 1)
	}
	w.goes.Observe(500_000, n)
	probed := time.Now()
	w.ends.Observe(1, n)
	flow, _ := w.ends.Window(0)
	w.rec.Window(train.Window{Flow: &flow, Loss: probe.LossWindow{First: 1, Last: 1, Count: 1, Mean: loss}, Histograms: w.ends.Histograms(0)})
	w.began = time.Now()
	w.ended = append(w.ended, w.began.Sub(probed)-probed.Sub(begun))
}

// BenchmarkWindow is what the ends of windows cost: histograms, figures, and an event in the log, as a share of an epoch
// on CIFAR-10, which has all 42 of them.
//
//	go test ./lab -run - -bench Window
func BenchmarkWindow(b *testing.B) {
	spec, err := data.ParseSpec("shapes?train=320&test=10")
	if err != nil {
		b.Fatal(err)
	}
	set, err := data.Open(context.Background(), spec, data.Options{})
	if err != nil {
		b.Fatal(err)
	}
	isa, err := kernel.ParseISA("auto")
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range workload.All() {
		if w.Name != "W1" && w.Name != "W4" { // whose inputs are pictures
			continue
		}
		b.Run(w.Name, func(b *testing.B) {
			dir, err := runlog.Open(disk.OS, b.TempDir(), runlog.Study{Name: "bench"})
			if err != nil {
				b.Fatal(err)
			}
			defer dir.Close()
			if err := dir.Begin(nil, nil); err != nil {
				b.Fatal(err)
			}
			if _, _, err := dir.StartLog("ab", 0); err != nil {
				b.Fatal(err)
			}
			r := &run{Options: Options{Watch: silent{}}, store: dir, results: &Results{}}
			watch := &windowed{rec: &recorder{run: r, diary: &diary{run: r, id: "ab", begun: true}}}
			trial := train.Trial{
				Model: w.Model, Data: set, Seed: 1, Engine: kernel.New(isa, 1), Inspector: watch,
				Config: train.Config{Epochs: 1, Batch: w.Batch, Rule: w.Rule, Probe: -1, Test: train.TestNever},
			}
			for b.Loop() {
				watch.ends, watch.goes, watch.began = nil, nil, time.Time{}
				if _, err := train.Run(context.Background(), trial, unheard{}); err != nil {
					b.Fatal(err)
				}
			}
			median := func(d []time.Duration) float64 {
				slices.Sort(d)
				return d[len(d)/2].Seconds()
			}
			window, step := median(watch.ended), median(watch.steps)
			b.ReportMetric(1e6*window, "µs/window")
			b.ReportMetric(1e6*step, "µs/step")
			b.ReportMetric(100*probe.MaxWindows*window/(step*50_000/float64(w.Batch)), "%-of-an-epoch")
		})
	}
}
