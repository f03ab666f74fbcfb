package train

import (
	"gradlab/data"
	"gradlab/nn"
	"gradlab/probe"
)

// Memory is the bytes that training one network takes, its data aside.
type Memory struct {
	Plan       nn.Memory `json:"plan"`           // what a step works in
	Evaluation nn.Memory `json:"evaluation"`     // what the test set is run in: parameters and scratch are the plan's
	Input      int64     `json:"input"`          // batches that are prepared, of training and of evaluation
	Best       int64     `json:"best,omitempty"` // of early stopping: weights and running statistics of the best epoch, at most
	Probe      int64     `json:"probe"`          // what is probed, of each window of training
	Draw       int64     `json:"draw"`           // for a while: of initialising the largest tensor
	State      int64     `json:"state"`          // for a while: of a checkpoint, or of the weights at the end
}

// Total is the bytes of all.
func (m Memory) Total() int64 {
	return m.Plan.Total() + m.Evaluation.Total() + m.Input + m.Best + m.Probe + m.Draw + m.State
}

// Checkpoint is about the bytes of a checkpoint.
func (m Memory) Checkpoint() int64 { return m.State / stateCopies }

// Measure gives the size of a model that is trained on the data d as c says, on the engine e (nil is the
// best one of this machine on one thread), and the memory that training it takes, without allocating it.
// It fails for a model that does not fit its data.
func Measure(m nn.Model, d data.Info, c Config, e *nn.Engine) (nn.Size, Memory, error) {
	in, err := c.InputShape(d.H, d.W, d.C)
	if err != nil {
		return nn.Size{}, Memory{}, err
	}
	classes := len(d.Classes)
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
		stored := plan.Parameters   // every gradient is stored until all are clipped
		if c.Rule.Penalty.L1 != 0 { // that of the penalty is added elsewhere
			stored += plan.UpdateScratch
		}
		plan.UpdateScratch = stored
	}
	draw := size.Draw
	if size.LSUV {
		n := max(1, min(lsuvBatch, d.Train))
		unit, err := nn.Measure[float32](m, in, classes, nn.Options{Batch: n, Engine: e}, c.Rule)
		if err != nil {
			return nn.Size{}, Memory{}, err
		}
		u := unit.Memory
		draw += u.Outputs + u.OutputGrads + u.Winners + u.Losses + data.LoaderBytes[float32](d.Train, in.Size(), n, true) + c.scratchBytes(d)
		plan.Kernels = max(plan.Kernels, u.Kernels)
	}
	best, held, probed := int64(0), int64(0), int64(0)
	if c.Probe >= 0 {
		probed = probe.Bytes(size.Graph)
	}
	if c.EarlyStopping.Patience > 0 {
		best = plan.Parameters + plan.Statistics
	}
	if c.Validation > 0 {
		held = 2 * 8 * int64(d.Train) // the numbers of the images, and a list of them while they are divided
	}
	return size, Memory{
		Best:       best,
		Probe:      probed,
		State:      stateCopies * (plan.Parameters + plan.Statistics + plan.Velocities + best + probed),
		Plan:       plan,
		Evaluation: nn.Memory{Outputs: t.Outputs, OutputGrads: t.OutputGrads, Winners: t.Winners, Losses: t.Losses},
		Input:      held + c.loaderBytes(d, in.Size(), batch, evaluation),
		Draw:       draw,
	}, nil
}

// stateCopies is how many times a trial's state is in memory beside the plan while a checkpoint is made: as numbers,
// as bytes, and in the file.
const stateCopies = 3

// batches are the numbers of images in a step and in a batch of the evaluation.
func batches(d data.Info, c Config) (batch, evaluation int) {
	return max(1, min(c.Batch, d.Train)), max(1, min(evaluationBatch, d.Test))
}

// Outline is what one step of training runs, that no probe watches, on the engine e.
func Outline(m nn.Model, d data.Info, c Config, e *nn.Engine) (*nn.Outline, error) {
	batch, _ := batches(d, c)
	in, err := c.InputShape(d.H, d.W, d.C)
	if err != nil {
		return nil, err
	}
	o := nn.Options{Batch: batch, Engine: e}
	if !c.Clip.IsZero() {
		return nn.NewClippedOutline[float32](m, in, len(d.Classes), o, c.Rule, c.Clip)
	}
	return nn.NewOutline[float32](m, in, len(d.Classes), o, c.Rule, false)
}
