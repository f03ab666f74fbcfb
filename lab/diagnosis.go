package lab

import (
	"math"

	"gradlab/diagnose"
)

// Diagnosis is what is wrong with the training of an arm.
type Diagnosis = diagnose.Diagnosis

// diagnosis is that of an arm's finished trials, of what had been seen at a step; 0 is the end.
func (e evidence) diagnosis(arm string, step int) *Diagnosis {
	var records []diagnose.Record
	for _, t := range e.trials[arm] {
		r := t.Record(len(e.part.Data.Classes))
		if step > 0 {
			r = r.Until(step)
		}
		records = append(records, r)
	}
	if len(records) == 0 {
		return nil
	}
	d := diagnose.Diagnose(records)
	return &d
}

// unbeaten marks the diagnoses of arms that lead: whatever their record shows, nothing in the study did better.
func (e evidence) unbeaten() {
	for _, name := range e.part.Leaders {
		if d := e.part.arm(name).Diagnosis; d != nil {
			d.Unbeaten = true
		}
	}
}

// Rediagnose gives every arm the diagnosis that it had when each of its trials had done so many steps.
func Rediagnose(r *Results, step int) {
	for i := range r.Parts {
		e := gather(r, &r.Parts[i])
		for k := range e.part.Arms {
			a := &e.part.Arms[k]
			a.Diagnosis = e.diagnosis(a.Name, step)
		}
	}
}

// Record is the trial as package diagnose takes it, of data of so many classes. Runs of earlier versions lack the
// loss of single windows: each epoch stands for one.
func (t *Trial) Record(classes int) diagnose.Record {
	r := diagnose.Record{Seed: t.Seed, Classes: classes, Clipped: t.Clipping != nil}
	for _, p := range t.Positions {
		r.Positions = append(r.Positions, diagnose.Position{Name: p.Name, Kind: p.Kind, Shape: p.Shape})
		r.Steps = max(r.Steps, p.Steps.Last)
	}
	for _, f := range t.Flow {
		r.Windows = append(r.Windows, diagnose.Window{
			First: f.Steps.First, Last: f.Steps.Last, Count: f.Steps.Count,
			GradRMS: numbers(f.GradRMS), GradSpread: numbers(f.GradSpread), ActStd: numbers(f.ActStd),
			Saturated: numbers(f.Saturated), Dead: numbers(f.Dead), UpdateRatio: numbers(f.UpdateRatio),
		})
	}
	if n := len(r.Windows); n > 0 && len(r.Windows[n-1].Dead) == 0 {
		for _, p := range t.Positions {
			r.Windows[n-1].Dead = append(r.Windows[n-1].Dead, known(p.Dead))
		}
	}
	for _, l := range t.Loss {
		r.Losses = append(r.Losses, diagnose.Loss{First: l.First, Last: l.Last, Count: l.Count, Mean: known(l.Mean), SD: known(l.SD)})
		r.Steps = l.Last
	}
	before := 0
	for i, e := range t.Epochs {
		step := r.Steps * (i + 1) / len(t.Epochs)
		trained := math.NaN()
		if e.TrainTotal > 0 {
			trained = float64(e.TrainCorrect) / float64(e.TrainTotal)
		}
		r.Epochs = append(r.Epochs, diagnose.Epoch{
			Step: step, TrainLoss: e.TrainLoss, TestLoss: e.TestLoss, TrainAccuracy: trained, TestAccuracy: e.TestAccuracy,
		})
		if len(t.Loss) == 0 {
			r.Losses = append(r.Losses, diagnose.Loss{First: before + 1, Last: step, Count: step - before, Mean: e.TrainLoss, SD: math.NaN()})
			before = step
		}
	}
	if t.NonFinite != nil {
		place := diagnose.Place(*t.NonFinite)
		r.NonFinite = &place
	}
	return r
}

// numbers are the values behind pointers, NaN for nil.
func numbers(p []*float64) []float64 {
	out := make([]float64, len(p))
	for i := range p {
		out[i] = known(p[i])
	}
	return out
}

func known(p *float64) float64 {
	if p == nil {
		return math.NaN()
	}
	return *p
}
