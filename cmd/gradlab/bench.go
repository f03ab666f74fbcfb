package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"gradlab/internal/bench"
	"gradlab/internal/kernel"
	"gradlab/internal/workload"
)

type benchCmd struct {
	Names   []string `arg:"" optional:"" help:"What to measure: a section (limits, matmul, conv, elementwise, step), a row, or a part of its name, as W1. Default: everything."`
	ISA     string   `name:"isa" default:"auto" placeholder:"ISA" help:"Kernels to use: auto, avx512, avx2, neon or portable. Default: ${default}."`
	Threads int      `placeholder:"N" help:"The most threads to use. Default: as many as there are cores."`
	Seconds float64  `default:"0.5" placeholder:"S" help:"Seconds of measuring each row. Default: ${default}."`
	JSON    bool     `name:"json" help:"Print the figures as JSON in place of a table."`
	Quiet   bool     `short:"q" help:"Show no progress."`
}

// Help explains the figures and lists examples and workloads.
func (c *benchCmd) Help() string {
	var b strings.Builder
	b.WriteString(`The limits of this machine come first: how fast it multiplies and adds (PeakFMA) and reads memory when it does nothing else. Everything in GFLOP/s is then a percentage of PeakFMA on as many threads, of the same run. A figure is the median over repetitions, with what nine tenths of them exceed and fall below. Rows of one name are measured in turn, so that other programs meet all of them alike; still, a busy machine measures low.

Examples:

  gradlab bench
  gradlab bench step --seconds 2
  gradlab bench W1 Conv/6to16 --threads 1 --isa avx2
  gradlab bench --json > bench.json

Training steps are forward, backward and update of:

`)
	for _, w := range workload.All() {
		fmt.Fprintf(&b, "  %s  %s\n", w.Name, w.About)
	}
	b.WriteString("\nExit codes: 0 done, 2 wrong usage, 130 interrupted (what was measured so far is printed).")
	return b.String()
}

// Run measures and prints, what an interruption leaves as well.
func (c *benchCmd) Run(con *console) error {
	isa, err := kernel.ParseISA(c.ISA)
	if err != nil {
		err = fmt.Errorf("--isa: %w", err)
	}
	if err := cmp.Or(err, inRange("--threads", c.Threads, 0, maxThreads), c.checkSeconds()); err != nil {
		return usage{fmt.Errorf("failed to read the command line: %w", err), "gradlab bench --help shows its flags and arguments"}
	}
	p := newProgress(con.err, c.Quiet, false)
	begin := time.Now()
	r, err := bench.Run(con.ctx, bench.Options{
		ISA: isa, Threads: cmp.Or(c.Threads, runtime.NumCPU()), Seconds: c.Seconds, Names: c.Names,
		Watch: func(name string, done, all int) {
			p.row(name, done, all, time.Since(begin))
		},
	})
	p.close()
	if r == nil {
		return usage{fmt.Errorf("failed to read the command line: %w", err), hintOf(err)}
	}
	r.Machine.Gradlab = version()
	e := error(nil)
	if c.JSON {
		e = printJSON(con.out, r)
	} else {
		e = printBench(con.out, r)
	}
	if e != nil {
		return fmt.Errorf("failed to print the figures: %w", e)
	}
	return err
}

func (c *benchCmd) checkSeconds() error {
	if !(c.Seconds > 0 && c.Seconds <= 3600) {
		return fmt.Errorf("--seconds is %v, expected a number above 0, at most 3600", c.Seconds)
	}
	return nil
}

// row shows which row is measured next: the live line, or a line of its own.
func (p *progress) row(name string, done, all int, elapsed time.Duration) {
	text := fmt.Sprintf("[%d/%d] %s · %s", done+1, all, left(elapsed, float64(done)/float64(all)), name)
	switch {
	case p.live:
		p.show(text)
	case p.lines:
		p.print(text)
	}
}

// printBench prints a table for people.
func printBench(w io.Writer, r *bench.Result) error {
	m := r.Machine
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, kernels %s; gradlab %s, %s, %s", m.CPU, counted(m.Cores, "core"), m.ISA, m.Gradlab, m.Go, m.System)
	if m.Load > 0 {
		fmt.Fprintf(&b, "; load %.2f", m.Load)
	}
	fmt.Fprintf(&b, "\n\n%-28s %-10s %9s %-11s %-17s %8s %8s %12s\n", "", "on", "median", "", "10 to 90 %", "of peak", "speed-up", "a call")
	section := ""
	for _, row := range r.Rows {
		if section != "" && section != row.Section {
			b.WriteByte('\n')
		}
		section = row.Section
		percent, speedup := "", ""
		if row.Percent > 0 {
			percent = fmt.Sprintf("%.1f %%", row.Percent)
		}
		if row.On != "1 thread" {
			speedup = fmt.Sprintf("%.2f", row.Speedup)
		}
		line := fmt.Sprintf("%-28s %-10s %9s %-11s %-17s %8s %8s %12s", row.Name, row.On, figure(row.Median), row.Unit,
			figure(row.Low)+" – "+figure(row.High), percent, speedup, duration(row.Seconds))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	b.WriteString("\nOf peak: of PeakFMA on as many threads, in this run. Speed-up: against one thread. A call: one product,\n" +
		"pass over a vector, or training step.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// figure writes a speed with three digits or more.
func figure(f float64) string {
	switch {
	case f >= 100:
		return fmt.Sprintf("%.1f", f)
	case f >= 10:
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.3f", f)
}

// duration writes the time of a call in the unit that suits it.
func duration(seconds float64) string {
	switch {
	case seconds >= 1:
		return fmt.Sprintf("%.2f s", seconds)
	case seconds >= 1e-3:
		return fmt.Sprintf("%.2f ms", seconds*1e3)
	case seconds >= 1e-6:
		return fmt.Sprintf("%.2f µs", seconds*1e6)
	}
	return fmt.Sprintf("%.0f ns", seconds*1e9)
}
