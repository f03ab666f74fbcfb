package lab

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"gradlab/data"
	"gradlab/gradcheck"
	"gradlab/nn"
	"gradlab/remedy"
	"gradlab/study"
)

// Check is what a check of the gradients of a study's networks found.
type Check struct {
	Study   string            `json:"study"`
	Verdict gradcheck.Verdict `json:"verdict"` // the worst of all networks
	Parts   []PartCheck       `json:"parts"`
}

// PartCheck is one study of a tour, or the study itself.
type PartCheck struct {
	Study  string       `json:"study"`
	Data   data.Info    `json:"data"`
	Models []ModelCheck `json:"models"`
}

// ModelCheck is the check of the arms that have the same network, loss and penalties.
type ModelCheck struct {
	Arms []string `json:"arms"`
	gradcheck.Report
}

// Count counts the networks with a verdict.
func (c *Check) Count(v gradcheck.Verdict) int {
	n := 0
	for _, p := range c.Parts {
		for _, m := range p.Models {
			if m.Verdict == v {
				n++
			}
		}
	}
	return n
}

// Checked checks the gradients of every network of a study on images of its data, with the initial values, masks and
// penalties of its first seed's trials. c.Budget is for all of them: each takes an equal share of what is left.
// watch, which may be nil, hears which arm comes next.
func Checked(ctx context.Context, s *study.Study, o Options, c gradcheck.Options, watch func(arm string, done, all int)) (*Check, error) {
	parts, err := s.Parts()
	if err != nil {
		return nil, err // names its place itself
	}
	open, err := openParts(ctx, parts, o)
	if err != nil {
		return nil, err
	}
	defer closeData(open)
	return check(ctx, s.Name(), open, c, watch)
}

// check is Checked for parts that are open.
func check(ctx context.Context, name string, open []*openPart, c gradcheck.Options, watch func(arm string, done, all int)) (*Check, error) {
	out := &Check{Study: name}
	all, done := 0, 0
	subjects := make([][]checked, len(open))
	for i, p := range open {
		subjects[i] = p.checked()
		all += len(subjects[i])
	}
	deadline := time.Now().Add(c.Budget)
	found := map[string]*gradcheck.Report{} // parts of a tour may share a network
	for i, p := range open {
		part := PartCheck{Study: p.Name, Data: p.info}
		for _, m := range subjects[i] {
			key := fmt.Sprintf("%s %d %#v", p.digest, p.Seeds[0], remedy.Subject{Model: m.subject.Model, Train: m.subject.Train})
			if report := found[key]; report != nil {
				part.Models = append(part.Models, ModelCheck{m.arms, *report})
				done++
				continue
			}
			if watch != nil {
				watch(m.arms[0], done, all)
			}
			options := c
			if c.Budget > 0 {
				options.Budget = max(time.Until(deadline)/time.Duration(all-done), time.Millisecond)
			}
			report, err := p.checkOne(ctx, m.subject, options)
			if err != nil {
				return nil, fmt.Errorf("failed to check %s of %s: %w", m.arms[0], p.Name, err)
			}
			found[key] = report
			part.Models = append(part.Models, ModelCheck{m.arms, *report})
			out.Verdict = gradcheck.Worse(out.Verdict, report.Verdict)
			done++
		}
		out.Parts = append(out.Parts, part)
	}
	return out, nil
}

// checked is a network with the arms that have it.
type checked struct {
	arms    []string
	subject study.Arm
}

// checked lists the networks of the part that differ in what there is to check, with all that seeds may draw.
func (p *openPart) checked() []checked {
	same := func(a, b study.Arm) bool {
		x, y := a.Train, b.Train
		return x.LabelSmoothing == y.LabelSmoothing && inputsOf(x) == inputsOf(y) && x.Rule.Penalty == y.Rule.Penalty &&
			x.Rule.WeightDecay == y.Rule.WeightDecay && x.Rule.Decoupled == y.Rule.Decoupled && sameModel(a.Model, b.Model)
	}
	var out []checked
arms:
	for _, a := range variants(p.Part.Arms) {
		for i, other := range out {
			if same(other.subject, a) {
				out[i].arms = append(out[i].arms, a.Name)
				continue arms
			}
		}
		out = append(out, checked{[]string{a.Name}, a})
	}
	return out
}

// sameModel says whether two models are the same once repeats are written out.
func sameModel(a, b nn.Model) bool {
	x, err := a.Expand()
	if err != nil {
		return false
	}
	y, err := b.Expand()
	return err == nil && a.Init == b.Init && reflect.DeepEqual(x, y)
}

// checkOne checks one network on the first images that its first seed trains on.
func (p *openPart) checkOne(ctx context.Context, a study.Arm, o gradcheck.Options) (*gradcheck.Report, error) {
	c, seed := a.Train, p.Seeds[0]
	in, err := c.InputShape(p.info.H, p.info.W, p.info.C)
	if err != nil {
		return nil, err
	}
	s := gradcheck.Subject{Model: a.Model, In: in, Classes: len(p.info.Classes), Rule: c.Rule, Smoothing: c.LabelSmoothing}
	if o.Samples == 0 {
		if o.Samples, err = s.UsualSamples(); err != nil {
			return nil, err
		}
	}
	o.Seed = seed + c.InitOffset
	table, err := data.NewTableOf[float64](c.Scaling(), p.data.Train, nil)
	if err != nil {
		return nil, err
	}
	loader, err := data.NewLoader(p.data.Train, table, min(o.Samples, p.info.Train), seed+c.OrderOffset, true)
	if err != nil {
		return nil, err
	}
	if loader, err = loader.Transformed(c.Transforms, seed); err != nil {
		return nil, err
	}
	for _, b := range loader.Epoch(ctx, 0, 0) {
		s.X, s.Labels = append(s.X, b.X...), append(s.Labels, b.Labels[:b.N]...)
		break
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return gradcheck.Model(ctx, s, o)
}

// checkInRun is the check that stands in a study's results: of entries of each tensor, at initialisation. It has no
// clock in it, so that the results follow from the study alone.
func checkInRun(ctx context.Context, name string, open []*openPart, entries int) (*Check, error) {
	c, err := check(ctx, name, open, gradcheck.Options{PerTensor: entries, Steps: -1, Saturate: -1, ISA: "auto", Brief: true}, nil)
	if err != nil {
		return nil, err
	}
	for _, p := range c.Parts {
		for i := range p.Models {
			p.Models[i].Seconds = 0
		}
	}
	return c, nil
}
