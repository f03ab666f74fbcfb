package lab

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"gradlab/internal/kernel"
	"gradlab/train"
)

// trial runs one task and puts its outcome into the results and the store.
func (r *run) trial(ctx context.Context, t *Task, engine *kernel.Engine) {
	all := ctx
	ctx, end := t.stop.begin(ctx)
	defer end()
	if ctx.Err() != nil { // stopped before its turn came
		if all.Err() == nil { // by itself
			out := t.Trial
			if diary, from := r.openDiary(t); from == nil { // else its log says already where it stands
				diary.end(out, nil)
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.Watch.End(t, &out)
		}
		return
	}
	diary, from := r.openDiary(t)
	if from != nil {
		t.Before = min(from.Images(), t.Work)
	}
	r.mu.Lock()
	r.Watch.Start(t)
	r.mu.Unlock()

	out, rec := t.Trial, &recorder{run: r, task: t, diary: diary}
	result, err := r.train(ctx, t, engine, rec, from)
	if from != nil && errors.Is(err, train.ErrCheckpoint) { // before anything was told
		diary.warn("begins again", err)
		t.Before = 0
		r.mu.Lock()
		r.Watch.Start(t)
		r.mu.Unlock()
		result, err = r.train(ctx, t, engine, rec, nil)
	}
	switch {
	case err == nil:
		out.fill(result)
		out.Status = Done
	case ctx.Err() != nil:
		out.Status, out.Epochs = Interrupted, rec.epochs
		result = &train.Result{}
	default:
		out.Status, out.Error = Failed, err.Error()
		result = &train.Result{}
	}
	unkept := diary.end(out, result.Weights)
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list(t.choosing)
	for _, i := range t.places {
		list[i] = out.as(list[i])
	}
	r.Watch.End(t, &out)
	if unkept != nil {
		r.warn(fmt.Sprintf("%s: the trial counts, but it is not kept and would run again: %v", diary.title, unkept))
	}
}

// train trains one network, from where it stands; a panic becomes an error that names its place.
func (r *run) train(ctx context.Context, t *Task, engine *kernel.Engine, rec *recorder, from *train.Checkpoint) (_ *train.Result, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v (%s)", cause, panicPlace(string(debug.Stack())))
		}
	}()
	return r.trainer(ctx, train.Trial{
		Model: t.variant.Model, Data: t.part.data, Config: t.variant.Train, Seed: t.Trial.Seed, Engine: engine,
		ID: t.Trial.ID, Keeper: rec.diary, From: from,
	}, rec)
}

// panicPlace finds the line that panicked in a stack: the second one after the call of panic.
func panicPlace(stack string) string {
	_, after, found := strings.Cut(stack, "\npanic(")
	lines := strings.Split(after, "\n")
	if !found || len(lines) < 4 {
		return "unknown place"
	}
	place, _, _ := strings.Cut(strings.TrimSpace(lines[3]), " +0x")
	return place
}

// recorder passes on what a trial tells.
type recorder struct {
	run    *run
	task   *Task
	diary  *diary
	epochs []Epoch // that are finished
}

func (rec *recorder) Begin(told []train.Event) {
	var events []any
	for _, e := range told {
		if e.Window != nil {
			events = append(events, newWindowEvent(*e.Window))
		} else {
			rec.epochs = append(rec.epochs, epochRecord(*e.Epoch))
			events = append(events, newEpochEvent(rec.epochs[len(rec.epochs)-1]))
		}
	}
	rec.diary.begin(events)
}

func (rec *recorder) Window(w train.Window) { rec.diary.append(newWindowEvent(w)) }

func (rec *recorder) Step(p train.Progress) {
	rec.run.mu.Lock()
	defer rec.run.mu.Unlock()
	rec.run.Watch.Step(rec.task, p)
}

func (rec *recorder) Epoch(e train.EpochResult) {
	record := epochRecord(e)
	rec.epochs = append(rec.epochs, record)
	rec.diary.append(newEpochEvent(record))
	rec.run.mu.Lock()
	defer rec.run.mu.Unlock()
	rec.run.Watch.Epoch(rec.task, e)
}
