package lab

import (
	"context"
	"fmt"
	"reflect"

	"gradlab/data"
	"gradlab/internal/kernel"
	"gradlab/internal/meminfo"
	"gradlab/nn"
	"gradlab/study"
	"gradlab/train"
)

// Outline is what the trials of a study run and keep in memory, without running one.
type Outline struct {
	Study   string        `json:"study"`
	ISA     string        `json:"isa"`     // of the kernels
	Threads int           `json:"threads"` // of each trial
	Trials  int           `json:"trials"`
	Choices int           `json:"choices,omitempty"` // trials before these, by which arms choose their values
	Parts   []PartOutline `json:"parts"`
	Memory  Memory        `json:"memory"` // of the run
}

// PartOutline is one study of a tour, or the study itself.
type PartOutline struct {
	Study  string         `json:"study"`
	Data   data.Info      `json:"data"`
	Models []ModelOutline `json:"models"`
}

// ModelOutline is a step of the arms that run the same one: their trials differ in seeds, learning rates
// or epochs only.
type ModelOutline struct {
	Arms       []string     `json:"arms"`
	Batch      int          `json:"batch"`
	Layers     []string     `json:"layers"` // with the shapes of their outputs and their numbers of parameters
	Parameters int          `json:"parameters"`
	Step       nn.Outline   `json:"step"`
	Memory     train.Memory `json:"memory"`

	FLOPs    int      `json:"flops"`    // of a step
	Bytes    int      `json:"bytes"`    // that its kernels read and write
	Portable []string `json:"portable"` // kernels for which the instruction set has no code
}

// Outlined gives the outline of a study that is run as o says. Data that is known by name need not be
// there.
func Outlined(ctx context.Context, s *study.Study, o Options) (*Outline, error) {
	isa, err := kernel.ParseISA(o.ISA)
	if err != nil {
		return nil, fmt.Errorf("failed to choose kernels: %w", err)
	}
	parts, err := s.Parts()
	if err != nil {
		return nil, err // names its place itself
	}
	var open []*openPart
	for _, p := range parts {
		info, err := data.Describe(ctx, p.Data, data.Options{Cache: o.Cache})
		if err != nil {
			return nil, err // names the data itself
		}
		op := &openPart{Part: p, info: info, digest: p.Data.String()}
		if err := op.measureArms(); err != nil {
			return nil, err
		}
		open = append(open, op)
	}
	run := &run{Options: o, results: &Results{}}
	tasks := run.plan(open)
	run.share(len(tasks))
	engine := kernel.New(isa, run.Threads)
	if err := weigh(tasks, engine); err != nil {
		return nil, err
	}
	if err := fits("plan", tasks, 1, meminfo.Available()); err != nil {
		return nil, err
	}
	out := &Outline{
		Study: s.Name(), ISA: isa.String(), Threads: run.Threads, Trials: len(tasks), Choices: len(run.planSelection(open)),
		Memory: bound(open, tasks, run.Jobs),
	}
	for _, p := range open {
		part, err := p.outline(engine)
		if err != nil {
			return nil, err
		}
		out.Parts = append(out.Parts, part)
	}
	return out, nil
}

// outline lists each step once that the part's arms run.
func (p *openPart) outline(e *kernel.Engine) (PartOutline, error) {
	out := PartOutline{Study: p.Name, Data: p.info}
	for _, a := range variants(p.Part.Arms) {
		size, memory, err := train.Measure(a.Model, p.info, a.Train, e)
		if err != nil {
			return PartOutline{}, err
		}
		step, err := train.Outline(a.Model, p.info, a.Train, e)
		if err != nil {
			return PartOutline{}, err
		}
		m := ModelOutline{
			Arms: []string{a.Name}, Batch: min(a.Train.Batch, p.info.Train), Layers: size.Layers, Parameters: size.Parameters,
			Step: *step, Memory: memory, FLOPs: step.FLOPs(), Bytes: step.Bytes(), Portable: step.Fallbacks(),
		}
		if same := find(out.Models, m); same != nil {
			same.Arms = append(same.Arms, a.Name)
		} else {
			out.Models = append(out.Models, m)
		}
	}
	return out, nil
}

// variants are the arms with everything that their seeds may draw as an arm of its own: "random (relu)".
func variants(arms []study.Arm) []study.Arm {
	var all []study.Arm
	for _, a := range arms {
		if a.Drawn == nil {
			all = append(all, a)
		}
		for _, v := range a.Drawn {
			all = append(all, study.Arm{Name: fmt.Sprintf("%s (%s)", a.Name, v.Name), Model: v.Model, Train: v.Train})
		}
	}
	return all
}

// find gives the model that is m but for the arms' names, nil for none.
func find(models []ModelOutline, m ModelOutline) *ModelOutline {
	for i := range models {
		other := models[i]
		other.Arms = m.Arms
		if reflect.DeepEqual(other, m) {
			return &models[i]
		}
	}
	return nil
}
