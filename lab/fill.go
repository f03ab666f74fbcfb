package lab

import (
	"math"

	"gradlab/nn"
	"gradlab/probe"
	"gradlab/train"
)

// fill puts what training came to into the trial's record.
func (t *Trial) fill(r *train.Result) {
	t.Digest = r.Digest
	t.Epochs = nil
	for _, e := range r.Epochs {
		t.Epochs = append(t.Epochs, epochRecord(e))
	}
	for _, p := range r.Positions {
		t.Positions = append(t.Positions, positionRecord(p))
	}
	for _, w := range r.Flow {
		t.Flow = append(t.Flow, flowRecord(w))
	}
	if c := r.Clipping; c != nil {
		t.Clipping = &Clipping{
			Steps: c.Steps, Cut: c.Cut, NotFinite: c.NotFinite,
			Before: Norms{c.Before.Mean, c.Before.Max}, After: Norms{c.After.Mean, c.After.Max},
		}
	}
	for _, l := range r.Loss {
		t.Loss = append(t.Loss, lossRecord(l))
	}
	if r.NonFinite != nil {
		place := Place(*r.NonFinite)
		t.NonFinite = &place
	}
	if s := r.Stopping; s != nil {
		t.Stopping = &Stopping{s.Best, s.Early}
	}
	t.Outcome = newOutcome(r)
	if len(r.Epochs) > 0 {
		t.Confusion = r.Final().Confusion
		t.PerClass = perClass(t.Confusion)
	}
}

func flowRecord(w probe.Window) Flow {
	return Flow{
		Steps: Steps(w.Steps), GradRMS: finites(w.GradRMS), ActStd: finites(w.ActStd),
		Saturated: finites(w.Saturated), UpdateRatio: finites(w.UpdateRatio),
		GradSpread: finites(w.GradSpread), Dead: finites(w.Dead),
	}
}

func lossRecord(l probe.LossWindow) LossWindow {
	return LossWindow{l.First, l.Last, l.Count, finite(l.Mean), finite(l.SD)}
}

func epochRecord(e train.EpochResult) Epoch {
	var penalty *Penalty
	if e.Penalties != (nn.Penalties{}) {
		penalty = &Penalty{finite(e.Penalties.L1), finite(e.Penalties.L2)}
	}
	var validation *Validation
	if v := e.Validation; v != nil {
		validation = &Validation{finite(v.Loss), v.Correct, v.Total}
	}
	return Epoch{
		Penalty: penalty, Validation: validation,
		Epoch: e.Epoch, TrainLoss: e.TrainLoss, TrainCorrect: e.TrainCorrect, TrainTotal: e.TrainTotal, TestLoss: e.TestLoss, TestAccuracy: e.Accuracy(),
		TestCorrect: e.TestCorrect, TestTotal: e.TestTotal, Seconds: e.Seconds, ImagesPerSecond: e.ImagesPerSecond,
	}
}

func positionRecord(p probe.Position) Position {
	q := Position{
		Index: p.Index, Name: p.Name, Kind: p.Kind, Shape: p.Shape, Steps: Steps(p.Steps),
		GradRMS: finite(p.GradRMS), ActMean: finite(p.ActMean), ActStd: finite(p.ActStd),
		Saturated: finite(p.Saturated), Dead: finite(p.Dead),
	}
	if q.Dead != nil {
		steps := Steps(p.DeadSteps)
		q.DeadSteps = &steps
	}
	for _, m := range p.Params {
		q.Parameters = append(q.Parameters, ParameterProbe{
			Name: m.Name, WeightRMS: finite(m.WeightRMS), GradRMS: finite(m.GradRMS),
			UpdateRMS: finite(m.UpdateRMS), UpdateRatio: finite(m.UpdateRatio),
		})
	}
	return q
}

func finites(values []float64) []*float64 {
	out := make([]*float64, len(values))
	for i, v := range values {
		out[i] = finite(v)
	}
	return out
}

// perClass is the accuracy by class of a confusion matrix [actual][predicted]; NaN for a class
// without images.
func perClass(confusion [][]int) []float64 {
	out := make([]float64, len(confusion))
	for c, row := range confusion {
		total := 0
		for _, n := range row {
			total += n
		}
		out[c] = math.NaN()
		if total > 0 {
			out[c] = float64(row[c]) / float64(total)
		}
	}
	return out
}
