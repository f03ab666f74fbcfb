package lab

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"

	"gradlab/data"
	"gradlab/internal/kernel"
	"gradlab/internal/stats"
	"gradlab/nn"
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
func openParts(ctx context.Context, parts []study.Part, o Options) ([]*openPart, error) {
	type loaded struct {
		set    *data.Dataset
		digest string
		found  *DataLook
	}
	sets := map[string]loaded{}
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
		Layers: size.Layers, Parameters: size.Parameters,
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
	var names []string
	for _, l := range p.Part.Arms[0].Labels {
		names = append(names, l.Name)
	}
	i, batch := p.info, 0
	d := Data{
		Name: i.Name, Digest: p.digest, Train: i.Train, Test: i.Test,
		Shape: []int{i.H, i.W, i.C}, Classes: i.Classes, Look: p.found,
	}
	if p.data != nil { // an outline has none
		d.illustrate(p.data, p.Part)
		if p.testedOnce() {
			batch = p.Part.Arms[0].Train.Batch
			d.TestLabels = base64.StdEncoding.EncodeToString(p.data.Test.Labels)
		}
	}
	return Part{
		Study: p.Name, Question: p.Question, Source: p.Source, Seeds: len(p.Seeds),
		Data: d, Varied: variables(names, p.arms), Against: p.Against, Arms: p.arms, Choice: p.choice, Batch: batch,
	}
}

// sample is the first few images of every class.
func sample(set *data.Set) []Sample {
	var all []Sample
	for class, images := range data.Examples(set, samplePerClass) {
		for _, i := range images {
			all = append(all, Sample{class, slices.Clone(set.Image(i))}) // it outlives the set
		}
	}
	return all
}

// illustrate sets the pictures of the data: a sample, and some of it before and after the transforms of the first arm that
// has some.
func (d *Data) illustrate(set *data.Dataset, p study.Part) {
	d.Sample = sample(set.Train)
	for _, a := range p.Arms {
		if len(a.Train.Transforms) == 0 {
			continue
		}
		if draws, err := data.DrawsOf(set, a.Train.Transforms, p.Seeds[0], samplePerClass); err == nil {
			d.Drawn = draws.Sheet(set.Train, 1)
			d.DrawnNote = fmt.Sprintf("Training images before and after the transforms of %s: %v, as seed %d trains on them.", a.Name, draws, p.Seeds[0])
		}
		return
	}
}

// Resample looks for the samples of the data again, which results.json does not hold. Data that is
// not where it was, or is other data now, leaves its part without a sample.
func Resample(ctx context.Context, r *Results, o data.Options) {
	type found struct {
		set    *data.Dataset // nil for none
		digest string
	}
	sets := map[string]found{}
	defer func() {
		for _, f := range sets {
			if f.set != nil {
				f.set.Close()
			}
		}
	}()
	for i := range r.Parts {
		p := &r.Parts[i]
		s, err := study.Parse("results.json", []byte(p.Source))
		if err != nil {
			continue
		}
		parts, err := s.Parts()
		if err != nil || len(parts) != 1 {
			continue
		}
		spec := parts[0].Data
		if _, tried := sets[spec.String()]; !tried {
			var f found
			if set, err := data.Open(ctx, spec, o); err == nil {
				f = found{set, set.Digest()}
			}
			sets[spec.String()] = f
		}
		if f := sets[spec.String()]; f.set != nil && f.digest == p.Data.Digest {
			p.Data.illustrate(f.set, parts[0])
			p.showMistakes(f.set.Test)
		}
	}
}

// samplePerClass is how many images of each class the report may show.
const samplePerClass = 8

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

// dataWarnings says what was met while the parts' data was read, once of each set.
func dataWarnings(open []*openPart) []string {
	var all []string
	seen := map[*data.Dataset]bool{}
	for _, p := range open {
		if !seen[p.data] {
			seen[p.data] = true
			all = append(all, p.data.Warnings()...)
		}
	}
	return all
}

// modelWarnings names the arms whose training can come to nothing.
func modelWarnings(open []*openPart) []string {
	var all []string
	for _, p := range open {
		for _, a := range p.Part.Arms {
			in, err := a.Train.InputShape(p.info.H, p.info.W, p.info.C)
			if err != nil {
				continue
			}
			positions, err := nn.Positions(a.Model, in, len(p.info.Classes))
			if err != nil || min(a.Train.Batch, p.info.Train) > 1 {
				continue
			}
			for _, q := range positions {
				if q.Kind == "batchnorm" && len(q.Shape) == 1 {
					all = append(all, fmt.Sprintf("%s, %s: batches of one leave %s a single value of each feature, of which it makes zero", p.Name, a.Name, q.Name))
					break
				}
			}
		}
	}
	return all
}

// warnings is what a person should know before the trials run.
func warnings(r *Results, isa kernel.ISA, wanted string, tasks int) []string {
	var all []string
	if isa == kernel.Portable && (wanted == "" || wanted == "auto") && tasks > 0 {
		all = append(all, "this machine has neither AVX-512 nor AVX2 nor NEON for the fast kernels: portable code gives the same bits, much slower (tens of times)")
	}
	for i := range r.Parts {
		p := &r.Parts[i]
		comparisons := evidence{part: p}.largestFamily()
		enough := stats.SeedsForSignFlip(comparisons, alpha)
		if p.Seeds >= enough {
			continue
		}
		all = append(all, p.Study+": "+tooFewSeeds(p.Seeds, comparisons, enough))
	}
	return all
}

// tooFewSeeds says which test cannot show a difference, whatever the trials come to: the paired t
// test gives every verdict, and the signed permutation test stands beside it as the check that does
// without the normal distribution.
func tooFewSeeds(seeds, comparisons, enough int) string {
	text := fmt.Sprintf("the signed permutation test, which assumes no normal distribution, needs %d seeds for %s (--seeds %d)",
		enough, count(comparisons, "comparison"), enough)
	if seeds < 2 {
		return "one seed can show no difference: the paired t test needs 2 seeds; " + text
	}
	text = fmt.Sprintf("the paired t test can show a difference with %d seeds; %s: with %d ", seeds, text, seeds)
	if p := float64(comparisons) * stats.SmallestSignFlipP(seeds); p < 1 {
		return text + fmt.Sprintf("its smallest corrected p is %.2g", p)
	}
	return text + "it cannot show any"
}

// tally counts the outcomes of every arm.
func (r *Results) tally() {
	type key struct{ study, arm string }
	done, failed := map[key]int{}, map[key]int{}
	for _, t := range r.Trials {
		switch t.Status {
		case Done:
			done[key{t.Study, t.Arm}]++
		case Failed:
			failed[key{t.Study, t.Arm}]++
		}
	}
	for i := range r.Parts {
		for j := range r.Parts[i].Arms {
			a := &r.Parts[i].Arms[j]
			a.Finished, a.Failed = done[key{a.Study, a.Name}], failed[key{a.Study, a.Name}]
		}
	}
}

// All is the number of trials, those included with which values were chosen.
func (r *Results) All() int { return len(r.Selection) + len(r.Trials) }

// Count is the number of trials with a status, of all of these.
func (r *Results) Count(status string) int {
	n := 0
	for _, t := range slices.Concat(r.Selection, r.Trials) {
		if t.Status == status {
			n++
		}
	}
	return n
}
