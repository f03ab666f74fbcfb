package lab

import (
	"time"

	"gradlab/train"
)

// Events of a trial's log, in their order: one begins it, one is told at the end of each window of training and of each
// epoch, one ends it.
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
	windowEvent struct {
		Event  string `json:"event"` // "window"
		Time   string `json:"time"`
		Window Window `json:"window"`
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

func newBeginEvent(t *Task) beginEvent {
	steps, _ := train.Steps(t.part.data, t.variant.Train, t.Trial.Seed) // training itself fails for what has none
	return beginEvent{"begin", eventTime(), t.Trial.Study, t.Trial.Arm, t.Trial.Labels, t.Trial.Seed, steps, t.Epochs}
}

func newWindowEvent(w train.Window) windowEvent {
	return windowEvent{"window", eventTime(), windowRecord(w)}
}

func newEpochEvent(e Epoch) epochEvent { return epochEvent{"epoch", eventTime(), e} }

func newEndEvent(t Trial) endEvent {
	return endEvent{"end", eventTime(), t.Status, t.Error, t.Digest}
}

func eventTime() string { return time.Now().UTC().Format(time.RFC3339) }
