package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/probe"
)

// Trial is one network to be trained on one data set.
type Trial struct {
	Model  nn.Model
	Data   *data.Dataset
	Config Config
	Seed   uint64     // of initialisation, shuffling and dropout
	Engine *nn.Engine // made by nn.NewEngine; nil is the best one of this machine on one thread

	Inspector Inspector // looks closely at chosen steps; nil is nobody

	ID     string      // what checkpoints are said to be of
	Keeper Keeper      // keeps where training stands, also when ctx is done; nil is nobody
	From   *Checkpoint // where to go on; nil is the beginning
}

// An Inspector looks at steps of its choice, whose gradients are stored at every position and for every
// parameter. It changes nothing; inspected steps have the bits of all others.
type Inspector interface {
	Due(step int) bool // steps are counted from 1
	// Inspect comes after the update of a step of n samples. The parameters' squares are set.
	Inspect(plan *nn.Plan[float32], step, n int, loss float64)
}

// ErrCheckpoint is what Run gives, with the cause, where it cannot go on from Trial.From.
var ErrCheckpoint = errors.New("failed to go on from a checkpoint")

// evaluationBatch is the number of test images that are computed together; it has no influence on
// their results.
const evaluationBatch = 100

// Run trains t and tells rec. A network that diverges is no error: its losses are NaN, the result says in
// which step and layer that began, and training goes on to its end, whose accuracy is then that of a guess.
// When ctx is done, Run stops within a step, keeps where it stands and returns the error of ctx. A Run from there gives
// the very result, and tells rec the very windows and epochs that are left, but for their times; for a checkpoint that is not of
// this trial and training it returns ErrCheckpoint before it tells anything.
func Run(ctx context.Context, t Trial, rec Recorder) (*Result, error) {
	r, err := newRun(t)
	if err != nil {
		return nil, fmt.Errorf("failed to train: %w", err)
	}
	if t.From != nil {
		if err := r.goOn(t.From); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
		}
	}
	rec.Begin(r.told())
	for len(r.result.Epochs) < t.Config.Epochs && !r.stopsEarly() {
		e, err := r.epoch(ctx, len(r.result.Epochs), rec)
		if err != nil {
			if t.Keeper != nil && r.step > 0 {
				r.keep()
			}
			return nil, fmt.Errorf("failed to train: epoch %d: %w", len(r.result.Epochs)+1, err)
		}
		r.result.Epochs, r.part = append(r.result.Epochs, e), part{}
		if r.stopper != nil {
			r.stopper.epoch(e.Epoch, e.Validation.Loss, r.plan)
		}
		rec.Epoch(e)
		r.keepIfDue()
	}
	if s := r.stopper; s != nil {
		r.plan.Restore(&s.best)
		s.Early = len(r.result.Epochs) < t.Config.Epochs
		r.result.Stopping = &s.Stopping
	}
	if err := r.conclude(ctx); err != nil {
		if t.Keeper != nil {
			r.keep() // with the weights of the end: from there, nothing is trained
		}
		return nil, fmt.Errorf("failed to train: the test set: %w", err)
	}
	r.result.Digest = r.plan.Digest()
	r.result.Parameters = r.plan.Parameters()
	r.result.Layers, r.result.Weights = r.plan.Describe(), r.plan.StateDict()
	r.result.Loss, r.result.Clipping = r.losses.Windows(), r.clipping
	if r.probe != nil {
		r.result.Positions, r.result.Flow = r.probe.Positions(), r.probe.Flow()
	}
	return &r.result, nil
}

// run is a trial on its way.
type run struct {
	Trial
	plan, evaluation *nn.Plan[float32]
	train, test      *data.Loader[float32]
	seen             *data.Loader[float32] // the images that are trained on, as they are evaluated; nil unless the test set is run once
	validation       *data.Loader[float32] // nil for none
	kept, held       []int                 // images of the training set, to train and to validate on; nil where all are trained on
	stopper          *stopper              // nil for none
	probe            *probe.Probe[float32] // nil for none
	losses           *probe.Losses
	clipping         *Clipping // so far; nil for none
	correct          int       // samples of the newest step that were classified correctly
	step, steps      int       // done, and in all
	part             part      // of the epoch under way
	result           Result    // so far
}

func newRun(t Trial) (*run, error) {
	c := t.Config
	if err := c.check(); err != nil {
		return nil, err
	}
	set := t.Data.Train
	if set.N() == 0 || t.Data.Test.N() == 0 {
		return nil, fmt.Errorf("%s has %d images to train on and %d to test on", t.Data.Name, set.N(), t.Data.Test.N())
	}
	if test := t.Data.Test; test.H != set.H || test.W != set.W || test.C != set.C {
		return nil, fmt.Errorf("%s has images of %d×%d×%d to train on, but of %d×%d×%d to test on", t.Data.Name, set.H, set.W, set.C, test.H, test.W, test.C)
	}
	r := &run{Trial: t}
	if err := r.hold(); err != nil {
		return nil, err
	}
	batch, evaluation := batches(t.Data.Info(), c)
	in, err := c.InputShape(set.H, set.W, set.C)
	if err != nil {
		return nil, err
	}
	r.plan, err = nn.Compile[float32](t.Model, in, len(t.Data.Classes), nn.Options{Batch: batch, Seed: t.Seed + c.InitOffset, Engine: t.Engine})
	if err != nil {
		return nil, err
	}
	r.evaluation, err = r.plan.WithBatch(evaluation)
	if err != nil {
		return nil, err
	}
	r.evaluation.Keep(false)
	r.evaluation.SetTraining(false)
	if err := r.load(); err != nil {
		return nil, err
	}
	if patience := c.EarlyStopping.Patience; patience > 0 {
		r.stopper = &stopper{patience: patience}
	}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	if !c.Clip.IsZero() {
		r.clipping = &Clipping{}
	}
	r.plan.SetMasks(t.Seed, 0)
	r.plan.SetSmoothing(c.LabelSmoothing)
	r.steps = c.Epochs * r.train.Batches()
	r.losses = probe.NewLosses(r.steps)
	if c.Probe >= 0 {
		every := c.Probe
		if every == 0 {
			every = probe.Interval(r.steps)
		}
		r.probe = probe.New(r.plan, r.steps, every)
	}
	return r, nil
}

// check says what of c makes no sense. The study file is checked more closely; this is for programs.
func (c Config) check() error {
	if c.Epochs < 1 || c.Batch < 1 {
		return fmt.Errorf("%d epochs in batches of %d: both must be at least 1", c.Epochs, c.Batch)
	}
	if err := c.Rule.Check(); err != nil {
		return err
	}
	if err := c.Clip.Check(); err != nil {
		return err
	}
	if !(c.LabelSmoothing >= 0 && c.LabelSmoothing <= 1) {
		return fmt.Errorf("labels are smoothed by %v, but it must lie between 0 and 1", c.LabelSmoothing)
	}
	if err := c.checkValidation(); err != nil {
		return err
	}
	if err := c.checkTest(); err != nil {
		return err
	}
	return c.Schedule.Check()
}

// epoch trains what is left of an epoch, and evaluates.
func (r *run) epoch(ctx context.Context, epoch int, rec Recorder) (EpochResult, error) {
	start := time.Now()
	told := start
	p := &r.part
	before := *p // what an earlier Run has done
	for _, b := range r.train.Epoch(ctx, uint64(epoch), p.Batches) {
		p.Loss += float64(r.trainStep(b) * float64(b.N))
		p.Batches++
		p.Images += b.N
		p.Correct += r.correct
		r.tellWindow(rec)
		now := time.Now()
		p.Seconds = before.Seconds + now.Sub(start).Seconds()
		if now.Sub(told) > 100*time.Millisecond {
			told = now
			rec.Step(Progress{
				Epoch: epoch + 1, Epochs: r.Config.Epochs, Step: r.step, Steps: r.steps,
				Loss: p.Loss / float64(p.Images), ImagesPerSecond: perSecond(p.Images-before.Images, now.Sub(start).Seconds()),
			})
		}
		r.keepIfDue()
	}
	if err := ctx.Err(); err != nil {
		return EpochResult{}, err
	}
	e := EpochResult{
		Epoch: epoch + 1, TrainLoss: p.Loss / float64(p.Images), TrainCorrect: p.Correct, TrainTotal: p.Images,
		Seconds: p.Seconds, ImagesPerSecond: perSecond(p.Images, p.Seconds),
	}
	e.Penalties = r.plan.Penalties(r.Config.Rule.Penalty)
	r.evaluate(ctx, &e)
	return e, ctx.Err()
}

// keepIfDue keeps the trial as it stands, where the keeper wants it.
func (r *run) keepIfDue() {
	if r.Keeper != nil && r.Keeper.Due(r.step) {
		r.keep()
	}
}

// trainStep is one step: forward, loss, backward, update. It returns the batch's mean loss.
func (r *run) trainStep(b data.Batch[float32]) float64 {
	rule := r.Config.Rule
	rule.Rate = r.Config.Schedule.Rate(rule.Rate, r.step, r.steps, r.train.Batches())
	r.plan.SetMasks(r.Seed, uint64(r.step))
	r.step++
	probed := r.probe != nil && r.probe.Due(r.step)
	inspected := r.Inspector != nil && r.Inspector.Due(r.step)
	r.plan.Keep(probed || inspected)
	r.plan.Forward(b.X, b.N)
	loss := r.plan.Loss(b.Labels, b.N)
	r.losses.Add(r.step, loss)
	r.correct = r.plan.Correct(b.Labels, b.N)
	if !finite(loss) && r.result.NonFinite == nil {
		r.locate(b)
	}
	if inspected || r.clipping != nil { // all of the gradient is wanted at once
		r.plan.Backward(b.N)
		if r.clipping != nil {
			r.clipping.add(r.plan.Clip(r.Config.Clip))
		}
		r.plan.Update(rule, probed || inspected)
	} else {
		r.plan.BackwardUpdate(b.N, rule, probed)
	}
	if inspected {
		r.Inspector.Inspect(r.plan, r.step, b.N, loss)
	}
	if probed {
		r.probe.Observe(r.step, b.N)
		if !r.probe.Finite() && r.result.NonFinite == nil {
			r.locateAfter(b.N)
		}
	}
	return loss
}
