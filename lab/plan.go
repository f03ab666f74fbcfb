package lab

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"

	"gradlab/data"
	"gradlab/internal/kernel"
	"gradlab/study"
	"gradlab/train"
)

// Format is the version of Results.
const Format = 1

// openPart is a part of the study with its data in memory.
type openPart struct {
	study.Part
	data   *data.Dataset // nil where nothing will be trained
	digest string        // of the data
	found  *DataLook     // in it; nil where nothing will be trained
	info   data.Info
	arms   []Arm
	choice *Choice // of the arms' values; nil without one
}

// openParts loads the data of every part, each set once, and measures every arm's model, so that a
// model that does not fit its data is found before the first trial.
func openParts(ctx context.Context, parts []study.Part, o Options) (_ []*openPart, err error) {
	type loaded struct {
		set    *data.Dataset
		digest string
		found  *DataLook
	}
	sets := map[string]loaded{}
	defer func() {
		if err != nil {
			for _, l := range sets {
				l.set.Close()
			}
		}
	}()
	var open []*openPart
	for _, p := range parts {
		l, found := sets[p.Data.String()]
		if !found {
			set, err := data.Open(ctx, p.Data, data.Options{Cache: o.Cache})
			if err != nil {
				return nil, err // names the data itself
			}
			l = loaded{set, set.Digest(), lookAt(set)}
			sets[p.Data.String()] = l
		}
		op := &openPart{Part: p, data: l.set, digest: l.digest, found: l.found, info: l.set.Info()}
		if err := op.measureArms(); err != nil {
			return nil, err
		}
		open = append(open, op)
	}
	return open, nil
}

// closeData gives back what the data of the parts takes beside memory, when nothing is trained any more.
func closeData(open []*openPart) {
	for _, p := range open {
		p.data.Close() // it ends with the program at the latest
	}
}

// measureArms makes the arms' records.
func (p *openPart) measureArms() error {
	for _, a := range p.Part.Arms {
		arm, err := p.measure(a)
		if err != nil {
			return fmt.Errorf("failed to build arm %s of study %s: %w", a.Name, p.Name, err)
		}
		p.arms = append(p.arms, arm)
	}
	p.choice = newChoice(p.Part)
	return nil
}

// measure makes the arm's record, whose figures come later.
func (p *openPart) measure(a study.Arm) (Arm, error) {
	size, _, err := train.Measure(a.Model, p.info, a.Train, nil)
	if err != nil {
		return Arm{}, err
	}
	for _, v := range a.Drawn {
		if _, _, err := train.Measure(v.Model, p.info, v.Train, nil); err != nil {
			return Arm{}, fmt.Errorf("remedy %s: %w", v.Name, err)
		}
	}
	return Arm{
		Study: p.Name, Name: a.Name, Labels: labels(a),
		Layers: size.Layers, Network: network(size.Graph), Parameters: size.Parameters,
		Remedy: remedyName(a), Changes: a.Changes,
	}, nil
}

// remedyName is the name of an arm's remedy, "" without one.
func remedyName(a study.Arm) string {
	if len(a.Remedy) == 0 {
		return ""
	}
	return a.Remedy.String()
}

func labels(a study.Arm) map[string]any {
	m := map[string]any{}
	for _, l := range a.Labels {
		m[l.Name] = l.Value
	}
	return m
}

// record makes the part's place in the results.
func (p *openPart) record() Part {
	r := p.facts()
	if p.data != nil { // an outline has none
		r.Data.illustrate(p.data, p.Part)
	}
	return r
}

// facts is its place without pictures of the data.
func (p *openPart) facts() Part {
	var names []string
	for _, l := range p.Part.Arms[0].Labels {
		names = append(names, l.Name)
	}
	i, batch := p.info, 0
	d := Data{
		Name: i.Name, Digest: p.digest, Train: i.Train, Test: i.Test,
		Shape: []int{i.H, i.W, i.C}, Classes: i.Classes, Look: p.found,
	}
	if p.data != nil && p.testedOnce() {
		batch = p.Part.Arms[0].Train.Batch
		d.TestLabels = base64.StdEncoding.EncodeToString(p.data.Test.Labels)
	}
	return Part{
		Study: p.Name, Question: p.Question, Source: p.Source, Seeds: len(p.Seeds),
		Data: d, Varied: variables(names, p.arms), Against: p.Against, Arms: p.arms, Choice: p.choice, Batch: batch,
	}
}

// plan enters every part and trial into the results, takes what the store holds already, and gives
// the tasks that remain: seed by seed, so that an interrupted study can compare its arms, and
// within a seed the longest first, so that no job is left alone with a long one at the end.
func (r *run) plan(parts []*openPart) []*Task {
	var l agenda
	for _, p := range parts {
		r.results.Parts = append(r.results.Parts, p.record())
		for i, t := range p.Trials(kernel.Numerics, p.digest) {
			number := i % len(p.Part.Arms)
			arm := &p.Part.Arms[number]
			known := Trial{
				ID: t.Hash, Study: p.Name, Arm: arm.Name, Labels: labels(*arm), Seed: t.Seed, Status: Interrupted,
			}
			if arm.Drawn != nil {
				known.Remedy, known.Changes = t.Variant.Name, t.Variant.Changes
			}
			if p.choice != nil && p.choice.Arms[number].Chosen < 0 && p.data != nil { // what it trains is not known yet
				known.ID = ""
				r.results.Trials = append(r.results.Trials, known)
				continue
			}
			task := &Task{Work: arm.Train.Epochs * p.info.Train, Epochs: arm.Train.Epochs, Trial: known, variant: t.Variant, arm: arm, part: p}
			r.enter(&l, &r.results.Trials, task, i/len(p.Part.Arms))
		}
	}
	return l.tasks()
}

// An agenda is the trials that are to be run. Parts of a tour may share some: each is run once.
type agenda struct {
	open   []planned
	byHash map[string]*Task
}

type planned struct {
	task  *Task
	round int // which of the part's seeds
}

// enter puts a trial into a list of the results, and into the agenda unless it is there or in the store.
func (r *run) enter(l *agenda, list *[]Trial, task *Task, round int) {
	known, number := task.Trial, len(*list)
	if same := l.byHash[known.ID]; same != nil {
		same.places = append(same.places, number)
	} else if stored, ok := r.stored(known); ok {
		known = stored
	} else {
		task.places = []int{number}
		if l.byHash == nil {
			l.byHash = map[string]*Task{}
		}
		l.byHash[known.ID] = task
		l.open = append(l.open, planned{task, round})
	}
	*list = append(*list, known)
}

// tasks are those of the agenda in their order.
func (l *agenda) tasks() []*Task {
	slices.SortStableFunc(l.open, func(a, b planned) int {
		return cmp.Or(cmp.Compare(a.round, b.round), cmp.Compare(b.task.Work, a.task.Work))
	})
	tasks := make([]*Task, len(l.open))
	for i, p := range l.open {
		tasks[i] = p.task
		tasks[i].Number, tasks[i].Of = i+1, len(l.open)
	}
	return tasks
}

// stored looks a trial up in the store. What another study calls the same trial does not matter.
func (r *run) stored(known Trial) (Trial, bool) {
	if r.store == nil {
		return Trial{}, false
	}
	var t Trial
	found, err := r.store.LoadTrial(known.ID, &t)
	failed := t.Status == Failed && t.Error != ""
	if err == nil && found && (t.ID != known.ID || !failed && (t.Status != Done || len(t.Epochs) == 0)) {
		err = fmt.Errorf("trial %s: the file is of another trial", known.ID)
	}
	if err != nil {
		r.warn(fmt.Sprintf("%s is run again: %v", known.Title(), err))
		return Trial{}, false
	}
	if !found || failed && r.RetryFailed {
		return Trial{}, false
	}
	return t.as(known), true
}

// as is the outcome of t under the names of another place in the results.
func (t Trial) as(place Trial) Trial {
	t.Study, t.Arm, t.Labels, t.Seed = place.Study, place.Arm, place.Labels, place.Seed
	t.Remedy, t.Changes, t.Candidate = place.Remedy, place.Changes, place.Candidate
	return t
}

// Title names a trial in messages, with the candidate of a choice: "l2 (l2 0.001), seed 3".
func (t Trial) Title() string {
	arm := t.Arm
	if t.Candidate != "" {
		arm += " (" + t.Candidate + ")"
	}
	return fmt.Sprintf("%s, seed %d", arm, t.Seed)
}
