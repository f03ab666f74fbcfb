package lab

import (
	"strconv"

	"gradlab/internal/kernel"
	"gradlab/internal/safetensors"
	"gradlab/nn"
)

// A Store keeps trials between runs: those that have ended, and those that are on their way. The run directory is
// one. A method that returns without an error has made sure that what it was given survives.
type Store interface {
	Free() (bytes int64, known bool) // room for what is to be kept

	// Begin comes before the first trial, and again once values are chosen, with the hashes of all that the study asks for,
	// one for each part that does; "" is one that is not known yet. The outline is a Results without a figure of a trial.
	// Nothing is wrong that could be known by now.
	Begin(trials []string, outline any) error

	LoadTrial(hash string, v any) (found bool, err error)
	SaveTrial(hash string, v any, weights []byte) error  // weights is nil for none
	LoadCheckpoint(hash string) (file []byte, err error) // nil for none
	SaveCheckpoint(hash string, file []byte) error

	// StartLog opens a trial's log of events behind the first keep of them, gives how many it has, and the number of bytes
	// of a torn one that it has cut off. What Append gets need survive the process only; SaveTrial ends the log, and so
	// does EndLog, for a trial that is interrupted.
	StartLog(hash string, keep int) (kept int, torn int64, err error)
	Append(hash string, event any) error
	EndLog(hash string)
}

// weightsFile is the state dict of a trial's network as a safetensors file.
func weightsFile(t Trial, weights []nn.Tensor[float32]) ([]byte, error) {
	f := safetensors.File{Metadata: map[string]string{
		"format": "pt", "gradlab.trial": t.ID, "gradlab.digest": t.Digest, "gradlab.numerics": strconv.Itoa(kernel.Numerics),
	}}
	for _, w := range weights {
		f.Tensors = append(f.Tensors, safetensors.Float32s(w.Name, w.Shape, w.Values))
	}
	return f.Encode()
}
