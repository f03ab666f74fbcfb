package remedy

import (
	"errors"
	"fmt"

	"gradlab/internal/rng"
	"gradlab/nn"
	"gradlab/train"
)

// A Variant is what a remedy makes of a subject.
type Variant struct {
	Subject
	Name    string   // of the remedies that were applied: "leaky-relu" where that was drawn
	Changes []string // what they changed, in words
}

// Variants applies the remedy to a model and its training. A remedy that is drawn by the trial's seed gives
// everything that may be drawn, and Draw chooses; any other one gives one variant. It fails where a remedy
// changes nothing, and says why.
func (r Remedy) Variants(m nn.Model, c train.Config) ([]Variant, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	layers, err := m.Expand()
	if err != nil {
		return nil, err
	}
	all := []Variant{{Subject: Subject{nn.Model{Layers: layers, Init: m.Init}, c}, Name: None}}
	if len(r) == 0 {
		all[0].Model = m
		return all, nil
	}
	for i, step := range r {
		var next []Variant
		var last error
		for _, v := range all {
			made, err := step.variants(v)
			if err != nil {
				last = err
				if !step.draws() && !r[:i].Drawn() {
					return nil, err
				}
			}
			next = append(next, made...)
		}
		if len(next) == 0 {
			return nil, last
		}
		all = next
	}
	return all, nil
}

// Draw chooses among the variants of a remedy by a trial's seed, each with the same probability.
func Draw(variants []Variant, seed uint64) Variant {
	if len(variants) == 0 {
		return Variant{Name: None}
	}
	s := rng.New(seed, "remedy", "", 0)
	return variants[s.Intn(len(variants))]
}

// variants are what the step may make of v. Of what is drawn, those that change nothing are left out.
func (step Step) variants(v Variant) ([]Variant, error) {
	var candidates []change
	switch step.Name {
	case Random:
		for _, k := range kinds {
			candidates = append(candidates, change{k.Name, k.make, Step{Name: k.Name}})
		}
		candidates = append(candidates, change{"skip+batchnorm", skipBatchNorm, Step{}})
	case Placebo:
		for _, k := range placebos {
			candidates = append(candidates, change{k.Name, k.make, Step{}})
		}
	default:
		for _, k := range kinds {
			if k.Name == step.Name {
				candidates = []change{{k.Name, k.make, step}}
			}
		}
	}
	var all []Variant
	err := error(&problem{fmt.Sprintf("there is no remedy %q", step.Name), ""})
	for _, c := range candidates {
		next := v
		changes, failed := c.make(&next.Subject, c.step)
		if failed != nil {
			err = fmt.Errorf("%s changes nothing: %w", c.name, failed)
			var hinted interface{ Hint() string }
			if errors.As(failed, &hinted) {
				err = &problem{err.Error(), hinted.Hint()}
			}
			continue
		}
		if next.Name = c.name; v.Name != None {
			next.Name = v.Name + "+" + c.name
		}
		next.Changes = append(v.Changes[:len(v.Changes):len(v.Changes)], changes...)
		all = append(all, next)
	}
	if len(all) == 0 {
		return nil, err
	}
	return all, nil
}

// A change is one that a step may come to.
type change struct {
	name string
	make func(s *Subject, step Step) ([]string, error)
	step Step
}
