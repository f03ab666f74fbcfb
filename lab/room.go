package lab

import (
	"fmt"

	"gradlab/data"
	"gradlab/probe"
	"gradlab/study"
	"gradlab/train"
)

// room bounds the bytes that a run writes into its store: of every trial that is to run its figures, its events and
// its weights, a checkpoint of each that runs at a time, twice while it is replaced, and the report of all.
func room(parts []*openPart, tasks []*Task, jobs int, weights bool) int64 {
	const (
		block  = 4096 // of the file system: no file takes less
		report = 4e6  // of a part: page, tables, drawings
	)
	bytes, text, log := int64(0), map[*study.Arm]int64{}, map[*study.Arm]int64{}
	for _, p := range parts {
		bytes += report
		for i := range p.Part.Arms {
			a := &p.Part.Arms[i]
			text[a] = resultBytes(p.arms[i], a.Train, p.info) / resultCopies
			log[a] = text[a] + windowBytes(p.arms[i], a.Train, p.info)
			for j := range a.Candidates {
				text[&a.Candidates[j]], log[&a.Candidates[j]] = text[a], log[a]
			}
			bytes += int64(len(p.Seeds)+p.choices(*a)) * text[a] // in results.json and the tables
		}
	}
	largest := int64(0)
	for _, t := range tasks {
		bytes += text[t.arm] + log[t.arm] + 5*block // result.json and events
		if weights {
			bytes += t.weights
		}
		largest = max(largest, t.checkpoint)
	}
	return bytes + int64(2*jobs)*largest
}

// windowBytes bounds what a trial's log has of windows of training: figures of each position and a histogram.
func windowBytes(a Arm, c train.Config, d data.Info) int64 {
	const (
		around   = 500
		position = 8*20 + probe.Bins*6
	)
	windows := min(probe.MaxWindows, int64(c.Epochs)*int64(1+d.Train/max(1, c.Batch)))
	return windows * (around + position*int64(len(a.Layers)))
}

// A roomError is a run that does not fit on the disk.
type roomError struct{ text string }

func (e *roomError) Error() string { return e.text }

// Hint says what helps.
func (e *roomError) Hint() string {
	return "free some space (gradlab clean), give another directory with --out, or keep no weights (--no-weights)"
}

// fitsOnDisk refuses a run that would fill the disk before its end.
func fitsOnDisk(store Store, need int64) error {
	free, known := store.Free()
	if !known || need <= free {
		return nil
	}
	return &roomError{fmt.Sprintf("failed to begin: the run may take up to %s on disk, but only %s are free there", megabytes(need), megabytes(free))}
}
