package train

import (
	"errors"
	"fmt"
	"slices"

	"gradlab/nn"
	"gradlab/probe"
)

// A Keeper keeps where a trial stands, so that another Run goes on from there. It is asked and told between two
// steps, on the training goroutine.
type Keeper interface {
	Due(step int) bool          // whether to keep the trial as it is after a step, counted from 1
	Keep(step int, file []byte) // what ReadCheckpoint reads
}

// Checkpoint is a trial on its way.
type Checkpoint struct {
	weights nn.State[float32]
	best    []nn.Tensor[float32] // of early stopping
	probe   *probe.State         // nil without one
	losses  probe.State
	at      progress
	trial   string
}

// progress is the part of a checkpoint that is text.
type progress struct {
	Step      int // done
	Part      part
	Epochs    []EpochResult // that are finished
	NonFinite *probe.Place
	Clipping  *clippingState
	Stopping  *Stopping
	Exponents []int
}

// part is what the epoch under way has come to.
type part struct {
	Batches         int // done
	Loss            float64
	Images, Correct int
	Seconds         float64
}

// clippingState is a Clipping with what its means are made of.
type clippingState struct {
	Steps, Cut, NotFinite int
	Before, After         normsState
}

type normsState struct {
	Mean, Max, Sum float64
	N              int
}

func (s Norms) state() normsState { return normsState{s.Mean, s.Max, s.sum, s.n} }
func (s normsState) norms() Norms { return Norms{s.Mean, s.Max, s.Sum, s.N} }

// Step is the number of steps that are done.
func (c *Checkpoint) Step() int { return c.at.Step }

// Images is the number of images that have been trained on, over all epochs.
func (c *Checkpoint) Images() int {
	n := c.at.Part.Images
	for _, e := range c.at.Epochs {
		n += e.TrainTotal
	}
	return n
}

// Weights is the network's state dict as it stands.
func (c *Checkpoint) Weights() []nn.Tensor[float32] { return c.weights.Weights }

// Trial is the ID of the trial.
func (c *Checkpoint) Trial() string { return c.trial }

// keep gives the keeper the trial as it stands.
func (r *run) keep() {
	file, err := r.checkpoint().encode()
	if err != nil { // names that a file cannot hold: no model has them
		panic(err)
	}
	r.Keeper.Keep(r.step, file)
}

// checkpoint copies the trial as it stands.
func (r *run) checkpoint() *Checkpoint {
	c := &Checkpoint{weights: r.plan.State(), losses: r.losses.State(), trial: r.ID}
	c.at = progress{Step: r.step, Part: r.part, Epochs: r.result.Epochs, NonFinite: r.result.NonFinite}
	if r.probe != nil {
		s := r.probe.State()
		c.probe = &s
	}
	if s := r.stopper; s != nil {
		c.best = r.plan.Tensors(&s.best)
		c.at.Stopping = &s.Stopping
	}
	if k := r.clipping; k != nil {
		c.at.Clipping = &clippingState{k.Steps, k.Cut, k.NotFinite, k.Before.state(), k.After.state()}
	}
	return c
}

// goOn sets the run to where a checkpoint stands.
func (r *run) goOn(c *Checkpoint) error {
	if c.trial != r.ID {
		return fmt.Errorf("it is of trial %q, not %q", c.trial, r.ID)
	}
	if (c.probe != nil) != (r.probe != nil) || (c.at.Stopping != nil) != (r.stopper != nil) || (c.at.Clipping != nil) != (r.clipping != nil) {
		return errors.New("it is of a trial with another training")
	}
	batches := r.train.Batches()
	if p := c.at.Part; len(c.at.Epochs)+min(p.Batches, 1) > r.Config.Epochs || p.Batches < 0 || p.Batches > batches || c.at.Step != len(c.at.Epochs)*batches+p.Batches {
		return fmt.Errorf("step %d is not in batch %d of epoch %d", c.at.Step, p.Batches, len(c.at.Epochs)+1)
	}
	if err := r.plan.SetState(c.weights); err != nil {
		return err
	}
	if err := r.losses.SetState(c.losses); err != nil {
		return err
	}
	if r.probe != nil {
		if err := r.probe.SetState(*c.probe); err != nil {
			return err
		}
	}
	if s := r.stopper; s != nil {
		if best := c.at.Stopping.Best; best < 0 || best > len(c.at.Epochs) || (best > 0) != (len(c.best) > 0) {
			return fmt.Errorf("the best of %d epochs cannot be number %d", len(c.at.Epochs), best)
		}
		s.Stopping = *c.at.Stopping
		if err := r.plan.SetTensors(&s.best, c.best); err != nil {
			return err
		}
	}
	if k := c.at.Clipping; k != nil {
		r.clipping = &Clipping{k.Steps, k.Cut, k.NotFinite, k.Before.norms(), k.After.norms()}
	}
	r.step, r.part = c.at.Step, c.at.Part
	r.result.Epochs, r.result.NonFinite = slices.Clone(c.at.Epochs), c.at.NonFinite
	return nil
}
