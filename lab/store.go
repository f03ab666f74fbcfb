package lab

import (
	"fmt"
	"strconv"
	"time"

	"gradlab/internal/kernel"
	"gradlab/internal/safetensors"
	"gradlab/nn"
	"gradlab/train"
)

// A Store keeps trials between runs: those that have ended, and those that are on their way. The run directory is
// one. A method that returns without an error has made sure that what it was given survives.
type Store interface {
	Free() (bytes int64, known bool) // room for what is to be kept

	// Begin comes before the first trial, and again once values are chosen, with the hashes of all that the study asks for,
	// one for each part that does; "" is one that is not known yet. The outline is a Results without a figure of a trial.
	// Nothing is wrong that could be known by now.
	Begin(trials []string, outline any) error

	LoadTrial(hash string, v any) (found bool, err error)
	SaveTrial(hash string, v any, weights []byte) error  // weights is nil for none
	LoadCheckpoint(hash string) (file []byte, err error) // nil for none
	SaveCheckpoint(hash string, file []byte) error

	// StartLog opens a trial's log of events behind the first keep of them, gives how many it has, and the number of bytes
	// of a torn one that it has cut off. What Append gets need survive the process only; SaveTrial ends the log, and so
	// does EndLog, for a trial that is interrupted.
	StartLog(hash string, keep int) (kept int, torn int64, err error)
	Append(hash string, event any) error
	EndLog(hash string)
}

// checkpointInterval is the default of Options.Checkpoint. With it, what is lost to a power failure is half a minute.
const checkpointInterval = 30 * time.Second

// dearness is how many times as long as it took to write the newest checkpoint a trial goes on before the next one:
// whatever the disk, checkpoints take no more than a hundredth of the time.
const dearness = 100

// Events of a trial's log, in their order: one begins it, one for each epoch, one ends it.
type (
	beginEvent struct {
		Event string         `json:"event"` // "begin"
		Time  string         `json:"time"`
		Study string         `json:"study"`
		Arm   string         `json:"arm"`
		Label map[string]any `json:"labels"`
		Seed  uint64         `json:"seed"`

		Steps  int `json:"steps"` // of the whole training
		Epochs int `json:"epochs"`
	}
	epochEvent struct {
		Event string `json:"event"` // "epoch"
		Time  string `json:"time"`
		Epoch Epoch  `json:"epoch"`
	}
	endEvent struct {
		Event  string `json:"event"` // "end"
		Time   string `json:"time"`
		Status string `json:"status"`
		Error  string `json:"error,omitempty"`
		Digest string `json:"digest,omitempty"`
	}
)

// diary keeps one trial in the store while it runs. Without a store it does nothing. What cannot be written is warned
// of once, and costs the trial nothing.
type diary struct {
	run   *run
	id    string
	title string // of the trial, in warnings
	every time.Duration

	newest time.Time     // checkpoint, or beginning
	begun  time.Time     // of the checkpoint that is being made because it was due; else zero
	took   time.Duration // the newest one
	warned bool

	pending []any // events that are not in the log yet
	lost    error // why
}

// openDiary begins the trial's log, or goes on with it, and gives where the trial stands: nil at the beginning.
func (r *run) openDiary(t *Task) (*diary, *train.Checkpoint) {
	d := &diary{run: r, id: t.Trial.ID, title: t.Trial.Title(), every: r.Checkpoint, newest: time.Now()}
	if r.store == nil {
		return d, nil
	}
	from := d.checkpoint()
	d.startLog(t, from)
	return d, from
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

// beginAgain forgets what the log has of the way to a checkpoint that proved to be none of the trial.
func (d *diary) beginAgain(t *Task, cause error) {
	d.warn("begins again", cause)
	d.run.store.EndLog(d.id)
	d.pending, d.lost = nil, nil
	d.startLog(t, nil)
}

// startLog opens the log behind what the checkpoint knows of, and writes what is missing there.
func (d *diary) startLog(t *Task, from *train.Checkpoint) {
	now := time.Now().UTC().Format(time.RFC3339)
	steps, _ := train.Steps(t.part.data, t.variant.Train, t.Trial.Seed) // training itself fails for what has none
	events := []any{beginEvent{"begin", now, t.Trial.Study, t.Trial.Arm, t.Trial.Labels, t.Trial.Seed, steps, t.Epochs}}
	if from != nil {
		for _, e := range from.Epochs() {
			events = append(events, epochEvent{"epoch", now, epochRecord(e)})
		}
	}
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

func (d *diary) epoch(e Epoch) {
	d.append(epochEvent{"epoch", time.Now().UTC().Format(time.RFC3339), e})
}

// append appends an event, behind those before it that could not be appended yet: a log has no holes.
func (d *diary) append(event any) {
	if d.run.store == nil {
		return
	}
	d.pending = append(d.pending, event)
	for len(d.pending) > 0 {
		if d.lost = d.run.store.Append(d.id, d.pending[0]); d.lost != nil {
			return
		}
		d.pending = d.pending[1:]
	}
}

// end keeps the outcome of a trial that has ended, or closes the log of one that is interrupted.
func (d *diary) end(t Trial, weights []nn.Tensor[float32]) error {
	if d.run.store == nil {
		return nil
	}
	if t.Status == Interrupted {
		d.run.store.EndLog(d.id)
		return nil
	}
	d.append(endEvent{"end", time.Now().UTC().Format(time.RFC3339), t.Status, t.Error, t.Digest})
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

// weightsFile is the state dict of a trial's network as a safetensors file.
func weightsFile(t Trial, weights []nn.Tensor[float32]) ([]byte, error) {
	f := safetensors.File{Metadata: map[string]string{
		"format": "pt", "gradlab.trial": t.ID, "gradlab.digest": t.Digest, "gradlab.numerics": strconv.Itoa(kernel.Numerics),
	}}
	for _, w := range weights {
		f.Tensors = append(f.Tensors, safetensors.Float32s(w.Name, w.Shape, w.Values))
	}
	return f.Encode()
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
	d.begun = now
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
	if !d.begun.IsZero() { // else the trial is being stopped
		d.took, d.begun = d.newest.Sub(d.begun), time.Time{}
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
