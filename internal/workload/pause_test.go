package workload

import (
	"runtime"
	"runtime/metrics"
	"slices"
	"testing"
	"time"

	"gradlab/internal/kernel"
)

// BenchmarkGCPause collects garbage all the time while a network trains, and reports for how long the
// collector stopped the program: an assembly routine cannot be interrupted, so that its length bounds a
// pause from below. "go" is a loop of plain Go in its place: what is as long there is the system's doing,
// which now and then takes a thread off its core for some milliseconds.
func BenchmarkGCPause(b *testing.B) {
	b.Run("go", func(b *testing.B) {
		sum := 0
		benchmarkPauses(b, func() {
			for i := range 1 << 18 {
				sum += i * i
			}
		})
		runtime.KeepAlive(sum)
	})
	for _, w := range All() {
		b.Run(w.Name, func(b *testing.B) {
			training, err := w.Start(kernel.New(kernel.Available()[0], 1))
			if err != nil {
				b.Fatal(err)
			}
			benchmarkPauses(b, func() { training.Step() })
		})
	}
}

func benchmarkPauses(b *testing.B, step func()) {
	step()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				runtime.GC()
			}
		}
	}()
	before := pauses()
	for b.Loop() {
		step()
	}
	close(stop)
	<-stopped
	after := pauses()
	total := uint64(0)
	for i := range after.Counts {
		after.Counts[i] -= before.Counts[i]
		total += after.Counts[i]
	}
	for _, q := range []struct {
		unit  string
		share float64
	}{{"median-pause-µs", 0.5}, {"p99-pause-µs", 0.99}, {"longest-pause-µs", 1}} {
		seen := uint64(0)
		for i, n := range after.Counts {
			if seen += n; float64(seen) >= q.share*float64(total) {
				b.ReportMetric(1e6*after.Buckets[i+1], q.unit)
				break
			}
		}
	}
	b.ReportMetric(float64(total), "pauses")
}

func pauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	h := *sample[0].Value.Float64Histogram()
	h.Counts = slices.Clone(h.Counts)
	return &h
}
