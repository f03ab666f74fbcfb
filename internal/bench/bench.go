// Package bench measures the limits of this machine and how near the engine comes to them. What is
// measured is a table (entries.go); this file says in what order and what comes of it; measure.go
// keeps the time.
package bench

import (
	"context"
	"fmt"

	"gradlab/internal/kernel"
)

// Options say what is measured.
type Options struct {
	ISA     kernel.ISA
	Threads int      // the most that are used, at least 1
	Seconds float64  // of measuring each row
	Names   []string // as Names lists them; none for all rows
	// Watch hears, if it is not nil, what is measured next: so many of all rows are done.
	Watch func(name string, done, all int)
}

// Result is what was measured.
type Result struct {
	Machine  Machine `json:"machine"`
	Seconds  float64 `json:"seconds_per_row"`
	Complete bool    `json:"complete"` // nothing that was asked for is missing
	Rows     []Row   `json:"rows"`
}

// Row is the speed of one thing. Rows of one name were measured alternately.
type Row struct {
	Section string  `json:"section"`
	Name    string  `json:"name"`    // as of a Go benchmark: "Conv/3to6/forward"
	On      string  `json:"on"`      // "1 thread", "2 threads" or "2 trials", each on one thread
	Threads int     `json:"threads"` // that work, all in all
	Unit    string  `json:"unit"`
	Median  float64 `json:"median"`
	Low     float64 `json:"low"`  // a tenth of the repetitions are below
	High    float64 `json:"high"` // a tenth of the repetitions are above

	Work        float64 `json:"work"`    // of one call: floating-point operations, bytes or elements
	Seconds     float64 `json:"seconds"` // of one call, at the median
	Repetitions int     `json:"repetitions"`

	Speedup float64 `json:"speedup"` // Median against that of the name's first row, on one thread
	// Percent is 100·Median by the median of PeakFMA on as many threads; 0 where the unit is another.
	Percent float64 `json:"percent_of_peak,omitempty"`
}

// Run measures the rows that o names, in the order of the table, the machine's limits before what is
// held against them. When ctx is done it returns what is measured so far with the context's error.
func Run(ctx context.Context, o Options) (*Result, error) {
	chosen, err := choose(o.Names)
	if err != nil {
		return nil, err
	}
	all := 0
	for _, e := range chosen {
		all += len(e.variants(o.Threads))
	}
	r := &Result{Machine: thisMachine(o.ISA), Seconds: o.Seconds}
	peaks := map[int]float64{} // by threads
	for _, e := range chosen {
		if o.Watch != nil {
			o.Watch(e.name, len(r.Rows), all)
		}
		rows, err := e.measure(ctx, o)
		if err != nil {
			return r, fmt.Errorf("failed to measure %s: %w", e.name, err)
		}
		for _, row := range rows {
			if e.name == peakFMA {
				peaks[row.Threads] = row.Median
			} else if e.unit == gigaFLOPs {
				row.Percent = 100 * row.Median / peaks[row.Threads]
			}
			r.Rows = append(r.Rows, row)
		}
	}
	r.Complete = true
	return r, nil
}

// measure gives the rows of an entry.
func (e entry) measure(ctx context.Context, o Options) ([]Row, error) {
	variants := e.variants(o.Threads)
	var tasks []*task
	for _, v := range variants {
		t, err := e.start(o.ISA, v)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, t)
	}
	if err := measure(ctx, tasks, o.Seconds); err != nil {
		return nil, err
	}
	rows := make([]Row, len(tasks))
	for i, t := range tasks {
		low, median, high := t.quantiles()
		rate := func(seconds float64) float64 { return t.work / seconds / 1e9 }
		rows[i] = Row{
			Section: e.section, Name: e.name, On: variants[i].on, Threads: variants[i].copies * variants[i].threads,
			Unit: string(e.unit), Median: rate(median), Low: rate(high), High: rate(low),
			Work: t.work, Seconds: median, Repetitions: len(t.seconds),
		}
		rows[i].Speedup = rows[i].Median / rows[0].Median
	}
	return rows, nil
}

// start makes the task of a variant: its copies, each with an engine and data of its own.
func (e entry) start(isa kernel.ISA, v variant) (*task, error) {
	t := &task{}
	for range v.copies {
		run, work, err := e.setup(kernel.New(isa, v.threads), v.copies)
		if err != nil {
			return nil, err
		}
		t.copies = append(t.copies, run)
		t.work += work
	}
	return t, nil
}
