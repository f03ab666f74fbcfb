package lab

import (
	"context"
	"testing"
	"time"

	"gradlab/data"
	"gradlab/internal/disk"
	"gradlab/internal/kernel"
	"gradlab/internal/runlog"
	"gradlab/internal/workload"
	"gradlab/train"
)

// timed is a diary whose trial is kept every so many steps, and the time of that.
type timed struct {
	*diary
	every  int
	due    time.Time
	spent  time.Duration
	kept   int
	size   int
	asking time.Duration // of asking whether one is due
	asked  int
}

func (d *timed) Due(step int) bool {
	begun := time.Now()
	d.diary.Due(step)
	d.asking, d.asked = d.asking+time.Since(begun), d.asked+1
	d.due = time.Now()
	return step%d.every == 0
}

func (d *timed) Keep(step int, file []byte) {
	d.diary.Keep(step, file)
	d.spent, d.kept, d.size = d.spent+time.Since(d.due), d.kept+1, len(file)
}

// unheard is a Recorder.
type unheard struct{}

func (unheard) Begin([]train.Event)     {}
func (unheard) Step(train.Progress)     {}
func (unheard) Window(train.Window)     {}
func (unheard) Epoch(train.EpochResult) {}

// BenchmarkCheckpoint is what checkpoints cost at their default interval, of training's time in the same run: the time
// in which one is encoded, written and synced, by half a minute, and the time of asking after each step, by the
// step's.
//
//	go test ./lab -run - -bench Checkpoint
func BenchmarkCheckpoint(b *testing.B) {
	spec, err := data.ParseSpec("shapes?train=640&test=10")
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
		if w.Name != "W1" && w.Name != "W4" {
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
			r := &run{Options: Options{Watch: silent{}, Checkpoint: checkpointInterval}, store: dir, results: &Results{}}
			d := &timed{diary: &diary{run: r, id: "ab", every: r.Checkpoint, newest: time.Now()}, every: 640 / w.Batch}
			rule := w.Rule
			rule.Momentum = 0.9 // velocities are half of a checkpoint
			trial := train.Trial{
				Model: w.Model, Data: set, Seed: 1, Engine: kernel.New(isa, 1), Keeper: d, ID: "ab",
				Config: train.Config{Epochs: 1, Batch: w.Batch, Rule: rule},
			}
			begun := time.Now()
			for b.Loop() {
				if _, err := train.Run(context.Background(), trial, unheard{}); err != nil {
					b.Fatal(err)
				}
			}
			if len(r.results.Warnings) > 0 {
				b.Fatal(r.results.Warnings)
			}
			training := time.Since(begun) - d.spent
			checkpoint := d.spent.Seconds() / float64(d.kept)
			asking := d.asking.Seconds() / training.Seconds()
			b.ReportMetric(float64(d.size)/1e6, "MB")
			b.ReportMetric(1e3*checkpoint, "ms/checkpoint")
			b.ReportMetric(100*(checkpoint/checkpointInterval.Seconds()+asking), "%-of-training")
		})
	}
}
