package bench

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"
)

// A task is what is timed: a call of every copy, each copy on a goroutine of its own.
type task struct {
	copies  []func()
	work    float64   // of a call of all copies, in billionths of the unit
	calls   int       // in one repetition
	seconds []float64 // of a call, by repetition
}

// A row's time is divided into so many repetitions, fewer of long calls.
const (
	leastRepetitions = 3
	mostRepetitions  = 20
)

// measure repeats the tasks in turn, so that what else the machine does meets all of them alike, each
// for about the given time.
func measure(ctx context.Context, tasks []*task, seconds float64) error {
	for _, t := range tasks {
		if err := t.calibrate(ctx, seconds/mostRepetitions); err != nil {
			return err
		}
	}
	begin := time.Now()
	for i := range mostRepetitions {
		if i >= leastRepetitions && time.Since(begin).Seconds() > seconds*float64(len(tasks)) {
			break
		}
		for _, t := range tasks {
			t.seconds = append(t.seconds, t.repeat()/float64(t.calls))
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// calibrate finds the number of calls that take about the given time. Its calls warm the task up, too.
func (t *task) calibrate(ctx context.Context, seconds float64) error {
	t.calls = 1
	t.repeat()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		took := t.repeat()
		if took >= seconds/2 {
			t.calls = max(1, int(math.Round(float64(t.calls)*seconds/took)))
			return nil
		}
		t.calls = int(math.Ceil(float64(t.calls) * min(100, 0.8*seconds/max(took, 1e-9))))
	}
}

// repeat gives the seconds that the repetition's calls take.
func (t *task) repeat() float64 {
	begin := time.Now()
	if len(t.copies) == 1 {
		call(t.copies[0], t.calls)
		return time.Since(begin).Seconds()
	}
	var wait sync.WaitGroup
	for _, run := range t.copies {
		wait.Go(func() { call(run, t.calls) })
	}
	wait.Wait()
	return time.Since(begin).Seconds()
}

func call(run func(), times int) {
	for range times {
		run()
	}
}

// quantiles gives the seconds of a call that a tenth, half and nine tenths of the repetitions keep
// within.
func (t *task) quantiles() (low, median, high float64) {
	sorted := slices.Sorted(slices.Values(t.seconds))
	at := func(q float64) float64 {
		place := q * float64(len(sorted)-1)
		i := int(place)
		next := min(i+1, len(sorted)-1)
		return sorted[i] + (place-float64(i))*(sorted[next]-sorted[i])
	}
	return at(0.1), at(0.5), at(0.9)
}
