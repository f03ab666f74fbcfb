package bench

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gradlab/internal/kernel"
)

// TestRun measures every row for a moment, on two threads.
func TestRun(t *testing.T) {
	var watched []string
	r, err := Run(context.Background(), Options{
		ISA: kernel.Available()[0], Threads: 2, Seconds: 1e-6,
		Watch: func(name string, done, all int) { watched = append(watched, name) },
	})
	if err != nil {
		t.Fatal(err)
	}
	seen, names := map[[2]string]bool{}, []string(nil)
	for _, row := range r.Rows {
		if !(row.Low > 0 && row.Low <= row.Median && row.Median <= row.High) || row.Work <= 0 || row.Seconds <= 0 || row.Repetitions < leastRepetitions {
			t.Errorf("%+v makes no sense", row)
		}
		if held := row.Unit == string(gigaFLOPs) && row.Name != peakFMA; held != (row.Percent > 0) {
			t.Errorf("%s on %s is %v %% of the peak", row.Name, row.On, row.Percent)
		}
		if row.On == "1 thread" && row.Speedup != 1 {
			t.Errorf("%s on 1 thread is %v times itself", row.Name, row.Speedup)
		}
		if key := [2]string{row.Name, row.On}; seen[key] {
			t.Errorf("%v stands twice", key)
		} else {
			seen[key] = true
		}
		if !slices.Contains(names, row.Name) {
			names = append(names, row.Name)
		}
	}
	if !slices.Equal(names, watched) || len(names) != len(entries()) {
		t.Errorf("rows are %q, watched was %q", names, watched)
	}
	for _, want := range [][2]string{{peakFMA, "2 threads"}, {"Step/W1", "2 trials"}, {"Conv/6to16/forward", "2 threads"}} {
		if !seen[want] {
			t.Errorf("there is no %v", want)
		}
	}
}

// TestInterrupted keeps what is measured.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, err := Run(ctx, Options{Threads: 1, Seconds: 1e-6, Names: []string{"elementwise"}, Watch: func(_ string, done, _ int) {
		if done == 2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || len(r.Rows) != 2 {
		t.Errorf("%d rows and %v", len(r.Rows), err)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ names, want string }{
		{"step", "PeakFMA Step/W1 Step/W2 Step/W3 Step/W4"},
		{"w1 w4", "PeakFMA Step/W1 Step/W4"},
		{"conv/6to16", "PeakFMA Conv/6to16/forward Conv/6to16/inputgrad Conv/6to16/weightgrad"},
		{"Elementwise/Tanh", "Elementwise/Tanh"},
		{"triad exp", "Memory/triad/DRAM Elementwise/Exp"},
		{"peakfma", "PeakFMA"},
	} {
		chosen, err := choose(strings.Fields(c.names))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range chosen {
			got = append(got, e.name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s chooses %q, want %s", c.names, got, c.want)
		}
	}
	for name, hint := range map[string]string{"stpe": "did you mean step?", "nonsense": "measured are limits, matmul, conv"} {
		_, err := choose([]string{"step", name})
		var h interface{ Hint() string }
		if !errors.As(err, &h) || !strings.HasPrefix(h.Hint(), hint) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range Names() {
		if _, err := choose([]string{name}); err != nil {
			t.Error(err)
		}
	}
}

// TestMeasure: what is reported is the time of a call, whatever a call takes.
func TestMeasure(t *testing.T) {
	calls := 0
	slow := &task{work: 1, copies: []func(){func() { calls++; time.Sleep(2 * time.Millisecond) }}}
	fast := &task{work: 1, copies: []func(){func() {}, func() {}}}
	if err := measure(context.Background(), []*task{slow, fast}, 1e-3); err != nil {
		t.Fatal(err)
	}
	if low, _, _ := slow.quantiles(); low < 2e-3 || slow.calls != 1 || len(slow.seconds) < leastRepetitions {
		t.Errorf("a call of 2 ms takes %v s in %d repetitions of %d calls", low, len(slow.seconds), slow.calls)
	}
	if len(fast.seconds) != len(slow.seconds) {
		t.Errorf("%d repetitions of nothing beside %d", len(fast.seconds), len(slow.seconds))
	}
	// A machine that is busy may take a call of nothing for a long one, though not again and again.
	for try := 0; fast.calls < 2; try++ {
		if try == 20 {
			t.Fatalf("a repetition of nothing is %d call", fast.calls)
		}
		fast = &task{work: 1, copies: []func(){func() {}}}
		if err := measure(context.Background(), []*task{fast}, 1e-3); err != nil {
			t.Fatal(err)
		}
	}
}

func TestQuantiles(t *testing.T) {
	task := &task{seconds: []float64{5, 1, 2, 3, 4, 0, 6, 10, 8, 9, 7}}
	if low, median, high := task.quantiles(); low != 1 || median != 5 || high != 9 {
		t.Errorf("the quantiles of 0 … 10 are %v, %v, %v", low, median, high)
	}
}

// BenchmarkRows measures the rows as Go benchmarks, for benchstat.
func BenchmarkRows(b *testing.B) {
	for _, e := range entries() {
		for _, v := range e.variants(2) {
			b.Run(e.name+"/"+strings.ReplaceAll(v.on, " ", "-"), func(b *testing.B) {
				t, err := e.start(kernel.Available()[0], v)
				if err != nil {
					b.Fatal(err)
				}
				t.calls = 1
				t.repeat() // makes the engine's workspace
				t.calls = b.N
				b.ResetTimer()
				t.repeat()
				b.ReportMetric(t.work*float64(b.N)/float64(b.Elapsed().Nanoseconds()), string(e.unit))
			})
		}
	}
}
