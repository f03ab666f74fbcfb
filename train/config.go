// Package train is the loop: epochs over a loader, evaluation on the test set, and what it tells a
// Recorder on the way.
package train

import (
	"gradlab/optim"
)

// Config says how one network is trained.
type Config struct {
	Epochs         int
	Batch          int            // samples per step; the last batch of an epoch may be smaller
	Rule           optim.SGD      // the update rule, with what is penalised
	Schedule       optim.Schedule // of the learning rate
	Clip           optim.Clip     // of the gradients, before the rule
	LabelSmoothing float64        // of the labels in training: PyTorch's label_smoothing, from 0 to 1
	Inputs         string         // "unit" scales bytes to [0, 1] (the default), "symmetric" to [-1, 1], "standard" to mean 0 and deviation 1 per channel
	Probe          int            // steps between two probes; 0 is the default, negative is never

	// Of each class the share Validation of the training images is held out of training, by the trial's seed, and
	// evaluated after each epoch; 0 is none.
	Validation    float64
	EarlyStopping EarlyStopping

	Test string // when the test set is run: after each epoch, TestOnce or TestNever

	// Offsets are added to the trial's seed where initial values and the order of images are drawn: another
	// draw of one of them alone.
	InitOffset, OrderOffset uint64
}
