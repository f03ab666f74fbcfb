package lab

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"gradlab/data"
	"gradlab/internal/kernel"
	"gradlab/preflight"
	"gradlab/remedy"
	"gradlab/study"
)

// Preflight is what is seen of a study's networks before any is trained.
type Preflight struct {
	Study string          `json:"study"`
	Parts []PartPreflight `json:"parts"`
}

// PartPreflight is one study of a tour, or the study itself.
type PartPreflight struct {
	Study  string           `json:"study"`
	Data   data.Info        `json:"data"`
	Models []ModelPreflight `json:"models"`
}

// ModelPreflight is what is seen of the arms that begin alike.
type ModelPreflight struct {
	Arms   []string `json:"arms"`
	Layers []string `json:"layers"`
	*preflight.Report
}

// preflightSeeds is how many of a study's seeds are looked at: an interval needs a few. A study of fewer than
// leastSeeds borrows the numbers that follow.
const (
	preflightSeeds = 5
	leastSeeds     = 3
)

// Preflighted looks at every network of a study as it is at initialisation, and at whether it can overfit one
// batch. watch, which may be nil, hears which arms come next.
func Preflighted(ctx context.Context, s *study.Study, o Options, watch func(arm string, done, all int)) (*Preflight, error) {
	isa, err := kernel.ParseISA(o.ISA)
	if err != nil {
		return nil, fmt.Errorf("failed to choose kernels: %w", err)
	}
	parts, err := s.Parts()
	if err != nil {
		return nil, err // names its place itself
	}
	open, err := openParts(ctx, parts, o)
	if err != nil {
		return nil, err
	}
	defer closeData(open)
	out := &Preflight{Study: s.Name()}
	type task struct {
		part  *openPart
		model *ModelPreflight
	}
	var tasks []task
	for _, p := range open {
		out.Parts = append(out.Parts, PartPreflight{Study: p.Name, Data: p.info, Models: p.distinct()})
		models := out.Parts[len(out.Parts)-1].Models
		for i := range models {
			tasks = append(tasks, task{p, &models[i]})
		}
	}
	threads := max(1, o.Threads)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan task)
	var jobs sync.WaitGroup
	for range min(len(tasks), max(1, cores()/threads)) {
		jobs.Go(func() {
			engine := kernel.New(isa, threads)
			for t := range queue {
				if err := t.part.look(ctx, t.model, engine); err != nil {
					cancel(err) // the first one counts
				}
			}
		})
	}
	for i, t := range tasks {
		if ctx.Err() != nil {
			break
		}
		if watch != nil {
			watch(t.model.Arms[0], i, len(tasks))
		}
		queue <- t
	}
	close(queue)
	jobs.Wait()
	return out, context.Cause(ctx)
}

// distinct lists the networks of the part that differ in how they begin, by the arm that has them first.
func (p *openPart) distinct() []ModelPreflight {
	var out []ModelPreflight
	var subjects []remedy.Subject
arms:
	for _, a := range p.Part.Arms {
		begins := p.begins(a)
		for i, other := range subjects {
			if reflect.DeepEqual(other, begins) {
				out[i].Arms = append(out[i].Arms, a.Name)
				continue arms
			}
		}
		subjects = append(subjects, begins)
		out = append(out, ModelPreflight{Arms: []string{a.Name}})
	}
	return out
}

// begins is the arm's network and training in the trials of its first seed.
func (p *openPart) begins(a study.Arm) remedy.Subject { return a.At(p.Seeds[0]).Subject }

// look fills in what is seen of m.
func (p *openPart) look(ctx context.Context, m *ModelPreflight, engine *kernel.Engine) error {
	for i, a := range p.Part.Arms {
		if a.Name != m.Arms[0] {
			continue
		}
		seeds := p.Seeds[:min(len(p.Seeds), preflightSeeds)]
		for len(seeds) < leastSeeds {
			seeds = append(seeds[:len(seeds):len(seeds)], seeds[len(seeds)-1]+1)
		}
		begins := p.begins(a)
		report, err := preflight.Look(ctx, preflight.Subject{Model: begins.Model, Train: begins.Train, Data: p.data, Engine: engine}, seeds)
		if err != nil {
			return fmt.Errorf("failed to look at %s of %s: %w", a.Name, p.Name, err)
		}
		m.Layers, m.Report = p.arms[i].Layers, report
	}
	return nil
}
