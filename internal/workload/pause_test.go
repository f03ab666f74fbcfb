package workload

import (
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"gradlab/internal/kernel"
)

// BenchmarkGCPause collects garbage all the time while a network trains, and reports the longest that
// the collector stopped the program: an assembly routine cannot be interrupted, so that its length bounds
// the pause from below.
func BenchmarkGCPause(b *testing.B) {
	for _, w := range All() {
		b.Run(w.Name, func(b *testing.B) {
			training, err := w.Start(kernel.New(kernel.Available()[0], 1))
			if err != nil {
				b.Fatal(err)
			}
			training.Step()
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
				training.Step()
			}
			close(stop)
			<-stopped
			after := pauses()
			longest, count := 0.0, uint64(0)
			for i, n := range after.Counts {
				if n -= before.Counts[i]; n > 0 {
					longest = after.Buckets[i+1]
					count += n
				}
			}
			b.ReportMetric(1e6*longest, "longest-pause-µs")
			b.ReportMetric(float64(count), "pauses")
		})
	}
}

func pauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	h := *sample[0].Value.Float64Histogram()
	h.Counts = append([]uint64(nil), h.Counts...)
	return &h
}
