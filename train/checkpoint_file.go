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

// CheckpointFormat is the version of the file that a Keeper gets. Whoever raises it raises that of the run directory.
const CheckpointFormat = 1

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
