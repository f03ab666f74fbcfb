package train

import (
	"gradlab/nn"
	"gradlab/probe"
)

// Recorder hears what happens while a network trains. Its methods are called on the training
// goroutine and must return soon.
type Recorder interface {
	Begin(told []Event) // once, before the first step, with what an earlier Run has told, in its order
	Step(Progress)      // about ten times per second
	Window(Window)      // at the end of each window of training, of which there are at most 42
	Epoch(EpochResult)  // at the end of each epoch
}

// Progress is where training stands.
type Progress struct {
	Epoch, Epochs   int     // from 1
	Step, Steps     int     // steps done, and in all
	Loss            float64 // mean over the epoch so far
	ImagesPerSecond float64 // of the epoch so far
}

// EpochResult is what an epoch came to.
type EpochResult struct {
	Epoch           int          // from 1
	TrainLoss       float64      // of the data, labels smoothed: mean over the epoch's samples, each at its step's weights
	Penalties       nn.Penalties // on the loss, of the weights at the epoch's end
	TrainCorrect    int          // samples of the epoch that were classified correctly, each at its step's weights
	TrainTotal      int
	TestLoss        float64 // mean cross-entropy over the test set, without penalties or smoothing; NaN where it was not run
	TestCorrect     int
	TestTotal       int
	Validation      *Validation // nil where no images were held out
	Confusion       [][]int     // of the test set: [label][prediction]
	Seconds         float64     // of training, without evaluation
	ImagesPerSecond float64
}

// Accuracy is the fraction of the test set that was classified correctly, NaN where that was not run.
func (r EpochResult) Accuracy() float64 { return float64(r.TestCorrect) / float64(r.TestTotal) }

// Result is what a trial came to.
type Result struct {
	Epochs     []EpochResult
	Digest     string               // over the final parameters
	Weights    []nn.Tensor[float32] // these, and running statistics
	Parameters int
	Layers     []string // of the model, a line each
	Positions  []probe.Position
	Flow       []probe.Window
	Loss       []probe.LossWindow
	NonFinite  *probe.Place // where NaN or an infinity appeared first; nil where all was finite
	Clipping   *Clipping    // nil without
	Stopping   *Stopping    // nil without early stopping
	Outcome    *Outcome     // nil unless the test set is run once
}

// perSecond is n by a time, which a coarse clock may take for none: a record holds no infinity.
func perSecond(n int, seconds float64) float64 { return float64(n) / max(seconds, 1e-9) }
