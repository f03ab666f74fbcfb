package train

import (
	"gradlab/data"
	"gradlab/nn"
)

// Memory is the bytes that training one network takes, its data aside.
type Memory struct {
	Plan       nn.Memory `json:"plan"`       // what a step works in
	Evaluation nn.Memory `json:"evaluation"` // what the test set is run in: parameters and scratch are the plan's
	Input      int64     `json:"input"`      // batches that are prepared, of training and of evaluation
	Draw       int64     `json:"draw"`       // for a while: of initialising the largest tensor
}

// Total is the bytes of all.
func (m Memory) Total() int64 { return m.Plan.Total() + m.Evaluation.Total() + m.Input + m.Draw }

// Measure gives the size of a model that is trained on the data d as c says, on the engine e (nil is the
// best one of this machine on one thread), and the memory that training it takes, without allocating it.
// It fails for a model that does not fit its data.
func Measure(m nn.Model, d data.Info, c Config, e *nn.Engine) (nn.Size, Memory, error) {
	in, classes := nn.Shape{d.H, d.W, d.C}, len(d.Classes)
	batch, evaluation := batches(d, c)
	size, err := nn.Measure[float32](m, in, classes, nn.Options{Batch: batch, Engine: e}, c.Rule)
	if err != nil {
		return nn.Size{}, Memory{}, err
	}
	test, err := nn.Measure[float32](m, in, classes, nn.Options{Batch: evaluation, Engine: e}, c.Rule)
	if err != nil {
		return nn.Size{}, Memory{}, err
	}
	plan, t := size.Memory, test.Memory
	plan.Kernels = max(plan.Kernels, t.Kernels) // of one engine
	if !c.Clip.IsZero() {
		plan.UpdateScratch = plan.Parameters // every gradient is stored until all are clipped
	}
	draw := size.Draw
	if size.LSUV {
		n := max(1, min(lsuvBatch, d.Train))
		unit, err := nn.Measure[float32](m, in, classes, nn.Options{Batch: n, Engine: e}, c.Rule)
		if err != nil {
			return nn.Size{}, Memory{}, err
		}
		u := unit.Memory
		draw += u.Outputs + u.OutputGrads + u.Winners + u.Losses + data.LoaderBytes[float32](d.Train, in.Size(), n, true)
		plan.Kernels = max(plan.Kernels, u.Kernels)
	}
	return size, Memory{
		Plan:       plan,
		Evaluation: nn.Memory{Outputs: t.Outputs, OutputGrads: t.OutputGrads, Winners: t.Winners, Losses: t.Losses},
		Input: data.LoaderBytes[float32](d.Train, in.Size(), batch, true) +
			data.LoaderBytes[float32](d.Test, in.Size(), evaluation, false),
		Draw: draw,
	}, nil
}

// batches are the numbers of images in a step and in a batch of the evaluation.
func batches(d data.Info, c Config) (batch, evaluation int) {
	return max(1, min(c.Batch, d.Train)), max(1, min(evaluationBatch, d.Test))
}

// Outline is what one step of training runs, that no probe watches, on the engine e.
func Outline(m nn.Model, d data.Info, c Config, e *nn.Engine) (*nn.Outline, error) {
	batch, _ := batches(d, c)
	in, o := nn.Shape{d.H, d.W, d.C}, nn.Options{Batch: batch, Engine: e}
	if !c.Clip.IsZero() {
		return nn.NewClippedOutline[float32](m, in, len(d.Classes), o, c.Rule, c.Clip)
	}
	return nn.NewOutline[float32](m, in, len(d.Classes), o, c.Rule, false)
}
