package lab

import (
	"fmt"

	"gradlab/data"
	"gradlab/internal/kernel"
	"gradlab/study"
	"gradlab/train"
)

// Memory bounds the memory that a run takes, in bytes. What every trial shares stands there once; Trial is
// the largest of those that are to run, of which Jobs run at a time.
type Memory struct {
	Data    int64 `json:"data"`    // images and labels of every data set
	Mapped  int64 `json:"mapped"`  // bytes of files that hold pictures which are too many for that; not part of the bound
	Jobs    int   `json:"jobs"`    // trials at a time
	Trial   int64 `json:"trial"`   // parameters, buffers, scratch and batches of one
	Results int64 `json:"results"` // the figures of all trials, and the report of them
	Program int64 `json:"program"` // the program itself, Go's runtime, the reading of data, and room for garbage
}

// Total is the bound.
func (m Memory) Total() int64 { return m.Data + int64(m.Jobs)*m.Trial + m.Results + m.Program }

func (m Memory) String() string {
	data := megabytes(m.Data)
	if m.Mapped > 0 {
		data += " (beside " + megabytes(m.Mapped) + " in a mapped file)"
	}
	return fmt.Sprintf("memory: data %s, %s × %s, results %s, program %s: at most %d MB",
		data, count(m.Jobs, "trial"), megabytes(m.Trial), megabytes(m.Results), megabytes(m.Program), (m.Total()+999_999)/1e6)
}

// programBytes is Memory.Program. A run of next to nothing takes a third of it.
const programBytes = 96e6

// resultBytes bounds what the figures of a trial of the arm take: as text in results.json, and three times
// as much where they are held, written and drawn.
func resultBytes(a Arm, c train.Config, d data.Info) int64 {
	classes, answers := len(d.Classes), 0
	if c.Test == train.TestOnce {
		answers = 4 * d.Test // three bytes each, in base64
	}
	return resultCopies * (2000 + int64(c.Epochs)*int64(300+4*classes*classes) + 3500*int64(len(a.Layers)) + int64(answers))
}

// resultCopies is how many times the text of a trial's figures they take of memory.
const resultCopies = 4

// choices is the number of trials with which the arm's values are chosen.
func (p *openPart) choices(a study.Arm) int {
	if p.Part.Choice == nil || len(a.Candidates) < 2 {
		return 0
	}
	return len(a.Candidates) * len(p.Part.Choice.Seeds)
}

// bound is the memory of a run of tasks, whose results hold all trials of the parts.
func bound(parts []*openPart, tasks []*Task, jobs int) Memory {
	m := Memory{Jobs: jobs, Program: programBytes}
	seen := map[string]bool{}
	for _, p := range parts {
		for i, a := range p.Part.Arms {
			m.Results += int64(len(p.Seeds)+p.choices(a)) * resultBytes(p.arms[i], a.Train, p.info)
		}
		if name := p.Data.String(); !seen[name] {
			seen[name] = true
			m.Data += p.info.Bytes
			m.Mapped += p.info.Mapped
		}
	}
	for _, t := range tasks {
		m.Trial = max(m.Trial, t.bytes)
	}
	return m
}

// weigh sets the memory that each of the tasks takes on the engine e.
func weigh(tasks []*Task, e *kernel.Engine) error {
	type key struct {
		arm     *study.Arm
		variant string
	}
	known := map[key]train.Memory{}
	for _, t := range tasks {
		k := key{t.arm, t.variant.Name}
		m, ok := known[k]
		if !ok {
			var err error
			_, m, err = train.Measure(t.variant.Model, t.part.info, t.variant.Train, e)
			if err != nil {
				return err
			}
			known[k] = m
		}
		t.bytes, t.weights, t.checkpoint = m.Total(), m.Plan.Parameters+m.Plan.Statistics, m.Checkpoint()
	}
	return nil
}

// memoryError is a trial that does not fit into memory.
type memoryError struct{ text, hint string }

func (e *memoryError) Error() string { return e.text }
func (e *memoryError) Hint() string  { return e.hint }

// fits says whether the largest of the tasks fits into the available bytes as often as there are
// jobs. A program that asks for more memory than there is ends without a word about the reason.
func fits(what string, tasks []*Task, jobs int, available int64) error {
	var largest *Task
	for _, t := range tasks {
		if largest == nil || t.bytes > largest.bytes {
			largest = t
		}
	}
	if largest == nil || int64(jobs)*largest.bytes <= available {
		return nil
	}
	e := &memoryError{
		text: fmt.Sprintf("failed to %s %s of %s: training it takes %s of memory", what, largest.Trial.Arm, largest.Trial.Study, gigabytes(largest.bytes)),
		hint: "take a smaller model or batch",
	}
	if jobs > 1 {
		e.text += fmt.Sprintf(", %d trials at a time take %s", jobs, gigabytes(int64(jobs)*largest.bytes))
	}
	if jobs > 1 && largest.bytes <= available {
		e.hint = "run fewer trials at a time (--jobs 1), or " + e.hint
	}
	e.text += fmt.Sprintf(", but only %s are free", gigabytes(available))
	return e
}

func megabytes(n int64) string {
	if n < 10e6 {
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}

func gigabytes(n int64) string { return fmt.Sprintf("%.1f GB", float64(n)/1e9) }
