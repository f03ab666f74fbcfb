package train

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gradlab/internal/exact"
	"gradlab/internal/kernel"
	"gradlab/internal/safetensors"
	"gradlab/nn"
	"gradlab/probe"
)

// CheckpointFormat is the version of the file that a Keeper gets.
const CheckpointFormat = 1

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

// Epochs are those that are finished.
func (c *Checkpoint) Epochs() []EpochResult { return c.at.Epochs }

// Trial is the ID of the trial.
func (c *Checkpoint) Trial() string { return c.trial }

// The names of a checkpoint's tensors: weights have those of PyTorch's state dict, all others a prefix.
const (
	velocityPrefix = "velocity/"
	bestPrefix     = "best/"
	probePrefix    = "probe/"
	lossesPrefix   = "losses/"
)

// The keys of its metadata.
const (
	formatKey   = "gradlab.checkpoint"
	numericsKey = "gradlab.numerics"
	trialKey    = "gradlab.trial"
	stateKey    = "gradlab.state"
	sumKey      = "gradlab.sha256"
)

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
	r.result.Epochs, r.result.NonFinite = c.at.Epochs, c.at.NonFinite
	return nil
}

// encode gives the checkpoint as a safetensors file.
func (c *Checkpoint) encode() ([]byte, error) {
	var f safetensors.File
	add := func(prefix string, tensors []nn.Tensor[float32]) {
		for _, t := range tensors {
			f.Tensors = append(f.Tensors, safetensors.Float32s(prefix+t.Name, t.Shape, t.Values))
		}
	}
	add("", c.weights.Weights)
	add(velocityPrefix, c.weights.Velocities)
	add(bestPrefix, c.best)
	sums := func(prefix string, s probe.State) {
		f.Tensors = append(f.Tensors, safetensors.Int64s(prefix+"counts", s.Counts),
			safetensors.Float64s(prefix+"sums", s.Sums), safetensors.Bytes(prefix+"alive", s.Alive))
	}
	sums(lossesPrefix, c.losses)
	if c.probe != nil {
		sums(probePrefix, *c.probe)
	}
	at := c.at
	at.Exponents = c.weights.Exponents
	text, err := exact.Marshal(at)
	if err != nil {
		return nil, err
	}
	f.Metadata = map[string]string{
		"format": "pt", formatKey: strconv.Itoa(CheckpointFormat), numericsKey: strconv.Itoa(kernel.Numerics),
		trialKey: c.trial, stateKey: string(text),
	}
	f.Metadata[sumKey] = checksum(f)
	return f.Encode()
}

// checksum is the SHA-256 over the metadata, itself aside, and over the tensors as the file has them: a line for each,
// and its values.
func checksum(f safetensors.File) string {
	h := sha256.New()
	for _, key := range []string{formatKey, numericsKey, trialKey, stateKey} {
		fmt.Fprintf(h, "%s %q\n", key, f.Metadata[key])
	}
	for _, t := range f.Sorted() {
		fmt.Fprintf(h, "%q %s %v\n", t.Name, t.Type, t.Shape)
		h.Write(t.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// A newerError is a checkpoint that another gradlab wrote.
type newerError struct{ text string }

func (e newerError) Error() string { return e.text }
func (e newerError) Hint() string {
	return "a newer gradlab wrote it: take that one, or remove the file, which begins the trial again"
}

// ReadCheckpoint reads what a Keeper has got. It fails for a file that is damaged or torn, of another arithmetic or of
// a newer format.
func ReadCheckpoint(file []byte) (*Checkpoint, error) {
	c, err := readCheckpoint(file)
	if err != nil {
		return nil, fmt.Errorf("failed to read a checkpoint: %w", err)
	}
	return c, nil
}

func readCheckpoint(file []byte) (*Checkpoint, error) {
	f, err := safetensors.Decode(file)
	if err != nil {
		return nil, err
	}
	format, err := strconv.Atoi(f.Metadata[formatKey])
	switch {
	case err != nil || format < 1:
		return nil, fmt.Errorf("it names no format")
	case format > CheckpointFormat:
		return nil, newerError{fmt.Sprintf("it has format %d, and this gradlab knows no format above %d", format, CheckpointFormat)}
	case f.Metadata[numericsKey] != strconv.Itoa(kernel.Numerics):
		return nil, fmt.Errorf("it was written with numerics %q, and this gradlab has %d", f.Metadata[numericsKey], kernel.Numerics)
	case f.Metadata[sumKey] != checksum(f):
		return nil, errors.New("it is not what its checksum says")
	}
	c := &Checkpoint{trial: f.Metadata[trialKey]}
	if err := exact.Unmarshal([]byte(f.Metadata[stateKey]), &c.at); err != nil {
		return nil, err
	}
	c.weights.Exponents = c.at.Exponents
	for _, t := range f.Tensors {
		if err := c.take(t); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// take puts a tensor of a file into its place.
func (c *Checkpoint) take(t safetensors.Tensor) error {
	prefix, name, found := strings.Cut(t.Name, "/")
	if !found {
		prefix, name = "", t.Name
	} else {
		prefix += "/"
	}
	switch prefix {
	case lossesPrefix:
		return takeSums(&c.losses, name, t)
	case probePrefix:
		if c.probe == nil {
			c.probe = &probe.State{}
		}
		return takeSums(c.probe, name, t)
	}
	values, err := t.Float32s()
	if err != nil {
		return err
	}
	tensor := nn.Tensor[float32]{Name: name, Shape: t.Shape, Values: values}
	switch prefix {
	case "":
		c.weights.Weights = append(c.weights.Weights, tensor)
	case velocityPrefix:
		c.weights.Velocities = append(c.weights.Velocities, tensor)
	case bestPrefix:
		c.best = append(c.best, tensor)
	default:
		return fmt.Errorf("nothing is known of tensor %q", t.Name)
	}
	return nil
}

func takeSums(s *probe.State, name string, t safetensors.Tensor) (err error) {
	switch name {
	case "counts":
		s.Counts, err = t.Int64s()
	case "sums":
		s.Sums, err = t.Float64s()
	case "alive":
		s.Alive, err = t.Bytes()
	default:
		err = fmt.Errorf("nothing is known of tensor %q", t.Name)
	}
	return err
}
