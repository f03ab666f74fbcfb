package lab

import (
	"fmt"
	"time"

	"gradlab/nn"
	"gradlab/train"
)

// checkpointInterval is the default of Options.Checkpoint. With it, what is lost to a power failure is half a minute.
const checkpointInterval = 30 * time.Second

// dearness is how many times as long as it took to write the newest checkpoint a trial goes on before the next one:
// whatever the disk, checkpoints take no more than a hundredth of the time.
const dearness = 100

// diary keeps one trial in the store while it runs. Without a store it does nothing. What cannot be written is warned
// of once, and costs the trial nothing.
type diary struct {
	run   *run
	task  *Task
	id    string
	title string // of the trial, in warnings
	every time.Duration

	newest time.Time     // checkpoint, or beginning
	asked  time.Time     // when the checkpoint became due that is being made; zero of one for another reason
	took   time.Duration // the newest one
	warned bool

	begun   bool  // the log has been opened
	pending []any // events that are not in it yet
	lost    error // why
}

// openDiary gives what keeps the trial, and where it stands: nil at the beginning.
func (r *run) openDiary(t *Task) (*diary, *train.Checkpoint) {
	d := &diary{run: r, task: t, id: t.Trial.ID, title: t.Trial.Title(), every: r.Checkpoint, newest: time.Now()}
	if r.store == nil {
		return d, nil
	}
	return d, d.checkpoint()
}

// checkpoint reads where the trial stands.
func (d *diary) checkpoint() *train.Checkpoint {
	file, err := d.run.store.LoadCheckpoint(d.id)
	if err == nil && file == nil {
		return nil
	}
	var c *train.Checkpoint
	if err == nil {
		c, err = train.ReadCheckpoint(file)
	}
	if err == nil && c.Trial() != d.id {
		err = fmt.Errorf("its checkpoint is of trial %s", c.Trial())
	}
	if err != nil {
		d.warn("begins again", err)
		return nil
	}
	return c
}

// begin opens the trial's log behind what an earlier run has told of it, and writes what is missing there.
func (d *diary) begin(told []any) {
	if d.run.store == nil {
		return
	}
	d.begun = true
	events := append([]any{newBeginEvent(d.task)}, told...)
	kept, torn, err := d.run.store.StartLog(d.id, len(events))
	if err != nil {
		d.failed("its events are not kept", err)
		return
	}
	if torn > 0 {
		d.warn("goes on", fmt.Errorf("the end of its log was torn, and %d bytes of it were cut off", torn))
	}
	for _, e := range events[kept:] {
		d.append(e)
	}
}

// append appends an event, behind those before it that could not be appended yet: a log has no holes.
func (d *diary) append(event any) {
	if d.run.store == nil {
		return
	}
	if !d.begun { // it failed before it began to train
		d.begin(nil)
	}
	d.pending = append(d.pending, event)
	for len(d.pending) > 0 {
		if d.lost = d.run.store.Append(d.id, d.pending[0]); d.lost != nil {
			return
		}
		d.pending = d.pending[1:]
	}
}

// end keeps the outcome of a trial that has ended. The log of one that is interrupted says so, for who looks on, until it
// goes on.
func (d *diary) end(t Trial, weights []nn.Tensor[float32]) error {
	if d.run.store == nil {
		return nil
	}
	d.append(newEndEvent(t))
	if t.Status == Interrupted {
		d.run.store.EndLog(d.id)
		return nil
	}
	if d.lost != nil {
		d.failed("its log lacks "+count(len(d.pending), "event"), d.lost)
	}
	var file []byte
	if d.run.Weights && len(weights) > 0 {
		var err error
		if file, err = weightsFile(t, weights); err != nil {
			return err
		}
	}
	return d.run.store.SaveTrial(d.id, t, file)
}

// Due makes d a train.Keeper.
func (d *diary) Due(int) bool {
	if d.run.store == nil {
		return false
	}
	now := time.Now()
	if now.Sub(d.newest) < max(d.every, dearness*d.took) {
		return false
	}
	d.asked = now
	return true
}

// Keep writes a checkpoint. It does so on the training goroutine: what takes its time is the disk's syncing, during which
// another copy of the state would be in memory, and Due sees to it that it stays a hundredth.
func (d *diary) Keep(_ int, file []byte) {
	if d.run.store == nil {
		return
	}
	if err := d.run.store.SaveCheckpoint(d.id, file); err != nil {
		d.failed("no checkpoint is kept, and after an interruption it goes on from an older one or begins again", err)
	}
	d.newest = time.Now()
	if !d.asked.IsZero() { // else the trial is being stopped
		d.took, d.asked = d.newest.Sub(d.asked), time.Time{}
	}
}

// failed warns once that something cannot be kept.
func (d *diary) failed(what string, err error) {
	if !d.warned {
		d.warned = true
		d.warn("goes on", fmt.Errorf("%s: %w", what, err))
	}
}

func (d *diary) warn(what string, err error) {
	d.run.mu.Lock()
	defer d.run.mu.Unlock()
	d.run.warn(fmt.Sprintf("%s %s: %v", d.title, what, err))
}
